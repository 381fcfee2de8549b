"""`tocsin alerts`, beside a Tocsin that may be running."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.cli.alerts import MOST
from app.store import Store, Transaction
from tests.cli.terminal import Terminal

BODY = json.dumps(
    {
        "version": "4",
        "groupKey": "g",
        "alerts": [{"status": "firing", "fingerprint": "f", "labels": {"alertname": "DiskFull\x1b[31m"}}],
    }
).encode()


@pytest.fixture
def tocsin(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    environment.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'tocsin.db'}")
    return Terminal(environment, capsys)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}", alone=True)
    yield store
    store.close()


def sent(store: Store, ago: timedelta = timedelta(minutes=5)) -> int:
    """Keep what a monitor sent some time ago, and return its id."""
    then = datetime.now(UTC) - ago
    kept = store.call(lambda tx: tx.keep_body("T1", "alertmanager", BODY + b" " * ago.seconds, then, waiting=False))
    store.call(lambda tx: tx.note_body(kept, "T1", "suggested"))
    return kept


def test_what_monitors_sent_is_listed_with_what_became_of_it(tocsin: Terminal, store: Store) -> None:
    sent(store)
    told = tocsin("alerts")
    assert told.status == 0
    assert [word for word in ("alertmanager", "DiskFull", "suggested", "5 min ago") if word not in told.out] == []
    assert "\x1b" not in told.out


def test_own_pages_that_come_back_are_shown_when_asked_for_and_long_names_are_cut(
    tocsin: Terminal, store: Store
) -> None:
    now = datetime.now(UTC)

    def keep(tx: Transaction) -> None:
        echo = tx.keep_body("T1", "pagerduty", b"{}", now, waiting=False)
        tx.note_body(echo, "T1", "2 of a page that is known here")
        told = tx.keep_body("T1", "generic", json.dumps({"name": "x" * 200}).encode(), now, waiting=False)
        tx.note_body(told, "T1", "ignored")

    store.call(keep)
    told = tocsin("alerts")
    assert "pagerduty" not in told.out
    assert "xxx…" in told.out
    assert "x" * 60 not in told.out
    assert told.lines[-1].startswith("Left out: 1 that told of Tocsin's own pages.")
    assert "pagerduty" in tocsin("alerts", "--all").out


def test_scripts_get_the_body_too(tocsin: Terminal, store: Store) -> None:
    kept = sent(store)
    [one] = json.loads(tocsin("alerts", "--json").out)
    assert (one["id"], one["became"], one["waiting"]) == (kept, "suggested", False)
    assert json.loads(one["body"])["groupKey"] == "g"


def test_where_nothing_came_that_is_said(tocsin: Terminal, store: Store) -> None:
    sent(store, timedelta(hours=30))
    assert tocsin("alerts").lines == ["No monitor has sent anything in the last 24h."]
    assert "suggested" in tocsin("alerts", "--since", "2d").out


@pytest.mark.parametrize("which", [["1"], ["--since", "1h"]])
def test_a_replay_lets_the_tocsin_that_runs_take_it_again(tocsin: Terminal, store: Store, which: list[str]) -> None:
    kept = sent(store)
    assert kept == 1
    told = tocsin("alerts", "replay", *which)
    assert (told.status, told.lines[0].startswith("It is taken again within seconds")) == (0, True)
    assert [one.id for one in store.call(lambda tx: tx.waiting_bodies("T1", 10))] == [kept]
    assert "waits to be taken" in tocsin("alerts").out


def test_a_replay_of_some_time_is_of_all_of_it(tocsin: Terminal, store: Store) -> None:
    now = datetime.now(UTC)

    def keep(tx: Transaction) -> None:
        for number in range(MOST + 5):
            tx.keep_body("T1", "generic", b"%d" % number, now, waiting=False)

    store.call(keep)
    told = tocsin("alerts", "replay", "--since", "1h")
    assert told.lines[0].startswith(f"{MOST + 5} are taken again")
    assert store.call(lambda tx: tx.untaken_bodies(now + timedelta(minutes=1))) == MOST + 5
    assert f"the newest {MOST}" in tocsin("alerts").lines[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["replay", "99"], "Nothing with the id 99 is kept. To see what is: tocsin alerts --since 7d"),
        (["replay"], "Say which: tocsin alerts replay 12 13, or tocsin alerts replay --since 2h"),
        (["replay", "--since", "1h"], "No monitor has sent anything in the last 1h."),
        (["--since", "soon"], '"soon" is not a duration'),
    ],
)
def test_what_cannot_be_is_one_sentence(tocsin: Terminal, store: Store, arguments: list[str], said: str) -> None:
    told = tocsin("alerts", *arguments)
    assert (told.status, said in told.err, len(told.err.splitlines())) == (1, True, 1)

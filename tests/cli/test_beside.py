"""`tocsin incidents`, `timeline` and `outbox`, beside a Tocsin that may be running."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain import commands as c
from app.domain.effects import Way
from app.handle import declare, handle
from app.store import DeliveryState, Store, Transaction
from tests import shipped
from tests.cli.terminal import Terminal

ANN = c.Actor("U0SUPPORT", admin=True)
PLAYBOOK = shipped.playbook()
EVERY_WAY = tuple(Way)


@pytest.fixture
def tocsin(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    environment.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'tocsin.db'}")
    return Terminal(environment, capsys)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    # As a running Tocsin has it open: alone.
    store = Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}", alone=True)
    yield store
    store.close()


def declared(store: Store, title: str, severity: str = "SEV1", workspace: str = "T1") -> int:
    """Declare an incident 20 minutes ago, and return its id."""
    then = datetime.now(UTC) - timedelta(minutes=20)
    command = c.Declare(ANN, title, severity)
    return store.call(lambda tx: declare(tx, workspace, command, PLAYBOOK, then)).record.id


def test_what_is_open_is_listed_the_worst_first(tocsin: Terminal, store: Store) -> None:
    declared(store, "Search is slow", "SEV2")
    acknowledged = declared(store, "Payment API down")
    store.call(lambda tx: handle(tx, acknowledged, c.Acknowledge(ANN), PLAYBOOK, datetime.now(UTC)))
    told = tocsin("incidents")
    assert told.status == 0
    header, _, first, second = told.lines
    assert header.split("  ")[0] == "#"
    assert first.split()[:5] == ["2", "SEV1", "Payment", "API", "down"]
    assert "U0SUPPORT" in first
    assert "UTC, 20 min ago" in first
    assert second.split()[:5] == ["1", "SEV2", "Search", "is", "slow"]
    assert "nobody yet" in second


def test_a_drill_says_that_it_is_one(tocsin: Terminal, store: Store) -> None:
    command = c.Declare(ANN, "Database gone", "SEV1", drill=True)
    store.call(lambda tx: declare(tx, "T1", command, PLAYBOOK, datetime.now(UTC)))
    assert "DRILL: Database gone" in tocsin("incidents").out
    [one] = json.loads(tocsin("incidents", "--json").out)
    assert (one["title"], one["drill"], one["private"]) == ("Database gone", True, False)


def test_closed_ones_are_listed_when_all_are_asked_for(tocsin: Terminal, store: Store) -> None:
    gone = declared(store, "Never mind")
    cancel = c.Cancel(ANN, "false alarm")
    store.call(lambda tx: handle(tx, gone, cancel, PLAYBOOK, datetime.now(UTC)))
    assert tocsin("incidents").out == "No incident is open.\n"
    assert "Never mind" in tocsin("incidents", "--all").out


def test_a_script_gets_json(tocsin: Terminal, store: Store) -> None:
    declared(store, "Zahlung kaputt – 支払い")
    [one] = json.loads(tocsin("incidents", "--json").out)
    assert (one["number"], one["severity"], one["title"], one["is_open"]) == (
        1,
        "SEV1",
        "Zahlung kaputt – 支払い",
        True,
    )
    assert datetime.fromisoformat(one["declared_at"]).tzinfo == UTC
    told = json.loads(tocsin("timeline", "1", "--json").out)
    assert told["timeline"][0]["says"].startswith("declared SEV1 Zahlung kaputt")
    [first, *_] = json.loads(tocsin("outbox", "--json").out)
    assert (first["state"], first["incident"]) == ("waiting", "incident-1")
    assert json.loads(tocsin("outbox", "--dead", "--json").out) == []


@pytest.mark.parametrize("arguments", [("incidents",), ("timeline", "1"), ("outbox",), ("outbox", "retry", "k")])
def test_where_there_is_no_database_that_is_said_and_none_is_made(
    tocsin: Terminal, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    told = tocsin(*arguments)
    assert told.status == 1
    assert told.err.startswith(f"There is no file {tmp_path / 'tocsin.db'}.")
    assert told.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_what_people_wrote_does_nothing_to_the_terminal(tocsin: Terminal, store: Store) -> None:
    declared(store, "Down \x1b[2J\x1b]0;pwned\x07 \u202egnihtyreve\n[bold red]now[/]")
    for arguments in (("incidents",), ("timeline", "1")):
        out = tocsin(*arguments).out
        assert not {"\x1b", "\x07", "\u202e"} & set(out)
        assert "[bold red]now[/]" in out


def test_a_timeline_says_when_who_and_what_in_plain_words(tocsin: Terminal, store: Store) -> None:
    declared(store, "Payment API down")
    told = tocsin("timeline", "1")
    assert told.lines[0] == "SEV1 Payment API down: Investigating (incident-1)"
    assert told.lines[3].endswith("U0SUPPORT   declared SEV1 Payment API down")
    assert " UTC " in told.lines[3]
    assert "<@" not in told.out
    assert "<!" not in told.out


def test_a_number_that_there_is_not_is_one_line(tocsin: Terminal, store: Store) -> None:
    declared(store, "Payment API down")
    told = tocsin("timeline", "9")
    assert (told.status, told.err) == (1, "There is no incident 9. To see which there are: tocsin incidents --all\n")


def test_of_several_workspaces_one_is_chosen(tocsin: Terminal, store: Store) -> None:
    declared(store, "One", workspace="T1")
    declared(store, "Two", workspace="T2")
    assert tocsin("timeline", "1").err == "Incident 1 is in several workspaces. Name one with --workspace: T1, T2\n"
    assert "SEV1 Two" in tocsin("timeline", "1", "--workspace", "T2").out
    assert tocsin("incidents").lines[0].endswith("Workspace")
    assert "One" not in tocsin("incidents", "--workspace", "T2").out
    assert tocsin("incidents", "--workspace", "T9").err == (
        "There is no workspace T9 in this database. There are: T1, T2.\n"
    )


def buried(store: Store) -> str:
    """Let a delivery be dead, and return its key."""

    def bury(tx: Transaction) -> str:
        [first, *others] = tx.claim(datetime.now(UTC), 24, timedelta(minutes=1), EVERY_WAY)
        tx.bury(first, "the channel is archived", datetime.now(UTC))
        for other in others:
            tx.again(other, datetime.now(UTC) - timedelta(seconds=1), "Slack cannot be reached")
        return first.key

    return store.call(bury)


def test_what_waits_is_listed_with_its_reason_and_what_is_dead_is_counted(tocsin: Terminal, store: Store) -> None:
    declared(store, "Payment API down")
    key = buried(store)
    told = tocsin("outbox")
    assert all(line.startswith("waiting") for line in told.lines[2:-1])
    assert "Slack cannot be reached" in told.out
    assert told.lines[-1] == "1 dead: tocsin outbox --dead"
    dead = tocsin("outbox", "--dead")
    assert dead.lines[2].startswith("dead")
    assert dead.lines[2].endswith(key)
    assert "the channel is archived" in dead.lines[2]


def test_what_is_dead_is_tried_again(tocsin: Terminal, store: Store) -> None:
    declared(store, "Payment API down")
    key = buried(store)
    assert tocsin("outbox", "retry", key).out == "It is tried again.\n"
    assert store.call(lambda tx: tx.deliveries("T1", DeliveryState.DEAD)) == []
    assert tocsin("outbox", "--dead").out == "No delivery is dead.\n"
    told = tocsin("outbox", "retry", key)
    assert told.status == 1
    assert told.err == f"No dead delivery has the key {key}. To see them: tocsin outbox --dead\n"


def test_a_script_is_told_of_each_key_whether_it_is_tried_again(tocsin: Terminal, store: Store) -> None:
    declared(store, "Payment API down")
    key = buried(store)
    told = tocsin("outbox", "retry", key, "nobody-knows-it", key, "--json")
    assert json.loads(told.out) == [
        {"key": key, "tried_again": True},
        {"key": "nobody-knows-it", "tried_again": False},
    ]
    assert (told.status, told.err) == (
        1,
        "No dead delivery has the key nobody-knows-it. To see them: tocsin outbox --dead\n",
    )
    assert store.call(lambda tx: tx.deliveries("T1", DeliveryState.DEAD)) == []


def test_a_script_that_names_what_is_dead_reads_nothing_but_json(tocsin: Terminal, store: Store) -> None:
    declared(store, "Payment API down")
    key = buried(store)
    told = tocsin("outbox", "retry", "--json", key)
    assert (told.status, told.err) == (0, "")
    assert json.loads(told.out) == [{"key": key, "tried_again": True}]


def test_what_this_version_cannot_read_is_listed_too(tocsin: Terminal, store: Store) -> None:
    declared(store, "Payment API down")
    key = buried(store)
    store.call(
        lambda tx: tx.connection.exec_driver_sql(
            "UPDATE delivery SET kind = 'Sing', effect = '{' WHERE key = ?", (key,)
        )
    )
    assert "Sing" in tocsin("outbox", "--dead").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("incident",), "No such command 'incident'. Did you mean 'incidents'"),
        (("incidents", "--most"), "No such option: --most"),
        (("timeline",), "Missing argument 'N'"),
        (("timeline", "one"), "Invalid value for 'N'"),
        (("outbox", "retry"), "Missing argument"),
        (("outbox", "resend"), "No such command 'resend'"),
    ],
)
def test_what_is_not_understood_is_one_line(tocsin: Terminal, arguments: tuple[str, ...], said: str) -> None:
    told = tocsin(*arguments)
    assert told.status == 2
    assert told.err.startswith(said)
    assert re.search(r" See: tocsin[a-z ]* --help\n$", told.err)
    assert told.err.count("\n") == 1

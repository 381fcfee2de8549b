"""`tocsin metrics`, beside a Tocsin that may be running."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain import commands as c
from app.handle import declare, handle
from app.store import Store
from tests import shipped
from tests.cli.terminal import Terminal

ANN = c.Actor("U0SUPPORT", admin=True)
PLAYBOOK = shipped.playbook("fintech")


@pytest.fixture
def tocsin(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    environment.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'tocsin.db'}")
    environment.setenv("TOCSIN_PLAYBOOK", "fintech")
    return Terminal(environment, capsys)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}", alone=True)
    yield store
    store.close()


def lasted(store: Store, minutes: int, *, drill: bool = False) -> None:
    """Declare an incident that long ago, and resolve it now."""
    now = datetime.now(UTC)
    then = now - timedelta(minutes=minutes)
    command = c.Declare(ANN, "Payment API down", "SEV-1", drill=drill)
    made = store.call(lambda tx: declare(tx, "T1", command, PLAYBOOK, then)).record
    store.call(lambda tx: handle(tx, made.id, c.Resolve(ANN), PLAYBOOK, now))


def test_figures_stand_beside_their_targets(tocsin: Terminal, store: Store) -> None:
    lasted(store, 12)
    lasted(store, 500, drill=True)
    told = tocsin("metrics")
    assert told.status == 0
    assert told.lines[0].startswith("1 incident since ")
    [resolved] = [line for line in told.lines if line.startswith("MTTR")]
    assert "12 min" in resolved
    [available] = [line for line in told.lines if line.startswith("Availability")]
    assert "above 99.95 %" in available
    assert available.split()[-1] == "yes"
    assert told.lines[-1] == "Error budget for 99.95 %: 12 min of 21.6 min used, 9.6 min left"


def test_a_script_gets_json_in_seconds(tocsin: Terminal, store: Store) -> None:
    lasted(store, 12)
    [told] = json.loads(tocsin("metrics", "7d", "--json").out)
    assert (told["workspace"], told["count"], told["false_alarms"]) == ("T1", 1, 0)
    assert datetime.fromisoformat(told["until"]) - datetime.fromisoformat(told["since"]) == timedelta(days=7)
    measured = {one["metric"]: one["value"] for one in told["metrics"]}
    assert measured["mttr"] == pytest.approx(720, abs=1)
    assert told["error_budget"]["allowance"] == 1296
    assert told["error_budget"]["left"] == pytest.approx(576, abs=1)


def test_what_is_no_length_of_time_is_one_line(tocsin: Terminal, store: Store) -> None:
    told = tocsin("metrics", "forever")
    assert told.status == 1
    assert told.err == '"forever" is not a duration: write 30m, 2h, 1h30m or 3d.\n'


def test_without_incidents_there_is_nothing_to_tell(tocsin: Terminal, store: Store) -> None:
    assert tocsin("metrics").out == "There has been no incident yet.\n"
    assert json.loads(tocsin("metrics", "--json").out) == []

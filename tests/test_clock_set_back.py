"""A clock that is set back: Tocsin goes on by it, and what waits goes with it."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.clock import Clock
from app.domain.effects import Way
from app.outbox import Away, SetBack
from app.outbox.circuits import LASTS, Circuits
from app.store import Store
from tests import shipped
from tests.waiting import until

START = datetime(2026, 3, 4, 10, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


async def test_it_ticks_on_though_the_clock_of_the_machine_is_set_back(tmp_path: Path) -> None:
    with closing(Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")) as store:
        clock = Clock(store, shipped.playbook(), lambda: START, lambda: None)
        await clock.start()
        await until(lambda: clock.ticks > 0)
        # As if the next tick had been planned by a clock that was ahead. One may be under way.
        for job in clock._scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC) + HOUR)
        last = clock.ticks + 1
        await until(lambda: clock.ticks > last, 15)
        clock.stop()


async def test_that_it_is_set_back_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    now = START + HOUR
    with closing(Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")) as store:
        clock = Clock(store, shipped.playbook(), lambda: now, lambda: None)
        await clock.tick()
        assert "set back" not in caplog.text
        for second in range(15):
            now = START + second * SECOND
            await clock.tick()
    assert caplog.text.count("the clock was set back by 1 h:") == 1


def test_it_is_noticed_by_how_much_it_went_back() -> None:
    set_back = SetBack()
    looks = [START, START + HOUR, START + HOUR - SECOND, START, START + SECOND, START + SECOND]
    assert [set_back.by(now) for now in looks] == [timedelta(), timedelta(), SECOND, HOUR - SECOND, *[timedelta()] * 2]


def test_a_side_that_went_away_in_the_wrong_hour_is_away_since_then_and_no_longer_than_it_is() -> None:
    circuits = Circuits(START)
    circuit = circuits[Way.SLACK]
    circuits.note(Way.SLACK, Away("it does not answer"), START + HOUR)
    circuit.follow(HOUR)
    assert circuit.met_at == START
    circuit.open_since = None
    assert circuit.lately(START + LASTS - SECOND)
    assert not circuit.lately(START + LASTS)

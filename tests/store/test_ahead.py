"""The clock that counts is the database's, however wrong those of the machines are."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from app.clock import Clock
from app.domain import commands as c
from app.domain import events as e
from app.handle import Now, declare
from app.store import Store, Transaction
from app.store.server_clock import ServerClock
from tests import shipped
from tests.waiting import until

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
NINETY = timedelta(seconds=90)
PLAYBOOK = shipped.playbook()
DECLARE = c.Declare(c.Actor("U_ANN"), "Payment API down", "SEV1")
WARNED_AFTER = timedelta(minutes=4)


def seconds(count: float) -> datetime:
    return NOON + timedelta(seconds=count)


def machine(ahead: timedelta) -> Now:
    return lambda: datetime.now(UTC) + ahead


def of(store: Store, wall: Now) -> Now:
    """Return the time as the composition root makes it."""
    return lambda: wall() + store.ahead


def test_of_what_an_answer_allows_the_earliest_is_taken() -> None:
    clock = ServerClock(machine(timedelta()))
    clock.hear(seconds(100), seconds(9), seconds(11))
    assert clock.ahead == timedelta(seconds=89)


def test_it_moves_only_when_an_answer_proves_it_wrong() -> None:
    clock = ServerClock(machine(timedelta()))
    clock.hear(seconds(100), seconds(10), seconds(11))
    clock.hear(seconds(200), seconds(109), seconds(113))
    assert clock.ahead == timedelta(seconds=89)
    clock.hear(seconds(300), seconds(210), seconds(210.2))
    assert clock.ahead == timedelta(seconds=89.8)
    # The machine's clock was put right.
    clock.hear(seconds(400), seconds(400), seconds(400))
    assert clock.ahead == timedelta()


def test_on_sqlite_the_machines_clock_counts(sqlite_url: str) -> None:
    with closing(Store.open(sqlite_url, wall=machine(NINETY))) as store:
        assert store.ahead == timedelta()


@pytest.mark.postgres
@pytest.mark.slow
async def test_machines_ninety_seconds_apart_fire_a_timer_once_and_never_early(postgres_url: str) -> None:
    slow, fast = machine(-NINETY / 2), machine(NINETY / 2)
    with closing(Store.open(postgres_url, wall=slow)) as one, closing(Store.open(postgres_url, wall=fast)) as other:
        assert NINETY - timedelta(seconds=5) < one.ahead - other.ahead < NINETY + timedelta(seconds=5)
        clocks = [Clock(store, PLAYBOOK, of(store, wall), _nothing) for store, wall in ((one, slow), (other, fast))]
        due_at = await one.run(server_now) + timedelta(seconds=1.5)
        began = due_at - WARNED_AFTER
        record = await one.run(lambda tx: declare(tx, "T1", DECLARE, PLAYBOOK, began).record)
        for clock in clocks:
            clock.away_since = began

        async def fired() -> bool:
            for clock in clocks:
                await clock.tick()
            return bool(await warnings(other, record.id))

        assert not await fired()
        await until(fired)
        assert await other.run(server_now) >= due_at
        for clock in clocks:
            await clock.tick()
        [at] = await warnings(other, record.id)
        assert at >= due_at


def server_now(tx: Transaction) -> datetime:
    now: datetime = tx.connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return now


async def warnings(store: Store, incident_id: int) -> list[datetime]:
    timeline = await store.run(lambda tx: tx.timeline(incident_id))
    return [one.at for one in timeline if isinstance(one, e.LimitWarned)]


def _nothing() -> None:
    pass

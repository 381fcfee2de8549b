"""The clock: what falls due happens, a hundred at a time, and no incident keeps another from its turn."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import clock as clocks
from app.clock import Chore, Clock
from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.on_call import OnCall
from app.domain.playbook import Playbook, Roster
from app.handle import Handler, change, declare, handle
from app.store import Change, Record, Store, Transaction
from tests import shipped

WORKSPACE = "T1"
START = datetime(2026, 3, 4, 10, tzinfo=UTC)
DECLARE = c.Declare(c.Actor("U_ANN"), "Payment API down", "SEV1")


@dataclass
class World:
    """A store, a clock and a time that is moved by hand."""

    store: Store
    playbook: Playbook
    now: datetime = START
    recorded: list[datetime] = field(default_factory=list)
    chores: tuple[Chore, ...] = ()

    def clock(self) -> Clock:
        """Return a clock that has not ticked yet."""
        return Clock(self.store, self.playbook, lambda: self.now, lambda: self.recorded.append(self.now), self.chores)

    async def declares(self, count: int = 1) -> list[Record]:
        """Declare incidents."""

        def work(tx: Transaction) -> list[Record]:
            return [declare(tx, WORKSPACE, DECLARE, self.playbook, self.now).record for _ in range(count)]

        return await self.store.run(work)

    async def timeline(self, record: Record) -> list[e.Event]:
        """Return what has happened to an incident."""
        return list(await self.store.run(lambda tx: tx.timeline(record.id)))

    async def kinds(self, record: Record) -> list[str]:
        """Return the kinds of it."""
        return [type(one).__name__ for one in await self.timeline(record)]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")) as store:
        yield World(store, shipped.playbook())


async def test_what_is_due_happens_once(world: World) -> None:
    [record] = await world.declares()
    clock = world.clock()
    await clock.tick()
    before = await world.kinds(record)
    world.now += timedelta(minutes=4, seconds=1)
    await clock.tick()
    await clock.tick()
    assert (await world.kinds(record))[len(before) :] == ["LimitWarned"]


async def test_whoever_looks_for_deliveries_is_told_after_the_commit(world: World) -> None:
    await world.declares()
    world.now += timedelta(minutes=4, seconds=1)
    await world.clock().tick()
    assert world.recorded


async def test_more_than_a_hundred_are_done_in_one_tick_a_hundred_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = await world.declares(120)
    sizes: list[int] = []
    save = Transaction.save

    def counted(tx: Transaction, changes: list[Change], now: datetime) -> list[Record]:
        sizes.append(len(changes))
        return save(tx, changes, now)

    monkeypatch.setattr(Transaction, "save", counted)
    world.now += timedelta(minutes=4, seconds=1)
    await world.clock().tick()
    assert sizes == [100, 20]
    for record in records:
        assert "LimitWarned" in await world.kinds(record)


async def test_an_incident_that_cannot_be_decided_stops_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, *good = await world.declares(3)

    def fail(record: Record, command: c.Command, playbook: Playbook, roster: Roster, now: datetime) -> Change:
        if record.id == bad.id:
            raise ZeroDivisionError
        return change(record, command, playbook, roster, now)

    monkeypatch.setattr(clocks, "change", fail)
    world.now += timedelta(minutes=4, seconds=1)
    clock = world.clock()
    await clock.tick()
    for record in good:
        assert "LimitWarned" in await world.kinds(record)
    assert "LimitWarned" not in await world.kinds(bad)
    [put_off] = await world.store.run(lambda tx: tx.put_offs())
    assert (put_off.id, put_off.until) == (bad.id, world.now + timedelta(minutes=1))

    monkeypatch.setattr(clocks, "change", change)
    world.now += timedelta(minutes=1, seconds=1)
    await clock.tick()
    assert "LimitWarned" in await world.kinds(bad)
    assert await world.store.run(lambda tx: tx.put_offs()) == []


async def test_that_an_incident_is_put_off_is_told_in_its_channel_once_an_hour(world: World) -> None:
    bad, good = await world.declares(2)
    # A severity that its rules do not have, as no command would leave it.
    await world.store.run(
        lambda tx: tx.connection.exec_driver_sql(
            'UPDATE incident SET state = replace(state, \'"severity":"SEV1"\', \'"severity":"SEV9"\') WHERE id = ?',
            (bad.id,),
        )
    )
    clock = world.clock()
    for _ in range(3):
        world.now += timedelta(minutes=4, seconds=1)
        await clock.tick()
    assert (await world.kinds(bad)).count("Stuck") == 1
    assert "Stuck" not in await world.kinds(good)
    [put_off] = await world.store.run(lambda tx: tx.put_offs())
    assert (put_off.id, put_off.until) == (bad.id, world.now + timedelta(minutes=1))
    posts = [one.effect for one in await world.store.run(lambda tx: tx.deliveries(WORKSPACE, incident_id=bad.id))]
    assert posts.count(f.Post("stuck")) == 1
    before = await world.store.run(lambda tx: tx.timers(bad.id))
    world.now += timedelta(hours=1)
    await clock.tick()
    assert (await world.kinds(bad)).count("Stuck") == 2
    assert await world.store.run(lambda tx: tx.timers(bad.id)) == before


async def test_a_tick_that_fails_is_followed_by_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    [record] = await world.declares()
    world.now += timedelta(minutes=4, seconds=1)
    clock = world.clock()

    def broken(*_: object) -> list[Record]:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(Transaction, "due", broken)
        await clock._tick_guarded()
    assert "LimitWarned" not in await world.kinds(record)
    await clock._tick_guarded()
    assert "LimitWarned" in await world.kinds(record)


async def test_a_tick_that_hangs_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = world.clock()

    async def hang() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(clocks, "TICK_LIMIT", timedelta(milliseconds=10))
    monkeypatch.setattr(clock, "tick", hang)
    async with asyncio.timeout(5):
        await clock._tick_guarded()


async def test_it_knows_from_the_last_run_since_when_it_was_away(world: World) -> None:
    [record] = await world.declares()
    await world.clock().tick()
    world.now += timedelta(minutes=65)
    clock = world.clock()
    await clock.start()
    clock.stop()
    await clock.tick()
    [caught_up] = [one for one in await world.timeline(record) if isinstance(one, e.CaughtUp)]
    assert caught_up.away_since == START


async def test_started_it_ticks_by_itself_until_it_is_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "EVERY", timedelta(milliseconds=10))
    ticked = asyncio.Event()
    clock = world.clock()
    clock.recorded = ticked.set
    await clock.start()
    async with asyncio.timeout(5):
        await ticked.wait()
    clock.stop()
    clock.stop()


async def test_started_it_ticks_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # What fell due meanwhile does not wait for the second tick's time.
    monkeypatch.setattr(clocks, "EVERY", timedelta(hours=1))
    ticked = asyncio.Event()
    clock = world.clock()
    clock.recorded = ticked.set
    await clock.start()
    async with asyncio.timeout(5):
        await ticked.wait()
    clock.stop()


async def test_incidents_of_one_workspace_share_one_look_at_its_roster(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.declares(10)
    asked: list[str] = []
    roster = Transaction.roster

    def counted(tx: Transaction, workspace: str, on_call: Mapping[str, OnCall], now: datetime) -> Roster:
        asked.append(workspace)
        return roster(tx, workspace, on_call, now)

    monkeypatch.setattr(Transaction, "roster", counted)
    world.now += timedelta(minutes=4, seconds=1)
    await world.clock().tick()
    assert asked == [WORKSPACE]


def chore(work: Callable[[], Awaitable[None]]) -> Chore:
    return Chore("sweep", timedelta(minutes=1), work)


async def test_of_two_processes_one_does_a_chore_in_each_period(world: World) -> None:
    done: list[datetime] = []

    async def work() -> None:
        done.append(world.now)

    first, second = world.clock(), world.clock()
    await first._do(chore(work))
    await second._do(chore(work))
    assert len(done) == 1
    world.now += timedelta(minutes=1)
    await second._do(chore(work))
    await first._do(chore(work))
    assert len(done) == 2


async def test_a_chore_that_fails_disturbs_nobody(world: World, caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    await world.clock()._do(chore(fail))
    assert "sweep failed; it is tried again in its next period" in caplog.text


async def test_a_click_meanwhile_loses_nothing(world: World) -> None:
    [record] = await world.declares()
    world.now += timedelta(minutes=4, seconds=1)
    handler = Handler(world.store, world.playbook, lambda: world.now, lambda: None)
    clock = world.clock()
    await asyncio.gather(
        clock.tick(), *(handler(WORKSPACE, record.id, c.AddNote(c.Actor("U_ANN"), str(n))) for n in range(10))
    )
    kinds = await world.kinds(record)
    assert kinds.count("Noted") == 10
    assert kinds.count("LimitWarned") == 1


@dataclass
class Slowly:
    """Works that have done what they do, and end when they are told to."""

    begun: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)

    def __call__(self, work: Callable[[Transaction], object]) -> Callable[[Transaction], None]:
        """Return `work`, which says that it has begun and waits before its transaction ends."""

        def slow(tx: Transaction) -> None:
            work(tx)
            self.begun.set()
            self.may_end.wait(10)

        return slow


@pytest.fixture
async def shared(postgres_url: str) -> AsyncIterator[World]:
    with closing(Store.open(postgres_url)) as store:
        yield World(store, shipped.playbook())


RESOLVE = c.Resolve(c.Actor("U_ANN"), "A full disk")


def resolves(world: World, record: Record) -> Callable[[Transaction], object]:
    return lambda tx: handle(tx, record.id, RESOLVE, world.playbook, world.now)


async def falls_due(world: World) -> Record:
    """Declare an incident, and let the time come at which its first limit is near."""
    [record] = await world.declares()
    await world.clock().tick()
    world.now += timedelta(minutes=4, seconds=1)
    return record


@pytest.mark.postgres
async def test_what_is_being_resolved_is_passed_over_by_a_tick_that_comes_meanwhile(shared: World) -> None:
    record, slowly = await falls_due(shared), Slowly()
    resolving = asyncio.create_task(shared.store.run(slowly(resolves(shared, record)), urgent=False))
    await asyncio.to_thread(slowly.begun.wait, 10)
    await shared.clock().tick()
    slowly.may_end.set()
    await resolving
    await shared.clock().tick()
    assert (await shared.kinds(record))[-1] == "Resolved"


@pytest.mark.postgres
async def test_what_falls_due_first_is_told_before_the_end_and_nothing_after_it(shared: World) -> None:
    record, slowly = await falls_due(shared), Slowly()
    ticking = asyncio.create_task(shared.store.run(slowly(shared.clock()._tick_some), urgent=False))
    await asyncio.to_thread(slowly.begun.wait, 10)
    resolving = asyncio.create_task(shared.store.run(resolves(shared, record), urgent=False))
    await asyncio.sleep(0.1)
    assert not resolving.done()
    slowly.may_end.set()
    await asyncio.gather(ticking, resolving)
    await shared.clock().tick()
    assert (await shared.kinds(record))[-2:] == ["LimitWarned", "Resolved"]

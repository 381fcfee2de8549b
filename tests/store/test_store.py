"""The door and the threads behind it: what waits, what goes first, and what is not done at all."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from app.store import CannotWrite, Closed, NotRecorded, Record, Store, Transaction
from tests.store.given import WORKSPACE, add, at, declare

ANSWER_WITHIN = 2.5


@contextmanager
def locked(url: str, seconds: float) -> Iterator[None]:
    """Hold the one write lock of an SQLite file, as another process would."""
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            held.set()
            done.wait(seconds)
            other.execute("ROLLBACK")

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    yield
    done.set()
    holder.join()


@contextmanager
def busy(store: Store) -> Iterator[threading.Event]:
    """Keep every writer of the store busy until the event is set."""
    release = threading.Event()
    everybody = threading.Barrier(5 if store.call(lambda tx: tx.shared) else 2)

    def occupy(tx: Transaction) -> None:
        everybody.wait()
        release.wait(5)

    occupants = [threading.Thread(target=store.call, args=[occupy]) for _ in range(everybody.parties - 1)]
    for occupant in occupants:
        occupant.start()
    everybody.wait()
    yield release
    release.set()
    for occupant in occupants:
        occupant.join()


async def test_a_work_returns_what_it_returns_and_raises_what_it_raises(store: Store) -> None:
    assert await store.run(lambda tx: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await store.run(lambda tx: 1 // 0)


def test_clicks_go_ahead_of_the_clock_and_among_themselves_in_order(sqlite_url: str) -> None:
    done: list[str] = []

    def note(name: str) -> Callable[[Transaction], None]:
        return lambda _tx: done.append(name)

    async def queue_up(store: Store) -> None:
        with busy(store) as release:
            works = [
                asyncio.create_task(store.run(note(name), urgent=name != "clock"))
                for name in ("clock", "first click", "second click")
            ]
            await asyncio.sleep(0.05)
            release.set()
            await asyncio.gather(*works)

    with closing(Store.open(sqlite_url)) as store:
        asyncio.run(queue_up(store))
    assert done == ["first click", "second click", "clock"]


@pytest.mark.slow
async def test_a_work_that_nobody_waits_for_any_more_is_not_done(store: Store) -> None:
    done: list[str] = []
    with busy(store):
        started = time.monotonic()
        with pytest.raises(NotRecorded, match="Press again"):
            await store.run(lambda tx: done.append("late"))
        assert time.monotonic() - started < ANSWER_WITHIN
    await store.run(lambda tx: done.append("next"))
    assert done == ["next"]


async def test_a_work_whose_task_is_cancelled_before_it_begins_is_not_done(store: Store) -> None:
    done: list[str] = []
    with busy(store):
        task = asyncio.create_task(store.run(lambda tx: done.append("cancelled")))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await store.run(lambda tx: done.append("next"))
    assert done == ["next"]


async def test_a_work_that_has_begun_is_waited_for_even_when_its_task_is_cancelled(store: Store) -> None:
    began, done = threading.Event(), []

    def work(tx: Transaction) -> None:
        began.set()
        time.sleep(0.2)
        done.append(add(tx))

    task = asyncio.create_task(store.run(work))
    await asyncio.to_thread(began.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await store.run(lambda tx: tx.latest(WORKSPACE, 5)) == done


@pytest.mark.slow
def test_a_work_may_take_longer_than_it_may_wait(store: Store) -> None:
    def work(tx: Transaction) -> Record:
        record = add(tx)
        time.sleep(2)
        return record

    assert store.call(work) in store.call(lambda tx: tx.latest(WORKSPACE, 5))


@pytest.mark.slow
def test_a_locked_file_is_answered_in_time_and_nothing_half_done_stays(sqlite_url: str) -> None:
    with closing(Store.open(sqlite_url)) as store:
        before = declare(store)
        with locked(sqlite_url, seconds=4):
            started = time.monotonic()
            with pytest.raises(NotRecorded):
                declare(store)
            assert time.monotonic() - started < ANSWER_WITHIN
        assert store.call(lambda tx: tx.latest(WORKSPACE, 5)) == [before]
        assert declare(store).incident.number == 2


def test_a_file_that_is_locked_for_a_moment_is_waited_for(sqlite_url: str) -> None:
    with closing(Store.open(sqlite_url)) as store, locked(sqlite_url, seconds=0.5):
        assert declare(store).incident.number == 1


def test_a_database_that_has_no_room_left_is_said_to_be_so_and_recovers(sqlite_url: str) -> None:
    def fill(tx: Transaction) -> None:
        tx.connection.exec_driver_sql("PRAGMA max_page_count = 1")
        for _ in range(200):
            add(tx)

    with closing(Store.open(sqlite_url)) as store:
        with pytest.raises(CannotWrite, match="cannot be written to"):
            store.call(fill)
        assert store.call(lambda tx: tx.latest(WORKSPACE, 5)) == []
        assert declare(store).incident.number == 1


@pytest.mark.postgres
@pytest.mark.slow
def test_a_locked_row_is_answered_in_time(postgres_url: str) -> None:
    with closing(Store.open(postgres_url)) as store:
        record = declare(store)
        held, release = threading.Event(), threading.Event()

        def hold(tx: Transaction) -> None:
            tx.incident(record.id)
            held.set()
            release.wait(5)

        holder = threading.Thread(target=store.call, args=[hold])
        holder.start()
        held.wait()
        started = time.monotonic()
        with pytest.raises(NotRecorded):
            store.call(lambda tx: tx.incident(record.id))
        assert time.monotonic() - started < ANSWER_WITHIN
        release.set()
        holder.join()


@pytest.mark.postgres
def test_a_connection_that_broke_is_replaced_without_anybody_noticing(postgres_url: str) -> None:
    sever = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with closing(Store.open(postgres_url)) as store, closing(Store.open(postgres_url)) as other:
        for number in range(1, 9):
            other.call(lambda tx: tx.connection.exec_driver_sql(sever).all())
            assert declare(store).incident.number == number


@pytest.mark.postgres
def test_works_that_stand_in_each_others_way_are_both_done(postgres_url: str) -> None:
    with closing(Store.open(postgres_url)) as store:
        one, other = declare(store).id, declare(store).id
        both_hold_one = threading.Barrier(2)
        tries: list[int] = []

        def take(first: int, second: int) -> None:
            def work(tx: Transaction) -> None:
                tries.append(first)
                tx.incident(first)
                if len(tries) <= 2:
                    both_hold_one.wait()
                # Only one of them is to notice: on a busy machine both would, and both begin anew.
                patience = 50 if first == one else 900
                tx.connection.exec_driver_sql(f"SET LOCAL deadlock_timeout = '{patience}ms'")
                tx.incident(second)

            store.call(work)

        threads = [threading.Thread(target=take, args=pair) for pair in ((one, other), (other, one))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(tries) == 3


@pytest.mark.postgres
def test_two_processes_are_not_given_the_same_due_incidents(postgres_url: str) -> None:
    with closing(Store.open(postgres_url)) as store, closing(Store.open(postgres_url)) as other:
        for _ in range(4):
            declare(store, timers={"update": at(1)})

        def work(tx: Transaction) -> set[int]:
            mine = {record.id for record in tx.due(at(1), 2)}
            theirs = other.call(lambda tx: {record.id for record in tx.due(at(1), 4)})
            assert len(mine) == len(theirs) == 2
            return mine & theirs

        assert store.call(work) == set()


def test_what_is_queued_when_the_store_closes_is_done_and_nothing_after(sqlite_url: str) -> None:
    done: list[str] = []
    store = Store.open(sqlite_url)

    async def close_in_between() -> None:
        with busy(store) as release:
            queued = asyncio.create_task(store.run(lambda tx: done.append("queued")))
            await asyncio.sleep(0.05)
            closing_down = asyncio.create_task(asyncio.to_thread(store.close))
            await asyncio.sleep(0.05)
            release.set()
            await asyncio.gather(queued, closing_down)

    asyncio.run(close_in_between())
    with pytest.raises(Closed):
        store.call(lambda tx: done.append("after"))
    assert done == ["queued"]

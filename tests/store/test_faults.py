"""The database fails, at every statement in turn, or goes silent: nothing half-done stays, and it is said truly."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.domain import commands as c
from app.handle import Handled, declare
from app.store import CannotWrite, NotRecorded, Store, StoreError, Transaction, Unconfirmed, answer_by
from app.store.tables import Row
from tests import shipped
from tests.store.given import WORKSPACE, at
from tests.store.given import declare as given
from tests.store.tapped import Tap
from tests.store.test_vitals import spoil
from tests.wire import Wire

PLAYBOOK = shipped.playbook()
DECLARE = c.Declare(c.Actor("U1"), "Payment API down", "SEV1")
IN_TIME = 3.0
TABLES = [table for table in Row.metadata.sorted_tables if table.name != "rules"]


def do(tx: Transaction) -> Handled:
    return declare(tx, WORKSPACE, DECLARE, PLAYBOOK, at())


def rows(store: Store) -> int:
    def number(tx: Transaction) -> int:
        return sum(tx.connection.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES)

    return store.call(number)


def broken(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("made up")
    error.sqlite_errorcode = code
    return error


def postgres_errors() -> list[Exception]:
    from psycopg import errors  # noqa: PLC0415 -- only where there is a PostgreSQL

    return [errors.DiskFull(), errors.IoError(), errors.ReadOnlySqlTransaction(), errors.LockNotAvailable()]


@contextmanager
def failing(tap: Tap, number: int, error: Exception) -> Iterator[list[int]]:
    """Let the driver fail at one statement; what is yielded tells which ones there were."""
    seen: list[int] = []

    def fail(_: str) -> None:
        seen.append(len(seen))
        if len(seen) == number:
            raise error

    with tap.telling(fail):
        yield seen


def fail_at_every_statement(store: Store, error: Exception) -> int:
    tap = Tap(store)
    given(store)
    before = rows(store)
    for number in count(1):
        with failing(tap, number, error) as seen:
            try:
                store.call(do)
            except NotRecorded:
                assert rows(store) == before
                continue
        assert len(seen) < number
        assert rows(store) > before
        return number - 1
    raise AssertionError


@pytest.mark.parametrize(
    "code",
    [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CORRUPT],
)
def test_whichever_statement_of_a_declaration_fails_nothing_of_it_stays(sqlite_url: str, code: int) -> None:
    with closing(Store.open(sqlite_url)) as store:
        assert fail_at_every_statement(store, broken(code)) > 5


@pytest.mark.postgres
@pytest.mark.parametrize("which", range(4))
def test_whichever_statement_fails_on_a_server_nothing_of_it_stays(postgres_url: str, which: int) -> None:
    with closing(Store.open(postgres_url)) as store:
        assert fail_at_every_statement(store, postgres_errors()[which]) > 5


def test_a_disk_that_fills_up_page_by_page_takes_whole_declarations_or_none(sqlite_url: str) -> None:
    with closing(Store.open(sqlite_url)) as store:
        given(store)
        before, refused = rows(store), 0

        def allow(more: int) -> Callable[[Transaction], Handled]:
            def work(tx: Transaction) -> Handled:
                pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
                tx.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + more}")
                return [do(tx) for _ in range(9)][-1]

            return work

        for more in count():
            try:
                store.call(allow(more))
            except CannotWrite:
                refused += 1
                assert rows(store) == before
            else:
                break
        assert refused > 5
        assert rows(store) > before


def test_a_connection_that_may_only_read_is_replaced_after_it_was_said(sqlite_url: str) -> None:
    with closing(Store.open(sqlite_url)) as store:
        store.call(lambda tx: tx.connection.exec_driver_sql("PRAGMA query_only = ON"))
        with pytest.raises(CannotWrite, match="the database cannot be written to"):
            store.call(do)
        assert store.call(do).record.incident.number == 1


def test_a_file_damaged_anywhere_is_refused_or_told_in_a_sentence(sqlite_url: str, tmp_path: Path) -> None:
    with closing(Store.open(sqlite_url)) as store:
        for _ in range(3):
            store.call(do)
    whole = Path(sqlite_url.removeprefix("sqlite:///"))
    told = 0
    for page in range(whole.stat().st_size // 4096):
        damaged = tmp_path / f"{page}.db"
        shutil.copy(whole, damaged)
        spoil(damaged, page)
        # Whatever still works may; nothing but a sentence may come of what does not.
        try:
            with closing(Store.open(f"sqlite:///{damaged}")) as store:
                told += bool(store.call(lambda tx: tx.integrity(), urgent=False))
                store.call(do)
        except StoreError:
            told += 1
    assert told > 5


def test_a_file_that_was_cut_short_is_refused_or_told_in_a_sentence(sqlite_url: str) -> None:
    with closing(Store.open(sqlite_url)) as store:
        store.call(do)
    whole = Path(sqlite_url.removeprefix("sqlite:///"))
    for size in (100, 4096, whole.stat().st_size // 2):
        with whole.open("r+b") as raw:
            raw.truncate(size)
        with pytest.raises(StoreError), closing(Store.open(sqlite_url)) as store:
            store.call(do)


def test_a_work_that_takes_too_long_is_given_up_and_nothing_of_it_stays(store: Store) -> None:
    def slow(tx: Transaction) -> Handled:
        handled = do(tx)
        time.sleep(0.6)
        return handled

    with answer_by(time.monotonic() + 0.3), pytest.raises(NotRecorded):
        store.call(slow)
    assert rows(store) == 0
    assert store.call(do).record.incident.number == 1


@pytest.mark.slow
async def test_all_works_of_one_request_share_its_time(store: Store) -> None:
    began = time.monotonic()
    with answer_by(began + 0.5):
        await store.run(lambda _: time.sleep(0.3))
        with pytest.raises(NotRecorded):
            await store.run(lambda _: time.sleep(0.4))
        assert time.monotonic() - began < 0.7
        await asyncio.sleep(0.1)
        with pytest.raises(NotRecorded):
            await store.run(do)
        # Nobody waits for these.
        await store.run(lambda _: time.sleep(0.4), urgent=False)
    assert rows(store) == 0


@pytest.fixture
def wire(postgres_url: str) -> Iterator[Any]:
    folder = postgres_url.partition("host=")[2]
    with closing(Wire(Path(folder))) as way:
        yield way


@pytest.fixture
def wired_url(postgres_url: str, wire: Wire) -> str:
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    return f"postgresql://postgres@127.0.0.1:{wire.port}/{name}"


@pytest.mark.postgres
@pytest.mark.slow
def test_a_server_that_goes_silent_is_answered_for_in_time_and_found_again(wire: Wire, wired_url: str) -> None:
    with closing(Store.open(wired_url)) as store:
        assert store.call(do).record.incident.number == 1
        wire.passes.clear()
        for _ in range(6):
            began = time.monotonic()
            with pytest.raises(NotRecorded):
                store.call(do)
            assert time.monotonic() - began < IN_TIME
        wire.passes.set()
        assert until_recorded(store) == 2


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.parametrize("committed", [False, True], ids=["before its commit", "at its commit"])
def test_a_server_that_goes_silent_in_the_middle_is_answered_for_truly(
    wire: Wire, wired_url: str, postgres_url: str, *, committed: bool
) -> None:
    with closing(Store.open(wired_url)) as store, closing(Store.open(postgres_url)) as other:

        def cut(tx: Transaction) -> None:
            wire.passes.clear()
            if not committed:
                tx.bindings(WORKSPACE)

        def work(tx: Transaction) -> None:
            do(tx)
            cut(tx)

        began = time.monotonic()
        with pytest.raises(Unconfirmed if committed else NotRecorded):
            store.call(work)
        assert time.monotonic() - began < IN_TIME
        wire.passes.set()
        number = until_recorded(store)
        assert len(other.call(lambda tx: tx.latest(WORKSPACE, 9))) == number


def until_recorded(store: Store) -> int:
    """Declare until it is recorded, as a person would, and return the number of the incident."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return store.call(do).record.incident.number
        except NotRecorded:
            assert time.monotonic() < deadline
            time.sleep(0.1)

"""The threads that own the connections, and the queue in front of them.

SQLite has one writer, PostgreSQL a few. Clicks go ahead of the clock and the outbox. Of a work whose caller has given
up before it was committed nothing stays.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from heapq import heappop, heappush
from itertools import count
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, RootTransaction
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from app import failpoints
from app.domain.playbook import Rules
from app.store.database import Database
from app.store.errors import CannotWrite, Closed, FileGone, NotRecorded, Unconfirmed
from app.store.faults import Fault
from app.store.transaction import Transaction

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Transaction], T]

WAIT = 1.2
"""How many seconds a work may wait until it begins."""
ANSWER = 2.4
"""How many seconds a work may take in all where somebody waits for the answer: Slack waits three."""
LEAST_PATIENCE = 0.1
TRIES = 4
AGAIN = (Fault.COLLIDED, Fault.GONE)
CLICK, BACKGROUND, STOP = range(3)


class _GivenUp(Exception):
    """The caller does not wait any more."""


class Job(Generic[T]):
    """A work in the queue; `outcome` tells what came of it. It is to begin within `wait` seconds."""

    def __init__(self, work: Work[T], wait: float = WAIT) -> None:
        self.work = work
        self.outcome: Future[T] = Future()
        self.begun = False
        self._deadline = time.monotonic() + wait
        self._kept = False

    @property
    def patience(self) -> float:
        """How many more seconds the database may take."""
        return max(self._deadline - time.monotonic(), LEAST_PATIENCE)

    def give_up(self) -> bool:
        """Keep what it does from being recorded; False where that is done already, or under way."""
        return self.outcome.cancel()

    def begin(self) -> None:
        """Note that the database was to be had; raises `_GivenUp` where nobody waits any more."""
        self.check()
        self.begun = True

    def check(self) -> None:
        """Raise `_GivenUp` where nobody waits any more."""
        if self.outcome.cancelled():
            raise _GivenUp

    def keep(self) -> None:
        """Go past the point where the caller can give up; raises `_GivenUp` where that happened."""
        if self._kept:
            return
        if not self.outcome.set_running_or_notify_cancel():
            raise _GivenUp
        self._kept = True


class _Queue:
    """What waits for a thread: by rank, then first come, first served.

    The standard library's `PriorityQueue` wakes a thread at several times the price of its `SimpleQueue`, and somebody
    waits for each answer meanwhile.
    """

    def __init__(self) -> None:
        self._places: list[tuple[int, int, Job[Any] | None]] = []
        self._arrivals = count()
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._one_at_a_time = threading.Lock()

    def put(self, rank: int, job: Job[Any] | None) -> None:
        """Add a job; nothing tells a thread to stop."""
        with self._one_at_a_time:
            heappush(self._places, (rank, next(self._arrivals), job))
        self._bell.put(None)

    def get(self) -> Job[Any] | None:
        """Wait for the first one, and take it."""
        self._bell.get()
        with self._one_at_a_time:
            *_, job = heappop(self._places)
        return job


class Writers:
    """The writers of one database."""

    def __init__(self, database: Database) -> None:
        self._queue = _Queue()
        self._closed = False
        known_rules: dict[str, Rules] = {}
        self._threads = [_Writer(database, self._queue, known_rules, number) for number in range(database.writers)]
        for thread in self._threads:
            thread.start()

    @property
    def stuck_for(self) -> float:
        """For how many seconds every thread has been at one and the same work: none is free, nor was meanwhile."""
        began = [thread.began_at for thread in self._threads]
        return 0.0 if None in began else time.monotonic() - max(filter(None, began))

    def submit(self, work: Work[T], *, urgent: bool, wait: float = WAIT) -> Job[T]:
        """Queue `work`, to begin within `wait` seconds; raises `Closed` after `close`."""
        if self._closed:
            raise Closed
        job = Job(work, wait)
        self._queue.put(CLICK if urgent else BACKGROUND, job)
        return job

    def close(self) -> None:
        """Finish what is queued, and stop."""
        self._closed = True
        for _ in self._threads:
            self._queue.put(STOP, None)
        for thread in self._threads:
            thread.join()


class _Writer(threading.Thread):
    def __init__(self, database: Database, jobs: _Queue, known_rules: dict[str, Rules], number: int) -> None:
        super().__init__(name=f"store-{number}", daemon=True)
        self._database = database
        self._jobs = jobs
        self._known_rules = known_rules
        self._connection: Connection | None = None
        self.began_at: float | None = None

    def run(self) -> None:
        while job := self._jobs.get():
            self.began_at = time.monotonic()
            self._serve(job)
            self.began_at = None
        self._hang_up()

    def _serve(self, job: Job[Any]) -> None:
        if job.outcome.cancelled():
            return
        try:
            result = self._do(job)
        except _GivenUp:
            return
        except BaseException as error:  # noqa: BLE001 -- whatever it is, it is the caller's
            self._answer_with(error, job)
        else:
            job.outcome.set_result(result)

    def _answer_with(self, error: BaseException, job: Job[Any]) -> None:
        try:
            job.keep()
        except _GivenUp:
            return
        job.outcome.set_exception(error)

    def _do(self, job: Job[T]) -> T:
        tries = 1
        while True:
            try:
                return self._try(job)
            except DBAPIError as error:
                fault = self._database.fault(error)
                if fault is Fault.OURS:
                    raise
                if fault is not Fault.COLLIDED:
                    self._hang_up()
                if fault is Fault.UNWRITABLE:
                    # Whoever presses a button is told that the reason stands in the log.
                    log.warning("the database cannot be written to: %s", error.orig)
                    raise CannotWrite from error
                if fault not in AGAIN or tries == TRIES:
                    raise NotRecorded from error
            job.check()
            tries += 1

    def _try(self, job: Job[T]) -> T:
        connection = self._connection = self._connection or self._database.engine.connect()
        transaction = self._begin(connection, job.patience)
        try:
            job.begin()
            result = job.work(Transaction(connection, self._known_rules, shared=self._database.shared))
            failpoints.reach("store.worked")
            job.keep()
        except BaseException:
            transaction.rollback()
            raise
        self._commit(transaction)
        failpoints.reach("store.committed")
        return result

    def _begin(self, connection: Connection, patience: float) -> RootTransaction:
        try:
            return self._database.begin(connection, patience)
        except FileGone:
            # Nothing has begun, and this connection may be all that still keeps what is in the file.
            raise
        except BaseException:
            # Half of a transaction may have begun.
            self._hang_up()
            raise

    def _commit(self, transaction: RootTransaction) -> None:
        try:
            transaction.commit()
        except PendingRollbackError as error:
            # What SQLAlchemy makes of a connection that breaks at the very commit.
            self._hang_up()
            raise Unconfirmed from error
        except DBAPIError as error:
            if self._database.fault(error) is Fault.GONE:
                self._hang_up()
                raise Unconfirmed from error
            raise

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

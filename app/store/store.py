"""The store as everybody else sees it: works go in, what they return comes out."""

import asyncio
import concurrent.futures
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Self, TypeVar

from app.store.database import Database, database
from app.store.errors import NotRecorded, Unconfirmed
from app.store.schema import known_schemas, look, migrate
from app.store.server_clock import Wall, machine_clock
from app.store.writers import ANSWER, WAIT, Job, Work, Writers

T = TypeVar("T")

_answer_by: ContextVar[float | None] = ContextVar("answer_by", default=None)


class Store:
    """An open database.

    A work is a function that is given a `Transaction`. What it does there is kept when it returns, and nothing of it
    when it raises. It runs on a thread of the store and may be run again from the start when two works collide, so it
    touches nothing else.
    """

    def __init__(self, target: Database, writers: Writers) -> None:
        self._target = target
        self._writers = writers

    @classmethod
    def open(cls, url: str, *, alone: bool = False, reading: bool = False, wall: Wall = machine_clock) -> Self:
        """Open the database that `url` names, its tables brought up to date; raises a `CannotOpen`.

        With `alone` no other process can do the same on SQLite, until this one closes it or ends. One that is only
        for `reading` makes nothing and keeps nobody waiting, as is fit beside a Tocsin that runs.
        """
        target = database(url, reading=reading, wall=wall)
        try:
            if alone:
                target.prepare()
                target.keep_others_out()
            if reading:
                look(target)
            else:
                migrate(target)
        except BaseException:
            target.let_others_in()
            raise
        if not alone:
            target.let_others_in()
        target.schema = known_schemas()[0]
        return cls(target, Writers(target))

    @property
    def ahead(self) -> timedelta:
        """How far the clock that counts is ahead of this machine's: that of the PostgreSQL, as it last told it."""
        return self._target.ahead

    @property
    def side_by_side(self) -> int:
        """How many works of one kind may go on at once, so that there is room for others."""
        return max(1, self._target.writers // 2)

    @property
    def stuck_for(self) -> float:
        """For how many seconds no thread has been free, each at one and the same work; a restart frees them."""
        return self._writers.stuck_for

    async def run(self, work: Work[T], *, urgent: bool = True) -> T:
        """Return what `work` returns, once that is on the disk; `urgent` ones go first.

        Raises what the work raises. Raises `NotRecorded` where the database was not to be had in under two seconds,
        or where a work that is urgent was not done in under three: nothing of it is kept then or will be. Raises
        `Unconfirmed` where nobody knows. A work that has begun is waited for by a task that is cancelled meanwhile.
        """
        wait, answer = _limits(urgent=urgent)
        job = self._writers.submit(work, urgent=urgent, wait=wait)
        outcome = asyncio.wrap_future(job.outcome)
        try:
            await asyncio.wait((outcome,), timeout=wait)
            if outcome.done():
                return outcome.result()
            _give_up_unless_begun(job)
            await asyncio.wait((outcome,), timeout=answer)
            _give_up_unless_done(job)
            # It is done, and the loop may not know yet.
            return await asyncio.shield(outcome)
        except asyncio.CancelledError:
            if job.begun or not job.give_up():
                await asyncio.wait((outcome,))
            raise

    def call(self, work: Work[T], *, urgent: bool = True) -> T:
        """Do the same as `run` from a thread without an event loop."""
        wait, answer = _limits(urgent=urgent)
        job = self._writers.submit(work, urgent=urgent, wait=wait)
        concurrent.futures.wait((job.outcome,), wait)
        _give_up_unless_begun(job)
        concurrent.futures.wait((job.outcome,), answer)
        _give_up_unless_done(job)
        return job.outcome.result()

    def close(self) -> None:
        """Finish the works that are queued, and close the database."""
        self._writers.close()
        self._target.let_others_in()


@contextmanager
def answer_by(moment: float) -> Iterator[None]:
    """Let all urgent works that are run in here be answered by `moment` (of `time.monotonic`), together."""
    before = _answer_by.set(moment)
    try:
        yield
    finally:
        _answer_by.reset(before)


def seconds_to_answer() -> float:
    """Return how many seconds are left to answer whoever waits."""
    moment = _answer_by.get()
    return ANSWER if moment is None else moment - time.monotonic()


def _limits(*, urgent: bool) -> tuple[float, float | None]:
    """Return within how many seconds a work is to begin, and how many more it may take."""
    if not urgent:
        return WAIT, None
    left = seconds_to_answer()
    if left <= 0:
        raise NotRecorded
    wait = min(WAIT, left)
    return wait, left - wait


def _give_up_unless_begun(job: Job[T]) -> None:
    if not job.begun and job.give_up():
        raise NotRecorded


def _give_up_unless_done(job: Job[T]) -> None:
    if job.outcome.done():
        return
    raise NotRecorded if job.give_up() else Unconfirmed

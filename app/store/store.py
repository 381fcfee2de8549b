"""The store as everybody else sees it: works go in, what they return comes out."""

import asyncio
import concurrent.futures
from typing import Self, TypeVar

from app.store.database import database
from app.store.errors import NotRecorded
from app.store.schema import migrate
from app.store.writers import WAIT, Job, Work, Writers

T = TypeVar("T")


class Store:
    """An open database.

    A work is a function that is given a `Transaction`. What it does there is kept when it returns, and nothing of it
    when it raises. It runs on a thread of the store and may be run again from the start when two works collide, so it
    touches nothing else.
    """

    def __init__(self, writers: Writers) -> None:
        self._writers = writers

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the database that `url` names, its tables brought up to date; raises a `CannotOpen`."""
        target = database(url)
        migrate(target)
        return cls(Writers(target))

    async def run(self, work: Work[T], *, urgent: bool = True) -> T:
        """Return what `work` returns, once that is on the disk; `urgent` ones go first.

        Raises what the work raises. Raises `NotRecorded` where the database was not to be had in under two seconds:
        the work has not been done then and will not be. A work that has begun is waited for, even by a task that is
        cancelled meanwhile.
        """
        job = self._writers.submit(work, urgent=urgent)
        outcome = asyncio.wrap_future(job.outcome)
        try:
            await asyncio.wait((outcome,), timeout=WAIT)
            _give_up_unless_begun(job)
            return await asyncio.shield(outcome)
        except asyncio.CancelledError:
            if not job.give_up():
                await asyncio.wait((outcome,))
            raise

    def call(self, work: Work[T], *, urgent: bool = True) -> T:
        """Do the same as `run` from a thread without an event loop."""
        job = self._writers.submit(work, urgent=urgent)
        concurrent.futures.wait((job.outcome,), WAIT)
        _give_up_unless_begun(job)
        return job.outcome.result()

    def close(self) -> None:
        """Finish the works that are queued, and close the database."""
        self._writers.close()


def _give_up_unless_begun(job: Job[T]) -> None:
    if job.give_up():
        raise NotRecorded

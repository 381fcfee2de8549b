"""APScheduler with jobs kept in SQLite, in a process of its own: `python -m benchmarks.peers.scheduler FILE COUNT`.

`AsyncIOScheduler` with `SQLAlchemyJobStore` (WAL, synchronous=FULL) and jobs that do nothing. It says when its imports
were done, starts, and says when the first and the last of COUNT jobs had run, by the machine's monotonic clock, and how
long its event loop was held up meanwhile. With COUNT 1 it ends after the first.
"""

import asyncio
import json
import pickle
import sqlite3
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import Engine, create_engine, event

from benchmarks.loop import Stall
from benchmarks.peers import noop

JOB = "benchmarks.peers.noop:noop"
LONGEST = 900.0
LOOK_EVERY = 0.001
OVERDUE = timedelta(minutes=1)


def scheduler(file: Path) -> AsyncIOScheduler:
    """Return a scheduler on `file` that drops nothing because it is late."""
    return AsyncIOScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=_engine(file))},
        timezone=UTC,
        job_defaults={"misfire_grace_time": None, "coalesce": False, "max_instances": 1000},
    )


def fill(file: Path, count: int) -> None:
    """Make a file with `count` jobs that are overdue: the rows that `add_job` writes, many at once."""
    asyncio.run(_add_one(file))
    with sqlite3.connect(file) as connection:
        [(stored,)] = connection.execute("SELECT job_state FROM apscheduler_jobs")
        state = pickle.loads(stored)  # noqa: S301 -- APScheduler wrote it just now
        due = datetime.now(UTC) - OVERDUE
        state["next_run_time"] = state["trigger"].run_date = due
        rows = (
            (f"job-{number}", due.timestamp(), pickle.dumps({**state, "id": f"job-{number}", "args": (number,)}))
            for number in range(count)
        )
        connection.execute("DELETE FROM apscheduler_jobs")
        connection.executemany("INSERT INTO apscheduler_jobs (id, next_run_time, job_state) VALUES (?, ?, ?)", rows)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


async def run(file: Path, count: int) -> None:
    """Measure it."""
    tell(imported=time.monotonic())
    jobs = scheduler(file)
    async with Stall() as stall:
        began = time.monotonic()
        jobs.start()
        first = await _until(1)
        last = await _until(count)
    tell(began=began, first=first, last=last, stall=stall.longest)
    jobs.shutdown(wait=False)


async def _until(count: int) -> float:
    async with asyncio.timeout(LONGEST):
        while noop.ran < count:  # noqa: ASYNC110 -- jobs that do nothing tell nobody
            await asyncio.sleep(LOOK_EVERY)
    return time.monotonic()


async def _add_one(file: Path) -> None:
    jobs = scheduler(file)
    jobs.start(paused=True)
    jobs.add_job(JOB, "date", run_date=datetime.now(UTC) + timedelta(days=1), args=[0], id="first")
    jobs.shutdown(wait=False)


def _engine(file: Path) -> Engine:
    engine = create_engine(f"sqlite:///{file}")

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        for setting in ("journal_mode = WAL", "synchronous = FULL"):
            connection.execute(f"PRAGMA {setting}")

    return engine


def tell(**facts: float) -> None:
    """Print one line of JSON."""
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2])))

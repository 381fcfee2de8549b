"""Due nudges a second: decided and recorded.

Tocsin's own clock on its own store: for each incident whose update is due, `decide`, and then the incident, its
timeline, its timers and the deliveries of the nudge, a hundred incidents to a transaction, `synchronous=FULL`.
APScheduler fires as many jobs that do nothing, from `SQLAlchemyJobStore` on a SQLite file of the same settings: it
takes each job out of its store before it runs, so a crash loses it (at most once). What Tocsin has decided is a row of
the outbox in the same transaction and is delivered at least once.
"""

import asyncio
from datetime import UTC, datetime, timedelta

from benchmarks.children import child
from benchmarks.peers import scheduler
from benchmarks.prepared import Lot, fill
from benchmarks.rounds import Plan, copied, in_turns
from benchmarks.row import Better, Goal, Row

DECLARED = timedelta(minutes=30, seconds=30)
"""How long ago: a SEV2 asks for an update every 30 minutes, and more than a minute late is downtime."""
GOAL = Goal(Better.MORE, 3)


async def measure(plan: Plan) -> list[Row]:
    """Measure the rates, and by how much each held up its event loop."""
    count, jobs = plan.size(5000, 100), plan.size(2000, 100)
    room, now = plan.room("nudges"), datetime.now(UTC)
    fill(f"sqlite:///{room / 'full.db'}", Lot(count, "SEV2", now - DECLARED, acknowledged=True))
    await asyncio.to_thread(scheduler.fill, room / "jobs.db", jobs)

    async def ours(_: int) -> dict[str, float]:
        file = copied(room / "full.db", "tocsin.db")
        arguments = ("-m", "benchmarks.ticking", f"sqlite:///{file}", now.isoformat())
        async with child(room, *arguments) as ticking:
            await ticking.says()
            await ticking.hears("go")
            said = await ticking.says()
        return said | {"rate": count / (said["ended"] - said["began"])}

    async def theirs(_: int) -> dict[str, float]:
        file = copied(room / "jobs.db", "apscheduler.db")
        arguments = ("-m", "benchmarks.peers.scheduler", str(file), str(jobs))
        async with child(room, *arguments) as running:
            await running.says()
            said = await running.says()
        return said | {"rate": jobs / (said["last"] - said["began"])}

    taken = await in_turns(plan, ours, theirs)
    rates = Row(
        name="nudges",
        what="Due nudges decided and recorded, SQLite",
        unit="/s",
        ours=[one["rate"] for one in taken.ours],
        theirs=[one["rate"] for one in taken.theirs],
        against="APScheduler, jobs that do nothing",
        goal=GOAL,
        note=f"{count:,} nudges, at least once; {jobs:,} jobs from SQLAlchemyJobStore (WAL, FULL), at most once.",
        disk=taken.disk,
    )
    stalls = Row(
        name="stall",
        what="Longest stall of the event loop meanwhile",
        unit="ms",
        ours=[one["stall"] * 1000 for one in taken.ours],
        theirs=[one["idle_stall"] * 1000 for one in taken.ours],
        against="the same loop, idle",
        note="the decisions run on a thread of the store beside the loop.",
        disk=taken.disk,
        more={"apscheduler_ms": [one["stall"] * 1000 for one in taken.theirs]},
    )
    return [rates, stalls]

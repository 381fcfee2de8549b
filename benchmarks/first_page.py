"""The first page after a start with 100,000 overdue incidents.

Tocsin is the whole of `tocsin run`, on a database of 100,000 open incidents whose second page is overdue: counted from
the moment its imports are done until Slack has received the first page. By then it has opened the database, asked
Slack who it is, decided and recorded. APScheduler is counted from the same moment until the first of 100,000 overdue
jobs has run, which does nothing. It loads and hands over all of them first.
"""

import asyncio
from datetime import UTC, datetime, timedelta

from benchmarks.children import TOCSIN_RUN_TELLING, child, over_socket
from benchmarks.peers import scheduler
from benchmarks.prepared import Lot, fill
from benchmarks.rounds import Plan, copied, in_turns
from benchmarks.row import Better, Goal, Row
from benchmarks.slack import Call, FakeSlack

OVERDUE = timedelta(minutes=10)
GOAL = Goal(Better.MORE, 50, inverted=True)
THEIR_PATIENCE = 90.0
"""A round of theirs takes a minute, on a slow disk four: it is not repeated once they have taken so many seconds."""


async def measure(plan: Plan) -> list[Row]:
    """Measure it."""
    count = plan.size(100_000, 1000)
    room = plan.room("first-page")
    fill(f"sqlite:///{room / 'full.db'}", Lot(count, "SEV1", datetime.now(UTC) - OVERDUE))
    await asyncio.to_thread(scheduler.fill, room / "jobs.db", count)

    async def ours(_: int) -> float:
        file = copied(room / "full.db", "tocsin.db")
        async with FakeSlack() as slack:
            settings = over_socket(slack, f"sqlite:///{file}")
            async with child(room, *TOCSIN_RUN_TELLING, settings=settings, at_once=True) as tocsin:
                paged = slack.expect(_is_page)
                imported: float = (await tocsin.says())["imported"]
                call = await paged
        return call.came_at - imported

    async def theirs(_: int) -> float:
        file = copied(room / "jobs.db", "apscheduler.db")
        arguments = ("-m", "benchmarks.peers.scheduler", str(file), "1")
        async with child(room, *arguments, at_once=True) as running:
            imported: float = (await running.says())["imported"]
            first: float = (await running.says())["first"]
            return first - imported

    taken = await in_turns(plan, ours, theirs, THEIR_PATIENCE)
    return [
        Row(
            name="first-page",
            what=f"First page after a start with {count:,} overdue incidents",
            unit="s",
            ours=taken.ours,
            theirs=taken.theirs,
            against="APScheduler, its first job of as many",
            goal=GOAL,
            note="both counted from imports done; the ratio says how many times sooner. APScheduler's rounds take "
            f"minutes, so there are fewer of them: {len(taken.theirs)}.",
            disk=taken.disk,
        )
    ]


def _is_page(call: Call) -> bool:
    return call.method == "chat.postMessage" and str(call.arguments["channel"]).startswith("U")

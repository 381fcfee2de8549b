"""Tocsin's clock on a store, in a process of its own: `python -m benchmarks.ticking DATABASE_URL NOW`.

It says that it is ready, waits for a line, ticks until nothing is due at NOW (ISO 8601), and says when that began and
ended, by the machine's monotonic clock, and how long its event loop was held up meanwhile.
"""

import asyncio
import json
import sys
import time
from contextlib import closing
from datetime import datetime

from app.cli.run import collect_seldom
from app.clock import Clock
from app.store import Store
from benchmarks.loop import Stall, idle_stall
from benchmarks.prepared import playbook

IDLE = 0.5


async def tick(store: Store, now: datetime) -> None:
    """Measure it."""
    idle = await idle_stall(IDLE)
    clock = Clock(store, playbook(), lambda: now, lambda: None)
    await store.run(lambda tx: tx.next_due())
    # As in the whole of `tocsin run`.
    collect_seldom()
    tell(ready=True)
    await asyncio.to_thread(sys.stdin.readline)
    async with Stall() as stall:
        began = time.monotonic()
        # Where another process ticks too, what that one has under its hands is passed over.
        while (due := await store.run(lambda tx: tx.next_due())) and due <= now:
            await clock.tick()
        ended = time.monotonic()
    tell(began=began, ended=ended, stall=stall.longest, idle_stall=idle)


def tell(**facts: float) -> None:
    """Print one line of JSON."""
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    with closing(Store.open(sys.argv[1])) as opened:
        asyncio.run(tick(opened, datetime.fromisoformat(sys.argv[2])))

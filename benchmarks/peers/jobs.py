"""procrastinate on PostgreSQL, in a process of its own: `python -m benchmarks.peers.jobs CONNINFO`.

Jobs that do nothing, twenty at a time. It says that it is ready, waits for a line, works until none is left, and says
when that began and ended, by the machine's monotonic clock, and how many it ran.
"""

import asyncio
import json
import sys
import time

import procrastinate
from procrastinate.types import JSONDict

CONCURRENCY = 20
AT_ONCE = 500

ran = 0


def jobs(conninfo: str) -> procrastinate.App:
    """Return an app with its one task."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo))

    @app.task(name="noop")
    async def noop(number: int) -> None:  # noqa: ARG001 -- a job carries something
        global ran  # noqa: PLW0603 -- one counter for the process
        ran += 1

    return app


async def fill(conninfo: str, count: int) -> None:
    """Make its tables, with `count` jobs to be done."""
    app = jobs(conninfo)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        for start in range(0, count, AT_ONCE):
            some: list[JSONDict] = [{"number": number} for number in range(start, min(start + AT_ONCE, count))]
            await app.configure_task("noop").batch_defer_async(*some)


async def run(conninfo: str) -> None:
    """Measure it."""
    app = jobs(conninfo)
    async with app.open_async():
        tell(ready=True)
        await asyncio.to_thread(sys.stdin.readline)
        began = time.monotonic()
        await app.run_worker_async(
            wait=False, concurrency=CONCURRENCY, listen_notify=False, install_signal_handlers=False
        )
        tell(began=began, ended=time.monotonic(), ran=ran)


def tell(**facts: float) -> None:
    """Print one line of JSON."""
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))

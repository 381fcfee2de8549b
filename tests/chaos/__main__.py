"""`python -m tests.chaos --kills 10000`: kills Tocsin at random for as long as it takes, and tells what came of it."""

import argparse
import asyncio
import logging
import secrets
import sys
import time
from contextlib import ExitStack, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from app.failpoints import NAMES
from tests.chaos.random_kills import kill_at_random
from tests.chaos.run import Databases, Found, exhaust
from tests.databases import fresh_database, in_memory, postgres_server


def main() -> int:
    """Kill, print what came of it, and return the exit status."""
    asked = _asked()
    # A client that is killed in the middle of a request is what this is about.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    say(f"seed={asked.seed} database={asked.database} kills={asked.kills}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="tocsin-chaos-", dir=in_memory())))
        database: Databases = nullcontext
        if asked.database == "postgres":
            server = stack.enter_context(postgres_server())
            database = lambda: fresh_database(server)  # noqa: E731 -- a function of none
        began = time.monotonic()
        found = asyncio.run(_run(asked, folder, database, began))
    for fault in found.faults:
        say(fault)
    say(
        f"kills={found.kills} seed={asked.seed} database={asked.database} violations={len(found.faults)} "
        f"transient_duplicates={len(found.doubled)} seconds={time.monotonic() - began:.0f}"
    )
    return 1 if found.faults else 0


async def _run(asked: argparse.Namespace, folder: Path, database: Databases, began: float) -> Found:
    def tell(found: Found) -> None:
        say(f"{found.kills} kills, {len(found.faults)} violations, {time.monotonic() - began:.0f} s")

    if asked.every_failpoint:
        return await exhaust(NAMES, folder, database=database, progress=tell)
    return await kill_at_random(folder, asked.kills, asked.seed, database=database, progress=tell)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="the same seed, the same kills")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--every-failpoint", action="store_true", help="each hit of each failpoint instead of random")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

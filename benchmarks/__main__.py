"""`python -m benchmarks`: runs the rows, and prints one table and one line of JSON for each row."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from benchmarks import ack, declare, first_page, meanwhile, nudges, postgres, startup
from benchmarks.children import Failed
from benchmarks.rounds import Plan, tell
from benchmarks.row import Row, table

ROWS: Mapping[str, Callable[[Plan], Awaitable[list[Row]]]] = {
    "ack-http": ack.measure_http,
    "ack-socket": ack.measure_socket,
    "nudges": nudges.measure,
    "ack-meanwhile": meanwhile.measure,
    "first-page": first_page.measure,
    "postgres": postgres.measure,
    "declare": declare.measure,
    "start-up": startup.measure,
}


def main() -> None:
    """Run what the arguments ask for."""
    arguments = _arguments().parse_args()
    # Not in /tmp, which may be memory: what is measured is a disk.
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=arguments.folder) as folder:
        plan = Plan(Path(folder).resolve(), 1 if arguments.quick else arguments.rounds, arguments.quick)
        rows, unmeasured = asyncio.run(_measure(plan, arguments.only or list(ROWS)))
    print(table(rows))
    print()
    for row in rows:
        print(row.line())
    if unmeasured:
        sys.exit(f"These could not be measured, see above: {', '.join(unmeasured)}")


async def _measure(plan: Plan, names: list[str]) -> tuple[list[Row], list[str]]:
    """Return the rows, and the names of those that could not be measured: they cost no other its figures."""
    rows, unmeasured = [], []
    for name in names:
        began = time.monotonic()
        tell(f"{name} …")
        try:
            rows += await ROWS[name](plan)
        except (Failed, OSError, TimeoutError) as error:
            tell(f"  {type(error).__name__}: {error}")
            unmeasured.append(name)
        tell(f"  took {time.monotonic() - began:.0f} s")
    return rows, unmeasured


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often the two sides of a row take turns")
    parser.add_argument("--only", action="append", choices=ROWS, metavar="ROW", help=f"one of {', '.join(ROWS)}")
    parser.add_argument("--quick", action="store_true", help="one round with tiny sizes: whether it runs, not how fast")
    parser.add_argument("--folder", type=Path, default=Path(), help="a folder on the disk that is to be measured")
    return parser


if __name__ == "__main__":
    main()

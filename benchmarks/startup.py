"""Start-up: from the start of the process `tocsin run` until it answers over HTTP.

By then it has read its playbook, opened its database, asked Slack who it is, and listens. Against a Python that imports
the same libraries, by the names of all modules that `tocsin run` has loaded before its first line, its own left out,
and does nothing.
"""

import json
import time
from pathlib import Path

from benchmarks.children import TOCSIN_RUN, child, free_port, over_http
from benchmarks.prepared import fill
from benchmarks.rounds import Plan, in_turns
from benchmarks.row import Better, Goal, Row
from benchmarks.slack import FakeSlack

GOAL = Goal(Better.LESS, 1.5)
LIST = """
import json, sys
import app.cli
others = [name for name in sys.modules if name.partition(".")[0] not in ("app", "__main__")]
print(json.dumps({"modules": others}))
"""
IMPORT = """
import importlib, json, sys
for name in json.load(open(sys.argv[1])):
    importlib.import_module(name)
"""


async def measure(plan: Plan) -> list[Row]:
    """Measure it."""
    room = plan.room("start-up")
    database = f"sqlite:///{room / 'tocsin.db'}"
    fill(database)
    names = room / "libraries.json"
    names.write_text(json.dumps(await _libraries(room)))
    async with FakeSlack() as slack:

        async def ours(_: int) -> float:
            port = free_port()
            began = time.monotonic()
            async with child(room, *TOCSIN_RUN, settings=over_http(slack, database, port)) as tocsin:
                return await tocsin.serves(port) - began

        async def theirs(_: int) -> float:
            began = time.monotonic()
            async with child(room, "-c", IMPORT, str(names)) as importing:
                await importing.ends()
                return time.monotonic() - began

        for side in (ours, theirs):
            await side(0)
        taken = await in_turns(plan, ours, theirs)
    return [
        Row(
            name="start-up",
            what="Start-up, until it answers",
            unit="s",
            ours=taken.ours,
            theirs=taken.theirs,
            against="importing the same libraries",
            goal=GOAL,
            disk=taken.disk,
        )
    ]


async def _libraries(room: Path) -> list[str]:
    async with child(room, "-c", LIST) as listing:
        said = await listing.says()
    return [str(name) for name in said["modules"]]

"""An Acknowledge click, from the moment it is sent to the moment it is answered.

Tocsin is the whole of `tocsin run`: the signature is checked, the incident loaded, the acknowledgement decided, and the
incident, its timeline, timers, deliveries and the receipt are committed to SQLite with `synchronous=FULL` before the
answer; its outbox then edits the card and posts, between the clicks. Each click is for an incident of its own. Bolt's
default `AsyncApp` gets the same clicks for a listener that acknowledges and does nothing: no disk, nothing kept.
Clicks come one at a time. The servers run on one core, whoever presses on the others.
"""

from datetime import UTC, datetime
from pathlib import Path

from benchmarks import clicks
from benchmarks.children import TOCSIN_RUN, free_port, on_one_core, on_the_other_cores, over_http, over_socket
from benchmarks.prepared import Lot, fill, first
from benchmarks.rounds import Plan, Taken, in_turns, percentile
from benchmarks.row import Better, Goal, Row
from benchmarks.slack import FakeSlack

PAUSE = 0.06
"""Long enough for the outbox to be done with a click before the next one."""
WARM_UP = 60
GOAL = Goal(Better.LESS, 0.3)
NOTE = (
    "Tocsin commits the acknowledgement to SQLite (synchronous=FULL) before it answers; Bolt's side acknowledges an "
    "empty handler and keeps nothing."
)


async def measure_http(plan: Plan) -> list[Row]:
    """Measure it over HTTP."""
    per_round = plan.size(60, 5)
    room, bolts = plan.room("ack-http"), plan.room("ack-http-bolt")
    database, groups = _prepare(room, plan, per_round)
    ports = free_port(), free_port()
    async with (
        FakeSlack() as slack,
        on_one_core(room, *TOCSIN_RUN, settings=over_http(slack, database, ports[0])) as tocsin,
        on_one_core(bolts, "-m", "benchmarks.peers.bolt", "http", str(ports[1])) as bolt,
    ):
        await tocsin.serves(ports[0])
        await bolt.serves(ports[1])

        async def side(port: int, number: int) -> list[float]:
            return await clicks.press_all(port, clicks.requests(groups[number]), PAUSE)

        with on_the_other_cores():
            for port in ports:
                await side(port, -1)
            taken = await in_turns(plan, lambda number: side(ports[0], number), lambda number: side(ports[1], number))
    return [_row("ack-http", "Acknowledge over HTTP, p50", "Bolt's AsyncApp, empty handler", taken)]


async def measure_socket(plan: Plan) -> list[Row]:
    """Measure it over Socket Mode."""
    per_round = plan.size(60, 5)
    room, bolts = plan.room("ack-socket"), plan.room("ack-socket-bolt")
    database, groups = _prepare(room, plan, per_round)
    async with (
        FakeSlack() as slack,
        FakeSlack() as theirs,
        on_one_core(room, *TOCSIN_RUN, settings=over_socket(slack, database)),
        on_one_core(bolts, "-m", "benchmarks.peers.bolt", "socket", theirs.api_url),
    ):
        await slack.connected()
        await theirs.connected()

        async def side(where: FakeSlack, number: int) -> list[float]:
            return [await where.send("interactive", click, PAUSE) for click in groups[number]]

        with on_the_other_cores():
            for where in (slack, theirs):
                await side(where, -1)
            taken = await in_turns(plan, lambda number: side(slack, number), lambda number: side(theirs, number))
    return [_row("ack-socket", "Acknowledge over Socket Mode, p50", "Bolt's AsyncApp, empty handler", taken)]


def _prepare(room: Path, plan: Plan, per_round: int) -> tuple[str, list[list[clicks.Json]]]:
    """Make the database; return its address, and the clicks of each round, those to warm up with last."""
    database = f"sqlite:///{room / 'tocsin.db'}"
    [ids] = fill(database, Lot(plan.rounds * per_round + WARM_UP, "SEV3", datetime.now(UTC)))
    every = clicks.acknowledging(first(database), ids)
    return database, [every[start : start + per_round] for start in range(0, len(every), per_round)]


def _row(name: str, what: str, against: str, taken: Taken[list[float]]) -> Row:
    def milliseconds(share: float, sides: list[list[float]]) -> list[float]:
        return [percentile(side, share) * 1000 for side in sides]

    return Row(
        name=name,
        what=what,
        unit="ms",
        ours=milliseconds(0.5, taken.ours),
        theirs=milliseconds(0.5, taken.theirs),
        against=against,
        goal=GOAL,
        note=NOTE,
        disk=taken.disk,
        more={"ours_p99_ms": milliseconds(0.99, taken.ours), "theirs_p99_ms": milliseconds(0.99, taken.theirs)},
    )

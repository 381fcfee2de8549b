"""What becomes of an Acknowledge click while thousands of nudges fall due.

The whole of `tocsin run` over HTTP, against a Slack that answers after 200 ms. First clicks alone; then the clock is
moved until the update of thousands of incidents is due, and clicks again, counted from the first nudge that is on the
disk until the last is. The outbox posts nudges meanwhile.
"""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import clicks
from benchmarks.children import TOCSIN_RUN, free_port, on_one_core, on_the_other_cores, over_http
from benchmarks.prepared import Lot, fill, first
from benchmarks.rounds import Plan, copied, in_turns, percentile
from benchmarks.row import Better, Goal, Row
from benchmarks.slack import FakeSlack

SLACK_TAKES = 0.2
UPDATE_EVERY = timedelta(minutes=30)
JUST_BEFORE = timedelta(seconds=40)
"""How long before the nudges are due Tocsin starts; the clock then moves over that, which is no downtime yet."""
WARM_UP = 20
LOOK_EVERY = 0.01
PAUSE = 0.002
GOAL = Goal(Better.LESS, 5)
LEFT = "SELECT count(*) FROM agenda WHERE next_due <= ?"


async def measure(plan: Plan) -> list[Row]:
    """Measure it, with a new process in each round."""
    nudged, pressed = plan.size(5000, 300), plan.size(150, 20)
    room, now = plan.room("meanwhile"), datetime.now(UTC)
    full = f"sqlite:///{room / 'full.db'}"
    _, ids = fill(full, Lot(nudged, "SEV2", now, acknowledged=True), Lot(WARM_UP + 20 * pressed, "SEV3", now))
    every = clicks.acknowledging(first(full), ids)
    storms: list[list[float]] = []

    async def alone(_: int) -> list[float]:
        # Both sides are phases of one process: this one measures them, the other hands out what it found.
        idle, storm = await _phases(room, now, every, nudged, pressed)
        storms.append(storm)
        return idle

    async def among_nudges(number: int) -> list[float]:
        return storms[number]

    taken = await in_turns(plan, alone, among_nudges)
    return [
        Row(
            name="ack-meanwhile",
            what="Acknowledge over HTTP among due nudges, p99",
            unit="ms",
            ours=[percentile(one, 0.99) * 1000 for one in taken.theirs],
            theirs=[percentile(one, 0.99) * 1000 for one in taken.ours],
            against="the same, idle",
            goal=GOAL,
            note=f"{nudged:,} nudges fall due at once; the outbox works meanwhile.",
            disk=taken.disk,
            more={
                "clicks_among_nudges": [len(one) for one in taken.theirs],
                "among_nudges_p50_ms": [percentile(one, 0.5) * 1000 for one in taken.theirs],
                "idle_p50_ms": [percentile(one, 0.5) * 1000 for one in taken.ours],
            },
        )
    ]


async def _phases(
    room: Path, now: datetime, every: list[clicks.Json], nudged: int, pressed: int
) -> tuple[list[float], list[float]]:
    database = copied(room / "full.db", "tocsin.db")
    due, clock = now + UPDATE_EVERY, room / "clock"
    _show(clock, due - JUST_BEFORE)
    port = free_port()
    async with FakeSlack(SLACK_TAKES) as slack:
        settings = over_http(slack, f"sqlite:///{database}", port) | {"TOCSIN_CLOCK_FILE": str(clock)}
        async with on_one_core(room, *TOCSIN_RUN, settings=settings) as tocsin:
            await tocsin.serves(port)
            with on_the_other_cores():
                ready = iter(clicks.requests(every))
                await _press(port, ready, WARM_UP)
                idle = await _press(port, ready, pressed)
                _show(clock, due + timedelta(seconds=1))
                storm = await _press_among(port, ready, database, due, nudged)
    return idle, storm


def _show(clock: Path, moment: datetime) -> None:
    fresh = clock.with_suffix(".new")
    fresh.write_text(str((moment - datetime.now(UTC)).total_seconds()))
    fresh.replace(clock)


async def _press(port: int, ready: Iterator[bytes], count: int) -> list[float]:
    return await clicks.press_all(port, [next(ready) for _ in range(count)], PAUSE)


async def _press_among(port: int, ready: Iterator[bytes], database: Path, due: datetime, nudged: int) -> list[float]:
    """Press while nudges are being recorded: between the first one and the last."""
    left = _left(database, due)
    while await left() == nudged:  # noqa: ASYNC110 -- another process records them
        await asyncio.sleep(LOOK_EVERY)
    took: list[float] = []
    until = time.monotonic() + 60
    while await left() and time.monotonic() < until:
        took += await clicks.press_all(port, [request for _, request in zip(range(5), ready, strict=False)], PAUSE)
    return took


def _left(database: Path, due: datetime) -> Callable[[], Awaitable[int]]:
    """Return what looks, beside Tocsin, how many nudges are still to be recorded."""

    def look() -> int:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            (count,) = connection.execute(LEFT, (due.isoformat(" "),)).fetchone()
        return int(count)

    return lambda: asyncio.to_thread(look)

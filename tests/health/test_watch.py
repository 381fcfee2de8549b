"""The watch on a running Tocsin: what is broken, at the seams, shows."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from app import clock as clocks
from app.clock import Clock
from app.domain import commands as c
from app.handle import declare
from app.health import Health, LastWord, Limits, State
from app.outbox import Outbox
from app.store import Store, Transaction
from app.web import health
from tests import shipped
from tests.waiting import until

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 4, 10, tzinfo=UTC)
ROUNDED = 0.05
QUICK = Limits(tick=1.0, round=1.0, stall=1.0, store=1.0, stuck=1.0)


async def end(task: asyncio.Task[None]) -> None:
    """End a task. Python 3.11's `wait_for` may swallow a cancellation, so that one is not always enough."""
    while not task.done():
        task.cancel()
        await asyncio.sleep(0.01)


class Watched:
    """A clock and a sender on a store, on a time that is moved by hand, and the watch on them."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self.time = START
        self.store = store
        self.playbook = shipped.playbook()
        self.outbox = Outbox(store, {}, self.playbook, self.now)
        self.clock = Clock(store, self.playbook, self.now, self.outbox.wake)
        self.slack = LastWord()
        self.slack.hear()
        self.health = Health(
            store, self.clock, self.outbox, self.now, slack=self.slack.age, limits=limits, look_every=0.05
        )
        self._running: list[asyncio.Task[None]] = []

    def now(self) -> datetime:
        """Return what time it is."""
        return self.time

    async def start(self) -> None:
        """Let it all run."""
        await self.clock.start()
        self._running = [asyncio.create_task(self.outbox.run()), asyncio.create_task(self.health.run())]

    async def stop(self) -> None:
        """Stop what still runs."""
        self.clock.stop()
        for task in self._running:
            await end(task)

    async def declares(self) -> None:
        """Declare an incident, whose first step pages."""
        declaration = c.Declare(c.Actor("U_ANN"), "Payment API down", "SEV1")

        def work(tx: Transaction) -> None:
            tx.bind("T1", "primary", ("U_ANN",), ("U_ANN",))
            declare(tx, "T1", declaration, self.playbook, self.time)

        await self.store.run(work)

    def state(self, check: str) -> State:
        """Return how one check stands."""
        return next(one.state for one in self.health.report().checks if one.name == check)

    def red(self, check: str) -> bool:
        """Say whether one check fails."""
        return self.state(check) is State.FAILED


@pytest.fixture
def limits() -> Limits:
    return QUICK


@pytest.fixture
async def watched(tmp_path: Path, limits: Limits, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watched]:
    monkeypatch.setattr(clocks, "EVERY", timedelta(milliseconds=20))
    with closing(Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")) as store:
        watched = Watched(store, limits)
        await watched.start()
        await until(lambda: watched.clock.ticks > 0 and watched.health._told_at is not None)
        yield watched
        await watched.stop()


async def test_what_runs_is_well_and_alive(watched: Watched) -> None:
    closed = ("to_slack",)  # nothing has connected Slack here
    assert [check.name for check in watched.health.report().checks if check.state is not State.OK] == [*closed]
    assert not watched.health.alive().is_red


async def test_a_clock_that_stops_turns_it_red(watched: Watched) -> None:
    watched.clock.stop()
    await until(lambda: watched.red("clock") and watched.health.alive().is_red)
    assert not watched.red("database")


async def test_a_tick_that_hangs_turns_it_red(watched: Watched) -> None:
    let_go = threading.Event()
    hanging = asyncio.create_task(watched.store.run(lambda _: let_go.wait()))
    await until(lambda: watched.red("clock"))
    await until(lambda: watched.red("database") and watched.health.alive().is_red)
    let_go.set()
    await hanging
    await until(lambda: not (watched.red("clock") or watched.red("database") or watched.health.alive().is_red))


async def test_a_sender_that_hangs_turns_it_red(watched: Watched) -> None:
    await end(watched._running[0])
    await until(lambda: watched.red("sender") and watched.health.alive().is_red)


async def test_a_timer_that_nobody_serves_turns_it_red(watched: Watched) -> None:
    await watched.declares()
    watched.clock.stop()
    watched.time += timedelta(minutes=5)
    await until(lambda: watched.red("timers"))


async def test_a_page_that_nobody_sends_turns_it_red(watched: Watched) -> None:
    await watched.declares()
    watched.time += timedelta(seconds=41)
    await until(lambda: watched.red("pages"))
    [check] = [one for one in watched.health.report().checks if one.name == "pages"]
    assert "has waited" in check.says


async def test_an_event_loop_that_is_blocked_turns_it_red(watched: Watched) -> None:
    await asyncio.sleep(0)
    time.sleep(2.0)  # noqa: ASYNC251 -- that is the fault
    await until(lambda: watched.red("event_loop"))


async def test_a_way_without_a_sink_is_closed_since_the_start(watched: Watched) -> None:
    watched.time += timedelta(minutes=2)
    assert watched.red("to_slack")
    assert watched.state("pager") is State.OK


async def test_an_incident_that_was_put_off_turns_it_red(watched: Watched) -> None:
    await watched.declares()
    await watched.store.run(lambda tx: tx.put_off(1, START + timedelta(minutes=1), "could not be decided"))
    await until(lambda: watched.red("put_off"))


async def ages(watched: Watched) -> dict[str, float | None]:
    """Ask /healthz, and return how old each thing is that it tells of."""
    transport = httpx.ASGITransport(Starlette(routes=health(watched.health)))
    async with httpx.AsyncClient(transport=transport, base_url="http://tocsin.example.org") as client:
        checks = (await client.get("/healthz")).json()["checks"]
    return {name: check["age_seconds"] for name, check in checks.items()}


async def test_healthz_tells_the_ages_of_timers_pages_clock_and_slack(tmp_path: Path) -> None:
    with closing(Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")) as store:
        # Nothing of it runs by itself here, so that each age is what the test has made it.
        watched = Watched(store, Limits())
        heard = 0.0
        watched.slack = LastWord(lambda: heard)
        watched.health.slack = watched.slack.age
        watched.slack.hear()
        await watched.declares()
        await watched.health.look()
        young = await ages(watched)
        assert (young["timers"], young["pages"], young["slack"]) == (0.0, 0.0, 0.0)

        before = time.monotonic()
        await watched.clock.tick()
        after = time.monotonic()
        first, *_ = (await store.run(lambda tx: tx.timers(1))).values()
        heard = 77.25
        watched.time = first + timedelta(seconds=81.5)
        await watched.health.look()
        await asyncio.sleep(0.3)
        begun = time.monotonic()
        told = await ages(watched)
        ended = time.monotonic()
    assert told["timers"] == 81.5
    assert told["pages"] == (watched.time - START).total_seconds()
    assert told["slack"] == 77.2
    assert told["clock"] is not None
    assert begun - after - ROUNDED <= told["clock"] <= ended - before + ROUNDED


async def test_slack_that_says_nothing_over_http_is_asked() -> None:
    moment, asked = 0.0, 0

    async def away() -> str | None:
        nonlocal asked
        asked += 1
        return "Slack cannot be reached" if asked % 2 else None

    word = LastWord(lambda: moment)
    asking = asyncio.create_task(word.keep_asking(away, every=0.02))
    await until(lambda: asked >= 2)
    assert word.age() == 0.0
    moment = 7.0
    assert word.age() in (7.0, 0.0)
    asking.cancel()

"""Two real Tocsins on one PostgreSQL: one is stopped, or killed, in the middle; each thing is done once."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select, update

from app import playbooks
from app.domain import commands as c
from app.domain import events as e
from app.handle import declare
from app.sandbox import Sandbox
from app.slack.manifest import manifest
from app.store import DeliveryState, Store, Transaction
from app.store.tables import delivery, event
from tests.acceptance.workspace import (
    SUPPORT,
    TOCSIN,
    WORKSPACE,
    Process,
    Room,
    clock_at,
    working_hours,
)
from tests.waiting import until

pytestmark = [pytest.mark.kill, pytest.mark.postgres, pytest.mark.slow]

PLAYBOOK = playbooks.load("default").playbook
TIMERS = 1000
ROOMS = 5
RESPONDERS = ("primary", "secondary", "incident-manager", "vp-engineering", "cto")


@dataclass
class OnServer(Process):
    """A Tocsin whose memory is on a server."""

    url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the process."""
        return {**super().environment, "DATABASE_URL": self.url}

    @property
    def alive(self) -> bool:
        """Whether the process runs, or could."""
        return self.running is not None and self.running.returncode is None

    def sends(self, how: signal.Signals) -> None:
        """Send the process a signal."""
        assert self.running
        os.kill(self.running.pid, how)


@dataclass
class Pair:
    """Two processes, and their memory."""

    one: OnServer
    other: OnServer
    store: Store

    async def start(self) -> None:
        """Start both."""
        for process in (self.one, self.other):
            await process.start()

    async def befalls(self, fate: str) -> None:
        """Let the first of them be stopped, or killed."""
        if fate == "killed":
            await self.one.kill()
        else:
            self.one.sends(signal.SIGSTOP)

    async def wakes(self) -> None:
        """Let the first of them go on, if it still can, and give it time to do whatever it would."""
        if self.one.alive:
            self.one.sends(signal.SIGCONT)
            await asyncio.sleep(3)

    async def fired(self) -> Counter[int]:
        """Return how often the timer of each incident has fired."""

        def count(tx: Transaction) -> Counter[int]:
            warned = select(event.c.incident_id, func.count()).where(event.c.kind == "LimitWarned")
            return Counter({row[0]: row[1] for row in tx.connection.execute(warned.group_by(event.c.incident_id))})

        return await self.store.run(count, urgent=False)

    async def is_idle(self) -> bool:
        """Say whether all deliveries have ended; where one waits for its time, or its process is gone, time passes."""
        counts = await self.store.run(lambda tx: tx.delivery_counts(WORKSPACE), urgent=False)
        if any(counts[state] for state in DeliveryState if state not in (DeliveryState.SENT, DeliveryState.DEAD)):
            await asyncio.sleep(1)
            await self.other.moves(seconds=4)
            return False
        return True


@pytest.fixture
async def pair(tmp_path: Path, postgres_url: str) -> AsyncIterator[Pair]:
    sandbox = Sandbox(manifest(), clock=clock_at(working_hours()))
    await sandbox.start()
    async with AsyncExitStack() as ends, aiohttp.ClientSession(sandbox.url) as session:
        ends.push_async_callback(sandbox.stop)
        store = Store.open(postgres_url)
        ends.callback(store.close)
        one = OnServer(session, sandbox, tmp_path, store=store, url=postgres_url)
        other = OnServer(session, sandbox, tmp_path, store=store, url=postgres_url)
        for process in (one, other):
            ends.push_async_callback(ended, process)
        await one.moves(seconds=0)
        yield Pair(one, other, store)


async def ended(process: OnServer) -> None:
    if process.alive:
        await process.kill()


def declare_many(pair: Pair, count: int) -> None:
    """Declare incidents of which nobody hears: only what their timers do is of interest."""
    now = pair.one.sandbox.clock.now()
    command = c.Declare(c.Actor(SUPPORT), "Payment API down", "SEV1")

    def work(tx: Transaction) -> None:
        for _ in range(50):
            declare(tx, WORKSPACE, command, PLAYBOOK, now)
        tx.connection.execute(update(delivery).values(state=DeliveryState.SENT))

    for _ in range(count // 50):
        pair.store.call(work, urgent=False)


@pytest.mark.parametrize("fate", ["stopped", "killed"])
async def test_a_thousand_timers_due_in_one_second_fire_once_each(pair: Pair, fate: str) -> None:
    declare_many(pair, TIMERS)
    await pair.start()
    await pair.other.moves(minutes=4, seconds=1)

    async def has_begun() -> bool:
        return len(await pair.fired()) >= TIMERS // 10

    await until(has_begun)
    await pair.befalls(fate)
    before = len(await pair.fired())
    assert before < TIMERS

    async def all_fired() -> bool:
        return len(await pair.fired()) == TIMERS

    await until(all_fired, within=80)
    await pair.wakes()
    assert set((await pair.fired()).values()) == {1}
    assert pair.other.alive


@pytest.mark.parametrize("fate", ["stopped", "killed"])
async def test_what_one_was_posting_the_other_completes_and_nothing_stands_twice(pair: Pair, fate: str) -> None:
    await pair.one.cast(*RESPONDERS)
    await pair.start()
    await pair.one.fault("chat.postMessage", "delay", times=60, seconds=0.5)
    for number in range(ROOMS):
        told = await pair.one.act(
            "command", user=SUPPORT, channel="general", command="/incident", text=f"declare SEV1 Trouble {number}"
        )
        assert told["ok"], told

    async def posting() -> bool:
        return len(await pair.one.calls("chat.postMessage")) >= 2 * ROOMS

    await until(posting)
    await pair.befalls(fate)
    await until(pair.is_idle, within=80)
    await pair.wakes()

    # Second copies are looked for some minutes after what may have left them.
    async def stands_once() -> bool:
        await pair.other.moves(minutes=3)
        await asyncio.sleep(2)
        return not await twice(pair)

    await until(stands_once)
    await until(pair.is_idle, within=80)
    assert not await twice(pair)

    rooms = [Room(facts) for facts in (await pair.one.look())["channels"]]
    assert sum(room.facts["name"].startswith("incident-") for room in rooms) == ROOMS
    for record in await pair.store.run(lambda tx: tx.latest(WORKSPACE, ROOMS)):
        timeline = await pair.store.run(partial(Transaction.timeline, incident_id=record.id))
        paged = Counter((one.step, one.at) for one in timeline if isinstance(one, e.Paged))
        assert set(paged.values()) == {1}


async def twice(pair: Pair) -> set[str]:
    """Return the keys of the messages that stand more than once."""
    rooms = [Room(facts) for facts in (await pair.one.look())["channels"]]
    copies = Counter(said.key for room in rooms for said in room.messages if said.by == TOCSIN and said.key)
    return {key for key, count in copies.items() if count > 1}

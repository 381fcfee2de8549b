"""Told to stop while it has its hands full, Tocsin takes no more work, finishes what it has begun, and ends well."""

import asyncio
import signal
import time
from pathlib import Path
from random import Random

import pytest

from tests.chaos.random_kills import Crowd
from tests.chaos.scene import Scene, scene

DRAIN = 10.0
ROUNDS = 1
PEOPLE = 8


async def keep_busy(world: Scene, crowd: Crowd) -> None:
    """Let people act without a pause; what comes after the end is taken by nobody."""
    while world.sandbox.slack.sockets._connections:
        await asyncio.gather(*(crowd.acts() for _ in range(PEOPLE)))


@pytest.mark.parametrize("slow", [0.0, 4.0, 60.0], ids=["prompt", "slow", "hanging"])
async def test_told_to_stop_under_load_it_ends_in_time_with_nothing_lost(slow: float, tmp_path: Path) -> None:
    async with scene(tmp_path) as world:
        crowd = Crowd(world, Random(3))  # noqa: S311 -- it is to be repeated
        await world.starts()
        for _ in range(ROUNDS):
            if slow:
                await world.fault("chat.postMessage", "delay", times=4, seconds=slow)
            busy = asyncio.create_task(keep_busy(world, crowd))
            await asyncio.sleep(0.5)
            told = time.monotonic()
            assert await world.ends(signal.SIGTERM) == 0, world.log
            assert time.monotonic() - told < DRAIN
            busy.cancel()
            await asyncio.wait((busy,))
            world.sandbox.slack.faults.clear()
            await world.comes_back()
        await world.finishes()
        assert [*await world.faults(), *await crowd.faults()] == []

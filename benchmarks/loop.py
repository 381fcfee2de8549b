"""How long an event loop was held up: what everybody who waits for an answer has to wait longer."""

import asyncio
import time
from typing import Self

BEAT = 0.005


class Stall:
    """Watches the running event loop; `longest` is by how many seconds a beat came late."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._watching = asyncio.create_task(self._watch())
        await asyncio.sleep(2 * BEAT)
        self.longest = 0.0
        return self

    async def __aexit__(self, *_: object) -> None:
        # One more beat, so that a stall that lasts until now is seen.
        await asyncio.sleep(2 * BEAT)
        if self._watching:
            self._watching.cancel()

    async def _watch(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(BEAT)
            self.longest = max(self.longest, time.perf_counter() - began - BEAT)


async def idle_stall(seconds: float) -> float:
    """Return the longest stall, in seconds, of a loop that has nothing to do."""
    async with Stall() as stall:
        await asyncio.sleep(seconds)
    return stall.longest

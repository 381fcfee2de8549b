"""Waiting for what happens beside a test, without waiting longer than it takes."""

import asyncio
from collections.abc import Awaitable, Callable

IN_TIME = 40.0
BETWEEN = 0.02


async def until(true: Callable[[], Awaitable[bool] | bool], within: float = IN_TIME) -> None:
    """Wait until something is true; fail if it is not in time."""
    async with asyncio.timeout(within):
        while True:
            answer = true()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(BETWEEN)

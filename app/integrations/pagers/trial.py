"""Tries a pager out: makes it ring, lets it ring for a moment, and takes it back. No incident comes of it."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.integrations.pagers.pager import Alert, Pager, Result, Route
from app.outbox import Away, Dead, Later, Sent

RINGS_FOR = timedelta(seconds=5)
"""Long enough for the pager to send for the phone; shorter than what a Tocsin that is told to stop waits for."""
SUMMARY = "Test page from Tocsin: nothing is wrong, and it ends by itself"


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one way to page: how long it took, or the `reason` why it does not work; `way` is in words.

    `left` says why what it left behind could not be taken away.
    """

    way: str
    took: timedelta
    reason: str | None = None
    left: str | None = None


async def try_pager(pager: Pager, responders: Sequence[str], *, rings_for: timedelta = RINGS_FOR) -> list[Tried]:
    """Ring by each route to these responders, and end it after `rings_for`; return what became of each route."""
    return list(await asyncio.gather(*(_try(pager, route, rings_for) for route in pager.routes(responders))))


async def _try(pager: Pager, route: Route, rings_for: timedelta) -> Tried:
    alert = Alert(key=f"tocsin-test-{secrets.token_hex(8)}", summary=SUMMARY, rank=0, source="Tocsin")
    try:
        result, took = await timed(lambda: pager.trigger(route, alert))
    except asyncio.CancelledError:
        # It may have arrived all the same.
        await pager.resolve(route, alert.key)
        raise
    if isinstance(result, Dead | Away | Later):
        return Tried(pager.name, took, result.reason)
    try:
        await asyncio.sleep(rings_for.total_seconds())
    finally:
        # Whether it rang is unknown after a doubtful result: then it has to end all the same.
        ended = await pager.resolve(route, alert.key)
    return Tried(pager.name, took, _reason(result), _reason(ended))


async def timed(act: Callable[[], Awaitable[Result]]) -> tuple[Result, timedelta]:
    """Do something, and return what became of it and how long that took."""
    clock = asyncio.get_running_loop().time
    began = clock()
    result = await act()
    return result, timedelta(seconds=clock() - began)


def _reason(result: Result) -> str | None:
    return None if isinstance(result, Sent) else result.reason

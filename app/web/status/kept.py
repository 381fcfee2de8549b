"""What the page is served from: looked up once in some seconds however many ask, and kept while it cannot be.

Nobody who reads waits for the database for longer than a second, and nobody's reading makes it busier.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

FRESH = 3.0
"""For how many seconds what was looked up is served without looking again."""
CURRENT = 30.0
"""For how many seconds it still counts as what is true now, should looking again take its time."""
PATIENCE = 1.0
AGAIN = 3.0
"""How long after a failure it is looked up again."""


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """What was found, and at what time; `is_current` unless it could not be looked up for too long since."""

    found: T
    at: datetime
    is_current: bool = True


class Kept(Generic[T]):
    """Keeps what `look` finds. `now` is the time that is told, `clock` the seconds that are counted."""

    def __init__(
        self, look: Callable[[], Awaitable[T]], now: Callable[[], datetime], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._look = look
        self._now = now
        self._clock = clock
        self._found: tuple[T, datetime, float] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._began = 0.0
        self._not_before = 0.0

    async def get(self) -> Known[T] | None:
        """Return what is known; nothing where nothing was ever found, and nothing comes in time."""
        if self._age() > FRESH:
            self._look_again()
        if self._age() > CURRENT and self._looking:
            left = PATIENCE - (self._clock() - self._began)
            if left > 0:
                await asyncio.wait((self._looking,), timeout=left)
        if self._found is None:
            return None
        found, at, _ = self._found
        return Known(found, at, is_current=self._age() <= CURRENT)

    def _age(self) -> float:
        return self._clock() - self._found[2] if self._found else float("inf")

    def _look_again(self) -> None:
        if self._looking is None and self._clock() >= self._not_before:
            self._began = self._clock()
            self._looking = asyncio.create_task(self._try())

    async def _try(self) -> None:
        at, began = self._now(), self._clock()
        try:
            found = await self._look()
            if self._not_before:
                log.warning("the status page shows what is true now again")
            self._not_before = 0.0
            self._found = (found, at, began)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page goes on showing what is known
            if not self._not_before:
                log.warning("the status page shows what it last knew: %s", error)
            self._not_before = self._clock() + AGAIN
        finally:
            self._looking = None

"""Watches a running Tocsin: measures all the time, so that the answer to "how are you" is at hand and waits for nobody.

What is read of other parts of Tocsin are numbers that they keep anyway. The store is asked from time to time; where it
does not answer, the age of its last answer tells.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator

from app.clock import Clock
from app.domain.effects import Way
from app.handle import Now
from app.health.checks import Limits, Report, health, life
from app.health.signs import Closed, Signs, Stock
from app.outbox import Outbox
from app.store import FileGone, Store, StoreError

log = logging.getLogger(__name__)

LOOK_EVERY = 5.0
BEAT = 0.5
REMEMBERED = 60.0
ASK_EVERY = 30.0

Seconds = Callable[[], float]


class LastWord:
    """When Slack was heard last."""

    def __init__(self, monotonic: Seconds = time.monotonic) -> None:
        self._monotonic = monotonic
        self._heard_at: float | None = None

    def hear(self) -> None:
        """Note that something came from Slack."""
        self._heard_at = self._monotonic()

    def age(self) -> float | None:
        """Return for how many seconds nothing has come; nothing where nothing ever came."""
        return None if self._heard_at is None else self._monotonic() - self._heard_at

    async def keep_asking(self, away: Callable[[], Awaitable[str | None]], every: float = ASK_EVERY) -> None:
        """Ask Slack why it is `away`, if it is, whenever it has been silent for `every` seconds, until cancelled.

        Over HTTP Slack says nothing while nobody types, which must not look as if it were away.
        """
        while True:
            age = self.age()
            if age is None or age >= every:
                try:
                    if await away() is None:
                        self.hear()
                except Exception:
                    log.exception("Slack could not be asked whether it is there")
            await asyncio.sleep(every / 2)


class Health:
    """How a running Tocsin is.

    `slack` tells for how many seconds nothing has come from Slack, or nothing where nothing ever came; `connected` are
    the ways that the settings connect.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        outbox: Outbox,
        now: Now,
        *,
        slack: Callable[[], float | None],
        connected: frozenset[Way] = frozenset({Way.SLACK}),
        limits: Limits | None = None,
        look_every: float = LOOK_EVERY,
    ) -> None:
        self.store = store
        self.clock = clock
        self.outbox = outbox
        self.now = now
        self.slack = slack
        self.connected = connected
        self.limits = limits or Limits()
        self.stock = Stock()
        self._look_every = look_every
        self._since = time.monotonic()
        self._told_at: float | None = None
        self._file_gone = False
        self._stalls: deque[tuple[float, float]] = deque()
        self._looking: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Watch until cancelled."""
        look_at = time.monotonic()
        while True:
            began = time.monotonic()
            # A look that hangs must not keep the next beat waiting, nor be followed by a second one.
            if began >= look_at and (self._looking is None or self._looking.done()):
                self._looking = asyncio.create_task(self.look())
                look_at = began + self._look_every
            await asyncio.sleep(BEAT)
            self._note_stall(time.monotonic(), time.monotonic() - began - BEAT)

    async def look(self) -> None:
        """Ask the store how things stand; where it does not answer, what was known grows old."""
        try:
            self.stock = await self.store.run(lambda tx: Stock.take(tx, self.now()), urgent=False)
        except StoreError as error:
            # The clock has logged it.
            self._file_gone = isinstance(error, FileGone)
            return
        except Exception:
            log.exception("the store could not be asked how things stand")
            return
        self._told_at = time.monotonic()
        self._file_gone = False

    def report(self) -> Report:
        """Say how it is, from memory."""
        return health(self.signs(), self.limits)

    def alive(self) -> Report:
        """Say whether it is alive, from memory."""
        return life(self.signs(), self.limits)

    def signs(self) -> Signs:
        """Return everything that is measured."""
        moment = time.monotonic()
        return Signs(
            up=moment - self._since,
            tick=self.clock.silent_for,
            tick_ended=self.clock.stuck_for,
            round=self.outbox.silent_for,
            hung=self.store.stuck_for,
            stall=self._longest_stall(moment),
            slack=self.slack(),
            told=None if self._told_at is None else moment - self._told_at,
            stock=self.stock,
            closed=dict(self._closed()),
            connected=self.connected,
            file_gone=self._file_gone,
        )

    def _closed(self) -> Iterator[tuple[Way, Closed]]:
        now = self.now()
        for way, circuit in self.outbox.circuits.failing(now).items():
            yield way, Closed((now - (circuit.since or now)).total_seconds(), circuit.reason)

    def _note_stall(self, moment: float, seconds: float) -> None:
        self._stalls.append((moment, max(0.0, seconds)))
        while self._stalls[0][0] < moment - REMEMBERED:
            self._stalls.popleft()

    def _longest_stall(self, moment: float) -> float:
        return max((seconds for at, seconds in self._stalls if at >= moment - REMEMBERED), default=0.0)

"""Moves the clock of `tocsin try`."""

import asyncio
from datetime import datetime, timedelta

from app.bot import Bot
from app.sandbox import MovableClock
from app.store import Transaction

LOOK_AGAIN = timedelta(minutes=1)
JUST_NOW = timedelta(minutes=5)


class TimeMachine:
    """Moves the sandbox's clock, stopping at each moment at which Tocsin has something to do."""

    def __init__(self, bot: Bot, clock: MovableClock) -> None:
        self.bot = bot
        self.clock = clock
        self._one_at_a_time = asyncio.Lock()

    async def advance(self, seconds: float) -> None:
        """Move the clock, and return once everything that fell due on the way is done and delivered."""
        async with self._one_at_a_time:
            target = self.clock.now() + timedelta(seconds=seconds)
            await self.settle()
            while (stop := await self._next_stop()) and stop <= target:
                await self._be_at(stop)
            await self._be_at(target)

    async def settle(self) -> None:
        """Return once everything is delivered that is due; time passes for what waits for its turn in a channel."""
        await self.bot.outbox.settle()
        while turn := self.bot.outbox.next_turn:
            self._move_to(turn)
            await self.bot.outbox.settle()

    async def _next_stop(self) -> datetime | None:
        now = self.clock.now()
        # Soon after something began to fail it is looked each minute whether that is to be told.
        failing = self.bot.outbox.circuits.failing(now).values()
        again = now + LOOK_AGAIN if any(now - (one.since or now) < JUST_NOW for one in failing) else None

        def soonest(tx: Transaction) -> datetime | None:
            ways = self.bot.outbox.circuits.passable
            moments = (tx.next_due(), tx.next_delivery_at(now, ways), again)
            return min((moment for moment in moments if moment), default=None)

        return await self.bot.store.run(soonest)

    async def _be_at(self, moment: datetime) -> None:
        self._move_to(moment)
        outbox = self.bot.outbox
        # This and the last two are otherwise done every few seconds of the wall's time, of which none passes here.
        if await outbox.circuits.try_again(self.clock.now()):
            outbox.wake()
        await self.bot.clock.tick()
        await self.settle()
        await outbox.tell_unconfirmed()
        await outbox.tell_outages()
        await self.settle()

    def _move_to(self, moment: datetime) -> None:
        ahead = (moment - self.clock.now()).total_seconds()
        if ahead > 0:
            self.clock.move(ahead)

"""Sends Tick to each incident that is due, and runs what is done from time to time. The only user of APScheduler.

APScheduler is the ticker and holds no incident data: which incidents are due stands in the database alone, so that a
process that was killed goes on where it stopped.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from app import failpoints
from app.domain import commands as c
from app.domain.durations import in_words
from app.domain.playbook import Playbook
from app.handle import Now, change, tell_stuck
from app.store import Change, Record, Store, StoreError, Transaction

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=1)
AT_ONCE = 100
TICK_LIMIT = timedelta(seconds=20)
BEAT_EVERY = timedelta(seconds=10)
PUT_OFF = timedelta(minutes=1)
PULSE = "clock"
WATCH_EVERY = 2.0
LOOK_EVERY = timedelta(seconds=5)
"""How often it is looked whether a chore's time has come; the clock that counts may be moved."""
SET_BACK = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something done from time to time: once in each period, by one process of however many there are."""

    name: str
    every: timedelta
    work: Callable[[], Awaitable[None]]


class Clock:
    """Ticks every second. `recorded` is called after each commit that changed something."""

    def __init__(
        self, store: Store, playbook: Playbook, now: Now, recorded: Callable[[], None], chores: tuple[Chore, ...] = ()
    ) -> None:
        self.store = store
        self.playbook = playbook
        self.now = now
        self.recorded = recorded
        self.chores = chores
        self.away_since: datetime | None = None
        self.ticks = 0
        self._worked_at = self._ended_at = time.monotonic()
        self._beaten_at: datetime | None = None
        self._watching: asyncio.Task[None] | None = None
        self._scheduler = AsyncIOScheduler(
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )

    @property
    def silent_for(self) -> float:
        """For how many seconds nothing has been done of what may be due; before the first tick, since it was made."""
        return time.monotonic() - self._worked_at

    @property
    def stuck_for(self) -> float:
        """For how many seconds no tick has ended at all, be it that the database refused it."""
        return time.monotonic() - self._ended_at

    async def start(self) -> None:
        """Begin to tick."""
        self.away_since = await self.store.run(lambda tx: tx.pulse(PULSE), urgent=False)
        # What fell due while nobody kept time does not wait a second more.
        at_once = datetime.now(UTC)
        self._scheduler.add_job(self._tick_guarded, "interval", seconds=EVERY.total_seconds(), next_run_time=at_once)
        for chore in self.chores:
            self._scheduler.add_job(self._do, "interval", seconds=LOOK_EVERY.total_seconds(), args=[chore])
        self._scheduler.start()
        self._watching = asyncio.create_task(self._watch())

    def stop(self) -> None:
        """Tick no more."""
        if self._watching:
            self._watching.cancel()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def tick(self) -> None:
        """Do all that is due now, a hundred incidents to a transaction."""
        await self._beat()
        failpoints.reach("clock.beaten")
        await self._tick_side_by_side()
        failpoints.reach("clock.recorded")
        self.away_since = self.now()
        self.ticks += 1
        self._worked_at = self._ended_at = time.monotonic()

    async def _tick_guarded(self) -> None:
        # The outermost loop of the clock: whatever goes wrong in one tick, the next one comes.
        try:
            async with asyncio.timeout(TICK_LIMIT.total_seconds()):
                await self.tick()
        except asyncio.CancelledError:
            # The clock is being stopped; APScheduler would take this for a failure, and log it.
            return
        except (StoreError, TimeoutError) as error:
            log.warning("this tick was not finished, the next one goes on: %s", str(error) or "it took too long")
        except Exception:
            log.exception("a tick failed; the next one comes in a second")
        finally:
            self._ended_at = time.monotonic()

    async def _watch(self) -> None:
        # APScheduler plans by the wall clock. Where that is set back, it would sleep until the old time comes again.
        while True:
            await asyncio.sleep(WATCH_EVERY)
            for job in self._scheduler.get_jobs():
                wall = datetime.now(job.next_run_time.tzinfo)
                if job.next_run_time - wall > job.trigger.interval + SET_BACK:
                    job.modify(next_run_time=wall)

    async def _beat(self) -> None:
        if self._beaten_at is None or abs(self.now() - self._beaten_at) >= BEAT_EVERY:
            self._beaten_at, back = await self.store.run(self._beat_once, urgent=False)
            if back:
                log.warning(
                    "the clock was set back by %s: what waited for times that it had shown goes on", in_words(back)
                )
                self.recorded()

    def _beat_once(self, tx: Transaction) -> tuple[datetime, timedelta]:
        # Asked for inside: by now a database that has a clock of its own has said what time it is.
        now = self.now()
        back = tx.follow_back(PULSE, now)
        tx.beat(PULSE, now)
        return now, back

    async def _tick_side_by_side(self) -> None:
        """Do what is due, on as many connections as may be had for it."""
        done = await asyncio.gather(*(self._tick_all() for _ in range(self.store.side_by_side)), return_exceptions=True)
        for one in done:
            if isinstance(one, BaseException):
                raise one

    async def _tick_all(self) -> None:
        done = AT_ONCE
        while done == AT_ONCE:
            done = await self.store.run(self._tick_some, urgent=False)
            self._worked_at = time.monotonic()
            self.recorded()

    def _tick_some(self, tx: Transaction) -> int:
        now = self.now()
        due = tx.due(now, AT_ONCE)
        failpoints.reach("clock.due")
        plans, workspaces = self.playbook.on_call, {record.workspace for record in due}
        rosters = {one: tx.roster(one, plans, now) for one in workspaces}
        command = c.Tick(away_since=self.away_since)
        changes: list[Change] = []
        stuck: list[Record] = []
        for record in due:
            try:
                playbook = self.playbook.of(record.rules)
                changes.append(change(record, command, playbook, rosters[record.workspace], now))
            except Exception:
                # One incident that cannot be decided must not stop the others.
                log.exception("incident %s could not be decided; it is put off for a minute", record.incident.name)
                stuck.append(record)
        failpoints.reach("clock.decided")
        tx.save(changes, now)
        for record in stuck:
            self._put_off(tx, record, now)
        failpoints.reach("clock.saved")
        return len(due)

    def _put_off(self, tx: Transaction, record: Record, now: datetime) -> None:
        # Asked outside: what the database refuses is no fault of the incident's.
        kept = tx.timers(record.id)
        try:
            told = tell_stuck(record, kept, self.playbook, now)
        except Exception:
            # Health tells it all the same.
            log.exception("that incident %s is put off cannot be told in its channel", record.incident.name)
            told = None
        tx.save([told] if told else [], now)
        tx.put_off(record.id, now + PUT_OFF, "could not be decided")

    async def _do(self, chore: Chore) -> None:
        try:
            if await self.store.run(lambda tx: tx.take_turn(chore.name, self.now(), chore.every), urgent=False):
                await chore.work()
        except asyncio.CancelledError:
            return
        except StoreError as error:
            log.warning("%s was not done, it is tried again: %s", chore.name, error)
        except Exception:
            log.exception("%s failed; it is tried again in its next period", chore.name)

"""The loop: claim, deliver, mark."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from app import failpoints
from app.domain import effects as f
from app.domain import events as e
from app.domain.effects import CALLED, Way
from app.domain.playbook import Playbook
from app.domain.still_wanted import still_wanted
from app.handle import Now
from app.outbox import late
from app.outbox.circuits import Circuits
from app.outbox.marking import REQUEST_LIMIT, SWEEP_AFTER, Marking, perhaps_rang
from app.outbox.outages import TELL_AFTER, tell_outages
from app.outbox.outcomes import Away, Dead, Doubtful, Later, Outcome, Queued, Sent, Sink, wanted
from app.outbox.set_back import SetBack
from app.outbox.unreadable import Unread
from app.store import Delivery, NotRecorded, Record, Store, StoreError, Transaction, Unconfirmed

T = TypeVar("T")

log = logging.getLogger(__name__)

AT_ONCE = 24
LEASE = timedelta(seconds=20)
A_MOMENT = timedelta(seconds=1)
INSIST = 4.0
"""Seconds for which a database that is busy is asked again: twice that and a request fit into a lease."""
MOST_SURPRISES = 5
LOOK_EVERY = 0.5
SWEEP_AGAIN = timedelta(minutes=2)
SWEEP_AT_MOST = timedelta(days=1)
ASK_EVERY = 5.0
"""Seconds between two questions to a side that is away."""


class TakenAway(Exception):
    """The claim is no longer this process's."""


class Outbox:
    """Makes deliveries, a few at a time, pages first. `sinks` take them; a way without one waits until it is there."""

    def __init__(self, store: Store, sinks: Mapping[Way, Sink], playbook: Playbook, now: Now) -> None:
        self.store = store
        self.playbook = playbook
        self.now = now
        self.circuits = Circuits(now())
        self.sent: Counter[tuple[Way, bool]] = Counter()
        """How many deliveries this process has made, by way, and whether they were pages."""
        for way, sink in sinks.items():
            self.circuits.connect(way, sink)
        self._marking = Marking(playbook, now)
        self._unread = Unread(playbook, now)
        self._woken = asyncio.Event()
        self._somebody_away = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._troubles: dict[Way, set[str]] = {way: set() for way in Way}
        self._turns: dict[int, datetime] = {}
        self._set_back = SetBack()
        self._followers: list[Callable[[datetime], None]] = []
        self._round_at = time.monotonic()

    @property
    def silent_for(self) -> float:
        """For how many seconds the sender has not looked for deliveries; before it ran, since it was made."""
        return time.monotonic() - self._round_at

    def connect(self, way: Way, sink: Sink) -> None:
        """Let deliveries go by `way` from now on."""
        self.circuits.connect(way, sink)
        self.wake()

    def keep_in_step(self, follow: Callable[[datetime], None]) -> None:
        """Tell `follow` what time it is, each time that it is looked for deliveries."""
        self._followers.append(follow)

    def wake(self) -> None:
        """Look for deliveries now."""
        self._woken.set()

    async def run(self) -> None:
        """Make deliveries until `stop`, and return once what was under way by then has ended."""
        asking = asyncio.create_task(self._ask_those_away())
        while not self._stopping:
            self._woken.clear()
            self._round_at = time.monotonic()
            self._follow()
            try:
                claimed = await self._claim()
            except StoreError as error:
                log.warning("the outbox could not look for work: %s", error)
                claimed = 0
            except Exception:
                # The outermost loop of the outbox: whatever goes wrong in one round, the next one comes.
                log.exception("the outbox could not look for work")
                claimed = 0
            if not claimed:
                await self._wait()
        asking.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)

    def stop(self) -> None:
        """Take no more work."""
        self._stopping = True
        self.wake()

    async def settle(self) -> None:
        """Return once nothing is waiting that could be made now; for whoever moves the clock."""
        while self._under_way or not await self.store.run(self._is_idle, urgent=False):
            self.wake()
            await asyncio.sleep(0.01)

    @property
    def next_turn(self) -> datetime | None:
        """When the next of those is made that wait for nothing but their turn in a conversation."""
        now = self.now()
        return min((at for at in self._turns.values() if at > now), default=None)

    async def recover(self, *, at_start: bool = False) -> None:
        """Take up what a process that died, or hung, left in the middle."""
        failpoints.reach("outbox.recovering")
        await self.store.run(lambda tx: self._marking.recover(tx, self._unread, at_start=at_start), urgent=False)
        failpoints.reach("outbox.recovered")
        self.wake()

    async def sweep(self) -> None:
        """Look, some time after a repeated attempt, whether two copies stand there, and take the second away."""
        for delivery in await self.store.run(lambda tx: tx.sweepable(self.now()), urgent=False):
            if f.route(delivery.effect).way in self.circuits.passable:
                failpoints.reach("outbox.sweeping")
                again_at = await self._sweep(delivery)
                failpoints.reach("outbox.swept")
                await self.store.run(partial(Transaction.swept, clean=delivery, again_at=again_at), urgent=False)
                failpoints.reach("outbox.sweep-noted")

    async def tell_unconfirmed(self) -> None:
        """Tell, once for each, of pages that have not gone out a minute after they were decided, or will not now."""
        why = {way: circuit.reason for way, circuit in self.circuits.items() if circuit.open_since}
        since = {way.value: at for way in self.away() if (at := self.circuits[way].since)}

        def tell(tx: Transaction) -> int:
            return late.tell_unconfirmed(tx, self.playbook, self.now, why, since)

        if await self.store.run(tell, urgent=False):
            self.wake()

    def away(self) -> Mapping[Way, str]:
        """Return the ways beside Slack by which nothing has gone for a while, with the reason in words."""
        now = self.now()
        return {
            way: circuit.reason
            for way, circuit in self.circuits.failing(now).items()
            if way is not Way.SLACK and circuit.sink and now - (circuit.since or now) >= TELL_AFTER
        }

    async def tell_outages(self) -> None:
        """Tell the incidents for which something waits that cannot go out, and give up what has waited for a day."""
        away = self.away()

        def tell(tx: Transaction) -> bool:
            return tell_outages(tx, self.playbook, self.now, away) | self._marking.give_up(tx, away)

        if await self.store.run(tell, urgent=False):
            self.wake()

    async def retry(self, key: str) -> bool:
        """Try a dead delivery again; say whether there was one."""
        found = await self.store.run(lambda tx: tx.retry(key, self.now()))
        self.wake()
        return found

    async def _sweep(self, delivery: Delivery) -> datetime | None:
        """Sweep one, and return when to look again: nothing, where that was the last time."""
        record, now = await self._record(delivery), self.now()
        sink = self.circuits[f.route(delivery.effect).way].sink
        ended_at = delivery.ended_at or now
        if record is None or sink is None or now - ended_at > SWEEP_AT_MOST:
            return None
        try:
            async with asyncio.timeout(REQUEST_LIMIT.total_seconds()):
                outcome = await sink.sweep(delivery, record)
        except Exception:
            # One that cannot be swept must not hold up the others.
            log.exception("delivery %s could not be swept; it is tried again", delivery.key)
            return now + SWEEP_AGAIN
        if isinstance(outcome, Dead):
            log.warning("a second copy of delivery %s may be left: %s", delivery.key, outcome.reason)
        if isinstance(outcome, Sent | Dead):
            return next((ended_at + after for after in SWEEP_AFTER if ended_at + after > now), None)
        return now + SWEEP_AGAIN

    def _is_idle(self, tx: Transaction) -> bool:
        return tx.idle(self.now(), self.circuits.passable)

    async def _claim(self) -> int:
        free = AT_ONCE - len(self._under_way)
        if free <= 0 or not self.circuits.passable:
            return 0
        failpoints.reach("outbox.claiming")
        claimed = await self.store.run(lambda tx: self._take(tx, free), urgent=False)
        failpoints.reach("outbox.claimed")
        for delivery in claimed:
            task = asyncio.create_task(self._make(delivery))
            self._under_way.add(task)
            task.add_done_callback(self._done)
        return len(claimed)

    def _follow(self) -> None:
        now = self.now()
        for follow in self._followers:
            follow(now)
        if back := self._set_back.by(now):
            self._turns = {one: at - back for one, at in self._turns.items()}
            for circuit in self.circuits.values():
                circuit.follow(back)

    def _take(self, tx: Transaction, most: int) -> list[Delivery]:
        return tx.claim(self.now(), most, LEASE, self.circuits.passable, partial(self._unread.buries, tx))

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._woken.set()

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), LOOK_EVERY)
        except TimeoutError:
            return

    async def _ask_those_away(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._somebody_away.wait(), ASK_EVERY)
            self._somebody_away.clear()
            try:
                if await self.circuits.try_again(self.now()):
                    self.wake()
            except Exception:
                log.exception("it could not be asked whether those who are away are back")

    async def _record(self, delivery: Delivery) -> Record | None:
        incident_id = delivery.incident_id
        return await self.store.run(lambda tx: tx.incident(incident_id), urgent=False) if incident_id else None

    async def _make(self, delivery: Delivery) -> None:
        # The outermost loop of a delivery: whatever goes wrong, the row is marked, here or by `recover`.
        failpoints.reach("outbox.begun")
        self._turns.pop(delivery.id, None)
        try:
            if await self._summed_up(delivery):
                return
            outcome = await self._attempt(delivery)
            if self.circuits.note(f.route(delivery.effect).way, outcome, self.now()):
                self._somebody_away.set()
            await self._mark(delivery, outcome)
        except TakenAway:
            log.warning("delivery %s was claimed too long ago: it is left to whoever has it now", delivery.key)
        except StoreError as error:
            log.warning("delivery %s could not be marked and is looked at again: %s", delivery.key, error)
        except Exception:
            log.exception("delivery %s failed in an unforeseen way", delivery.key)
            reason = "an unforeseen failure; the log of Tocsin has it"
            hopeless = delivery.attempts >= MOST_SURPRISES
            await self._mark(delivery, Dead(wanted(delivery.effect), reason) if hopeless else Doubtful(reason))

    async def _summed_up(self, delivery: Delivery) -> bool:
        if delivery.lookup or not late.may_be_summed_up(delivery, self.now()):
            return False
        return await self.store.run(lambda tx: late.catch_up(tx, delivery, self.playbook, self.now), urgent=False)

    async def _attempt(self, delivery: Delivery) -> Outcome:
        if await self._is_told_too_soon(delivery) or await self._goes_on_from_a_doubt(delivery):
            return Queued(self.now() + A_MOMENT)
        record = await self._insist(lambda tx: _claimed_record(tx, delivery))
        failpoints.reach("outbox.read")
        if record is None:
            return Dead(wanted(delivery.effect), "its incident is gone")
        way = f.route(delivery.effect).way
        overtaken = delivery.event is not None and not still_wanted(delivery.effect, delivery.event, record.incident)
        # What may stand in a system outside has to be known, even where it is wanted no more.
        if overtaken and not (delivery.lookup and way is not Way.SLACK):
            return _skipped(delivery)
        return await self._by(way, delivery, record, overtaken=overtaken)

    async def _by(self, way: Way, delivery: Delivery, record: Record, *, overtaken: bool) -> Outcome:
        sink = self.circuits[way].sink
        if sink is None:
            return Later(f"{CALLED[way]} is not connected")
        try:
            async with asyncio.timeout(REQUEST_LIMIT.total_seconds()):
                found = await self._find(sink, delivery, record) if delivery.lookup else None
                if found or overtaken:
                    return found or _skipped(delivery)
                failpoints.reach("outbox.delivering")
                return await sink.deliver(delivery, record)
        except TimeoutError:
            return Doubtful(f"{CALLED[way]} did not answer in time")

    async def _is_told_too_soon(self, delivery: Delivery) -> bool:
        # That pages have not gone out need not be said while they are just going: both may have waited for Slack.
        late_pages = delivery.event.deliveries if isinstance(delivery.event, e.PageUnconfirmed) else ()
        if not late_pages or isinstance(delivery.effect, f.RingPager):
            return False
        return await self._insist(lambda tx: tx.are_sending(late_pages))

    async def _goes_on_from_a_doubt(self, delivery: Delivery) -> bool:
        # What goes on from what stands there has to know whether that stands there.
        if delivery.lookup or not f.route(delivery.effect).goes_on:
            return False
        return await self._insist(lambda tx: tx.follows_a_doubt(delivery))

    async def _find(self, sink: Sink, delivery: Delivery, record: Record) -> Outcome | None:
        failpoints.reach("outbox.looking-up")
        found = await sink.find(delivery, record)
        failpoints.reach("outbox.looked-up")
        if found is None or isinstance(found, Sent | Away):
            return found
        # Where it cannot be looked up, a page goes out all the same.
        match found:
            case _ if isinstance(delivery.effect, f.Page):
                return None
            case Later(reason=reason, after=after, tried=True):
                # It stays in doubt; the look counts, so that it comes to an end.
                return Doubtful(reason, after)
            case Dead(what=what, reason=reason):
                return Dead(what, f"nobody knows whether it arrived, and I cannot look: {reason}")
            case _:
                return found

    def _note(self, delivery: Delivery, outcome: Outcome) -> None:
        # Each reason to wait is logged when it begins, and once more when deliveries go through again.
        way = f.route(delivery.effect).way
        troubles = self._troubles[way]
        if isinstance(outcome, Later | Doubtful) and outcome.reason not in troubles:
            troubles.add(outcome.reason)
            log.warning("deliveries wait, %s among them: %s", wanted(delivery.effect), outcome.reason)
        if isinstance(outcome, Sent) and troubles:
            log.warning("deliveries to %s go through again", CALLED[way])
            troubles.clear()
        if isinstance(outcome, Queued):
            now = self.now()
            self._turns = {one: at for one, at in self._turns.items() if at > now} | {delivery.id: outcome.turn}
        if isinstance(outcome, Sent) and "skipped" not in outcome.result:
            route = f.route(delivery.effect)
            self.sent[route.way, route.urgency is f.Urgency.PAGE] += 1

    async def _mark(self, delivery: Delivery, outcome: Outcome) -> None:
        failpoints.reach("outbox.delivered")
        self._note(delivery, outcome)
        await self._insist(lambda tx: self._marking.mark(tx, delivery, outcome))
        failpoints.reach("outbox.marked")
        self.wake()

    async def _insist(self, work: Callable[[Transaction], T]) -> T:
        # Otherwise what was not begun, or is done, would be in doubt until its lease is over.
        until = time.monotonic() + INSIST
        while True:
            try:
                return await self.store.run(work, urgent=False)
            except (NotRecorded, Unconfirmed):
                if self._stopping or time.monotonic() > until:
                    raise
            await asyncio.sleep(LOOK_EVERY)


def _claimed_record(tx: Transaction, delivery: Delivery) -> Record | None:
    # A process that was stopped for longer than its lease must not even begin.
    if not tx.holds(delivery):
        raise TakenAway
    return tx.incident(delivery.incident_id) if delivery.incident_id else None


def _skipped(delivery: Delivery) -> Sent:
    return Sent({"skipped": "no longer wanted"}, learned=perhaps_rang(delivery))

"""The only way out for what must arrive: claims deliveries, makes them, and marks what became of each.

A delivery ends sent, dead (with its reason, told to people) or goes on waiting; never silently. Before the attempt it
is marked as being sent, so that a process that dies in the middle leaves a trace: what shows twice when it is done
twice is then looked up first, after a quarantine longer than any request takes, and only then tried again. A page does
not wait: after an unknown outcome a second copy, marked as such, beats none.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.playbook import Playbook
from app.domain.react import still_wanted
from app.handle import Now, handle
from app.store import Delivery, Record, Store, StoreError, Transaction

log = logging.getLogger(__name__)

AT_ONCE = 24
REQUEST_LIMIT = timedelta(seconds=10)
LEASE = timedelta(seconds=20)
QUARANTINE = REQUEST_LIMIT + timedelta(seconds=20)
SWEEP_AFTER = timedelta(minutes=2)
BACK_OFF = (1, 2, 4, 8, 15, 30, 60)
MOST_ATTEMPTS = 1440
"""A day, at one attempt a minute."""
MOST_SURPRISES = 5
LOOK_EVERY = 0.5


IN_WORDS: dict[type[f.Effect], str] = {
    f.OpenChannel: "open the channel",
    f.Announce: "announce the incident",
    f.EditAnnouncement: "keep the announcement up to date",
    f.PostCard: "post the card",
    f.EditCard: "keep the card up to date",
    f.PinCard: "pin the card",
    f.AddBookmark: "add a bookmark to the card",
    f.SetTopic: "set the topic",
    f.Invite: "invite people",
    f.Post: "post a message",
    f.PostChecklist: "post a checklist",
    f.PostPostmortem: "post the postmortem",
    f.Page: "page somebody",
    f.EditPage: "keep a page up to date",
    f.Tell: "send a direct message",
}
"""What each effect wanted to do, for people."""


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived. `result` is kept with the delivery; `learned` is what the incident should know of it."""

    result: dict[str, Any] = field(default_factory=dict)
    learned: tuple[c.Command, ...] = ()


@dataclass(frozen=True, slots=True)
class Later:
    """It did not arrive, for certain; try again, after `after` where the other side says so."""

    reason: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Nobody knows whether it arrived."""

    reason: str


@dataclass(frozen=True, slots=True)
class Dead:
    """It cannot arrive. `what` could not be done, for `reason`: both are read by people.

    `learned` takes the place of telling them, where the incident goes on another way.
    """

    what: str
    reason: str
    learned: tuple[c.Command, ...] = ()


Outcome = Sent | Later | Doubtful | Dead


class Sink(Protocol):
    """The world, as the outbox sees it. Nothing here raises; every answer is an outcome."""

    async def deliver(self, delivery: Delivery, record: Record) -> Outcome:
        """Do it."""

    async def find(self, delivery: Delivery, record: Record) -> Outcome | None:
        """Look for what an earlier attempt may have done: `Sent` if it is there, nothing if it is not."""

    async def sweep(self, delivery: Delivery, record: Record) -> Outcome:
        """Take away second copies of it."""


class Outbox:
    """Makes deliveries, a few at a time, pages first."""

    def __init__(self, store: Store, sink: Sink, playbook: Playbook, now: Now) -> None:
        self.store = store
        self.sink = sink
        self.playbook = playbook
        self.now = now
        self._woken = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._troubles: set[str] = set()

    def wake(self) -> None:
        """Look for deliveries now."""
        self._woken.set()

    async def run(self) -> None:
        """Make deliveries until `stop`, and return once what was under way by then has ended."""
        while not self._stopping:
            self._woken.clear()
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
        if self._under_way:
            await asyncio.wait(self._under_way)

    def stop(self) -> None:
        """Take no more work."""
        self._stopping = True
        self.wake()

    async def settle(self) -> None:
        """Return once nothing is waiting that could be made now; for whoever moves the clock."""
        while self._under_way or not await self.store.run(lambda tx: tx.idle(self.now()), urgent=False):
            self.wake()
            await asyncio.sleep(0.01)

    async def recover(self, *, at_start: bool = False) -> None:
        """Take up what a process that died, or hung, left in the middle."""
        await self.store.run(lambda tx: self._recover(tx, at_start=at_start), urgent=False)
        self.wake()

    async def sweep(self) -> None:
        """Look, some time after a repeated attempt, whether two copies stand there, and take the second away."""
        for delivery in await self.store.run(lambda tx: tx.sweepable(self.now()), urgent=False):
            record = await self._record(delivery)
            if record is None or isinstance(await self.sink.sweep(delivery, record), Sent | Dead):
                await self.store.run(partial(Transaction.swept, clean=delivery), urgent=False)

    async def retry(self, key: str) -> bool:
        """Try a dead delivery again; say whether there was one."""
        found = await self.store.run(lambda tx: tx.retry(key, self.now()))
        self.wake()
        return found

    def _recover(self, tx: Transaction, *, at_start: bool) -> None:
        now = self.now()
        for delivery in tx.recover(now, at_start=at_start):
            reason = "Tocsin stopped while it was being sent"
            if f.route(delivery.effect).repeatable:
                tx.again(delivery, now, reason)
            else:
                tx.doubt(delivery, now + _quarantine(delivery), reason)

    async def _claim(self) -> int:
        free = AT_ONCE - len(self._under_way)
        if free <= 0:
            return 0
        claimed = await self.store.run(lambda tx: tx.claim(self.now(), free, LEASE), urgent=False)
        for delivery in claimed:
            task = asyncio.create_task(self._make(delivery))
            self._under_way.add(task)
            task.add_done_callback(self._done)
        return len(claimed)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._woken.set()

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), LOOK_EVERY)
        except TimeoutError:
            return

    async def _record(self, delivery: Delivery) -> Record | None:
        incident_id = delivery.incident_id
        return await self.store.run(lambda tx: tx.incident(incident_id), urgent=False) if incident_id else None

    async def _make(self, delivery: Delivery) -> None:
        # The outermost loop of a delivery: whatever goes wrong, the row is marked, here or by `recover`.
        try:
            outcome = await self._attempt(delivery)
            await self._mark(delivery, outcome)
        except StoreError as error:
            log.warning("delivery %s could not be marked and is looked at again: %s", delivery.key, error)
        except Exception:
            log.exception("delivery %s failed in an unforeseen way", delivery.key)
            reason = "an unforeseen failure; the log of Tocsin has it"
            hopeless = delivery.attempts >= MOST_SURPRISES
            await self._mark(delivery, Dead(wanted(delivery.effect), reason) if hopeless else Doubtful(reason))

    async def _attempt(self, delivery: Delivery) -> Outcome:
        record = await self._record(delivery)
        if record is None:
            return Dead(wanted(delivery.effect), "its incident is gone")
        if delivery.event and not still_wanted(delivery.effect, delivery.event, record.incident):
            return Sent({"skipped": "no longer wanted"})
        try:
            async with asyncio.timeout(REQUEST_LIMIT.total_seconds()):
                found = await self._find(delivery, record) if delivery.lookup else None
                return found or await self.sink.deliver(delivery, record)
        except TimeoutError:
            return Doubtful("Slack did not answer in time")

    async def _find(self, delivery: Delivery, record: Record) -> Outcome | None:
        found = await self.sink.find(delivery, record)
        if found is None or isinstance(found, Sent):
            return found
        # Where it cannot be looked up, a page goes out all the same; everything else stays in doubt.
        return (
            None if isinstance(delivery.effect, f.Page) else Doubtful(getattr(found, "reason", "cannot be looked up"))
        )

    def _note(self, delivery: Delivery, outcome: Outcome) -> None:
        # Each reason to wait is logged when it begins, and once more when deliveries go through again.
        if isinstance(outcome, Later | Doubtful) and outcome.reason not in self._troubles:
            self._troubles.add(outcome.reason)
            log.warning("deliveries wait, %s among them: %s", wanted(delivery.effect), outcome.reason)
        if isinstance(outcome, Sent) and self._troubles:
            log.warning("deliveries go through again")
            self._troubles.clear()

    async def _mark(self, delivery: Delivery, outcome: Outcome) -> None:
        self._note(delivery, outcome)
        await self.store.run(lambda tx: self._marked(tx, delivery, outcome), urgent=False)
        self.wake()

    def _marked(self, tx: Transaction, delivery: Delivery, outcome: Outcome) -> None:
        now = self.now()
        match outcome:
            case Sent(result=result, learned=learned):
                sweep_at = now + SWEEP_AFTER if delivery.repeated else None
                if tx.finish(delivery, result, now, sweep_at=sweep_at):
                    self._learn(tx, delivery, learned)
            case Later(reason=reason) | Doubtful(reason=reason) if delivery.attempts >= MOST_ATTEMPTS:
                self._bury(tx, delivery, Dead(wanted(delivery.effect), f"{reason}; tried {MOST_ATTEMPTS} times"))
            case Later(reason=reason, after=after):
                tx.again(delivery, now + (after or _back_off(delivery.attempts)), reason)
            case Doubtful(reason=reason) if f.route(delivery.effect).repeatable:
                tx.again(delivery, now + _back_off(delivery.attempts), reason)
            case Doubtful(reason=reason):
                tx.doubt(delivery, now + _quarantine(delivery), reason)
            case Dead():
                self._bury(tx, delivery, outcome)

    def _bury(self, tx: Transaction, delivery: Delivery, outcome: Dead) -> None:
        if tx.bury(delivery, outcome.reason, self.now()):
            log.warning("delivery %s is dead: %s: %s", delivery.key, outcome.what, outcome.reason)
            self._learn(tx, delivery, outcome.learned or _failure(delivery, outcome))

    def _learn(self, tx: Transaction, delivery: Delivery, learned: tuple[c.Command, ...]) -> None:
        if delivery.incident_id is None:
            return
        for command in learned:
            handle(tx, delivery.incident_id, command, self.playbook, self.now())


def wanted(effect: f.Effect) -> str:
    """Return what an effect wants to do, for people."""
    return IN_WORDS[type(effect)]


def _failure(delivery: Delivery, outcome: Dead) -> tuple[c.Command, ...]:
    if isinstance(delivery.effect, f.OpenChannel):
        return (c.RecordChannelRefused(outcome.reason, delivery.key),)
    if isinstance(delivery.event, e.DeliveryFailed):
        # That a failure cannot be told is not told in its turn: that would go round for ever.
        return ()
    return (c.RecordFailure(delivery.key, outcome.what, outcome.reason, type(delivery.effect).__name__),)


def _quarantine(delivery: Delivery) -> timedelta:
    if not isinstance(delivery.effect, f.Page):
        return QUARANTINE
    return timedelta() if delivery.attempts <= 1 else _back_off(delivery.attempts)


def _back_off(attempts: int) -> timedelta:
    return timedelta(seconds=BACK_OFF[min(attempts, len(BACK_OFF)) - 1])

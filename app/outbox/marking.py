"""What is written of an outcome, in one transaction: where the delivery stands, and what its incident learns."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from app import failpoints
from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain import ways
from app.domain.effects import Way
from app.domain.errors import Rejected
from app.domain.playbook import Playbook
from app.handle import Now, handle
from app.outbox.outcomes import Away, Dead, Doubtful, Later, Outcome, Queued, Sent, wanted
from app.outbox.unreadable import Unread
from app.store import Delivery, Transaction

log = logging.getLogger(__name__)

REQUEST_LIMIT = timedelta(seconds=10)
QUARANTINE = REQUEST_LIMIT + timedelta(seconds=20)
SWEEP_AFTER = (timedelta(minutes=2), timedelta(minutes=10))
"""When it is looked for a second copy; twice, for nobody knows how long a request may stay on its way."""
BACK_OFF = (1, 2, 4, 8, 15, 30, 60)
AFTER_AWAY = timedelta(seconds=2)
"""Lest a side that says it is there, and takes nothing, is tried without a pause."""
GIVE_UP_AFTER = timedelta(hours=24)
NEVER_TOLD = frozenset({Way.EMAIL})
"""By which ways nobody can ask what has arrived: what people would read again and again goes out twice at most."""
MOST_ATTEMPTS = 1440
"""A day, at one attempt a minute."""


@dataclass(frozen=True, slots=True)
class Marking:
    """Writes down what became of deliveries."""

    playbook: Playbook
    now: Now

    def mark(self, tx: Transaction, delivery: Delivery, outcome: Outcome) -> None:
        """Write `outcome` down, unless somebody else has the delivery by now."""
        now = self.now()
        match outcome:
            case Sent(result=result, learned=learned):
                sweep_at = now + SWEEP_AFTER[0] if delivery.repeated and not _is_repeatable(delivery) else None
                if tx.finish(delivery, result, now, sweep_at=sweep_at):
                    failpoints.reach("outbox.settled")
                    self._learn(tx, delivery, learned)
            case Queued(turn=turn):
                tx.put_back(delivery, turn, delivery.reason)
            case Later(reason=reason, after=after, tried=False, kept=kept):
                tx.put_back(delivery, now + (after or AFTER_AWAY), reason, kept)
            case Away(reason=reason):
                tx.put_back(delivery, now + AFTER_AWAY, reason)
            case Dead():
                self._bury(tx, delivery, outcome)
            case Later() | Doubtful():
                self._keep(tx, delivery, outcome)

    def _keep(self, tx: Transaction, delivery: Delivery, outcome: Later | Doubtful) -> None:
        now = self.now()
        match outcome:
            case _ if hopeless := _hopeless(delivery, outcome, now):
                dead = Dead(wanted(delivery.effect), hopeless)
                doubted = replace(delivery, repeated=delivery.repeated or isinstance(outcome, Doubtful))
                self._bury(tx, doubted, replace(dead, learned=(*outcome.learned, *_failure(delivery, dead))))
            case Later(reason=reason, after=after, learned=learned, kept=kept):
                if tx.again(delivery, now + (_back_off(delivery.attempts) if after is None else after), reason, kept):
                    self._learn(tx, delivery, learned)
            case Doubtful(reason=reason, after=after, learned=learned) if _is_repeatable(delivery):
                if tx.again(delivery, now + (after or _back_off(delivery.attempts)), reason, repeated=True):
                    self._learn(tx, delivery, learned)
            case Doubtful(reason=reason, after=after, learned=learned):
                if tx.doubt(delivery, now + max(after or timedelta(), _quarantine(delivery)), reason):
                    self._learn(tx, delivery, learned)

    def recover(self, tx: Transaction, unread: Unread, *, at_start: bool) -> None:
        """Take up what a process that died, or hung, left in the middle."""
        now = self.now()
        for delivery in tx.recover(now, at_start=at_start, buries=partial(unread.buries, tx)):
            reason = "Tocsin stopped while it was being sent"
            if _is_repeatable(delivery):
                tx.again(delivery, now, reason, repeated=True)
            else:
                tx.doubt(delivery, now + _quarantine(delivery), reason)
            failpoints.reach("outbox.left-noted")

    def give_up(self, tx: Transaction, away: Mapping[Way, str]) -> bool:
        """Bury what has waited for a day for ways by which nothing goes; say whether there was any."""
        now = self.now()
        hopeless = tx.left_alone(away, now - GIVE_UP_AFTER) if away else []
        for delivery in hopeless:
            reason = f"{away[f.route(delivery.effect).way]}; it has waited for 24 hours"
            tx.give_up(delivery, reason, now)
            log.warning("delivery %s is dead: %s: %s", delivery.key, wanted(delivery.effect), reason)
            failed = _failure(delivery, Dead(wanted(delivery.effect), reason))
            self._learn(tx, delivery, (*failed, *perhaps_rang(delivery)))
        return bool(hopeless)

    def _bury(self, tx: Transaction, delivery: Delivery, outcome: Dead) -> None:
        if tx.bury(delivery, outcome.reason, self.now()):
            log.warning("delivery %s is dead: %s: %s", delivery.key, outcome.what, outcome.reason)
            learned = outcome.learned or _failure(delivery, outcome)
            self._learn(tx, delivery, (*learned, *perhaps_rang(delivery)))

    def _learn(self, tx: Transaction, delivery: Delivery, learned: tuple[c.Command, ...]) -> None:
        if delivery.incident_id is None:
            return
        for command in learned:
            try:
                handle(tx, delivery.incident_id, command, self.playbook, self.now())
                if isinstance(command, c.RecordPageRefused):
                    tx.keep_absence(delivery.workspace, command.member, command.reason, self.now())
            except (LookupError, TypeError, ValueError, Rejected):
                # What became of the delivery is true all the same, and must not be done again for this.
                log.exception("an incident could not learn what became of delivery %s", delivery.key)
            failpoints.reach("outbox.learned")


def _failure(delivery: Delivery, outcome: Dead) -> tuple[c.Command, ...]:
    if isinstance(delivery.effect, f.OpenChannel):
        return (c.RecordChannelRefused(outcome.reason, delivery.key),)
    if isinstance(delivery.event, e.DeliveryFailed) and not isinstance(delivery.effect, f.RingPager):
        # That a failure cannot be told is not told in its turn: that would go round for ever.
        return ()
    pages = ways.failed(delivery.effect, delivery.event)
    return (c.RecordFailure(delivery.key, outcome.what, outcome.reason, type(delivery.effect).__name__, pages),)


def perhaps_rang(delivery: Delivery) -> tuple[c.Command, ...]:
    """Return what an incident learns of a page that nobody has confirmed: a pager that rang has to be told it is over.

    That is, where there was an attempt before this one whose outcome nobody knows.
    """
    called = ways.behind(delivery.effect, delivery.event)
    if called is None or not delivery.repeated:
        return ()
    way = f.route(delivery.effect).way.value
    return (c.RecordRing(called.step, delivery.key, called.responders, perhaps=True, paged_at=called.at, way=way),)


def _hopeless(delivery: Delivery, outcome: Later | Doubtful, now: datetime) -> str:
    """Return why it is tried no more; nothing where it is."""
    way = f.route(delivery.effect).way
    if isinstance(outcome, Doubtful) and delivery.repeated and way in NEVER_TOLD:
        return f"{outcome.reason}, twice: nobody knows whether it arrived"
    # What somebody tries again by hand after a day has one more chance.
    old = now - delivery.created_at >= GIVE_UP_AFTER and delivery.attempts > 1
    is_over = delivery.attempts >= MOST_ATTEMPTS or (old and way is not Way.SLACK)
    return f"{outcome.reason}; tried {delivery.attempts} times" if is_over else ""


def _is_repeatable(delivery: Delivery) -> bool:
    return f.route(delivery.effect).repeatable


def _quarantine(delivery: Delivery) -> timedelta:
    if not isinstance(delivery.effect, f.Page):
        return max(QUARANTINE, _back_off(delivery.attempts))
    return timedelta() if delivery.attempts <= 1 else _back_off(delivery.attempts)


def _back_off(attempts: int) -> timedelta:
    return timedelta(seconds=BACK_OFF[min(attempts, len(BACK_OFF)) - 1])

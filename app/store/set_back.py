"""What waits, where the clock was set back.

A clock may be wrong for a while. What was decided meanwhile waits for a moment that comes an hour later than anybody
meant, once the clock is right. All of that moves with the clock; when an incident's own timers are due does not, since
nothing may happen early.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, literal, or_, select, update

from app.domain.effects import Urgency
from app.store.driver import Prepared
from app.store.records import DeliveryState
from app.store.tables import INSTALLATION, agenda, delivery, pulse, suggestion

LEAST = timedelta(seconds=30)
"""What is less than this may as well wait: clocks are put right by so much now and then."""
LONGEST_LEASE = timedelta(seconds=30)
QUARANTINE = timedelta(seconds=30)
"""What nobody knows of whether it arrived is left alone for so long, lest it is made again while it is on its way."""
NOT_AT_ALL = timedelta()

_LAST_BEAT = Prepared(
    select(pulse.c.at).where(pulse.c.workspace == INSTALLATION, pulse.c.name == bindparam("its_name")).with_for_update()
)
_MOMENTS = (delivery.c.created_at, delivery.c.not_before, delivery.c.lease_until, delivery.c.sweep_at)
_AHEAD = or_(*(moment > bindparam("now") for moment in _MOMENTS))
_UNSENT = or_(
    *(delivery.c.state == one for one in (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN))
)
_WAITING = Prepared(
    select(delivery.c.id, delivery.c.state, delivery.c.urgency, *_MOMENTS).where(
        or_(_UNSENT, delivery.c.sweep_at.is_not(None)), _AHEAD
    )
)
_MOVE = Prepared(
    update(delivery)
    .where(delivery.c.id == bindparam("of"))
    .values({moment.name: bindparam(moment.name) for moment in _MOMENTS})
)


class FollowingBack:
    """The part of a transaction that brings what waits along with a clock that was set back."""

    connection: Connection

    def follow_back(self, beat: str, now: datetime) -> timedelta:
        """Bring what waits along, where the clock was set back since the last `beat`; return by how much at least.

        It is not worth it for less than half a minute. Of processes that notice it at once, one does it: the caller
        notes its own beat in the same transaction.
        """
        last: datetime | None = _LAST_BEAT.scalar(self.connection, its_name=beat)
        if last is None or last - now < LEAST:
            return NOT_AT_ALL
        back = last - now
        for row in _WAITING.named(self.connection, now=now):
            _MOVE.execute(self.connection, {"of": row.id} | _moved(row, now, back))
        self._try_again(now)
        return back

    def _try_again(self, now: datetime) -> None:
        # What was put off is looked at once more, and nothing more than that.
        moment = literal(now, agenda.c.next_page.type)
        self.connection.execute(
            update(agenda)
            .where(agenda.c.trouble.is_not(None), agenda.c.next_due > now)
            .values(next_due=now, next_page=case((agenda.c.next_page > now, moment), else_=agenda.c.next_page))
        )
        unsaid = and_(suggestion.c.told < suggestion.c.version, suggestion.c.not_before > now)
        self.connection.execute(update(suggestion).where(unsaid).values(not_before=now))


def _moved(row: Any, now: datetime, back: timedelta) -> dict[str, datetime | None]:
    in_doubt = row.state == DeliveryState.UNKNOWN and row.urgency != Urgency.PAGE
    soonest = now + QUARANTINE if in_doubt else now
    return {
        # By this it is known where to look for what was posted, and how late a page is.
        "created_at": min(row.created_at - back, now) if row.created_at > now else row.created_at,
        "not_before": min(row.not_before, max(row.not_before - back, soonest)),
        "lease_until": row.lease_until and min(row.lease_until, now + LONGEST_LEASE),
        "sweep_at": row.sweep_at and min(row.sweep_at, max(row.sweep_at - back, now)),
    }

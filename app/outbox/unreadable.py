"""What becomes of deliveries that this version of Tocsin cannot read: their incidents are told, a page goes on.

On a database that several may run on, a newer Tocsin may run beside this one and read what this one cannot. It is left
to that for a while. One that nobody has taken by then is nobody's.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain import ways
from app.domain.calling import Calling
from app.domain.incident import Incident
from app.domain.playbook import Playbook
from app.handle import Now
from app.outbox.outcomes import SAID
from app.outbox.telling import tell
from app.store import Record, Transaction, Unreadable
from app.store.reading import UNREADABLE

log = logging.getLogger(__name__)

LEFT_FOR = timedelta(minutes=2)
"""A newer Tocsin that runs takes what it can read within seconds: nothing is held from it."""
FORGOTTEN_AFTER = timedelta(minutes=1)
"""What was not met for so long was taken by somebody, or could not be sent: met again, it is new again."""
UNREAD = "this version of Tocsin cannot read what is stored of it"
CALL = f"{UNREAD}. Until somebody acknowledges, call them yourselves, or press Escalate on the card"
LOOK = f"{UNREAD}; whoever runs Tocsin finds it by tocsin outbox --dead"


@dataclass(frozen=True, slots=True)
class Unread:
    """Says which of them are buried, and tells their incidents. `met` knows since when each is met, and when last."""

    playbook: Playbook
    now: Now
    met: dict[int, tuple[datetime, datetime]] = field(default_factory=dict)

    def buries(self, tx: Transaction, found: Unreadable) -> bool:
        """Say whether `found` is to be buried, its incident told by then; else it is left to others."""
        if tx.shared and self._met_for(found) < LEFT_FOR:
            return False
        self._tell(tx, found)
        return True

    def _met_for(self, found: Unreadable) -> timedelta:
        now = self.now()
        for one in [one for one, (_, last) in self.met.items() if now - last > FORGOTTEN_AFTER]:
            del self.met[one]
        if found.id not in self.met:
            log.warning("delivery %s (%s) cannot be read; a newer Tocsin may run beside", found.key, found.kind)
        since, _ = self.met.get(found.id, (now, now))
        self.met[found.id] = since, now
        return now - since

    def _tell(self, tx: Transaction, found: Unreadable) -> None:
        try:
            record = _incident(tx, found)
            for command in _learned(found, record.incident, self.playbook.pages_by) if record else ():
                # What is told first changes what there is to tell of.
                if newest := _incident(tx, found):
                    tell(tx, newest, command, self.playbook, self.now)
        except UNREADABLE:
            # Where more than the delivery cannot be read, it keeps nobody else waiting all the same.
            log.exception("an incident could not learn that delivery %s is dead", found.key)


def _incident(tx: Transaction, found: Unreadable) -> Record | None:
    return tx.incident(found.incident_id) if found.incident_id else None


def _learned(found: Unreadable, incident: Incident, order: ways.Order) -> Iterator[c.Command]:
    """Yield what an incident learns of it: the same as of whatever else cannot be delivered."""
    if found.kind == f.OpenChannel.__name__:
        yield c.RecordChannelRefused(LOOK, found.key)
    elif found.is_page:
        pages = tuple(_failed(found, order))
        yield c.RecordFailure(found.key, _who(found), UNREAD if pages else CALL, found.kind, pages)
        if found.repeated:
            # It may have rung before, and has to be told then that it is over.
            yield from (
                c.RecordRing(one.step, found.key, one.responders, perhaps=True, paged_at=one.at, way=found.way)
                for one in pages
            )
    elif not isinstance(found.event, e.DeliveryFailed) and f"{found.kind}: {LOOK}" not in incident.failures:
        # That a failure cannot be told is not told in its turn, and of many alike people hear once.
        yield c.RecordFailure(found.key, SAID.get(found.kind, f"deliver something ({found.kind})"), LOOK, found.kind)


def _who(found: Unreadable) -> str:
    if isinstance(found.event, e.Paged):
        return f"page {', '.join(found.event.responders)}"
    return SAID.get(found.kind, "page people")


def _failed(found: Unreadable, order: ways.Order) -> Iterator[Calling]:
    """Yield whom it was to page, as far as that can be made out, for the next of their ways."""
    if found.effect is not None:
        yield from ways.failed(found.effect, found.event)
    elif found.kind == f.RingPager.__name__:
        for called in ways.callings(found.event):
            by_way = {way.value: whom for way, whom in ways.onward(called, order).items()}
            if whom := by_way.get(found.way):
                yield replace(called, responders=whom, tried=(*called.tried, found.way))

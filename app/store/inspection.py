"""Everything that is stored of an incident, side by side, for whoever checks that it fits together."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from app.domain.events import Event
from app.store import codec
from app.store.deliveries import DELIVERIES, read_delivery
from app.store.driver import Prepared
from app.store.reading import RECORDS, Reader
from app.store.records import Delivery, Record
from app.store.tables import agenda, delivery, event, incident

_IDS = Prepared(select(incident.c.id).where(incident.c.workspace == bindparam("workspace")).order_by(incident.c.number))
_ONE = Prepared(RECORDS.where(incident.c.id == bindparam("id")))
_AGENDA = Prepared(
    select(agenda.c.timers, agenda.c.next_due, agenda.c.next_page, agenda.c.trouble).where(
        agenda.c.incident_id == bindparam("id")
    )
)
_NO_AGENDA = ("{}", None, None, None)
_ENTRIES = Prepared(
    select(event.c.version, event.c.place, event.c.kind, event.c.body)
    .where(event.c.incident_id == bindparam("id"))
    .order_by(event.c.version, event.c.place)
)
_PARCELS = Prepared(DELIVERIES.where(delivery.c.incident_id == bindparam("id")).order_by(None).order_by(delivery.c.id))


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a timeline, and where it stands: the `place`-th event of the save that made `version`."""

    version: int
    place: int
    event: Event


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery, with what the outbox notes about it beside: the event behind it, what it waits for, its times."""

    delivery: Delivery
    version: int | None
    place: int | None
    needs: str | None
    held: bool
    lease_until: datetime | None
    ended_at: datetime | None
    sweep_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that is stored of one incident. `trouble` says why the clock could not decide it when its time came."""

    record: Record
    next_due: datetime | None
    next_page: datetime | None
    trouble: str | None
    entries: tuple[Entry, ...]
    timers: dict[str, datetime]
    parcels: tuple[Parcel, ...]


class Inspection:
    """The part of a transaction that serves the audit."""

    connection: Connection
    reader: Reader

    def incident_ids(self, workspace: str) -> list[int]:
        """Return the ids of all incidents of a workspace, in the order of their numbers."""
        return [incident_id for (incident_id,) in _IDS.rows(self.connection, workspace=workspace)]

    def ledger(self, incident_id: int) -> Ledger | None:
        """Return all that is stored of an incident; raises one of `UNREADABLE` where that is none that we know."""
        record = self.reader.one(_ONE, id=incident_id)
        if record is None:
            return None
        timers, next_due, next_page, trouble = _AGENDA.first(self.connection, id=incident_id) or _NO_AGENDA
        entries = _ENTRIES.rows(self.connection, id=incident_id)
        return Ledger(
            record,
            next_due,
            next_page,
            trouble,
            tuple(Entry(version, place, codec.decode_event(kind, body)) for version, place, kind, body in entries),
            codec.decode_timers(timers),
            self._parcels(incident_id),
        )

    def _parcels(self, incident_id: int) -> tuple[Parcel, ...]:
        return tuple(
            Parcel(
                read_delivery(row),
                row.event_version,
                row.event_place,
                row.needs,
                row.held,
                row.lease_until,
                row.ended_at,
                row.sweep_at,
            )
            for row in _PARCELS.named(self.connection, id=incident_id)
        )

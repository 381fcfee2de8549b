"""Finding incidents, and their timelines."""

import logging
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, literal_column, or_, select

from app.domain.events import Event
from app.store import codec
from app.store.driver import Prepared
from app.store.reading import RECORDS, Reader
from app.store.records import Record
from app.store.tables import event, incident

log = logging.getLogger(__name__)

_CHANNEL = incident.c.channel == bindparam("channel")
_THREAD = and_(incident.c.announce_channel == bindparam("channel"), incident.c.announce_ts == bindparam("thread_ts"))
_NEWEST_FIRST = (incident.c.declared_at.desc(), incident.c.id.desc())

_BY_ID = Prepared(RECORDS.where(incident.c.id == bindparam("id")).with_for_update())
_IN_WORKSPACE = RECORDS.where(incident.c.workspace == bindparam("workspace"))
_NEWEST = _IN_WORKSPACE.order_by(*_NEWEST_FIRST)
_BY_NUMBER = Prepared(_IN_WORKSPACE.where(incident.c.number == bindparam("number")))
_BY_NAME = Prepared(_NEWEST.where(incident.c.name == bindparam("name")).limit(1))
_BY_CHANNEL = Prepared(_NEWEST.where(_CHANNEL).limit(1))
_BY_ROOM = Prepared(_NEWEST.where(or_(_CHANNEL, _THREAD)).limit(1))
_OPEN = Prepared(_IN_WORKSPACE.where(incident.c.is_open).order_by(incident.c.rank, *_NEWEST_FIRST))
_RECENT = Prepared(_NEWEST.where(incident.c.declared_at >= bindparam("since")))
_PIECE = Prepared(
    _IN_WORKSPACE.where(incident.c.declared_at >= bindparam("since"), incident.c.id > bindparam("after"))
    .order_by(incident.c.id)
    .limit(bindparam("limit"))
)
_LATEST = Prepared(_NEWEST.limit(bindparam("limit")))

_WITH_TICKETS = (
    # Word for word as the index has it.
    select(event.c.incident_id)
    .where(literal_column("kind = 'TicketOpened'"))
    .distinct()
    .order_by(event.c.incident_id.desc())
    .limit(bindparam("limit"))
)
_TIMELINE = Prepared(
    select(event.c.kind, event.c.body)
    .where(event.c.incident_id == bindparam("id"))
    .order_by(event.c.version, event.c.place)
)


class Incidents:
    """The part of a transaction that finds incidents."""

    connection: Connection
    reader: Reader

    def incident(self, incident_id: int) -> Record | None:
        """Return the incident of that id, and on PostgreSQL keep it from others until the transaction ends."""
        return self.reader.one(_BY_ID, id=incident_id)

    def readable(self, incident_id: int) -> Record | None:
        """Return the same for whoever can go on without it: nothing, where this version cannot read it."""
        return next(iter(self.reader.all(_BY_ID, _leave_out, id=incident_id)), None)

    def by_number(self, workspace: str, number: int) -> Record | None:
        """Return the incident that people know by that number."""
        return self.reader.one(_BY_NUMBER, workspace=workspace, number=number)

    def by_name(self, workspace: str, name: str) -> Record | None:
        """Return the incident of that name; the newest, should there be several."""
        return self.reader.one(_BY_NAME, workspace=workspace, name=name)

    def by_room(self, workspace: str, channel: str, thread_ts: str | None = None) -> Record | None:
        """Return the incident whose own channel that is, or whose announcement began that thread."""
        if thread_ts is None:
            return self.reader.one(_BY_CHANNEL, workspace=workspace, channel=channel)
        return self.reader.one(_BY_ROOM, workspace=workspace, channel=channel, thread_ts=thread_ts)

    def open_records(self, workspace: str) -> list[Record]:
        """Return the open incidents, the worst first, then the newest."""
        return self.reader.all(_OPEN, workspace=workspace)

    def readable_open(self, workspace: str) -> list[Record]:
        """Return the same without those that this version cannot read."""
        return self.reader.all(_OPEN, _leave_out, workspace=workspace)

    def recent(self, workspace: str, since: datetime) -> list[Record]:
        """Return the incidents that were declared at `since` or later, the newest first."""
        return self.reader.all(_RECENT, workspace=workspace, since=since)

    def piece(self, workspace: str, since: datetime, after: int, limit: int) -> list[Record]:
        """Return the first `limit` of the incidents declared at `since` or later whose ids come `after` that one."""
        return self.reader.all(_PIECE, workspace=workspace, since=since, after=after, limit=limit)

    def latest(self, workspace: str, limit: int) -> list[Record]:
        """Return the `limit` incidents that were declared last, the newest first."""
        return self.reader.all(_LATEST, workspace=workspace, limit=limit)

    def with_tickets(self, limit: int) -> list[int]:
        """Return the ids of the newest incidents that have tickets."""
        return list(self.connection.execute(_WITH_TICKETS, {"limit": limit}).scalars())

    def timeline(self, incident_id: int) -> list[Event]:
        """Return everything that happened to an incident, in order."""
        rows = _TIMELINE.rows(self.connection, id=incident_id)
        return [codec.decode_event(kind, body) for kind, body in rows]


def _leave_out(incident_id: int, why: str) -> None:
    log.warning("incident %s is left out. %s", incident_id, why)

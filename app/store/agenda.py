"""What falls due, and when."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, case, func, or_, select, update

from app.store.driver import Prepared
from app.store.reading import RECORDS, Reader
from app.store.records import PutOff, Record
from app.store.tables import incident, timer

UNREADABLE_AGAIN = timedelta(minutes=1)

_SOME = RECORDS.limit(bindparam("limit")).with_for_update(skip_locked=True)
_PAGES = Prepared(_SOME.where(incident.c.next_page <= bindparam("now")).order_by(incident.c.next_page))
_REST = Prepared(
    _SOME.where(
        incident.c.next_due <= bindparam("now"),
        or_(incident.c.next_page.is_(None), incident.c.next_page > bindparam("now")),
    ).order_by(incident.c.next_due)
)
_NEXT_DUE = Prepared(select(func.min(incident.c.next_due)))


class Agenda:
    """The part of a transaction that serves the clock."""

    connection: Connection
    reader: Reader

    def due(self, now: datetime, limit: int = 50) -> list[Record]:
        """Return up to `limit` incidents with a timer that is due: those with a page first, then by time.

        On PostgreSQL they are kept from others, who pass them over, until the transaction ends. An incident that
        cannot be read is put off for a minute, so that it keeps nobody waiting.
        """

        def put_off(incident_id: int, reason: str) -> None:
            self.put_off(incident_id, now + UNREADABLE_AGAIN, reason)

        records = self.reader.all(_PAGES, put_off, now=now, limit=limit)
        if len(records) < limit:
            records += self.reader.all(_REST, put_off, now=now, limit=limit - len(records))
        return records

    def next_due(self) -> datetime | None:
        """Return when the next timer of all is due."""
        moment: datetime | None = _NEXT_DUE.scalar(self.connection)
        return moment

    def put_off(self, incident_id: int, until: datetime, reason: str) -> None:
        """Leave an incident that could not be decided alone until then, and remember why; its next save forgets it."""
        next_page = case((incident.c.next_page < until, until), else_=incident.c.next_page)
        self.connection.execute(
            update(incident)
            .where(incident.c.id == incident_id)
            .values(next_due=until, next_page=next_page, trouble=reason)
        )

    def put_offs(self) -> list[PutOff]:
        """Return the incidents, of all workspaces, that could not be decided when their time came."""
        rows = self.connection.execute(
            select(incident.c.id, incident.c.workspace, incident.c.trouble, incident.c.next_due)
            .where(incident.c.trouble.is_not(None))
            .order_by(incident.c.id)
        )
        return [PutOff(*row) for row in rows]

    def timers(self, incident_id: int) -> dict[str, datetime]:
        """Return the timers of an incident, the soonest first."""
        rows = self.connection.execute(
            select(timer.c.name, timer.c.due_at)
            .where(timer.c.incident_id == incident_id)
            .order_by(timer.c.due_at, timer.c.name)
        )
        return {row.name: row.due_at for row in rows}

    def all_timers(self, workspace: str) -> list[tuple[int, str, datetime]]:
        """Return (incident id, timer, due time) of every timer in a workspace, the soonest first."""
        rows = self.connection.execute(
            select(timer.c.incident_id, timer.c.name, timer.c.due_at)
            .where(timer.c.workspace == workspace)
            .order_by(timer.c.due_at, timer.c.incident_id, timer.c.name)
        )
        return [(incident_id, name, due_at) for incident_id, name, due_at in rows]

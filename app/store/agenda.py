"""What falls due, and when."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, case, func, literal, or_, select, update

from app.store import codec
from app.store.driver import Prepared
from app.store.reading import RECORDS, Reader
from app.store.records import PutOff, Record
from app.store.tables import agenda, incident

UNREADABLE_AGAIN = timedelta(minutes=1)

_SOME = (
    RECORDS.join(agenda, agenda.c.incident_id == incident.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_PAGES = Prepared(_SOME.where(agenda.c.next_page <= bindparam("now")).order_by(agenda.c.next_page))
_REST = Prepared(
    _SOME.where(
        agenda.c.next_due <= bindparam("now"),
        or_(agenda.c.next_page.is_(None), agenda.c.next_page > bindparam("now")),
    ).order_by(agenda.c.next_due)
)
_NEXT_DUE = Prepared(select(func.min(agenda.c.next_due)))
_TIMERS = Prepared(select(agenda.c.timers).where(agenda.c.incident_id == bindparam("of")))
_ALL_TIMERS = Prepared(
    select(agenda.c.incident_id, agenda.c.timers).where(
        agenda.c.workspace == bindparam("workspace"), agenda.c.next_due.is_not(None)
    )
)


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
        then = literal(until, agenda.c.next_page.type)
        next_page = case((agenda.c.next_page < until, then), else_=agenda.c.next_page)
        self.connection.execute(
            update(agenda)
            .where(agenda.c.incident_id == incident_id)
            .values(next_due=until, next_page=next_page, trouble=reason)
        )

    def put_offs(self) -> list[PutOff]:
        """Return the incidents, of all workspaces, that could not be decided when their time came."""
        rows = self.connection.execute(
            select(agenda.c.incident_id, agenda.c.workspace, agenda.c.trouble, agenda.c.next_due)
            .where(agenda.c.trouble.is_not(None))
            .order_by(agenda.c.incident_id)
        )
        return [PutOff(*row) for row in rows]

    def timers(self, incident_id: int) -> dict[str, datetime]:
        """Return the timers of an incident, the soonest first."""
        return _in_order(codec.decode_timers(_TIMERS.scalar(self.connection, of=incident_id) or "{}"))

    def all_timers(self, workspace: str) -> list[tuple[int, str, datetime]]:
        """Return (incident id, timer, due time) of every timer in a workspace, the soonest first."""
        rows = _ALL_TIMERS.rows(self.connection, workspace=workspace)
        found = [(of, name, due_at) for of, timers in rows for name, due_at in codec.decode_timers(timers).items()]
        return sorted(found, key=lambda one: (one[2], one[0], one[1]))


def _in_order(timers: dict[str, datetime]) -> dict[str, datetime]:
    return dict(sorted(timers.items(), key=lambda one: (one[1], one[0])))

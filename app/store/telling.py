"""What customers were told, for the page that anybody may read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, literal_column, select

from app.domain.events import CustomersTold
from app.store import codec
from app.store.driver import Prepared
from app.store.tables import event, incident

# Word for word as the index has it.
_WAS_TOLD: ColumnElement[bool] = literal_column("event.kind = 'CustomersTold'")
_TOLD = Prepared(
    select(event.c.incident_id, event.c.workspace, event.c.kind, event.c.body)
    .where(_WAS_TOLD, event.c.at >= bindparam("since"))
    .order_by(event.c.at, event.c.incident_id, event.c.version, event.c.place)
)


@dataclass(frozen=True, slots=True)
class Telling:
    """A word to customers, the incident that it is of, and what that is called."""

    incident_id: int
    workspace: str
    name: str
    event: CustomersTold


class Tellings:
    """The part of a transaction that knows what customers were told."""

    connection: Connection

    def told(self, since: datetime, within: str | None = None) -> list[Telling]:
        """Return every word to customers since then, in order; of what is private or a drill, none.

        It is what was told `within` a workspace, or in all where nobody knows which one the page is of.
        """
        found = _TOLD.rows(self.connection, since=since)
        rows = [row for row in found if within in (None, row[1])]
        names = self._public({row[0] for row in rows})
        return [
            Telling(incident_id, workspace, names[incident_id], decoded)
            for incident_id, workspace, kind, body in rows
            if incident_id in names and isinstance(decoded := codec.decode_event(kind, body), CustomersTold)
        ]

    def _public(self, ids: set[int]) -> dict[int, str]:
        states = select(incident.c.id, incident.c.state).where(incident.c.id.in_(ids))
        found = ((one, codec.decode_incident(state)) for one, state in self.connection.execute(states))
        return {one: known.name for one, known in found if not (known.private or known.drill)}

"""Which incident an alert in a pager is about."""

from collections.abc import Iterator

from sqlalchemy import Connection, bindparam, select

from app.store import codec
from app.store.reading import UNREADABLE
from app.store.tables import delivery, incident

_OF_DELIVERY = select(delivery.c.workspace, delivery.c.incident_id).where(delivery.c.key == bindparam("key"))
_OPEN = select(incident.c.workspace, incident.c.id, incident.c.state).where(incident.c.is_open)


class Rings:
    """The part of a transaction that knows what rings for what."""

    connection: Connection

    def rung(self, key: str) -> tuple[str, int] | None:
        """Return the workspace and the id of the incident that an alert of that key is about.

        Tocsin rings by the key of the delivery. An alert that a monitor opened itself is known to open incidents alone.
        """
        if not key:
            return None
        ours = self.connection.execute(_OF_DELIVERY, {"key": key}).first()
        if ours:
            return (ours.workspace, ours.incident_id) if ours.incident_id else None
        return next(self._adopted(key), None)

    def _adopted(self, key: str) -> Iterator[tuple[str, int]]:
        written = codec.encode(key)
        for row in self.connection.execute(_OPEN.where(incident.c.state.contains(written, autoescape=True))):
            try:
                known = codec.decode_incident(row.state).rings
            except UNREADABLE:
                continue
            if any(ring.key == key for ring in known):
                yield row.workspace, row.id

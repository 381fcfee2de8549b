"""Which incident an alert in a pager is about."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, not_, select

from app.store import codec
from app.store.reading import UNREADABLE
from app.store.tables import delivery, incident

AT_ONCE = 500
NOTHING_RINGS = '"rings":[]'
"""What the state of an incident holds for which nothing rings, as the codec writes it."""

_OF_DELIVERIES = select(delivery.c.key, delivery.c.workspace, delivery.c.incident_id)
_OPEN = select(incident.c.workspace, incident.c.id, incident.c.state).where(incident.c.is_open)


class Rings:
    """The part of a transaction that knows what rings for what."""

    connection: Connection

    def rung(self, key: str) -> tuple[str, int] | None:
        """Return the workspace and the id of the incident that an alert of that key is about.

        Tocsin rings by the key of the delivery. An alert that a monitor opened itself is known to open incidents alone.
        """
        return self.rung_all((key,)).get(key)

    def rung_all(self, keys: Iterable[str]) -> dict[str, tuple[str, int]]:
        """Return the same for many keys, at the price of one; those that nobody knows are left out."""
        wanted = list(filter(None, dict.fromkeys(keys)))
        ours = dict(self._ours(wanted))
        unknown = set(wanted) - ours.keys()
        adopted = dict(self._adopted(unknown)) if unknown else {}
        return adopted | {key: (workspace, known) for key, (workspace, known) in ours.items() if known}

    def _ours(self, keys: list[str]) -> Iterator[tuple[str, tuple[str, int | None]]]:
        for at in range(0, len(keys), AT_ONCE):
            of = delivery.c.key.in_(keys[at : at + AT_ONCE])
            for row in self.connection.execute(_OF_DELIVERIES.where(of)):
                yield row.key, (row.workspace, row.incident_id)

    def _adopted(self, keys: set[str]) -> Iterator[tuple[str, tuple[str, int]]]:
        ringing = not_(incident.c.state.contains(NOTHING_RINGS, autoescape=True))
        for row in self.connection.execute(_OPEN.where(ringing)):
            try:
                known = codec.decode_incident(row.state).rings
            except UNREADABLE:
                continue
            yield from ((ring.key, (row.workspace, row.id)) for ring in known if ring.key in keys)

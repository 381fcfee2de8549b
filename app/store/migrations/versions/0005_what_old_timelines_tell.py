"""What incidents from before know of themselves by now: since when they had a room, and which statuses they reached."""

from collections import defaultdict
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from app.domain.evolve import fold
from app.store import codec
from app.store.reading import UNREADABLE

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

AT_ONCE = 200
FACTS = ("room_at", "reached_statuses", "monitoring_since")

_incident = sa.table("incident", sa.column("id"), sa.column("state"))
_event = sa.table("event", *(sa.column(name) for name in ("incident_id", "version", "place", "kind", "body")))


def upgrade() -> None:
    connection, last = op.get_bind(), 0
    some = sa.select(_incident).where(_incident.c.id > sa.bindparam("last")).order_by(_incident.c.id).limit(AT_ONCE)
    while states := {row.id: row.state for row in connection.execute(some, {"last": last})}:
        told = _timelines(connection, list(states))
        for one, state in states.items():
            completed = _completed(state, told[one])
            if completed:
                connection.execute(sa.update(_incident).where(_incident.c.id == one).values(state=completed))
        last = max(states)


def downgrade() -> None:
    """Leave it: what a field is not known of is passed over."""


def _timelines(connection: sa.Connection, ids: list[int]) -> dict[int, list[Any]]:
    order = (_event.c.incident_id, _event.c.version, _event.c.place)
    found = defaultdict(list)
    for row in connection.execute(sa.select(_event).where(_event.c.incident_id.in_(ids)).order_by(*order)):
        found[row.incident_id].append(row)
    return found


def _completed(state: str, timeline: list[Any]) -> str | None:
    try:
        folded = fold(codec.decode_event(row.kind, row.body) for row in timeline)
        known = codec.decode_facts(state)
    except (*UNREADABLE, StopIteration):
        # Whoever looks for it is told so; it must not keep Tocsin from starting.
        return None
    return codec.encode(known | {name: msgspec.to_builtins(getattr(folded, name)) for name in FACTS})

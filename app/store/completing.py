"""What incidents from before know of themselves by now: a new version reads it off their timelines."""

from collections import defaultdict
from typing import Any

import msgspec
import sqlalchemy as sa

from app.domain.evolve import fold
from app.store import codec
from app.store.reading import UNREADABLE

AT_ONCE = 200

_incident = sa.table("incident", sa.column("id"), sa.column("state"))
_event = sa.table("event", *(sa.column(name) for name in ("incident_id", "version", "place", "kind", "body")))


def complete(connection: sa.Connection, *facts: str) -> None:
    """Bring these facts of every incident up to date with its timeline."""
    some = sa.select(_incident).where(_incident.c.id > sa.bindparam("last")).order_by(_incident.c.id).limit(AT_ONCE)
    last = 0
    while states := {row.id: row.state for row in connection.execute(some, {"last": last})}:
        told = _timelines(connection, list(states))
        for one, state in states.items():
            completed = _completed(state, told[one], facts)
            if completed:
                connection.execute(sa.update(_incident).where(_incident.c.id == one).values(state=completed))
        last = max(states)


def _timelines(connection: sa.Connection, ids: list[int]) -> dict[int, list[Any]]:
    order = (_event.c.incident_id, _event.c.version, _event.c.place)
    found = defaultdict(list)
    for row in connection.execute(sa.select(_event).where(_event.c.incident_id.in_(ids)).order_by(*order)):
        found[row.incident_id].append(row)
    return found


def _completed(state: str, timeline: list[Any], facts: tuple[str, ...]) -> str | None:
    try:
        folded = fold(codec.decode_event(row.kind, row.body) for row in timeline)
        known = codec.decode_facts(state)
    except (*UNREADABLE, StopIteration):
        # Whoever looks for it is told so; it must not keep Tocsin from starting.
        return None
    return codec.encode(known | {name: msgspec.to_builtins(getattr(folded, name)) for name in facts})

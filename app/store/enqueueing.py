"""What incidents' effects become: rows of the outbox, and which of them are held back."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count

from sqlalchemy import Connection, bindparam, update

from app.domain.effects import SHARED, Route, Urgency, route
from app.store import codec
from app.store.bulk import Bulk
from app.store.driver import Prepared, Values
from app.store.records import Change, DeliveryState, Record
from app.store.tables import delivery

KEY_BYTES = 6
"""How much of the keys that are made together is random."""
WAITING = DeliveryState.WAITING.value
BY_SEVERITY = (Urgency.PAGE, Urgency.ROOM)
"""Among these, those of the worst severity go first."""

_ADD = Bulk.insert(
    delivery,
    (
        *("key", "workspace", "incident_id", "event_version", "event_place", "kind", "effect"),
        *("way", "urgency", "rank", "lane", "replaces", "needs", "held", "state"),
        *("lookup", "attempts", "repeated", "told_late", "created_at", "not_before"),
    ),
)
_HOLD = Prepared(
    update(delivery)
    .where(
        delivery.c.incident_id == bindparam("of"),
        delivery.c.needs == bindparam("need"),
        delivery.c.state == DeliveryState.WAITING,
    )
    .values(held=bindparam("hold"))
)


def enqueue(connection: Connection, changes: Sequence[Change], now: datetime) -> None:
    """Put the effects of `changes` into the outbox, and let go what waited for a need that is met now."""
    held = [
        {"of": change.record.id, "need": need, "hold": need not in change.after.ready}
        for change in changes
        for need in change.after.ready ^ change.record.incident.ready
    ]
    for one in held:
        _HOLD.execute(connection, one)
    keys = _keys(now)
    _ADD.execute(connection, [row for change in changes for row in _rows(change, keys, now)])


def _keys(now: datetime) -> Iterator[str]:
    # That each follows the last spares the database: were they all random, each would change another page of the index.
    together = f"{int(now.timestamp()):08x}{secrets.token_hex(KEY_BYTES)}"
    return (f"{together}{number:04x}" for number in count())


def _rows(change: Change, keys: Iterator[str], now: datetime) -> Iterator[Values]:
    # Of effects that replace each other only the last is worth a row.
    ways = [route(effect) for _, effect in change.effects]
    last = {way.replaces: index for index, way in enumerate(ways)}
    ready = change.after.ready
    rank = _rank(change)
    same = {
        "workspace": change.record.workspace,
        "incident_id": change.record.id,
        "event_version": change.record.version + 1,
        "state": WAITING,
        "lookup": False,
        "attempts": 0,
        "repeated": False,
        "told_late": False,
        "created_at": now,
        "not_before": now,
    }
    for index, ((place, effect), way) in enumerate(zip(change.effects, ways, strict=True)):
        if way.replaces is not None and last[way.replaces] != index:
            continue
        yield {
            **same,
            "key": next(keys),
            "event_place": place,
            "kind": codec.kind(effect),
            "effect": codec.encode(effect),
            "way": way.way.value,
            "urgency": int(way.urgency),
            "rank": rank if way.urgency in BY_SEVERITY else 0,
            "lane": _lane(change.record, way),
            "replaces": way.replaces,
            "needs": way.needs,
            "held": way.needs is not None and way.needs not in ready,
        }


def _rank(change: Change) -> int:
    # An incident that cannot be decided, its severity unknown to its rules, must still be able to say so.
    known = [severity.id for severity in change.record.rules.severities]
    return known.index(change.after.severity) if change.after.severity in known else 0


def _lane(record: Record, way: Route) -> str | None:
    if way.lane is None:
        # A newer edit of a message must not overtake the one that is being sent.
        return f"{record.id}:={way.replaces}" if way.replaces else None
    owner = record.workspace if way.lane.startswith(SHARED) else record.id
    return f"{owner}:{way.lane}"

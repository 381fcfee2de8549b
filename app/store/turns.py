"""Whose turn it is in the outbox.

However many deliveries wait, a look costs much the same: it reads some rows from the front of the queue, and where
those stand in too few lanes, it goes from lane to lane, and where there are too many lanes for that, past the lanes
that it has seen. States are written into the statements rather than handed over, since only then do the databases use
the indexes of the few rows that wait instead of those of all that ever were.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from app.domain.effects import Urgency
from app.store.records import DeliveryState
from app.store.tables import delivery

FRONT = 256
"""How many rows are read from the front of the queue."""
LANES = 1000
"""From how many lanes on it is quicker to go through the queue."""
PASSES = 8

_WAITING: ColumnElement[str] = literal_column(f"'{DeliveryState.WAITING}'")
_SENDING: ColumnElement[str] = literal_column(f"'{DeliveryState.SENDING}'")
_UNKNOWN: ColumnElement[str] = literal_column(f"'{DeliveryState.UNKNOWN}'")
_ONE: ColumnElement[int] = literal_column("1")


def _ready(rows: FromClause) -> ColumnElement[bool]:
    return and_(rows.c.state == _WAITING, not_(rows.c.held))


def _is_first(rows: FromClause) -> ColumnElement[bool]:
    """Say whether rows, which wait, are the first of their lanes.

    They stand in their lanes themselves, so the first row from there on is one of the lane. To ask for it by `lane =`
    and the least id would let PostgreSQL go through the table by id.
    """
    ahead = delivery.alias("ahead")
    # What is only being looked up keeps nobody waiting, no more than what waits to be looked up.
    in_the_way = and_(ahead.c.state.in_((_WAITING, _SENDING)), not_(ahead.c.lookup))
    first = select(ahead.c.id).where(ahead.c.lane >= rows.c.lane, in_the_way).order_by(ahead.c.lane, ahead.c.id)
    return or_(rows.c.lane.is_(None), rows.c.id == first.limit(1).correlate(rows).scalar_subquery())


SENDABLE = and_(_ready(delivery), _is_first(delivery))
"""Nothing but its time keeps it from being sent."""
UNKNOWN = delivery.c.state == _UNKNOWN

_newer = delivery.alias("newer")
_stands_for_it = (
    select(_newer.c.id)
    .where(
        _newer.c.incident_id == delivery.c.incident_id,
        _newer.c.replaces == delivery.c.replaces,
        _newer.c.state == _WAITING,
        _newer.c.id > delivery.c.id,
    )
    .correlate(delivery)
    .exists()
)
IS_REPLACED = case((delivery.c.replaces.is_not(None), _stands_for_it), else_=false())
"""A newer one that waits makes it needless."""

_DUE = and_(delivery.c.not_before <= bindparam("now"), delivery.c.way.in_(bindparam("ways", expanding=True)))
_OF_URGENCY = delivery.c.urgency == bindparam("urgency")
_AMONG = delivery.c.id.in_(bindparam("ids", expanding=True))
_BY_TURN = (delivery.c.urgency, delivery.c.id)


def _front(*which: ColumnElement[bool]) -> Select[Any]:
    """Select the front of the queue of those: id, lane, and whether it is the first of that."""
    front = (
        select(delivery.c.id, delivery.c.lane, delivery.c.urgency)
        .where(_ready(delivery), _DUE, *which)
        .order_by(*_BY_TURN)
        .limit(FRONT)
        .subquery("front")
    )
    return select(front.c.id, front.c.lane, _is_first(front).label("is_first")).order_by(front.c.urgency, front.c.id)


def _heads() -> Select[Any]:
    """Select the first row that is ready of each lane of one urgency, going from lane to lane, `LANES` at most."""
    rows = delivery.alias("rows")
    of_urgency = and_(_ready(rows), rows.c.urgency == bindparam("urgency"))
    first = select(func.min(rows.c.lane)).where(of_urgency).scalar_subquery()
    lanes = select(first.label("lane"), _ONE.label("number")).cte("lanes", recursive=True)
    following = select(func.min(rows.c.lane)).where(of_urgency, rows.c.lane > lanes.c.lane).correlate(lanes)
    goes_on = and_(lanes.c.lane.is_not(None), lanes.c.number < LANES)
    lanes = lanes.union_all(select(following.scalar_subquery(), lanes.c.number + _ONE).where(goes_on))
    head = select(rows.c.id).where(of_urgency, rows.c.lane >= lanes.c.lane).order_by(rows.c.lane, rows.c.id).limit(1)
    return select(head.correlate(lanes).scalar_subquery()).where(lanes.c.lane.is_not(None))


_FRONT, _FRONT_OF_URGENCY = _front(), _front(_OF_URGENCY)
_PAST = _front(_OF_URGENCY, or_(delivery.c.lane.is_(None), delivery.c.lane.not_in(bindparam("seen", expanding=True))))
_HEADS = _heads()
_IN_NO_LANE = (
    select(delivery.c.id)
    .where(_ready(delivery), _DUE, _OF_URGENCY, delivery.c.lane.is_(None))
    .order_by(delivery.c.id)
    .limit(bindparam("wanted"))
)
# Not to be looked for by its state: each is known by its id already.
_STILL = and_(func.coalesce(delivery.c.state, "") == _WAITING, not_(delivery.c.held), _is_first(delivery), _DUE)
_FIRST_AMONG = select(delivery.c.id).where(_AMONG, _STILL).order_by(delivery.c.id).limit(bindparam("wanted"))
_TAKE = (
    select(delivery.c.id, delivery.c.urgency, delivery.c.incident_id, IS_REPLACED.label("is_replaced"))
    .order_by(*_BY_TURN)
    .limit(bindparam("limit"))
    .with_for_update(of=delivery, skip_locked=True)
)
_TAKE_SENDABLE, _TAKE_UNKNOWN = _TAKE.where(_AMONG, _STILL), _TAKE.where(UNKNOWN, _DUE)


def sendable(connection: Connection, now: datetime, limit: int, ways: Sequence[str], wanted: int) -> Sequence[Row[Any]]:
    """Return up to `limit` rows (id, urgency, incident_id, is_replaced) to be sent now, of `wanted` that could be.

    On PostgreSQL they are kept from others, who take the rest of those.
    """
    look = _Look(connection, {"now": now, "ways": ways}, wanted)
    ids = look.at_all()
    return connection.execute(_TAKE_SENDABLE, {**look.due, "ids": ids, "limit": limit}).all() if ids else []


def unknown(connection: Connection, now: datetime, limit: int, ways: Sequence[str]) -> Sequence[Row[Any]]:
    """Return up to `limit` rows of the same kind that are to be looked up now; the same holds of others."""
    return connection.execute(_TAKE_UNKNOWN, {"now": now, "ways": ways, "limit": limit}).all()


@dataclass(frozen=True, slots=True)
class _Look:
    """One look for the ids of those whose turn it is, `wanted` at the most."""

    connection: Connection
    due: dict[str, Any]
    wanted: int

    def at_all(self) -> list[int]:
        """Return them by urgency, then in the order they were decided in."""
        front = self._ask(_FRONT)
        if len(front) < FRONT or len(_firsts(front)) >= self.wanted:
            return _firsts(front)[: self.wanted]
        found: list[int] = []
        for urgency in Urgency:
            found += self._of(int(urgency))
            if len(found) >= self.wanted:
                break
        return found[: self.wanted]

    def _of(self, urgency: int) -> list[int]:
        front = self._ask(_FRONT_OF_URGENCY, urgency=urgency)
        if len(front) < FRONT or len(_firsts(front)) >= self.wanted:
            return _firsts(front)
        heads = [row[0] for row in self._ask(_HEADS, urgency=urgency)]
        if len(heads) == LANES:
            return [one for passed in self._past(front, urgency) for one in passed]
        in_no_lane = [row.id for row in self._ask(_IN_NO_LANE, urgency=urgency, wanted=self.wanted)]
        return [row.id for row in self._ask(_FIRST_AMONG, ids=[*heads, *in_no_lane], wanted=self.wanted)]

    def _past(self, front: Sequence[Row[Any]], urgency: int) -> Iterator[list[int]]:
        seen: set[str] = set()
        missing = self.wanted
        for _ in range(PASSES):
            yield _firsts(front)
            missing -= len(_firsts(front))
            if missing <= 0 or len(front) < FRONT:
                return
            seen |= {row.lane for row in front if row.lane is not None}
            front = self._ask(_PAST, urgency=urgency, seen=sorted(seen))

    def _ask(self, statement: Select[Any], **which: Any) -> Sequence[Row[Any]]:
        return self.connection.execute(statement, {**self.due, **which}).all()


def _firsts(rows: Sequence[Row[Any]]) -> list[int]:
    return [row.id for row in rows if row.is_first]

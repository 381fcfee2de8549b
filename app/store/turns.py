# ruff: noqa: S608 -- nothing is put into these statements but other parts of them
"""Whose turn it is in the outbox.

However many deliveries wait, a look costs much the same: it reads some rows from the front of the queue, and where
those stand in too few lanes, it goes from lane to lane, and where there are too many lanes for that, past the lanes
that it has seen.

This is plain SQL because which index is used must not be left to what a database guesses of a table that is empty on
most days and holds a hundred thousand rows on the worst. SQLite is told; PostgreSQL is asked in the order of an index.
States are written out, since only then do they match the indexes of the few rows that wait.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnClause, Connection, bindparam, column, text

from app.domain.effects import Urgency
from app.store.driver import Prepared, as_list
from app.store.moments import UTCDateTime

FRONT = 256
"""How many rows are read from the front of the queue."""
LANES = 1000
"""From how many lanes on it is quicker to go through the queue."""
PASSES = 8

BY_TURN, BY_LANE, IN_LANE = (
    "ix_delivery_state_held_urgency_rank_id",
    "ix_delivery_urgency_lane_rank_id",
    "ix_delivery_lane_state_urgency_rank_id",
)
BY_REPLACES = "ix_delivery_incident_id_replaces"

READY = "{0}.state = 'waiting' AND {0}.held = false"
DUE = "delivery.not_before <= :now AND delivery.way IN :ways"

# What is only being looked up keeps nobody waiting. A row that waits stands in its lane itself, so the first one from
# there on is of the lane; asked for by `lane =`, PostgreSQL might go through the table by id. ("sending" comes first.)
IS_FIRST = f"""(delivery.lane IS NULL OR delivery.id = (
    SELECT ahead.id FROM delivery AS ahead [{IN_LANE}]
    WHERE ahead.state IN ('waiting', 'sending') AND ahead.lookup = false AND ahead.lane >= delivery.lane
    ORDER BY ahead.lane, ahead.state, ahead.urgency, ahead.rank, ahead.id LIMIT 1))"""

IS_REPLACED = f"""CASE WHEN delivery.replaces IS NOT NULL THEN EXISTS (
    SELECT 1 FROM delivery AS newer [{BY_REPLACES}]
    WHERE newer.incident_id = delivery.incident_id AND newer.replaces = delivery.replaces
    AND newer.state = 'waiting' AND newer.id > delivery.id) ELSE false END"""

FRONT_OF = f"""
SELECT delivery.id, delivery.lane, {IS_FIRST} AS is_first FROM (
    SELECT delivery.* FROM delivery [{BY_TURN}] WHERE {READY.format("delivery")} AND {DUE} %s
    ORDER BY delivery.urgency, delivery.rank, delivery.id LIMIT {FRONT}) AS delivery
ORDER BY delivery.urgency, delivery.rank, delivery.id"""

OF_URGENCY = f"{READY} AND {{0}}.urgency = :urgency"

HEADS = f"""
WITH RECURSIVE lanes(lane, number) AS (
    SELECT (SELECT min(rows.lane) FROM delivery AS rows [{BY_LANE}] WHERE {OF_URGENCY.format("rows")}), 1
    UNION ALL
    SELECT (SELECT min(rows.lane) FROM delivery AS rows [{BY_LANE}]
            WHERE {OF_URGENCY.format("rows")} AND rows.lane > lanes.lane), lanes.number + 1
    FROM lanes WHERE lanes.lane IS NOT NULL AND lanes.number < {LANES})
SELECT (SELECT rows.id FROM delivery AS rows [{BY_LANE}] WHERE {OF_URGENCY.format("rows")} AND rows.lane >= lanes.lane
        ORDER BY rows.urgency, rows.lane, rows.rank, rows.id LIMIT 1) AS id
FROM lanes WHERE lanes.lane IS NOT NULL"""

IN_NO_LANE = f"""
SELECT delivery.id FROM delivery [{BY_LANE}]
WHERE {OF_URGENCY.format("delivery")} AND {DUE} AND delivery.lane IS NULL
ORDER BY delivery.rank, delivery.id LIMIT :wanted"""

# Not to be looked for by its state: each is known by its id already.
STILL = f"coalesce(delivery.state, '') = 'waiting' AND delivery.held = false AND {IS_FIRST} AND {DUE}"
FIRST_AMONG = f"""
SELECT delivery.id FROM delivery WHERE delivery.id IN :ids AND {STILL}
ORDER BY delivery.urgency, delivery.rank, delivery.id LIMIT :wanted"""

TAKE = f"""
SELECT delivery.urgency, delivery.rank, delivery.id, delivery.incident_id, {IS_REPLACED} AS is_replaced
FROM delivery WHERE %s
ORDER BY delivery.urgency, delivery.rank, delivery.id LIMIT :limit {{lock}}"""
UNKNOWN = "delivery.state = 'unknown'"

NEXT_AT = f"""
SELECT min(delivery.not_before) AS next_at FROM delivery
WHERE delivery.way IN :ways AND ({UNKNOWN} OR ({READY.format("delivery")} AND {IS_FIRST}))"""

LISTS = {"ways": "text", "ids": "integer", "seen": "text"}
ID: tuple[ColumnClause[Any], ...] = (column("id"),)
SEEN: tuple[ColumnClause[Any], ...] = (*ID, column("lane"), column("is_first"))
TAKEN: tuple[ColumnClause[Any], ...] = (
    column("urgency"),
    column("rank"),
    *ID,
    column("incident_id"),
    column("is_replaced"),
)
IN_LIST = re.compile(r"\b(NOT )?IN :(ways|ids|seen)\b")


class Turns:
    """The statements as one database takes them."""

    def __init__(self, dialect: str) -> None:
        self._is_sqlite = dialect == "sqlite"
        self.front = self._statement(FRONT_OF % "", *SEEN)
        self.front_of_urgency = self._statement(FRONT_OF % "AND delivery.urgency = :urgency", *SEEN)
        self.past = self._statement(
            FRONT_OF % "AND delivery.urgency = :urgency AND (delivery.lane IS NULL OR delivery.lane NOT IN :seen)",
            *SEEN,
        )
        self.heads = self._statement(HEADS, *ID)
        self.in_no_lane = self._statement(IN_NO_LANE, *ID)
        self.first_among = self._statement(FIRST_AMONG, *ID)
        self.take_sendable = self._statement(TAKE % f"delivery.id IN :ids AND {STILL}", *TAKEN)
        self.take_unknown = self._statement(TAKE % f"{UNKNOWN} AND {DUE}", *TAKEN)
        self.next_at = self._statement(NEXT_AT, column("next_at", UTCDateTime()))

    def _statement(self, sql: str, *found: ColumnClause[Any]) -> Prepared:
        told = re.sub(r"\[(\w+)\]", r"INDEXED BY \1" if self._is_sqlite else "", sql)
        locked = told.replace("{lock}", "" if self._is_sqlite else "FOR UPDATE OF delivery SKIP LOCKED")
        listed = IN_LIST.sub(self._in_list, locked)
        moment = [bindparam("now", type_=UTCDateTime())] if ":now" in listed else []
        return Prepared(text(listed).bindparams(*moment).columns(*found))

    def _in_list(self, which: re.Match[str]) -> str:
        none_of, name = which.groups()
        if self._is_sqlite:
            return f"{none_of or ''}IN (SELECT value FROM json_each(:{name}))"
        return f"{'<> ALL' if none_of else '= ANY'}(CAST(:{name} AS {LISTS[name]}[]))"


@cache
def turns(dialect: str) -> Turns:
    """Return the statements for that database."""
    return Turns(dialect)


def sendable(connection: Connection, now: datetime, limit: int, ways: Sequence[str], wanted: int) -> Sequence[Any]:
    """Return up to `limit` rows to be sent now, of `wanted` that could be, in the order of their turns.

    Each has its urgency, rank, id, incident_id, and whether it is_replaced. On PostgreSQL they are kept from others,
    who take of the rest.
    """
    look = _Look(connection, turns(connection.dialect.name), {"now": now, "ways": as_list(connection, ways)}, wanted)
    ids = look.at_all()
    return look.ask(look.turns.take_sendable, ids=ids, limit=limit) if ids else []


def unknown(connection: Connection, now: datetime, limit: int, ways: Sequence[str]) -> Sequence[Any]:
    """Return up to `limit` rows of the same kind that are to be looked up now; the same holds of others."""
    known = turns(connection.dialect.name)
    return known.take_unknown.named(connection, now=now, ways=as_list(connection, ways), limit=limit)


def next_at(connection: Connection, ways: Sequence[str]) -> datetime | None:
    """Return when the first of those that go by one of `ways` is to be sent or looked up; nothing if none ever is."""
    known = turns(connection.dialect.name)
    moment: datetime | None = known.next_at.scalar(connection, ways=as_list(connection, ways))
    return moment


@dataclass(frozen=True, slots=True)
class _Look:
    """One look for the ids of those whose turn it is, `wanted` at the most."""

    connection: Connection
    turns: Turns
    due: Mapping[str, Any]
    wanted: int

    def at_all(self) -> list[int]:
        """Return them in the order of their turns."""
        front = self.ask(self.turns.front)
        if len(front) < FRONT or len(_firsts(front)) >= self.wanted:
            return _firsts(front)[: self.wanted]
        found: list[int] = []
        for urgency in Urgency:
            found += self._of(int(urgency))
            if len(found) >= self.wanted:
                break
        return found[: self.wanted]

    def ask(self, statement: Prepared, **which: Any) -> Sequence[Any]:
        """Return the rows of a statement."""
        lists = {name: as_list(self.connection, which[name]) for name in which.keys() & LISTS.keys()}
        return statement.named(self.connection, **self.due, **(which | lists))

    def _of(self, urgency: int) -> list[int]:
        front = self.ask(self.turns.front_of_urgency, urgency=urgency)
        if len(front) < FRONT or len(_firsts(front)) >= self.wanted:
            return _firsts(front)
        heads = [row.id for row in self.ask(self.turns.heads, urgency=urgency)]
        if len(heads) == LANES:
            return [one for passed in self._past(front, urgency) for one in passed]
        in_no_lane = [row.id for row in self.ask(self.turns.in_no_lane, urgency=urgency, wanted=self.wanted)]
        ids = [*heads, *in_no_lane]
        return [row.id for row in self.ask(self.turns.first_among, ids=ids, wanted=self.wanted)]

    def _past(self, front: Sequence[Any], urgency: int) -> Iterator[list[int]]:
        seen: set[str] = set()
        missing = self.wanted
        for _ in range(PASSES):
            yield _firsts(front)
            missing -= len(_firsts(front))
            if missing <= 0 or len(front) < FRONT:
                return
            seen |= {row.lane for row in front if row.lane is not None}
            front = self.ask(self.turns.past, urgency=urgency, seen=sorted(seen))


def _firsts(rows: Sequence[Any]) -> list[int]:
    return [row.id for row in rows if row.is_first]

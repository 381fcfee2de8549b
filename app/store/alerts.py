"""Alerts: what monitors sent, what is known of each alert, and how many there are of an incident."""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    text,
    tuple_,
    update,
)

from app.domain.hearing import Heard
from app.store import codec
from app.store.alert_records import KeptAlert, KeptBody, KeptGroup
from app.store.driver import Prepared
from app.store.tables import INSTALLATION, alert, alert_body, alert_group, alert_tally
from app.store.upserts import put

QUICKLY = 1
"""How hard bodies are compressed: JSON of monitors repeats itself, and shrinks to a tenth all the same."""
AT_ONCE = 500
MOST_NAMES = 20
MOST_BODIES = 50_000
MOST_ALERTS = 500_000
"""So many bodies, and so many alerts, are kept at the most, whatever their age: a storm must not fill the disk."""
TRIM_EVERY = 1_000
"""After so many bodies, those that are too many are forgotten; the rest waits for the hour."""

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('tocsin.alerts'), hashtext(:workspace))")
_HEARD = (alert.c.firing, alert.c.began_at, alert.c.heard_at, alert.c.over_at, alert.c.over_heard_at)
_ALERT = (alert.c.key, alert.c.group_key, alert.c.name, alert.c.incident_id, alert.c.suggestion_id, *_HEARD)
_GROUP = (
    *(alert_group.c.key, alert_group.c.source, alert_group.c.incident_id, alert_group.c.suggestion_id),
    *(alert_group.c.again_at, alert_group.c.proposal),
)
_BODY = (
    *(alert_body.c.id, alert_body.c.workspace, alert_body.c.source, alert_body.c.body, alert_body.c.received_at),
    *(alert_body.c.heard, alert_body.c.waiting, alert_body.c.became),
)
_BODY_ID = Prepared(
    select(alert_body.c.id, alert_body.c.heard).where(
        alert_body.c.source == bindparam("source"), alert_body.c.digest == bindparam("digest")
    )
)


class Alerts:
    """The part of a transaction that knows alerts."""

    connection: Connection

    def lock_alerts(self, workspace: str) -> None:
        """Let nobody else decide what becomes of alerts of this workspace until the transaction ends."""
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(_LOCK, {"workspace": workspace})

    def keep_body(self, workspace: str, source: str, body: bytes, now: datetime, *, waiting: bool) -> int:
        """Keep what a monitor sent, and return its id; what came before word for word is kept once, and counted."""
        digest = hashlib.sha256(body).hexdigest()
        known = _BODY_ID.first(self.connection, source=source, digest=digest)
        if known:
            changed: dict[str, Any] = {
                "received_at": now,
                "heard": known[1] + 1,
                "waiting": waiting,
                "workspace": workspace,
            }
            self.connection.execute(update(alert_body).where(alert_body.c.id == known[0]).values(changed))
            return int(known[0])
        row: dict[str, Any] = {
            "workspace": workspace,
            "source": source,
            "digest": digest,
            "body": zlib.compress(body, QUICKLY),
        }
        row |= {"received_at": now, "heard": 1, "waiting": waiting, "became": ""}
        made = self.connection.execute(alert_body.insert(), row)
        body_id = int((made.inserted_primary_key or (0,))[0])
        if body_id % TRIM_EVERY == 0:
            self.connection.execute(delete(alert_body).where(alert_body.c.id <= body_id - MOST_BODIES))
        return body_id

    def note_body(self, body_id: int, workspace: str, became: str) -> None:
        """Note what became of something that was sent: it was taken."""
        taken = {"workspace": workspace, "waiting": False, "became": became}
        self.connection.execute(update(alert_body).where(alert_body.c.id == body_id).values(taken))

    def waiting_bodies(self, workspace: str, limit: int) -> list[KeptBody]:
        """Return the first of those that are still to be taken: those of a workspace, or sent before one was known."""
        of = and_(alert_body.c.waiting, alert_body.c.workspace.in_((workspace, INSTALLATION)))
        query = select(*_BODY).where(of).order_by(alert_body.c.id).limit(limit)
        return [_body(row) for row in self.connection.execute(query)]

    def untaken_bodies(self, before: datetime) -> int:
        """Return how many bodies that came before then are still to be taken."""
        of = and_(alert_body.c.waiting, alert_body.c.received_at < before)
        return int(self.connection.execute(select(func.count()).where(of)).scalar_one())

    def bodies(self, since: datetime, limit: int) -> list[KeptBody]:
        """Return what was sent since then, the newest first."""
        query = select(*_BODY).where(alert_body.c.received_at >= since)
        newest = query.order_by(alert_body.c.received_at.desc(), alert_body.c.id.desc()).limit(limit)
        return [_body(row) for row in self.connection.execute(newest)]

    def last_heard(self) -> dict[str, datetime]:
        """Return when each source was last heard, of those that were heard in the time that bodies are kept."""
        newest = select(alert_body.c.source, func.max(alert_body.c.received_at)).group_by(alert_body.c.source)
        return {row[0]: row[1] for row in self.connection.execute(newest)}

    def replay(self, body_ids: Sequence[int]) -> list[int]:
        """Let what was sent be taken once more; return which of these ids there are."""
        known = list(self.connection.execute(select(alert_body.c.id).where(alert_body.c.id.in_(body_ids))).scalars())
        self.connection.execute(update(alert_body).where(alert_body.c.id.in_(known)).values(waiting=True))
        return known

    def replay_since(self, since: datetime) -> int:
        """Let all that was sent since then be taken once more; return how much that is."""
        of = alert_body.c.received_at >= since
        return self.connection.execute(update(alert_body).where(of).values(waiting=True)).rowcount

    def alerts(self, workspace: str, keys: Iterable[str]) -> dict[str, KeptAlert]:
        """Return what is known of these alerts."""
        return {row.key: _alert(row) for row in self._by_keys(alert, _ALERT, workspace, keys)}

    def put_alerts(self, workspace: str, alerts: Iterable[KeptAlert]) -> None:
        """Write down what is known of alerts."""
        for one in alerts:
            heard = {name: getattr(one.heard, name) for name in Heard.__slots__}
            row = {"workspace": workspace, "key": one.key, "group_key": one.group_key, "name": one.name} | heard
            put(self.connection, alert, row | {"incident_id": one.incident_id, "suggestion_id": one.suggestion_id})

    def alert_groups(self, workspace: str, keys: Iterable[str]) -> dict[str, KeptGroup]:
        """Return what was made of these groups last."""
        return {row.key: _group(row) for row in self._by_keys(alert_group, _GROUP, workspace, keys)}

    def put_alert_groups(self, workspace: str, groups: Iterable[KeptGroup], now: datetime) -> None:
        """Write down what was made of groups."""
        for one in groups:
            row: dict[str, Any] = {name: getattr(one, name) for name in KeptGroup.__slots__}
            proposal = codec.encode(one.proposal) if one.proposal else None
            put(self.connection, alert_group, row | {"workspace": workspace, "proposal": proposal, "heard_at": now})

    def due_again(self, workspace: str, now: datetime, limit: int) -> list[int]:
        """Return the incidents whose alerts fire again, and which somebody was to open again by now."""
        due = and_(alert_group.c.again_at.is_not(None), alert_group.c.again_at <= now)
        query = select(alert_group.c.incident_id).where(alert_group.c.workspace == workspace, due).distinct()
        return list(self.connection.execute(query.limit(limit)).scalars())

    def waiting_groups(self, workspace: str, incident_id: int) -> list[KeptGroup]:
        """Return the groups that fire again after the end of an incident, and wait for somebody to open it again."""
        waits = and_(alert_group.c.again_at.is_not(None), alert_group.c.incident_id == incident_id)
        query = select(*_GROUP).where(alert_group.c.workspace == workspace, waits).order_by(alert_group.c.key)
        return [_group(row) for row in self.connection.execute(query)]

    def firing_alerts(
        self, workspace: str, *, incident_id: int | None = None, group_key: str | None = None
    ) -> list[KeptAlert]:
        """Return the alerts of an incident, or of a group, that fire."""
        of = alert.c.incident_id == incident_id if incident_id else alert.c.group_key == group_key
        query = select(*_ALERT).where(alert.c.workspace == workspace, of, alert.c.firing)
        return [_alert(row) for row in self.connection.execute(query.order_by(alert.c.began_at, alert.c.key))]

    def move_alerts(self, workspace: str, group_key: str, incident_id: int, into_id: int) -> None:
        """Let the alerts of a group that fire, and count in one incident, count in another."""
        of = and_(alert.c.workspace == workspace, alert.c.group_key == group_key, alert.c.firing)
        moved = update(alert).where(of, alert.c.incident_id == incident_id)
        self.connection.execute(moved.values(incident_id=into_id))

    def merge_alerts(self, incident_id: int, into_id: int) -> None:
        """Let the alerts and groups of an incident be those of the one that it was merged into."""
        for table in (alert, alert_group):
            of = table.c.incident_id == incident_id
            self.connection.execute(update(table).where(of).values(incident_id=into_id))

    def source_of_alerts(self, incident_id: int) -> str:
        """Return which monitor told of an incident's alerts; nothing, where it has none."""
        of = and_(alert_group.c.workspace == alert.c.workspace, alert_group.c.key == alert.c.group_key)
        query = select(alert_group.c.source).join(alert, of).where(alert.c.incident_id == incident_id).limit(1)
        return self.connection.execute(query).scalar() or ""

    def counted_alerts(self, *, incident_id: int | None = None, suggestion_id: int | None = None) -> tuple[int, int]:
        """Return how many alerts an incident or a suggestion has, and how many of them fire."""
        of = alert.c.incident_id == incident_id if incident_id else alert.c.suggestion_id == suggestion_id
        fire = func.coalesce(func.sum(case((alert.c.firing, 1), else_=0)), 0)
        seen, firing = self.connection.execute(select(func.count(), fire).where(of)).one()
        return int(seen), int(firing)

    def alert_names(self, *, incident_id: int | None = None, suggestion_id: int | None = None) -> tuple[str, ...]:
        """Return what the alerts of an incident or a suggestion are called, the first ones first."""
        of = alert.c.incident_id == incident_id if incident_id else alert.c.suggestion_id == suggestion_id
        first = func.min(alert.c.began_at)
        query = select(alert.c.name).where(of).group_by(alert.c.name).order_by(first, alert.c.name).limit(MOST_NAMES)
        return tuple(self.connection.execute(query).scalars())

    def give_alerts(self, suggestion_id: int, incident_id: int) -> None:
        """Let the alerts and groups of a suggestion be those of an incident."""
        for table in (alert, alert_group):
            of = table.c.suggestion_id == suggestion_id
            self.connection.execute(update(table).where(of).values(incident_id=incident_id))

    def put_tally(self, workspace: str, incident_id: int, due_at: datetime) -> None:
        """Note that people are to be told, then, how many alerts an incident has."""
        put(self.connection, alert_tally, {"incident_id": incident_id, "workspace": workspace, "due_at": due_at})

    def due_tallies(self, workspace: str, now: datetime, limit: int) -> list[int]:
        """Return the incidents of whose alerts people are to be told now, and let them be forgotten here."""
        due = and_(alert_tally.c.workspace == workspace, alert_tally.c.due_at <= now)
        query = select(alert_tally.c.incident_id).where(due).order_by(alert_tally.c.due_at).limit(limit)
        found = list(self.connection.execute(query).scalars())
        self.connection.execute(delete(alert_tally).where(alert_tally.c.incident_id.in_(found)))
        return found

    def forget_alerts(self, before: datetime, long_before: datetime, limit: int) -> bool:
        """Forget what came in before then; an alert that is thought to fire, only when nothing was heard for long.

        No more than `limit` of each are forgotten at once: say whether there may be more.
        """
        heard_at = func.coalesce(alert.c.over_heard_at, alert.c.heard_at)
        over = and_(heard_at < before, alert.c.firing.is_(False))
        has_alerts = exists().where(
            alert.c.workspace == alert_group.c.workspace, alert.c.group_key == alert_group.c.key
        )
        forgotten = (
            self._forget(alert_body, alert_body.c.received_at < before, limit),
            self._forget(alert_body, alert_body.c.id <= _beyond(alert_body.c.id, MOST_BODIES), limit),
            self._forget(alert, or_(over, alert.c.heard_at < long_before), limit),
            self._forget(alert, alert.c.heard_at <= _beyond(alert.c.heard_at, MOST_ALERTS), limit),
            self._forget(alert_group, and_(alert_group.c.heard_at < long_before, not_(has_alerts)), limit),
        )
        return limit in forgotten

    def _forget(self, table: Table, of: ColumnElement[bool], limit: int) -> int:
        first = select(*table.primary_key).where(of).limit(limit)
        return self.connection.execute(delete(table).where(tuple_(*table.primary_key).in_(first))).rowcount

    def _by_keys(self, table: Any, columns: Sequence[Any], workspace: str, keys: Iterable[str]) -> list[Any]:
        wanted = list(dict.fromkeys(keys))
        found: list[Any] = []
        for at in range(0, len(wanted), AT_ONCE):
            of = and_(table.c.workspace == workspace, table.c.key.in_(wanted[at : at + AT_ONCE]))
            found += self.connection.execute(select(*columns).where(of)).all()
        return found


def _beyond(column: ColumnElement[Any], most: int) -> ScalarSelect[Any]:
    """Return the highest value beyond the `most` highest; nothing, where there are no more."""
    return select(column).order_by(column.desc()).offset(most).limit(1).scalar_subquery()


def _body(row: Any) -> KeptBody:
    return KeptBody(row.id, row.workspace, row.source, zlib.decompress(row.body), *row[4:])


def _group(row: Any) -> KeptGroup:
    proposal = codec.decode_proposal(row.proposal) if row.proposal else None
    return KeptGroup(row.key, row.source, row.incident_id, row.suggestion_id, row.again_at, proposal)


def _alert(row: Any) -> KeptAlert:
    heard = Heard(row.firing, row.began_at, row.heard_at, row.over_at, row.over_heard_at)
    return KeptAlert(row.key, row.group_key, row.name, heard, row.incident_id, row.suggestion_id)

"""The outbox at work: which deliveries go next, and what became of them.

A delivery that was claimed belongs to whoever has its token. What is said about it without that token, by a process
that slept through its lease, changes nothing.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, exists, not_, select, update

from app import failpoints
from app.domain.effects import Urgency, Way
from app.store import codec, turns
from app.store.reading import UNREADABLE
from app.store.records import Delivery, DeliveryState
from app.store.tables import delivery, event

TOKEN_BYTES = 8
EVERY_WAY = tuple(Way)
REPLACED = codec.encode({"replaced": True})
SPARE = 4
"""How many times as many as are asked for are looked out where other processes may take some of them meanwhile."""

_newer = delivery.alias("newer")
_IS_REPLACED = exists().where(
    _newer.c.incident_id == delivery.c.incident_id,
    _newer.c.replaces == delivery.c.replaces,
    _newer.c.state == DeliveryState.WAITING,
    _newer.c.id > delivery.c.id,
)
_CLAIM = (
    update(delivery)
    .where(delivery.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=DeliveryState.SENDING,
        lookup=delivery.c.state == DeliveryState.UNKNOWN,
        attempts=delivery.c.attempts + 1,
        token=bindparam("new_token"),
        lease_until=bindparam("until"),
    )
)
DELIVERIES = (
    select(delivery, event.c.kind.label("event_kind"), event.c.body.label("event_body"))
    .outerjoin(
        event,
        and_(
            event.c.incident_id == delivery.c.incident_id,
            event.c.version == delivery.c.event_version,
            event.c.place == delivery.c.event_place,
        ),
    )
    .order_by(delivery.c.urgency, delivery.c.rank, delivery.c.id)
)
_CLAIMED = DELIVERIES.where(delivery.c.id.in_(bindparam("ids", expanding=True)))
_HELD = and_(
    delivery.c.id == bindparam("claimed_id"),
    delivery.c.token == bindparam("claimed_by"),
    delivery.c.state == DeliveryState.SENDING,
)
_IS_HELD = select(delivery.c.id).where(_HELD)
_SETTLE = update(delivery).where(_HELD).values(token=None, lease_until=None, lookup=False)


class Deliveries:
    """The part of a transaction that the outbox works with."""

    connection: Connection
    shared: bool

    def claim(self, now: datetime, limit: int, lease: timedelta, ways: Sequence[str] = EVERY_WAY) -> list[Delivery]:
        """Take up to `limit` deliveries, by one of `ways`, whose time has come: pages first, the worst severity first.

        Otherwise they go in the order they were decided in. Of a lane only the first goes, of those that replace each
        other only the newest. One whose outcome is unknown comes with `lookup`. They are the caller's until
        `now + lease`. One that cannot be read is buried.
        """
        ids = self._next(now, limit, ways)
        if not ids:
            return []
        failpoints.reach("outbox.chosen")
        token = secrets.token_hex(TOKEN_BYTES)
        self.connection.execute(_CLAIM, {"ids": ids, "new_token": token, "until": now + lease})
        return self._readable(self.connection.execute(_CLAIMED, {"ids": ids}), now)

    def holds(self, claimed: Delivery) -> bool:
        """Say whether it is still the caller's, as it was claimed."""
        claim = {"claimed_id": claimed.id, "claimed_by": claimed.token}
        return self.connection.execute(_IS_HELD, claim).first() is not None

    def finish(self, done: Delivery, result: dict[str, Any], now: datetime, sweep_at: datetime | None = None) -> bool:
        """Note that it is made, and what Slack answered; False, and nothing noted, where the claim was lost.

        At `sweep_at` it is looked whether a second copy stands beside it.
        """
        return self._settle(
            done, state=DeliveryState.SENT, result=codec.encode(result), reason=None, ended_at=now, sweep_at=sweep_at
        )

    def again(self, failed: Delivery, not_before: datetime, reason: str) -> bool:
        """Note that it was not made and is to be tried again then; False where the claim was lost."""
        return self._settle(failed, state=DeliveryState.WAITING, not_before=not_before, reason=reason)

    def put_back(self, left: Delivery, not_before: datetime, reason: str | None) -> bool:
        """Note that it was not even tried: it stands as before the claim. False where the claim was lost."""
        state = DeliveryState.UNKNOWN if left.lookup else DeliveryState.WAITING
        return self._settle(left, state=state, attempts=left.attempts - 1, not_before=not_before, reason=reason)

    def doubt(self, lost: Delivery, not_before: datetime, reason: str) -> bool:
        """Note that nobody knows whether it was made, to be looked up then; False where the claim was lost."""
        return self._settle(lost, state=DeliveryState.UNKNOWN, repeated=True, not_before=not_before, reason=reason)

    def bury(self, dead: Delivery, reason: str, now: datetime) -> bool:
        """Note that it cannot be made; False where the claim was lost."""
        return self._settle(dead, state=DeliveryState.DEAD, reason=reason, ended_at=now)

    def recover(self, now: datetime, *, at_start: bool = False) -> list[Delivery]:
        """Return what was being sent by a process that is no more, for the caller to `doubt` or send `again`.

        It is what has a lease that is over; `at_start` also all else where no second process can be sending it.
        """
        left: ColumnElement[bool] = delivery.c.state == DeliveryState.SENDING
        if self.shared or not at_start:
            left = and_(left, delivery.c.lease_until <= now)
        rows = DELIVERIES.where(left).with_for_update(of=delivery, skip_locked=True)
        return self._readable(self.connection.execute(rows), now)

    def retry(self, key: str, now: datetime) -> bool:
        """Let a dead delivery be tried again, as if for the first time; False where there is none of that key."""
        revived = self.connection.execute(
            update(delivery)
            .where(delivery.c.key == key, delivery.c.state == DeliveryState.DEAD)
            .values(state=DeliveryState.WAITING, attempts=0, not_before=now, reason=None, ended_at=None)
        )
        return revived.rowcount == 1

    def waiting(self, incident_id: int) -> list[Delivery]:
        """Return the deliveries of an incident that wait, for the caller to `retire`."""
        rows = DELIVERIES.where(delivery.c.incident_id == incident_id, delivery.c.state == DeliveryState.WAITING)
        return self._readable(self.connection.execute(rows.with_for_update(of=delivery, skip_locked=True)), None)

    def retire(self, needless: Iterable[Delivery], result: dict[str, Any], now: datetime) -> None:
        """Note that these need not be made any more, and why."""
        self.connection.execute(
            update(delivery)
            .where(delivery.c.id.in_([one.id for one in needless]), delivery.c.state == DeliveryState.WAITING)
            .values(state=DeliveryState.SENT, result=codec.encode(result), ended_at=now)
        )

    def late_pages(self, created_before: datetime) -> list[Delivery]:
        """Return the pages decided before then that have not gone out; each is returned once."""
        unsent = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
        rows = DELIVERIES.where(
            delivery.c.state.in_(unsent),
            not_(delivery.c.held),
            delivery.c.urgency == Urgency.PAGE,
            delivery.c.created_at <= created_before,
            not_(delivery.c.told_late),
        )
        late = self._readable(self.connection.execute(rows), None)
        if late:
            ids = [one.id for one in late]
            self.connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(told_late=True))
        return late

    def sweepable(self, now: datetime, limit: int = 50) -> list[Delivery]:
        """Return up to `limit` deliveries that may stand twice and have not been looked after since."""
        rows = DELIVERIES.where(delivery.c.sweep_at <= now).order_by(None).order_by(delivery.c.sweep_at).limit(limit)
        return self._readable(self.connection.execute(rows), None)

    def swept(self, clean: Delivery, again_at: datetime | None = None) -> None:
        """Note that it stands once; it is looked again `again_at`."""
        self.connection.execute(update(delivery).where(delivery.c.id == clean.id).values(sweep_at=again_at))

    def _next(self, now: datetime, limit: int, ways: Sequence[str]) -> list[int]:
        wanted = limit * SPARE if self.shared else limit
        sendable = turns.sendable(self.connection, now, limit, ways, wanted)
        if replaced := {row.incident_id for row in sendable if row.is_replaced}:
            self._retire_replaced(replaced, now)
            sendable = turns.sendable(self.connection, now, limit, ways, wanted)
        unknown = turns.unknown(self.connection, now, limit, ways)
        most_urgent_first = sorted((*sendable, *unknown), key=lambda row: (row.urgency, row.rank, row.id))
        return [row.id for row in most_urgent_first[:limit]]

    def _retire_replaced(self, incident_ids: Iterable[int], now: datetime) -> None:
        self.connection.execute(
            update(delivery)
            .where(delivery.c.incident_id.in_(incident_ids), delivery.c.state == DeliveryState.WAITING, _IS_REPLACED)
            .values(state=DeliveryState.SENT, result=REPLACED, ended_at=now)
        )

    def _settle(self, claimed: Delivery, **values: Any) -> bool:
        settled = self.connection.execute(_SETTLE, {"claimed_id": claimed.id, "claimed_by": claimed.token, **values})
        return settled.rowcount == 1

    def _readable(self, rows: Iterable[Row[Any]], now: datetime | None) -> list[Delivery]:
        # Whoever does not say what time it is leaves it to a claim to bury what cannot be read.
        deliveries = []
        for row in rows:
            try:
                deliveries.append(read_delivery(row))
            except UNREADABLE as error:
                if now:
                    self._bury_unreadable(row.id, f"It cannot be read: {error}", now)
        return deliveries

    def _bury_unreadable(self, delivery_id: int, reason: str, now: datetime) -> None:
        self.connection.execute(
            update(delivery)
            .where(delivery.c.id == delivery_id)
            .values(state=DeliveryState.DEAD, token=None, lease_until=None, reason=reason, ended_at=now)
        )


def read_delivery(row: Row[Any]) -> Delivery:
    """Return the delivery in a row of `DELIVERIES`; raises one of `UNREADABLE` where it is none that we know."""
    return Delivery(
        id=row.id,
        key=row.key,
        workspace=row.workspace,
        incident_id=row.incident_id,
        effect=codec.decode_effect(row.kind, row.effect),
        event=codec.decode_event(row.event_kind, row.event_body) if row.event_kind else None,
        state=DeliveryState(row.state),
        token=row.token,
        lookup=row.lookup,
        attempts=row.attempts,
        repeated=row.repeated,
        created_at=row.created_at,
        not_before=row.not_before,
        result=codec.decode_facts(row.result) if row.result else None,
        reason=row.reason,
        ended_at=row.ended_at,
    )

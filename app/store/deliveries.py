"""The outbox at work: which deliveries go next, and what became of them.

A delivery that was claimed belongs to whoever has its token. What is said about it without that token, by a process
that slept through its lease, changes nothing.
"""

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import Connection, Integer, and_, bindparam, exists, not_, or_, select, update

from app import failpoints
from app.domain.effects import Urgency, Way
from app.store import codec, turns
from app.store.driver import Prepared, as_list, listed
from app.store.reading import UNREADABLE
from app.store.records import Delivery, DeliveryState, Unreadable
from app.store.tables import delivery, event

T = TypeVar("T")
Buries = Callable[[Unreadable], bool]
"""Is told of a delivery that cannot be read, and says whether it is to be buried; else it is left as it stood."""

log = logging.getLogger(__name__)

TOKEN_BYTES = 8
EVERY_WAY = tuple(Way)
NOWHERE: Mapping[str, datetime] = MappingProxyType({})
UNSENT = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
REPLACED = codec.encode({"replaced": True})
SPARE = 4
"""How many times as many as are asked for are looked out where other processes may take some of them meanwhile."""
ROUNDS = 8
"""How often a claim looks past deliveries that it leaves to others."""

_newer = delivery.alias("newer")
_IS_REPLACED = exists().where(
    _newer.c.incident_id == delivery.c.incident_id,
    _newer.c.replaces == delivery.c.replaces,
    _newer.c.state == DeliveryState.WAITING,
    _newer.c.id > delivery.c.id,
)
_CLAIM = Prepared(
    lambda dialect: (
        update(delivery)
        .where(delivery.c.id.in_(listed(dialect, "ids", Integer())))
        .values(
            state=DeliveryState.SENDING,
            lookup=delivery.c.state == DeliveryState.UNKNOWN,
            attempts=delivery.c.attempts + 1,
            token=bindparam("new_token"),
            lease_until=bindparam("until"),
        )
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
_CLAIMED = Prepared(lambda dialect: DELIVERIES.where(delivery.c.id.in_(listed(dialect, "ids", Integer()))))
_HELD = and_(
    delivery.c.id == bindparam("claimed_id"),
    delivery.c.token == bindparam("claimed_by"),
    delivery.c.state == DeliveryState.SENDING,
)
_IS_HELD = Prepared(select(delivery.c.id).where(_HELD))
_SETTLE = update(delivery).where(_HELD).values(token=None, lease_until=None, lookup=False)
_LEFT = DELIVERIES.where(delivery.c.state == DeliveryState.SENDING).with_for_update(of=delivery, skip_locked=True)
_LEFT_AT_ALL = Prepared(_LEFT)
_LEFT_TOO_LONG = Prepared(_LEFT.where(delivery.c.lease_until <= bindparam("now")))
_LATE_PAGES = Prepared(
    DELIVERIES.where(
        or_(*(delivery.c.state == unsent for unsent in UNSENT)),
        not_(delivery.c.held),
        delivery.c.urgency == Urgency.PAGE,
        delivery.c.created_at <= bindparam("created_before"),
        not_(delivery.c.told_late),
    )
)
_PAGES_OF_WAY = Prepared(
    DELIVERIES.where(
        or_(*(delivery.c.state == unsent for unsent in UNSENT)),
        delivery.c.urgency == Urgency.PAGE,
        delivery.c.way == bindparam("by_way"),
        delivery.c.created_at >= bindparam("created_since"),
        not_(delivery.c.told_late),
    )
)
_before = delivery.alias("before")
_DOUBT_BEFORE = Prepared(
    select(_before.c.id)
    .join(delivery, and_(_before.c.lane == delivery.c.lane, _before.c.id < delivery.c.id))
    .where(delivery.c.id == bindparam("claimed_id"))
    .where(or_(_before.c.state == DeliveryState.UNKNOWN, _before.c.lookup))
    .limit(1)
)
_SWEEPABLE = Prepared(
    DELIVERIES.where(delivery.c.sweep_at <= bindparam("now"))
    .order_by(None)
    .order_by(delivery.c.sweep_at)
    .limit(bindparam("limit"))
)


class Deliveries:
    """The part of a transaction that the outbox works with."""

    connection: Connection
    shared: bool

    def claim(
        self,
        now: datetime,
        limit: int,
        lease: timedelta,
        ways: Sequence[str] = EVERY_WAY,
        buries: Buries | None = None,
    ) -> list[Delivery]:
        """Take up to `limit` deliveries, by one of `ways`, whose time has come: pages first, the worst severity first.

        Otherwise they go in the order they were decided in. Of a lane only the first goes, of those that replace each
        other only the newest. One whose outcome is unknown comes with `lookup`. They are the caller's until
        `now + lease`. One that cannot be read is buried, unless `buries` leaves it to others.
        """
        left: set[int] = set()
        for _ in range(ROUNDS):
            ids = [one for one in self._next(now, limit + len(left), ways) if one not in left][:limit]
            if not ids:
                break
            failpoints.reach("outbox.chosen")
            claimed, left_now = self._claim(ids, now, lease, buries)
            if claimed or not left_now:
                return claimed
            left |= left_now
        return []

    def holds(self, claimed: Delivery) -> bool:
        """Say whether it is still the caller's, as it was claimed."""
        return _IS_HELD.first(self.connection, claimed_id=claimed.id, claimed_by=claimed.token) is not None

    def finish(self, done: Delivery, result: dict[str, Any], now: datetime, sweep_at: datetime | None = None) -> bool:
        """Note that it is made, and what Slack answered; False, and nothing noted, where the claim was lost.

        At `sweep_at` it is looked whether a second copy stands beside it.
        """
        return self._settle(
            done, state=DeliveryState.SENT, result=codec.encode(result), reason=None, ended_at=now, sweep_at=sweep_at
        )

    def again(
        self,
        failed: Delivery,
        not_before: datetime,
        reason: str,
        kept: Mapping[str, Any] | None = None,
        *,
        repeated: bool = False,
    ) -> bool:
        """Note that it was not made and is to be tried again then; False where the claim was lost.

        `kept` is the result that the next attempt finds; `repeated`, that this one may have arrived all the same.
        """
        more = _kept(kept) | ({"repeated": True} if repeated else {})
        return self._settle(failed, state=DeliveryState.WAITING, not_before=not_before, reason=reason, **more)

    def put_back(
        self, left: Delivery, not_before: datetime, reason: str | None, kept: Mapping[str, Any] | None = None
    ) -> bool:
        """Note that it was not even tried: it stands as before the claim. False where the claim was lost."""
        state = DeliveryState.UNKNOWN if left.lookup else DeliveryState.WAITING
        attempts = left.attempts - 1
        return self._settle(left, state=state, attempts=attempts, not_before=not_before, reason=reason, **_kept(kept))

    def doubt(self, lost: Delivery, not_before: datetime, reason: str) -> bool:
        """Note that nobody knows whether it was made, to be looked up then; False where the claim was lost."""
        return self._settle(lost, state=DeliveryState.UNKNOWN, repeated=True, not_before=not_before, reason=reason)

    def bury(self, dead: Delivery, reason: str, now: datetime) -> bool:
        """Note that it cannot be made; False where the claim was lost."""
        return self._settle(dead, state=DeliveryState.DEAD, reason=reason, ended_at=now)

    def recover(self, now: datetime, *, at_start: bool = False, buries: Buries | None = None) -> list[Delivery]:
        """Return what was being sent by a process that is no more, for the caller to `doubt` or send `again`.

        It is what has a lease that is over; `at_start` also all else where no second process can be sending it. One
        that cannot be read is buried, unless `buries` leaves it to others.
        """
        is_known = self.shared or not at_start
        rows = _LEFT_TOO_LONG.named(self.connection, now=now) if is_known else _LEFT_AT_ALL.named(self.connection)
        left, unreadable = _apart(rows)
        for row, reason in unreadable:
            self._bury_unless_left(row, reason, now, buries)
        return left

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
        return _readable(self.connection.execute(rows.with_for_update(of=delivery, skip_locked=True)))

    def retire(self, needless: Iterable[Delivery], result: dict[str, Any], now: datetime) -> None:
        """Note that these need not be made any more, and why."""
        self.connection.execute(
            update(delivery)
            .where(delivery.c.id.in_([one.id for one in needless]), delivery.c.state == DeliveryState.WAITING)
            .values(state=DeliveryState.SENT, result=codec.encode(result), ended_at=now)
        )

    def are_sending(self, keys: Sequence[str]) -> bool:
        """Say whether one of the deliveries of these keys is being sent just now."""
        sending = select(delivery.c.id).where(delivery.c.key.in_(keys), delivery.c.state == DeliveryState.SENDING)
        return self.connection.execute(sending.limit(1)).first() is not None

    def follows_a_doubt(self, claimed: Delivery) -> bool:
        """Say whether nobody knows yet what became of one that was sent before it in the same lane."""
        return _DOUBT_BEFORE.first(self.connection, claimed_id=claimed.id) is not None

    def late_pages(self, created_before: datetime, away: Mapping[str, datetime] = NOWHERE) -> list[Delivery]:
        """Return the pages decided before then that have not gone out; each is returned once.

        Those by a way that is `away` since some time are late at once, where they were decided after that.
        """
        late = _readable(_LATE_PAGES.named(self.connection, created_before=created_before))
        for way, since in away.items():
            late += _readable(_PAGES_OF_WAY.named(self.connection, by_way=way, created_since=since))
        if late:
            late = list({one.id: one for one in late}.values())
            ids = [one.id for one in late]
            self.connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(told_late=True))
        return late

    def tell_later(self, pages: Iterable[Delivery]) -> None:
        """Return these late pages again the next time: that they are late could not be told."""
        ids = [one.id for one in pages]
        self.connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(told_late=False))

    def sweepable(self, now: datetime, limit: int = 50) -> list[Delivery]:
        """Return up to `limit` deliveries that may stand twice and have not been looked after since."""
        return _readable(_SWEEPABLE.named(self.connection, now=now, limit=limit))

    def swept(self, clean: Delivery, again_at: datetime | None = None) -> None:
        """Note that it stands once; it is looked again `again_at`."""
        self.connection.execute(update(delivery).where(delivery.c.id == clean.id).values(sweep_at=again_at))

    def _claim(
        self, ids: Sequence[int], now: datetime, lease: timedelta, buries: Buries | None
    ) -> tuple[list[Delivery], set[int]]:
        """Claim these, and return those that can be read, and the ids of those that are left to others."""
        token = secrets.token_hex(TOKEN_BYTES)
        known = as_list(self.connection, ids)
        _CLAIM.execute(self.connection, {"ids": known, "new_token": token, "until": now + lease})
        claimed, unreadable = _apart(_CLAIMED.named(self.connection, ids=known))
        left = [row for row, reason in unreadable if not self._bury_unless_left(row, reason, now, buries)]
        for row in left:
            self._leave(row)
        return claimed, {row.id for row in left}

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
        settle, claim = _settle(frozenset(values)), {"claimed_id": claimed.id, "claimed_by": claimed.token}
        return settle.execute(self.connection, claim | values) == 1

    def _bury_unless_left(self, row: Any, reason: str, now: datetime, buries: Buries | None) -> bool:
        if buries is not None and not buries(_unreadable(row)):
            return False
        self.connection.execute(
            update(delivery)
            .where(delivery.c.id == row.id)
            .values(state=DeliveryState.DEAD, token=None, lease_until=None, lookup=False, reason=reason, ended_at=now)
        )
        # Why, the row says: that may have words of the incident in it.
        of = f" of the incident with the id {row.incident_id}" if row.incident_id else ""
        log.warning("delivery %s is dead: it cannot be read (%s by %s%s)", row.key, row.kind, row.way, of)
        return True

    def _leave(self, row: Any) -> None:
        before = DeliveryState.UNKNOWN if row.lookup else DeliveryState.WAITING
        self.connection.execute(
            update(delivery)
            .where(delivery.c.id == row.id)
            .values(state=before, token=None, lease_until=None, lookup=False, attempts=row.attempts - 1)
        )


def _apart(rows: Iterable[Any]) -> tuple[list[Delivery], list[tuple[Any, str]]]:
    """Return the deliveries that can be read, and the rows that cannot, each with the reason."""
    readable, unreadable = [], []
    for row in rows:
        try:
            readable.append(read_delivery(row))
        except KeyError as unknown:
            unreadable.append((row, f"It cannot be read: this version of Tocsin knows no {unknown}"))
        except UNREADABLE as error:
            unreadable.append((row, f"It cannot be read: {error}"))
    return readable, unreadable


def _readable(rows: Iterable[Any]) -> list[Delivery]:
    # What cannot be read is left to a claim, which buries it.
    return _apart(rows)[0]


def _unreadable(row: Any) -> Unreadable:
    return Unreadable(
        id=row.id,
        key=row.key,
        workspace=row.workspace,
        incident_id=row.incident_id,
        kind=row.kind,
        way=row.way,
        is_page=row.urgency == Urgency.PAGE,
        repeated=row.repeated,
        effect=_if_readable(codec.decode_effect, row.kind, row.effect),
        event=_if_readable(codec.decode_event, row.event_kind, row.event_body) if row.event_kind else None,
    )


def _if_readable(decode: Callable[[str, str], T], kind: str, body: str) -> T | None:
    try:
        return decode(kind, body)
    except UNREADABLE:
        return None


def _kept(result: Mapping[str, Any] | None) -> dict[str, Any]:
    return {} if result is None else {"result": codec.encode(dict(result))}


@cache
def _settle(columns: frozenset[str]) -> Prepared:
    """Return what writes these columns of a delivery that its claim is given up for."""
    return Prepared(_SETTLE.values({name: bindparam(name) for name in sorted(columns)}))


def read_delivery(row: Any) -> Delivery:
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

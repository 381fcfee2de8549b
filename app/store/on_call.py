"""What is fetched ahead of who is on call: members of user groups, shifts of calendars, and who is gone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import and_, bindparam, delete, insert, select

from app.domain.on_call import Fetched, Fixed, OnCall, Shift
from app.domain.playbook import Bound, Roster
from app.domain.roster import Known
from app.domain.roster import roster as joined
from app.store import codec
from app.store.driver import Prepared
from app.store.tables import absence, feed, shift, usergroup
from app.store.upserts import insert_once, put
from app.store.workspaces import Bindings

_ABSENCES = Prepared(
    select(absence.c.member, absence.c.reason, absence.c.since, absence.c.deactivated).where(
        absence.c.workspace == bindparam("workspace")
    )
)
_GROUPS = Prepared(select(usergroup.c.id, usergroup.c.members).where(usergroup.c.workspace == bindparam("workspace")))
_SHIFTS = Prepared(
    select(shift.c.responder, shift.c.member, shift.c.starts_at, shift.c.ends_at)
    .where(shift.c.workspace == bindparam("workspace"), shift.c.ends_at > bindparam("now"))
    .order_by(shift.c.starts_at, shift.c.ends_at, shift.c.member)
)


@dataclass(frozen=True, slots=True)
class Absence:
    """A member whom no page reaches, why, and since when; `deactivated` where their account is."""

    member: str
    reason: str
    since: datetime
    deactivated: bool


@dataclass(frozen=True, slots=True)
class Feed:
    """How the calendar of a responder was last read: when, since when it fails and why, and whom nobody knows in it."""

    responder: str
    fetched_at: datetime | None = None
    failed_since: datetime | None = None
    reason: str = ""
    unknown: str = ""


class Rosters(Bindings):
    """The part of a transaction that knows who plays a responder, and who cannot be reached."""

    def roster(self, workspace: str, on_call: Mapping[str, OnCall], now: datetime) -> Roster:
        """Return who plays each responder at `now`: as bound in Slack, else as `on_call` of the playbook says."""
        return joined(self.bindings(workspace), on_call, self.known(workspace, on_call, now), now)

    def roster_on_demand(self, workspace: str, on_call: Mapping[str, OnCall], now: datetime) -> Roster:
        """Return the same, looked up when it is first asked for, within this transaction; most commands never do."""
        return _OnDemand(self, workspace, on_call, now)

    def known(self, workspace: str, on_call: Mapping[str, OnCall], now: datetime) -> Known:
        """Return what was fetched ahead, as far as `on_call` makes use of it."""
        plans = on_call.values()
        return Known(
            groups=self.groups(workspace) if any(isinstance(one, Fixed) for one in plans) else {},
            shifts=self.shifts(workspace, now) if any(isinstance(one, Fetched) for one in plans) else {},
            absent={one.member: one.reason for one in self.absences(workspace)},
        )

    def groups(self, workspace: str) -> dict[str, tuple[str, ...]]:
        """Return who is in the user groups that the playbook names."""
        rows = _GROUPS.rows(self.connection, workspace=workspace)
        return {group: codec.decode_ids(members) for group, members in rows}

    def keep_group(self, workspace: str, group: str, members: Sequence[str]) -> None:
        """Note who is in a user group."""
        put(self.connection, usergroup, {"workspace": workspace, "id": group, "members": codec.encode(members)})

    def shifts(self, workspace: str, now: datetime) -> dict[str, tuple[Shift, ...]]:
        """Return the shifts of each responder that have not ended, in their order."""
        found: dict[str, tuple[Shift, ...]] = {}
        for responder, member, starts, ends in _SHIFTS.rows(self.connection, workspace=workspace, now=now):
            found[responder] = (*found.get(responder, ()), Shift(member, starts, ends))
        return found

    def keep_shifts(
        self, workspace: str, responder: str, shifts: Sequence[Shift], now: datetime, unknown: str = ""
    ) -> None:
        """Put `shifts` in the place of those that were known; `unknown` is whom the calendar names and nobody knows."""
        of_responder = and_(shift.c.workspace == workspace, shift.c.responder == responder)
        self.connection.execute(delete(shift).where(of_responder))
        rows = [
            {
                "workspace": workspace,
                "responder": responder,
                "starts_at": one.starts,
                "ends_at": one.ends,
                "member": one.member,
            }
            for one in dict.fromkeys(shifts)
        ]
        if rows:
            self.connection.execute(insert(shift), rows)
        self._keep_feed(workspace, Feed(responder, fetched_at=now, unknown=unknown))

    def keep_failure(self, workspace: str, responder: str, reason: str, now: datetime) -> None:
        """Note that a calendar could not be read; its shifts stay, and so does since when it fails."""
        before = next((one for one in self.feeds(workspace) if one.responder == responder), Feed(responder))
        failed = Feed(responder, before.fetched_at, before.failed_since or now, reason, before.unknown)
        self._keep_feed(workspace, failed)

    def feeds(self, workspace: str) -> list[Feed]:
        """Return how the calendar of each responder was last read."""
        columns = (feed.c.responder, feed.c.fetched_at, feed.c.failed_since, feed.c.reason, feed.c.unknown)
        of_workspace = select(*columns).where(feed.c.workspace == workspace).order_by(feed.c.responder)
        return [Feed(*row) for row in self.connection.execute(of_workspace)]

    def absences(self, workspace: str) -> list[Absence]:
        """Return the members whom no page reaches."""
        return [Absence(*row) for row in _ABSENCES.rows(self.connection, workspace=workspace)]

    def keep_absence(
        self, workspace: str, member: str, reason: str, now: datetime, *, deactivated: bool = False
    ) -> None:
        """Note that no page reaches `member`, unless that is known."""
        gone = {"member": member, "reason": reason, "deactivated": deactivated, "since": now}
        insert_once(self.connection, absence, {"workspace": workspace, **gone})

    def forget_absence(self, workspace: str, member: str) -> None:
        """Note that pages reach `member` again."""
        of_member = and_(absence.c.workspace == workspace, absence.c.member == member)
        self.connection.execute(delete(absence).where(of_member))

    def _keep_feed(self, workspace: str, one: Feed) -> None:
        row = {
            "responder": one.responder,
            "fetched_at": one.fetched_at,
            "failed_since": one.failed_since,
            "reason": one.reason,
            "unknown": one.unknown,
        }
        put(self.connection, feed, {"workspace": workspace, **row})


class _OnDemand(Mapping[str, Bound]):
    def __init__(self, tx: Rosters, workspace: str, on_call: Mapping[str, OnCall], now: datetime) -> None:
        self._tx, self._workspace, self._on_call, self._now = tx, workspace, on_call, now

    @cached_property
    def _roster(self) -> Roster:
        return self._tx.roster(self._workspace, self._on_call, self._now)

    def __getitem__(self, responder: str) -> Bound:
        return self._roster[responder]

    def __iter__(self) -> Iterator[str]:
        return iter(self._roster)

    def __len__(self) -> int:
        return len(self._roster)

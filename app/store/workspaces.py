"""What is kept for a workspace beside its incidents: who its responders are, what came in, what ran when."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, delete, or_, select, text, update

from app.domain.playbook import Bound, Roster
from app.store import codec
from app.store.driver import Prepared
from app.store.records import Receipt
from app.store.tables import INSTALLATION, binding, pulse, receipt
from app.store.upserts import put

_BINDINGS = Prepared(
    select(binding.c.responder, binding.c.targets, binding.c.members).where(
        binding.c.workspace == bindparam("workspace")
    )
)
_RECEIPT = Prepared(
    select(receipt.c.incident_id, receipt.c.seen_at).where(
        receipt.c.workspace == bindparam("workspace"), receipt.c.key == bindparam("key")
    )
)
_PULSE = Prepared(
    select(pulse.c.at).where(pulse.c.workspace == bindparam("workspace"), pulse.c.name == bindparam("name"))
)
_TAKE_TURN = Prepared(
    update(pulse)
    .where(
        pulse.c.workspace == INSTALLATION,
        pulse.c.name == bindparam("its_name"),
        or_(pulse.c.at <= bindparam("due"), pulse.c.at > bindparam("now")),
    )
    .values(at=bindparam("now"))
)
_LOCK_RECEIPT = text("SELECT pg_advisory_xact_lock(hashtext('tocsin.receipt.' || :workspace), hashtext(:key))")


class Bindings:
    """The part of a transaction that knows who was bound to a responder in Slack."""

    connection: Connection

    def bindings(self, workspace: str) -> Roster:
        """Return who was bound to each responder in Slack."""
        rows = _BINDINGS.rows(self.connection, workspace=workspace)
        return {
            responder: Bound(codec.decode_ids(targets), codec.decode_ids(members))
            for responder, targets, members in rows
        }

    def bind(self, workspace: str, responder: str, targets: Sequence[str], members: Sequence[str]) -> None:
        """Bind a responder to members and user groups, and to nobody else; `members` are the groups opened up."""
        if not targets:
            of_responder = and_(binding.c.workspace == workspace, binding.c.responder == responder)
            self.connection.execute(delete(binding).where(of_responder))
            return
        bound = {"targets": codec.encode(targets), "members": codec.encode(members)}
        put(self.connection, binding, {"workspace": workspace, "responder": responder, **bound})

    def refresh(self, workspace: str, responder: str, targets: Sequence[str], members: Sequence[str]) -> None:
        """Note who is in the groups that a responder is bound to, unless it was bound otherwise meanwhile."""
        bound = self.bindings(workspace).get(responder)
        if bound and bound.targets == tuple(targets):
            self.bind(workspace, responder, targets, members)


class Receipts:
    """The part of a transaction that remembers what came in, so that a second copy changes nothing."""

    connection: Connection

    def receipt(self, workspace: str, key: str) -> Receipt | None:
        """Return what is remembered of `key`.

        Until the transaction ends nobody else is told: of two copies that come in at once, the second one finds what
        the first left.
        """
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(_LOCK_RECEIPT, {"workspace": workspace, "key": key})
        row = _RECEIPT.first(self.connection, workspace=workspace, key=key)
        return Receipt(*row) if row else None

    def keep_receipt(self, workspace: str, key: str, incident_id: int | None, now: datetime) -> None:
        """Remember that `key` was handled, and which incident it was about."""
        seen = {"workspace": workspace, "key": key, "incident_id": incident_id, "seen_at": now}
        put(self.connection, receipt, seen)

    def forget_receipts(self, before: datetime) -> None:
        """Forget what came in before then."""
        self.connection.execute(delete(receipt).where(receipt.c.seen_at < before))


class Pulses:
    """The part of a transaction that remembers when periodic things last ran, for a workspace or the installation."""

    connection: Connection

    def pulse(self, name: str, workspace: str = INSTALLATION) -> datetime | None:
        """Return when it last ran."""
        at: datetime | None = _PULSE.scalar(self.connection, workspace=workspace, name=name)
        return at

    def last_beat(self, name: str) -> str | None:
        """Return the workspace in which it last ran."""
        of_name = and_(pulse.c.workspace != INSTALLATION, pulse.c.name == name)
        newest = select(pulse.c.workspace).where(of_name).order_by(pulse.c.at.desc(), pulse.c.workspace).limit(1)
        return self.connection.execute(newest).scalar()

    def take_turn(self, name: str, now: datetime, every: timedelta) -> bool:
        """Say whether it is to run now: once in `every`, by one process of however many ask.

        A last time that lies in the future, because a clock was set back, does not hold it up.
        """
        if _TAKE_TURN.execute(self.connection, {"its_name": name, "due": now - every, "now": now}):
            return True
        if self.pulse(name) is not None:
            return False
        self.beat(name, now)
        return True

    def beat(self, name: str, now: datetime, workspace: str = INSTALLATION) -> None:
        """Note that it runs."""
        put(self.connection, pulse, {"workspace": workspace, "name": name, "at": now})

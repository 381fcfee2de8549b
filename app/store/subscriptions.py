"""Who asked to be told of which incidents, and what is told to them in the transaction that decided it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, exists, select

from app.domain.effects import TellSubscribers
from app.domain.subscribing import Subject, Subscription, one_by_one
from app.store.driver import Prepared
from app.store.records import Change
from app.store.tables import absence, subscription
from app.store.upserts import insert_once

_COLUMNS = (subscription.c.member, subscription.c.subject, subscription.c.value)
_OF_WORKSPACE = subscription.c.workspace == bindparam("workspace")
_ORDER = (subscription.c.since, subscription.c.member, subscription.c.subject, subscription.c.value)
_ALL = Prepared(select(*_COLUMNS).where(_OF_WORKSPACE).order_by(*_ORDER))
_gone = exists().where(absence.c.workspace == subscription.c.workspace, absence.c.member == subscription.c.member)
_REACHABLE = Prepared(select(*_COLUMNS).where(_OF_WORKSPACE, ~_gone).order_by(*_ORDER))
_OF_MEMBER = and_(_OF_WORKSPACE, subscription.c.member == bindparam("member"))
_FORGET_ALL = Prepared(delete(subscription).where(_OF_MEMBER))
_FORGET_ONE = Prepared(
    delete(subscription).where(
        _OF_MEMBER, subscription.c.subject == bindparam("subject"), subscription.c.value == bindparam("value")
    )
)


class Subscriptions:
    """The part of a transaction that knows who wants to be told of which incidents."""

    connection: Connection

    def subscriptions(self, workspace: str) -> list[Subscription]:
        """Return them all, the oldest first."""
        return list(_read(_ALL, self.connection, workspace))

    def subscribe(self, workspace: str, wanted: Subscription, now: datetime) -> None:
        """Note that a member wants to be told of something, unless that is known."""
        row = {"member": wanted.member, "subject": wanted.subject.value, "value": wanted.value, "since": now}
        insert_once(self.connection, subscription, {"workspace": workspace, **row})

    def unsubscribe(self, workspace: str, unwanted: Subscription) -> None:
        """Note that a member does not want to be told of that any more."""
        row = {"workspace": workspace, "member": unwanted.member}
        _FORGET_ONE.execute(self.connection, row | {"subject": unwanted.subject.value, "value": unwanted.value})

    def unsubscribe_wholly(self, workspace: str, member: str) -> None:
        """Note that a member does not want to be told of anything any more."""
        _FORGET_ALL.execute(self.connection, {"workspace": workspace, "member": member})


def with_subscribers(connection: Connection, changes: Sequence[Change]) -> list[Change]:
    """Return `changes` with one message for each subscriber whom one of their effects means, but for those who left."""
    known: dict[str, list[Subscription]] = {}
    told = []
    for change in changes:
        if any(isinstance(effect, TellSubscribers) for _, effect in change.effects):
            workspace = change.record.workspace
            if workspace not in known:
                known[workspace] = list(_read(_REACHABLE, connection, workspace))
            effects = tuple(one_by_one(change.effects, change.events, change.after, known[workspace]))
            told.append(replace(change, effects=effects))
        else:
            told.append(change)
    return told


def _read(statement: Prepared, connection: Connection, workspace: str) -> Iterator[Subscription]:
    rows = statement.rows(connection, workspace=workspace)
    return (Subscription(member, Subject(subject), value) for member, subject, value in rows)

"""Asks Slack ahead of time who is in the groups that are paged, and who is gone, so that a page need not."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from app.domain.on_call import Calendar, Fetched, Fixed, OnCall, Rotation, Schedule
from app.slack.listeners import responders
from app.slack.listeners.edge import Edge
from app.slack.text import GROUP
from app.store import Absence, Transaction

MOST_ASKED = 200
TRY_AGAIN = timedelta(days=1)
"""When a member whom Slack refused, and whose account is well, is paged again."""
DEACTIVATED = "this member is deactivated"


async def groups(edge: Edge) -> None:
    """Look up who is in the user groups that responders are bound to, in Slack and in the playbook."""
    await responders.refresh(edge)
    fixed = (plan.targets for plan in edge.playbook.on_call.values() if isinstance(plan, Fixed))
    for group in dict.fromkeys(target for targets in fixed for target in targets if GROUP.fullmatch(target)):
        inside = await edge.people.members(group)
        if inside is not None:
            await _keep_group(edge, group, inside)


async def _keep_group(edge: Edge, group: str, members: tuple[str, ...]) -> None:
    await edge.store.run(lambda tx: tx.keep_group(edge.workspace, group, members), urgent=False)


async def absences(edge: Edge) -> None:
    """Look up who of those that may be paged has left, and who is back."""
    now = edge.now()

    def look(tx: Transaction) -> tuple[list[str], dict[str, Absence]]:
        concerned = dict.fromkeys(_concerned(tx, edge, now))
        return list(islice(concerned, MOST_ASKED)), {one.member: one for one in tx.absences(edge.workspace)}

    members, known = await edge.store.run(look, urgent=False)
    for member in dict.fromkeys((*members, *known)):
        gone = await edge.people.is_gone(member)
        if gone is not None:
            await _note(edge, member, known.get(member), now, gone=gone)


async def _note(edge: Edge, member: str, before: Absence | None, now: datetime, *, gone: bool) -> None:
    def keep(tx: Transaction) -> None:
        tx.keep_absence(edge.workspace, member, DEACTIVATED, now, deactivated=True)

    if gone and before is None:
        await edge.store.run(keep, urgent=False)
    elif before and not gone and (before.deactivated or now - before.since >= TRY_AGAIN):
        await edge.store.run(lambda tx: tx.forget_absence(edge.workspace, member), urgent=False)


def _concerned(tx: Transaction, edge: Edge, now: datetime) -> Iterator[str]:
    # Those who would be called now come first: of very many, not all are asked after.
    plans = edge.playbook.on_call
    for bound in tx.roster(edge.workspace, plans, now).values():
        yield from bound.members
    for bound in tx.bindings(edge.workspace).values():
        yield from bound.members
    for responder, plan in plans.items():
        yield from _planned(plan)
        if isinstance(plan, Fetched):
            yield from (shift.member for shift in tx.shifts(edge.workspace, now).get(responder, ()))


def _planned(plan: OnCall) -> Iterator[str]:
    match plan:
        case Fixed(targets=targets):
            yield from (target for target in targets if not GROUP.fullmatch(target))
        case Rotation(members=members, overrides=overrides):
            yield from members
            yield from (one.member for one in overrides)
        case Calendar() | Schedule():
            return

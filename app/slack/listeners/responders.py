"""Who plays a responder: the form that binds members and user groups, and the options of its menus."""

import asyncio
from collections.abc import Mapping
from functools import partial

from app.domain.playbook import Bound
from app.handle import AnsweredBefore
from app.slack.blocks import modals
from app.slack.blocks.elements import OPTIONS, option
from app.slack.listeners.answer import Answer, Offer, Open, Show, Wrong
from app.slack.listeners.asking import Route
from app.slack.listeners.edge import Edge
from app.slack.listeners.refusals import AdminsOnly, GroupUnread
from app.slack.requests import Request
from app.slack.text import GROUP, escape, mentions
from app.store import Transaction


async def open_form(edge: Edge, request: Request) -> Answer:
    """Open the form, for admins."""
    if not await edge.people.is_admin(request.user):
        raise AdminsOnly
    roster = await edge.store.run(lambda tx: tx.bindings(edge.workspace))
    return Open(modals.responders(edge.playbook.rules, roster, edge.playbook.on_call))


async def save(edge: Edge, request: Request) -> Answer:
    """Bind every responder to whom the form names, and say who is bound to what."""
    if not await edge.people.is_admin(request.user):
        raise AdminsOnly
    responders = edge.playbook.rules.responders
    chosen = await asyncio.gather(*(_bound(edge, request, one.id) for one in responders))
    bound = [(one, whom) for one, whom in zip(responders, chosen, strict=True) if whom]
    if len(bound) < len(responders):
        unread = {one.id for one in responders} - {one.id for one, _ in bound}
        return Wrong(dict.fromkeys(map(_group_field, unread), str(GroupUnread())))

    def bind(tx: Transaction) -> None:
        if request.receipt:
            if tx.receipt(edge.workspace, request.receipt):
                # An old copy must not undo what was bound since.
                raise AnsweredBefore
            tx.keep_receipt(edge.workspace, request.receipt, None, edge.now())
        for one, whom in bound:
            tx.bind(edge.workspace, one.id, whom.targets, whom.members)

    await edge.store.run(bind)
    lines = (f"{escape(one.name)}: {mentions(whom.targets) or 'nobody yet'}" for one, whom in bound)
    return Show(modals.told("Responders", "\n".join(lines)))


async def groups(edge: Edge, request: Request) -> Answer:
    """Offer the user groups whose name has the letters that were typed."""
    found = [group for group in await edge.people.groups() if group.matches(request.text)]
    return Offer(tuple(option(f"@{group.handle} ({group.title})", group.id) for group in found[:OPTIONS]))


async def _bound(edge: Edge, request: Request, responder: str) -> Bound | None:
    """Return whom the form names for a responder; nothing where Slack does not say who is in the group."""
    members, group = request.chosen(f"bind:{responder}:members"), request.written(_group_field(responder))
    if not group:
        return Bound(members, members)
    inside = await edge.people.members(group)
    return None if inside is None else Bound((*members, group), tuple(dict.fromkeys((*members, *inside))))


async def refresh(edge: Edge) -> None:
    """Look up who is in the user groups that responders are bound to, so that a page need not ask."""
    roster = await edge.store.run(lambda tx: tx.bindings(edge.workspace), urgent=False)
    for responder, bound in roster.items():
        groups = [target for target in bound.targets if GROUP.fullmatch(target)]
        inside = [await edge.people.members(group) for group in groups]
        if groups and None not in inside:
            plain = (target for target in bound.targets if target not in groups)
            members = dict.fromkeys((*plain, *(member for group in inside for member in group or ())))
            now = partial(Transaction.refresh, workspace=edge.workspace, responder=responder)
            await edge.store.run(partial(now, targets=bound.targets, members=tuple(members)), urgent=False)


def _group_field(responder: str) -> str:
    return f"bind:{responder}:group"


SEARCHES: Mapping[str, Route] = {"bind": groups}

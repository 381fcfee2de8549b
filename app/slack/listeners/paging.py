"""`/incident test-page`: proves the ways by which a page reaches somebody, and says what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from app.domain.playbook import Roster
from app.handle import AnsweredBefore
from app.integrations import Pager
from app.slack.blocks import answers
from app.slack.listeners.answer import Answer, Say
from app.slack.listeners.edge import Edge
from app.slack.listeners.grammar import Phrase, take_member
from app.slack.listeners.refusals import NameWhomToTest, TestsForAdmins
from app.slack.listeners.reply import tell
from app.slack.requests import Request
from app.slack.trial import try_page
from app.store import Transaction

NO_PAGER = "no pager is connected"
NO_ROUTE = "no pager that is connected has a key or an address for this member"
FOR_ADMINS = "a pager calls whoever is on call, so that only admins ring it for a test"
NOBODY_IN_PARTICULAR = ""
"""The responder that a member plays who plays none: rung by the key that is everybody's."""


@dataclass(frozen=True, slots=True)
class TestPage:
    """Whom a test page is for, the responders they play, and the pagers that ring; `silent` is why none does."""

    member: str
    called: tuple[str, ...]
    pagers: Sequence[Pager]
    silent: str


async def test_page(edge: Edge, request: Request, phrase: Phrase) -> Answer:
    """Page the member who is mentioned, or whoever asks, for a test; what became of it is told once it is known.

    Everybody may page themselves. A pager calls whoever is on call, so that only admins ring it, or page others.
    """
    member, more = take_member(phrase.rest)
    if more:
        raise NameWhomToTest
    whom, admin = member or request.user, await edge.people.is_admin(request.user)
    if whom != request.user and not admin:
        raise TestsForAdmins
    if not await edge.handler.is_first(edge.workspace, request.receipt):
        raise AnsweredBefore
    on_call, now = edge.playbook.on_call, edge.now()
    roster = await edge.store.run(partial(Transaction.roster, workspace=edge.workspace, on_call=on_call, now=now))
    called = played_by(whom, roster)
    pagers, silent = _rung(edge, called, admin=admin)
    edge.afterwards.start(_try(edge, replace(request, trigger_id=""), TestPage(whom, called, pagers, silent)))
    return Say(answers.test_page_begins(whom, [pager.name for pager in pagers]))


def played_by(member: str, roster: Roster) -> tuple[str, ...]:
    """Return the responders that a member plays, for whom the pagers are to ring."""
    return tuple(one for one, bound in roster.items() if member in bound.members) or (NOBODY_IN_PARTICULAR,)


def _rung(edge: Edge, called: tuple[str, ...], *, admin: bool) -> tuple[list[Pager], str]:
    """Return the pagers that ring for these responders; where none is to, why."""
    if not edge.pagers:
        return [], NO_PAGER
    reach = [pager for pager in edge.pagers if pager.routes(called)]
    if not reach:
        return [], NO_ROUTE
    return (reach, "") if admin else ([], FOR_ADMINS)


async def _try(edge: Edge, request: Request, page: TestPage) -> None:
    # What would open a dialog is too old by then: who cannot be answered where they typed is told directly.
    tried = await try_page(edge.client, page.pagers, page.member, by=request.user, responders=page.called)
    await tell(edge, request, answers.test_page_ended(page.member, tried, page.silent, connected=bool(edge.pagers)))

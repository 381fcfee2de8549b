"""`/incident test-page`: proves the ways by which a page reaches somebody, and says what became of each."""

from dataclasses import replace
from functools import partial

from app.domain.playbook import Roster
from app.handle import AnsweredBefore
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
NO_KEY = "the pager has no integration key that rings for this member"
FOR_ADMINS = "the pager calls whoever is on call, so that only admins ring it for a test"
NOBODY_IN_PARTICULAR = ""
"""The responder that a member plays who plays none: rung by the key that is everybody's."""


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
    silent = _silent(edge, called, admin=admin)
    edge.afterwards.start(_try(edge, request, whom, called, silent))
    return Say(answers.test_page_begins(whom, edge.pager.name if edge.pager and not silent else ""))


def played_by(member: str, roster: Roster) -> tuple[str, ...]:
    """Return the responders that a member plays, for whom the pager is to ring."""
    return tuple(one for one, bound in roster.items() if member in bound.members) or (NOBODY_IN_PARTICULAR,)


def _silent(edge: Edge, called: tuple[str, ...], *, admin: bool) -> str:
    if edge.pager is None:
        return NO_PAGER
    if not edge.pager.routes(called):
        return NO_KEY
    return "" if admin else FOR_ADMINS


async def _try(edge: Edge, request: Request, member: str, called: tuple[str, ...], silent: str) -> None:
    pager = None if silent else edge.pager
    tried = await try_page(edge.client, pager, member, by=request.user, responders=called)
    # What would open a dialog is too old by then: who cannot be answered where they typed is told directly.
    await tell(
        edge,
        replace(request, trigger_id=""),
        answers.test_page_ended(member, tried, silent, connected=edge.pager is not None),
    )

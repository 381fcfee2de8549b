"""The buttons under what alerts suggest: it is declared, or ignored."""

from collections.abc import Mapping

from app.alerts.suggested import check, declare_suggested, find, ignore
from app.domain import commands as c
from app.handle import AnsweredBefore
from app.slack.blocks import answers
from app.slack.listeners import asking, opening
from app.slack.listeners.answer import Answer, Say
from app.slack.listeners.asking import Route
from app.slack.listeners.confirmations import confirmed
from app.slack.listeners.edge import Edge
from app.slack.requests import Request
from app.slack.text import Message
from app.store import Suggestion, Transaction


async def press_declare(edge: Edge, request: Request) -> Answer:
    """Declare what is suggested at once, where a rule names its severity; else open the form on it."""
    suggestion_id = asking.carried_id(request.value)

    def look(tx: Transaction) -> Suggestion:
        one = find(tx, edge.workspace, suggestion_id)
        if not tx.receipt(edge.workspace, request.receipt):
            check(tx, one)
        return one

    one = await edge.store.run(look)
    if one.proposal.severity in [severity.id for severity in edge.playbook.rules.severities]:
        return Say(await declare(edge, request, c.Declare(c.Actor(request.user), "", ""), suggestion_id))
    services = ", ".join(one.proposal.services)
    return await opening.declaration(
        edge, request, title=one.proposal.whole_title, services=services, suggestion=request.value
    )


async def declare(edge: Edge, request: Request, command: c.Declare, suggestion_id: int) -> Message:
    """Declare what is suggested, as `command` has it, and return the words that confirm it."""
    handled = await edge.handler.once(
        edge.workspace,
        request.receipt,
        lambda tx: declare_suggested(
            tx, edge.workspace, suggestion_id, command, playbook=edge.playbook, now=edge.now()
        ),
    )
    return confirmed(handled.record, command)


async def press_ignore(edge: Edge, request: Request) -> Answer:
    """Ignore what is suggested."""
    suggestion_id = asking.carried_id(request.value)

    def work(tx: Transaction) -> None:
        if request.receipt:
            if tx.receipt(edge.workspace, request.receipt):
                raise AnsweredBefore
            tx.keep_receipt(edge.workspace, request.receipt, None, edge.now())
        ignore(tx, edge.workspace, suggestion_id, request.user, edge.now())

    await edge.store.run(work)
    return Say(answers.done("It is ignored. Where it ends, and fires again in an hour or later, it comes up again."))


BUTTONS: Mapping[str, Route] = {
    "suggestion.declare": press_declare,
    "suggestion.ignore": press_ignore,
}

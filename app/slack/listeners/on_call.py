"""`/incident oncall`: who is on call, from what was fetched ahead."""

from datetime import datetime

from app.domain.watch import watches
from app.slack.blocks import on_call
from app.slack.blocks.on_call import Duty
from app.slack.listeners.answer import Answer, Say
from app.slack.listeners.edge import Edge
from app.slack.listeners.grammar import Phrase
from app.slack.listeners.moments import moment
from app.slack.listeners.refusals import UnclearMoment
from app.slack.requests import Request
from app.store import Transaction


async def answer(edge: Edge, _request: Request, phrase: Phrase) -> Answer:
    """Say who is on call, now or at the moment that was typed."""
    now = edge.now()
    at = moment(phrase.written, now, edge.playbook.rules.hours.zone)
    if at is None:
        raise UnclearMoment(text=phrase.written)
    duty = await edge.store.run(lambda tx: look(tx, edge, at))
    return Say(on_call.on_call(duty, edge.playbook.rules, None if at == now else at))


def look(tx: Transaction, edge: Edge, at: datetime) -> Duty:
    """Return who is on call at that moment, with what is wrong about it."""
    workspace, plans = edge.workspace, edge.playbook.on_call
    known = tx.known(workspace, plans, min(at, edge.now()))
    found = watches(edge.playbook.rules.responders, tx.bindings(workspace), plans, known, at)
    feeds = [one for one in tx.feeds(workspace) if one.responder in plans]
    return Duty(list(found), feeds, tx.absences(workspace), plans)

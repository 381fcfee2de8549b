"""How incidents go: the metrics of some time, and the error budget."""

from datetime import timedelta

from app.playbooks.durations import read_duration
from app.playbooks.faults import Wrong
from app.slack.blocks import figures as blocks
from app.slack.figures import Figures, in_pieces
from app.slack.listeners.answer import Answer, Say
from app.slack.listeners.edge import Edge
from app.slack.listeners.grammar import Phrase
from app.slack.listeners.refusals import NoBudget, UnknownPeriod
from app.slack.requests import Request

USUALLY = timedelta(days=30)


async def metrics(edge: Edge, _request: Request, phrase: Phrase) -> Answer:
    """Show the metrics of the time that was typed, or of a month."""
    over = _period(phrase.written)
    return Say(blocks.metrics((await _figures(edge, over)).report, over))


async def budget(edge: Edge, request: Request, _phrase: Phrase) -> Answer:
    """Show what is left of the error budget."""
    spent = (await _figures(edge, timedelta())).budget if edge.playbook.error_budget else None
    if spent is None:
        raise NoBudget
    return Say(blocks.budget(spent, request.user))


async def _figures(edge: Edge, over: timedelta) -> Figures:
    return await in_pieces(edge.store, edge.workspace, edge.playbook, over, edge.now())


def _period(words: str) -> timedelta:
    if not words:
        return USUALLY
    try:
        return read_duration(words.replace(" ", "").lower())
    except Wrong:
        raise UnknownPeriod(words=words) from None

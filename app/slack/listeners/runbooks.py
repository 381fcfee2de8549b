"""Runbooks: searched, shown for an incident, and chosen."""

from collections.abc import Mapping, Sequence

from app.domain.playbook import Playbook
from app.domain.runbook import Runbook
from app.domain.runbook_search import for_incident, search
from app.slack.blocks import runbook
from app.slack.blocks.runbook import Shown
from app.slack.listeners import asking
from app.slack.listeners.answer import Answer, Say
from app.slack.listeners.asking import Asked, Route
from app.slack.listeners.edge import Edge
from app.slack.listeners.grammar import Phrase
from app.slack.listeners.refusals import NoRunbooks, Outdated
from app.slack.requests import Request
from app.store import Record


async def find(edge: Edge, request: Request, phrase: Phrase) -> Answer:
    """Show the runbook that was meant; without words, the one that fits the incident whose room this is."""
    record, words = await asking.perhaps(edge, request, phrase)
    return _found(edge, record, words)


async def for_card(asked: Asked) -> Answer:
    """Show the runbook that fits an incident best."""
    return _found(asked.edge, asked.record, "")


def _found(edge: Edge, record: Record | None, words: str) -> Answer:
    runbooks = _playbook(edge, record).runbooks
    if not runbooks:
        raise NoRunbooks
    found = search(runbooks, words) if words or not record else for_incident(runbooks, record.incident)
    if not found or not found[0].sure:
        return Say(runbook.choose(runbooks, record, words, found))
    best, *others = (one.runbook for one in found)
    return _shown(edge, best, record, others)


async def open_(edge: Edge, request: Request) -> Answer:
    """Show one runbook; the value is the incident's id, where there is one, and the runbook's."""
    value, _, runbook_id = request.value.partition(":")
    record = await _carried(edge, request, value)
    return _shown(edge, _known(edge, record, runbook_id), record)


async def go_on(edge: Edge, request: Request) -> Answer:
    """Show a later part of one; the value ends with its number."""
    value, _, rest = request.value.partition(":")
    runbook_id, _, part = rest.partition(":")
    record = await _carried(edge, request, value)
    if not (part.isascii() and part.isdecimal() and len(part) < asking.LONGEST_ID):
        raise Outdated
    return _shown(edge, _known(edge, record, runbook_id), record, part=int(part))


async def _carried(edge: Edge, request: Request, value: str) -> Record | None:
    return (await asking.carried(edge, request, value)).record if value else None


def _playbook(edge: Edge, record: Record | None) -> Playbook:
    return edge.playbook.of(record.rules) if record else edge.playbook


def _known(edge: Edge, record: Record | None, runbook_id: str) -> Runbook:
    one = _playbook(edge, record).runbook(runbook_id)
    if one is None:
        raise Outdated
    return one


def _shown(edge: Edge, one: Runbook, record: Record | None, others: Sequence[Runbook] = (), part: int = 1) -> Answer:
    return Say(runbook.show(Shown(one, _playbook(edge, record), record, edge.now(), others), part))


BUTTONS: Mapping[str, Route] = {
    "runbook.choose": open_,
    "runbook.open": open_,
    "runbook.part": go_on,
}

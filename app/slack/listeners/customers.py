"""What customers are told: written in a form, shown exactly as they will read it, and sent when somebody confirms that.

Private incidents and drills are never told: there the playbook's text is shown alone.
"""

from collections.abc import Iterator
from datetime import datetime

from app.domain.customers import Impact, PublicStatus
from app.domain.effects import Way
from app.domain.errors import ToldMeanwhile
from app.domain.events import UpdatePosted
from app.domain.incident import Incident
from app.domain.playbook import Playbook
from app.slack.blocks import customers, messages, modals
from app.slack.blocks.customers import Draft
from app.slack.listeners import acting, asking
from app.slack.listeners.answer import Above, Answer, Clear, Open, Say, Show, View, Wrong
from app.slack.listeners.asking import Asked
from app.slack.listeners.edge import Edge
from app.slack.listeners.refusals import Outdated, Refused
from app.slack.requests import Request
from app.slack.text import clean, one_line
from app.slack.words import Words
from app.store import Record


async def open_form(asked: Asked) -> Answer:
    """Open the form with the playbook's text for the moment; where nobody may be told, show that text alone."""
    edge, record = asked.edge, asked.record
    now = edge.now()
    said = _text(edge, record, asked.by.id, now)
    if not _may_be_told(record.incident):
        return Say(messages.to_copy(record, said))
    return Open(_form(edge, record, said, now))


def after_update(edge: Edge, record: Record, posted: UpdatePosted) -> View:
    """Return what follows an update: the form, filled with its text; where nobody may be told, that text alone."""
    said = _worded(edge, record, posted)
    if not _may_be_told(record.incident):
        return modals.customer(record, said)
    return _form(edge, record, said, posted.at, posted=True)


async def show(edge: Edge, request: Request) -> Answer:
    """Show what was written as customers will read it, above the form, to which people can go back."""
    incident_id, *began = request.metadata.split(" ")
    asked = await asking.carried(edge, request, incident_id)
    draft = _written(request, *map(asking.carried_id, began))
    if wrong := _faults(draft, asked.record, edge.words.of(asked.record.rules.playbook)):
        return Wrong(wrong)
    return Above(customers.preview(asked.record, draft, list(where(edge, asked.record))))


async def confirm(edge: Edge, request: Request) -> Answer:
    """Tell customers exactly what was shown; where somebody told them meanwhile, say what, and send nothing."""
    read = Draft.read(request.metadata)
    if read is None:
        raise Outdated
    incident_id, draft = read
    asked = await asking.carried(edge, request, incident_id)
    try:
        handled = await acting.act(asked, draft.command(asked.by))
    except Refused as refused:
        if not isinstance(refused.rejected, ToldMeanwhile):
            raise
        now = await asking.carried(edge, request, incident_id)
        return Show(customers.meanwhile(now.record, draft))
    return Clear() if [*where(edge, handled.record)] else Show(customers.copied(draft))


def where(edge: Edge, record: Record) -> Iterator[str]:
    """Yield where customers read what they are told of this incident."""
    playbook = edge.playbook.of(record.rules)
    if Way.STATUS_PAGE in playbook.connected:
        yield "Statuspage"
    if edge.status_page:
        yield edge.status_page
    yield from _lists(playbook, record.incident)


def _lists(playbook: Playbook, incident: Incident) -> Iterator[str]:
    if Way.EMAIL in playbook.connected:
        known = (one for one in playbook.mailing if one.is_of_customers and one.names(incident.severity_since))
        yield from (f"the mailing list {one.id}" for one in known)


def _form(edge: Edge, record: Record, text: str, at: datetime, *, posted: bool = False) -> View:
    playbook = edge.playbook.of(record.rules)
    return customers.form(record, playbook, customers.first_draft(record, playbook, text, at), posted=posted)


def _may_be_told(incident: Incident) -> bool:
    return not (incident.private or incident.drill)


def _text(edge: Edge, record: Record, by: str, now: datetime) -> str:
    status = record.incident.status.value
    # The text is worded as it is after an update: this is one that says nothing new.
    nothing_new = UpdatePosted(now, by, status, status)
    return _worded(edge, record, nothing_new)


def _worded(edge: Edge, record: Record, posted: UpdatePosted) -> str:
    known = customers.as_they_know_it(record, edge.playbook.of(record.rules))
    return messages.for_customers(known, posted, edge.words.of(record.rules.playbook))


def _written(request: Request, seen: int = 0, begun: int = 0) -> Draft:
    return Draft(
        headline=one_line(clean(request.written("headline"))),
        body=clean(request.written("body")).strip(),
        status=request.written("public_status"),
        impact=request.written("public_impact"),
        components=tuple(one_line(clean(name)) for name in request.chosen("components")),
        seen=seen,
        begun=begun,
    )


def _faults(draft: Draft, record: Record, words: Words) -> dict[str, str]:
    faults = {}
    if not draft.headline:
        faults["headline"] = "Write what customers read first. A few words are enough."
    if not draft.body:
        faults["body"] = "Write what customers read. One sentence is enough."
    elif left := customers.left_blank(draft, words):
        faults["body"] = f"This is still to be filled in, or to be taken out: {' '.join(left)}"
    if draft.status not in list(PublicStatus) or draft.impact not in list(Impact):
        raise Outdated
    if not faults and draft.is_too_long(record.id):
        faults["body"] = "With the components this is longer than a form of Slack's can carry. Shorten it."
    return faults

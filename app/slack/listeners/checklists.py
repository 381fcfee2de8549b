"""Checklists: ticked item by item, in the room or in an answer, and shown to whoever asks."""

import difflib
from collections.abc import Callable, Sequence

from app.domain import commands as c
from app.domain.playbook import Checklist
from app.slack.blocks import checklist
from app.slack.listeners import acting, asking
from app.slack.listeners.answer import Answer, Nothing, Replace, Say
from app.slack.listeners.asking import Asked, Route
from app.slack.listeners.edge import Edge
from app.slack.listeners.refusals import NoChecklists, Outdated, Refused, UnknownChecklist
from app.slack.requests import Request
from app.slack.text import Message
from app.store import Record

Make = Callable[[c.Actor, Checklist, str], c.Command]


async def show(asked: Asked) -> Answer:
    """Show the list that was named, to be ticked; or all of the incident's, and how far each is."""
    lists = asked.edge.playbook.of(asked.record.rules).checklists
    if not lists:
        raise Refused(NoChecklists(), asked.record)
    meant = named(asked.written, lists) if asked.written else [one for one in lists if _applies(one, asked.record)]
    if not meant and asked.written:
        known = ", ".join(one.id for one in lists)
        raise Refused(UnknownChecklist(words=asked.written, known=known), asked.record)
    if len(meant) == 1:
        return Say(checklist.checklist(meant[0], asked.record))
    return Say(checklist.overview(meant, asked.record))


def _applies(one: Checklist, record: Record) -> bool:
    """Say whether a list is for such an incident; one that was posted or ticked before is, whatever it says now."""
    incident = record.incident
    begun = one.id in incident.checklists or bool(incident.ticks.get(one.id))
    return begun or not one.severities or incident.severity in one.severities


def named(words: str, lists: Sequence[Checklist]) -> Sequence[Checklist]:
    """Return the lists that `words` may mean: by their ids and titles, or by what is spelled like them."""
    wanted = words.casefold().strip()
    exact = [one for one in lists if wanted in (one.id.casefold(), one.title.casefold())]
    within = [one for one in lists if wanted in f"{one.id} {one.title}".casefold()]
    if exact or within:
        return exact or within
    spelled = {name.casefold(): one for one in lists for name in (one.id, one.title)}
    return [spelled[name] for name in difflib.get_close_matches(wanted, spelled, n=1)]


async def open_(edge: Edge, request: Request) -> Answer:
    """Show one list; the button carries its incident and its id."""
    value, _, list_id = request.value.partition(":")
    asked, one = await _carried(edge, request, value, list_id)
    return _shown(request, checklist.checklist(one, asked.record))


def presses(make: Make) -> Route:
    """Return what a button beside an item does; it carries the incident, the list and the key of the item."""

    async def press(edge: Edge, request: Request) -> Answer:
        value, _, rest = request.value.partition(":")
        list_id, _, key = rest.partition(":")
        asked, one = await _carried(edge, request, value, list_id)
        items = checklist.items_of(one, asked.record)
        item = next((item for item in items if checklist.key(item) == key), None)
        if item is None:
            raise Outdated
        record = (await acting.act(asked, make(asked.by, one, item))).record
        # In the room the list itself is edited, for everybody.
        return Replace(checklist.checklist(one, record)) if request.private else Nothing()

    return press


async def _carried(edge: Edge, request: Request, value: str, list_id: str) -> tuple[Asked, Checklist]:
    asked = await asking.carried(edge, request, value)
    one = edge.playbook.of(asked.record.rules).checklist(list_id)
    if one is None:
        raise Outdated
    return asked, one


def _shown(request: Request, message: Message) -> Answer:
    return Replace(message) if request.private else Say(message)


def _tick(by: c.Actor, one: Checklist, item: str) -> c.Command:
    return c.TickItem(by, one.id, one.title, item)


def _untick(by: c.Actor, one: Checklist, item: str) -> c.Command:
    return c.UntickItem(by, one.id, one.title, item)


BUTTONS = {
    "checklist.open": open_,
    "checklist.tick": presses(_tick),
    "checklist.untick": presses(_untick),
}

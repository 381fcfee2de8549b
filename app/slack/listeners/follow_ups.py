"""Follow-ups: written down in a word or a form, shown, and marked as done."""

from collections.abc import Callable, Mapping

from app.domain import commands as c
from app.slack.blocks import checklist, follow_ups
from app.slack.listeners import acting, asking
from app.slack.listeners.answer import Answer, Close, Nothing, Open, Replace, Say
from app.slack.listeners.asking import About, Asked, Route
from app.slack.listeners.edge import Edge
from app.slack.listeners.grammar import take_member
from app.slack.listeners.refusals import Outdated
from app.slack.requests import Request, readable

Make = Callable[[c.Actor, int], c.Command]


async def add(asked: Asked) -> Answer:
    """Write down what was typed, for the member who was mentioned; or open the form."""
    owner, text = take_member(asked.rest)
    if not text:
        return Open(follow_ups.form(asked.record))
    return await acting.do(asked, c.AddFollowUps(asked.by, (readable(text),), owner))


async def show(asked: Asked) -> Answer:
    """Show every follow-up."""
    return Say(follow_ups.listing(asked.record))


async def open_form(edge: Edge, request: Request) -> Answer:
    """Open the form; of a list whose id the button carries, with what is still to be done there."""
    value, _, list_id = request.value.partition(":")
    asked = await asking.carried(edge, request, value)
    one = edge.playbook.of(asked.record.rules).checklist(list_id) if list_id else None
    ticked = asked.record.incident.ticks.get(list_id, {})
    open_items = [item for item in checklist.items_of(one, asked.record) if item not in ticked] if one else []
    return Open(follow_ups.form(asked.record, "\n".join(open_items)))


async def submit(edge: Edge, request: Request) -> Answer:
    """Write down each line of the form."""
    asked = await asking.carried(edge, request, request.metadata)
    texts = tuple(request.written("texts").splitlines())
    await acting.act(asked, c.AddFollowUps(asked.by, texts, request.written("owner") or None))
    return Close()


def _presses(make: Make) -> Route:
    async def press(edge: Edge, request: Request) -> Answer:
        value, _, number = request.value.partition(":")
        asked = await asking.carried(edge, request, value)
        if not (number.isascii() and number.isdecimal() and len(number) < asking.LONGEST_ID):
            raise Outdated
        record = (await acting.act(asked, make(asked.by, int(number)))).record
        return Replace(follow_ups.listing(record)) if request.private else Nothing()

    return press


ABOUT: Mapping[str, About] = {"follow-up": add, "follow-ups": show}
BUTTONS: Mapping[str, Route] = {
    "follow_up.add": open_form,
    "follow_up.done": _presses(c.CompleteFollowUp),
    "follow_up.undo": _presses(c.ReopenFollowUp),
}

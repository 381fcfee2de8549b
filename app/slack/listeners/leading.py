"""Handing command over, and merging what is the same: the words, the forms and the menu behind them."""

from app.domain import commands as c
from app.slack.blocks import merging
from app.slack.listeners import acting, asking, opening, privacy
from app.slack.listeners.answer import Answer, Close, Open, Wrong
from app.slack.listeners.asking import Asked
from app.slack.listeners.edge import Edge
from app.slack.listeners.grammar import read_reference, split_word, take_member
from app.slack.listeners.refusals import NameTheOther, NobodyToHandTo, Refused
from app.slack.requests import Request


async def hand_off(asked: Asked) -> Answer:
    """Hand command over to the member who is mentioned, or open the form."""
    member, more = take_member(asked.rest)
    if member is None and not more:
        return opening.form(asked, "handoff")
    if member is None or more:
        raise Refused(NobodyToHandTo(), asked.record)
    return await acting.do(asked, c.HandOff(asked.by, member))


async def merge(asked: Asked) -> Answer:
    """Merge the incident into the one that was named, or open the form."""
    if not asked.rest:
        return await merge_form(asked)
    first, more = split_word(asked.rest)
    named = read_reference(first)
    if named is None or more:
        raise Refused(NameTheOther(), asked.record)
    into = await asking.named(asked.edge, asked.request, named)
    return await acting.do(asked, c.Merge(asked.by, into.incident.number))


async def merge_form(asked: Asked) -> Answer:
    """Open the form that merges, with the open incidents that this one may be the same as."""
    opening.check(asked)
    found = await asked.edge.store.run(lambda tx: tx.open_records(asked.edge.workspace))
    seen = await privacy.visible(asked.edge, asked.request, found)
    alike = [one for one in seen if one.id != asked.record.id and merging.may_be_same(one, asked.record)]
    return Open(merging.form(asked.record, alike))


async def submit_merge(edge: Edge, request: Request) -> Answer:
    """Merge as the form says."""
    asked = await asking.carried(edge, request, request.metadata)
    chosen = request.written("into")
    if not chosen.isdecimal():
        return Wrong({"into": str(NameTheOther())})
    await acting.act(asked, c.Merge(asked.by, int(chosen)))
    return Close()

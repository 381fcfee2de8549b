"""Contacts and tools: what the playbook holds for people to look up."""

from app.domain.reference import Contact
from app.slack.blocks import reference
from app.slack.listeners import asking
from app.slack.listeners.answer import Answer, Say
from app.slack.listeners.edge import Edge
from app.slack.listeners.grammar import Phrase
from app.slack.requests import Request


async def contacts(edge: Edge, _request: Request, phrase: Phrase) -> Answer:
    """Show the contacts that have the words that were typed, or all of them."""
    wanted = phrase.written.casefold().split()
    found = [one for one in edge.playbook.contacts if all(word in _said(one) for word in wanted)]
    return Say(reference.contacts(found, phrase.written, len(edge.playbook.contacts)))


def _said(one: Contact) -> str:
    return f"{one.id} {one.name} {one.purpose} {one.email} {one.phone} {one.url} {one.note}".casefold()


async def tools(edge: Edge, request: Request, phrase: Phrase) -> Answer:
    """Show the tools, with the services and the time of the incident whose room this is, or which was named."""
    record, words = await asking.perhaps(edge, request, phrase)
    wanted = words.casefold().split()
    known = (edge.playbook.of(record.rules) if record else edge.playbook).tools
    found = [one for one in known if all(word in f"{one.name} {one.group}".casefold() for word in wanted)]
    return Say(reference.tools(found or known, record, edge.now()))

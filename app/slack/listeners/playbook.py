"""`/incident playbook`: what is asked of the playbook itself; one small function for each word after it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from app.slack.listeners import adopting, asking, previewing
from app.slack.listeners.answer import Answer
from app.slack.listeners.edge import Edge
from app.slack.listeners.grammar import Phrase, split_word
from app.slack.listeners.refusals import PlaybookWords
from app.slack.requests import Request


async def playbook(edge: Edge, request: Request, phrase: Phrase) -> Answer:
    """Do what the next word asks of the playbook; what follows it goes on as `rest`."""
    word, rest = split_word(phrase.rest)
    if answer := WORDS.get(word.lower()):
        return await answer(edge, request, replace(phrase, rest=rest))
    raise PlaybookWords(words=", ".join(filter(None, WORDS)))


async def adopt(edge: Edge, request: Request, phrase: Phrase) -> Answer:
    """Show what the playbook as it is now would change in an open incident."""
    return await adopting.preview(await asking.typed(edge, request, replace(phrase, word="playbook adopt")))


WORDS: Mapping[str, Callable[[Edge, Request, Phrase], Awaitable[Answer]]] = {
    "": previewing.overview,
    "adopt": adopt,
    "preview": previewing.preview,
}

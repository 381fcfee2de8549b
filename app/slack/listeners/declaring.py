"""`/incident declare`: at once where all is clear, else by the form; what was meant as private is never public."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.domain import commands as c
from app.slack.blocks.inputs import KINDS
from app.slack.listeners import acting, opening
from app.slack.listeners.answer import Answer, Say
from app.slack.listeners.edge import Edge
from app.slack.listeners.grammar import Phrase, split_word, take_severity
from app.slack.requests import Request

# Phones make one long dash of two short ones.
FLAG = re.compile(rf"(?:^|\s)(?:--|[\u2013\u2014])({'|'.join(KINDS)})(?=\s|$)", re.IGNORECASE)
AROUND = "()[]:,.;-"
"""What may stand around a word that is meant by itself."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody typed who declares; `doubtful` where a word for its kind, `private`, may be one of the title's."""

    title: str
    severity: str | None
    kinds: tuple[str, ...] = ()
    doubtful: bool = False


async def declare(edge: Edge, request: Request, phrase: Phrase) -> Answer:
    """Declare at once where a severity and a title are clear, else open the form."""
    wanted = read(phrase.written, [severity.id for severity in edge.playbook.rules.severities])
    if wanted.severity and wanted.title and not wanted.doubtful:
        kinds = {kind: kind in wanted.kinds for kind in KINDS}
        return Say(await acting.declare(edge, request, _declaration(request, wanted, **kinds)))
    return await opening.declaration(edge, request, title=wanted.title, severity=wanted.severity, kinds=wanted.kinds)


def _declaration(request: Request, wanted: Wanted, *, private: bool, drill: bool) -> c.Declare:
    return c.Declare(c.Actor(request.user), wanted.title, wanted.severity or "", private=private, drill=drill)


def read(text: str, known: Collection[str]) -> Wanted:
    """Return what was typed: `private SEV1 title`, `SEV1 --private title` and the like are clear.

    In `SEV1 private title` and `private title` the word may belong to the title, so the form asks, with its box ticked.
    """
    flags = tuple(flag.lower() for flag in FLAG.findall(text))
    words = FLAG.sub(" ", text).strip()
    leading, rest = _take_kinds(words)
    severity, title = take_severity(rest, known)
    if leading and title and title == rest:
        return Wanted(words, None, _each(*flags, *leading), doubtful=True)
    perhaps = tuple(kind for kind in _at_the_ends(title) if kind not in (*flags, *leading))
    return Wanted(title, severity, _each(*flags, *leading, *perhaps), bool(perhaps))


def _take_kinds(text: str) -> tuple[tuple[str, ...], str]:
    first, rest = split_word(text)
    if not (kind := _kind(first)):
        return (), text
    more, rest = _take_kinds(rest)
    return (kind, *more), rest


def _at_the_ends(title: str) -> Iterator[str]:
    words = title.split()
    yield from filter(None, map(_kind, (*words[:1], *words[-1:])))


def _kind(word: str) -> str:
    bare = word.strip(AROUND).casefold()
    return bare if bare in KINDS else ""


def _each(*kinds: str) -> tuple[str, ...]:
    return tuple(kind for kind in KINDS if kind in kinds)

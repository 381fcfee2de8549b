"""What the report quotes of a document because the playbook holds nothing of it: first words, and figures of time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.playbooks.importing.claims import SENTENCE, kinds_in
from app.playbooks.importing.columns import PROMISES
from app.playbooks.importing.draft import Note, Sort, one_line
from app.playbooks.importing.reading import Block, Bullets, Fence, Section, Table, Text
from app.playbooks.importing.times import NEXT_BUSINESS_DAY, NEXT_BUSINESS_HOUR, times

WHOLE = re.compile(
    r"checklist “|runbook “|an agenda|\d+ reasons|the (?:form|message|template|text|block)|role |step \d"
)
"""What was said of a heading of which everything below it was taken."""
SETTLED = re.compile(r"target for |drill each |review each |milestone “|contact |tool |link ")
"""What was said of a line whose figures the report does not repeat."""
FIGURE = re.compile(rf"{NEXT_BUSINESS_DAY}|{NEXT_BUSINESS_HOUR}|\w+")
FIRST_WORDS, LONGEST_QUOTE, MOST_QUOTES = 80, 160, 5


def first_words(section: Section, playbook: str) -> str:
    """Return how what stands below a heading, and not in the playbook, begins; nothing where all of it does."""
    held = _words(playbook)
    texts = (text for part in parts_of(section) for text in _texts(part) if text.strip())
    said = next((text for text in texts if _words(text.partition(": ")[2] or text) not in held), "")
    return f"not understood: “{one_line(said, FIRST_WORDS)}”" if said else ""


def _words(text: str) -> str:
    return " ".join(["", *re.findall(r"\w+", text.lower()), ""])


@dataclass(frozen=True, slots=True)
class Told:
    """What the report says already: by the lines of which it says something, and every figure in it."""

    at: dict[int, list[str]]
    figures: frozenset[str]


def told_by(notes: tuple[Note, ...]) -> Told:
    """Return what `notes` say."""
    at: dict[int, list[str]] = {}
    for note in notes:
        at.setdefault(note.line, []).append(note.text)
    words = [FIGURE.findall(note.text) for note in notes if note.sort is not Sort.LEFT]
    return Told(at, frozenset(word for found in words for word in found))


def quotes(section: Section, told: Told) -> list[str]:
    """Return the sentences directly below a heading that name a time of which nothing was taken."""
    found = [quote for part in parts_of(section) for quote in _quotes_of(part, told)]
    more = len(found) - MOST_QUOTES
    return found[:MOST_QUOTES] + ([f"not understood: {more} more sentences that name a time"] if more > 0 else [])


def parts_of(section: Section) -> Iterator[Section]:
    """Yield a section, and those below it that are headed by a bold line or a colon alone."""
    yield section
    for child in section.children:
        if not child.is_heading:
            yield from parts_of(child)


def _texts(part: Section) -> Iterator[str]:
    if not part.is_heading:
        yield part.title
    for block in part.blocks:
        match block:
            case Text():
                yield from block.lines
            case Bullets():
                yield from (item.text for item in block.items)
            case Table():
                yield from (" | ".join(row) for row in [block.head, *block.rows])
            case Fence():
                yield from block.content.splitlines()


def _quotes_of(part: Section, told: Told) -> Iterator[str]:
    if any(WHOLE.match(text) for text in told.at.get(part.line, [])):
        return
    for text, is_noted in _lines(part.blocks, told.at):
        for said in SENTENCE.split(text):
            if _is_unread(said, told, is_noted=is_noted):
                yield f"not understood: “{one_line(said, LONGEST_QUOTE)}”"


def _lines(blocks: list[Block], known: dict[int, list[str]]) -> Iterator[tuple[str, bool]]:
    """Yield each line, and whether the report says something of it; what stands below such a point belongs to it."""
    for block in blocks:
        if isinstance(block, Text) and not _is_settled(block.line, known):
            yield from ((line, block.line in known and not _is_elsewhere(block, line)) for line in block.lines)
        elif isinstance(block, Bullets) and not any(text.startswith("role ") for text in known.get(block.line, [])):
            for item in block.items:
                if not _is_settled(item.line, known):
                    yield item.text, item.line in known
                if item.line not in known:
                    yield from _lines(item.blocks, known)


def _is_settled(line: int, known: dict[int, list[str]]) -> bool:
    return any(SETTLED.match(text) for text in known.get(line, []))


def _is_elsewhere(block: Text, line: str) -> bool:
    return len(block.lines) > 1 and _is_about_something_else(line)


def _is_about_something_else(text: str) -> bool:
    kinds = {word.kind for word in kinds_in(text)}
    return bool(kinds) and not kinds & PROMISES


def _is_unread(said: str, told: Told, *, is_noted: bool) -> bool:
    """Say whether a sentence names a time that the report does not: one that it tells may be read elsewhere."""
    figures = {time.written for time in times(said) if time.written and not time.is_immediate}
    return bool(figures) and (not figures <= told.figures or (not is_noted and _is_about_something_else(said)))

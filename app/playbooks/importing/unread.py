"""What the report quotes of a document because the playbook holds nothing of it: first words, and figures of time."""

import re
from collections.abc import Iterator

from app.playbooks.importing.claims import SENTENCE, kinds_in
from app.playbooks.importing.columns import PROMISES
from app.playbooks.importing.draft import Note, Sort, one_line
from app.playbooks.importing.reading import Block, Bullets, Fence, Section, Table, Text
from app.playbooks.importing.times import times

WHOLE = re.compile(
    r"checklist “|runbook “|an agenda|\d+ reasons|the (?:form|message|template|text|block)|role |step \d"
)
"""What was said of a heading of which everything below it was taken."""
FIRST_WORDS, LONGEST_QUOTE, MOST_QUOTES = 80, 160, 5


def first_words(section: Section, playbook: str) -> str:
    """Return how what stands below a heading, and not in the playbook, begins; nothing where all of it does."""
    held = _words(playbook)
    texts = (text for part in parts_of(section) for text in _texts(part) if text.strip())
    said = next((text for text in texts if _words(text.partition(": ")[2] or text) not in held), "")
    return f"not understood: “{one_line(said, FIRST_WORDS)}”" if said else ""


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def quotes(section: Section, notes: tuple[Note, ...]) -> list[str]:
    """Return the sentences directly below a heading that name a time of which nothing was taken."""
    found = [quote for part in parts_of(section) for quote in _quotes_of(part, notes)]
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


def _quotes_of(part: Section, notes: tuple[Note, ...]) -> Iterator[str]:
    if any(note.line == part.line and WHOLE.match(note.text) for note in notes):
        return
    noted = {note.line for note in notes}
    told = " ".join(note.text for note in notes if note.sort is not Sort.LEFT)
    roles = {note.line for note in notes if note.text.startswith("role ")}
    for text in _lines(part.blocks, noted, roles):
        for said in SENTENCE.split(text):
            if _is_unread(said, told):
                yield f"not understood: “{one_line(said, LONGEST_QUOTE)}”"


def _lines(blocks: list[Block], noted: set[int], roles: set[int]) -> Iterator[str]:
    """Yield the lines of which the report says nothing yet; what stands below a point belongs to that."""
    for block in blocks:
        if isinstance(block, Text) and block.line not in noted:
            yield from block.lines
        elif isinstance(block, Text) and len(block.lines) > 1:
            yield from (line for line in block.lines if _is_about_something_else(line))
        elif isinstance(block, Bullets) and block.line not in roles:
            for item in block.items:
                if item.line not in noted:
                    yield item.text
                    yield from _lines(item.blocks, noted, roles)


def _is_about_something_else(text: str) -> bool:
    kinds = {word.kind for word in kinds_in(text)}
    return bool(kinds) and not kinds & PROMISES


def _is_unread(said: str, told: str) -> bool:
    """Say whether a sentence names a time that the report does not: one that it tells may be read elsewhere."""
    figures = [time.written for time in times(said) if time.written and not time.is_immediate]
    known = all(re.search(rf"(?<!\w){re.escape(figure)}(?!\w)", told) for figure in figures)
    return bool(figures) and (not known or _is_about_something_else(said))

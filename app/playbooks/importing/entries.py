"""What a section lists by name: points and lines `Name: value`, and the rows of tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.playbooks.importing.draft import marked, one_line
from app.playbooks.importing.reading import Bullets, Section, Table, Text, items_of, lines_of

_I = re.IGNORECASE
LONGEST_NAME = 60
LINKED = re.compile(r"^(.{2,60}?)\s*<(https?://[^>]+)>(.*)$")
COLUMNS = (
    ("for", re.compile(r"for\b|purpose|when|reason|area|scope", _I)),
    ("email", re.compile(r"e-?mail", _I)),
    ("phone", re.compile(r"phone|tel\b|number|mobile", _I)),
    ("url", re.compile(r"url|link|address|portal|web|site|location", _I)),
    ("group", re.compile(r"group|kind|category|type", _I)),
    ("note", re.compile(r"note|remark|comment|description|sla|hours|details?", _I)),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is listed: its name, the id beside it in an exported runbook, and what is said of it.

    `told` holds the cells of a table by what their columns' heads call them; `is_point` says that it is one of a list.
    """

    line: int
    name: str
    mark: str
    value: str
    told: dict[str, str] = field(default_factory=dict)
    is_point: bool = True


def entries(section: Section) -> Iterator[Entry]:
    """Yield what stands directly below a heading, in the order of the document."""
    points = {item.line for item in items_of(section.blocks)}
    for block in section.blocks:
        if isinstance(block, Table):
            yield from (_row(block, row) for row in block.rows if row and row[0])
        elif isinstance(block, Text | Bullets):
            for line, text in lines_of([block]):
                if entry := _entry(line, text, is_point=line in points):
                    yield entry


def _row(table: Table, row: list[str]) -> Entry:
    told: dict[str, str] = {}
    for head, cell in zip(table.head[1:], row[1:], strict=False):
        key = next((key for key, pattern in COLUMNS if pattern.search(head)), None)
        if key and cell:
            told.setdefault(key, one_line(cell))
    return Entry(table.line, *marked(row[0]), "; ".join(cell for cell in row[1:] if cell), told)


def _entry(line: int, text: str, *, is_point: bool) -> Entry | None:
    if linked := LINKED.match(text):
        return Entry(line, *marked(linked[1].rstrip(" :")), f"{linked[2]} {linked[3]}", is_point=is_point)
    name, _, value = text.partition(":")
    if not value.strip() or value.startswith("//") or len(name) > LONGEST_NAME:
        return None
    return Entry(line, *marked(name), value.strip(), is_point=is_point)


def is_about(section: Section, this: re.Pattern[str], but: re.Pattern[str]) -> bool:
    """Say whether the nearest heading that tells of one of the two tells of `this`; that of the document apart."""
    for one in (section, *section.above()):
        if one.level <= 1 or but.search(one.title):
            return False
        if this.search(one.title):
            return True
    return False

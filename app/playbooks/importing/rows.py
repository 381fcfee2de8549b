"""The rows of an escalation policy: from lists, tables, trees of text, and chains of arrows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.playbooks.importing.draft import sentence, word
from app.playbooks.importing.labels import at_start, mentions
from app.playbooks.importing.orders import ELSEWHERE, PERSON, Order, orders_in
from app.playbooks.importing.reading import Block, Bullets, Fence, Item, Section, Table, Text, bare, lines_of
from app.playbooks.importing.times import times

_I = re.IGNORECASE
ESCALATION = re.compile(
    r"escalat|on[\s-]?call\s+(?:rotation|order|chain|schedule|path)|call(?:ing)?\s+(?:tree"
    r"|order|chain)|paging\s+(?:policy|order|chain)|who\s+(?:to|we|you)\s+(?:call"
    r"|page|wake)|who\s+(?:gets?|is|are)\s+(?:called|paged|informed|told|woken)"
    r"|chain\s+of\s+command|takes\s+too\s+long",
    _I,
)
CRITERIA = re.compile(r"\bif\b|when\s+to|criteria|trigger|reasons?", _I)
LEVEL = re.compile(
    r"^\W*(?:(?:escalation\s+)?(?:level|tier|step|l|t|stage)[\s-]?(\d{1,2})|(\d{1,2})(?=[.)]))\s*[:.)–—-]*\s*", _I
)
ARROW = re.compile(r"\s*(?:→|⇒|-+>|=+>|»)\s*")
AND = re.compile(r"\s*(?:\+|&|,|;|/|\band\b)\s*", _I)
PLACE = re.compile(r"primary|secondary|tertiary|backup|escalation|executive|management", _I)
MOST_WORDS, MOST_NAMES = 4, 4
HEAD = re.compile(r"^([^:–—(]{2,60}?)\s*(?:[:–—(]|\s-\s|$)")


@dataclass(slots=True)
class Row:
    """One line of an escalation policy as the document has it: its number, who is called, and what is said of when."""

    line: int
    label: str
    who: list[str]
    said: list[str] = field(default_factory=list)
    when: list[dict[str, Any]] = field(default_factory=list)
    also: dict[str, str] = field(default_factory=dict)
    only: str = ""
    """What a column of severities says of it."""
    order: Order | None = None
    """The sentence that it was read from, where it was one."""


def policies(root: Section) -> Iterator[Section]:
    """Yield the sections that tell whom to call, the outermost of each."""
    for section in root.children:
        if ESCALATION.search(section.title):
            yield section
        else:
            yield from policies(section)


def rows_of(section: Section) -> Iterator[Row]:
    """Yield the rows below a heading, in the order of the document; those called from outside are none of them."""
    if ELSEWHERE.search(section.title) or CRITERIA.search(section.title):
        return
    found = [row for block in section.blocks for row in _rows_of(block)]
    if not found:
        found = [row for block in section.blocks if isinstance(block, Text) for row in _rows_of_prose(block)]
    if not found and PERSON.search(section.title) and not ESCALATION.search(section.title):
        found = [Row(section.line, "", _names(section.title), [text for _, text in lines_of(section.blocks)])]
    named = mentions(section.title, lambda _: False)
    for row in found:
        row.only = row.only or ", ".join(section.title[one.start : one.end] for one in named)
        yield row
    for child in section.children:
        for row in rows_of(child):
            row.only = row.only or ", ".join(section.title[one.start : one.end] for one in named)
            yield row


def _rows_of(block: Block) -> Iterator[Row]:
    match block:
        case Table():
            yield from _rows_of_table(block)
        case Bullets():
            for item in block.items:
                yield from _rows_of_item(item, numbered=block.numbered)
        case Fence():
            yield from _rows_of_lines(block.line, block.content.splitlines()[:200])
        case Text():
            yield from _rows_of_lines(block.line, block.lines)


def _rows_of_prose(block: Text) -> Iterator[Row]:
    for line in block.lines:
        yield from (_row_of_order(block.line, "", order) for order in orders_in(line))


def _row_of_order(line: int, label: str, order: Order) -> Row:
    names = [sentence(word(name)) for name in order.who[:MOST_NAMES]]
    return Row(line, label, names, [order.said], order=order)


def _rows_of_item(item: Item, *, numbered: bool) -> Iterator[Row]:
    label, text = _labelled(item.text)
    if orders := list(orders_in(text)):
        rows = [_row_of_order(item.line, label, order) for order in orders]
        start = at_start(text, loose=False)
        for one in rows:
            one.only = start[1][: start[0].end] if start else ""
        rows[-1].said += [line for _, line in lines_of(item.blocks)]
        yield from rows
    elif row := _row_of_item(item, numbered=numbered):
        yield row


def _row_of_item(item: Item, *, numbered: bool) -> Row | None:
    label, text = _labelled(item.text)
    head = HEAD.match(text)
    below = [line for _, line in lines_of(item.blocks)]
    first, rest = (head[1], text[head.end(1) :]) if head else (text, "")
    value = rest.lstrip(" :–—-")
    if PERSON.search(value) and (PLACE.fullmatch(first.strip()) or (label and not PERSON.search(first))):
        name = value.partition("(")[0].strip()
        return Row(item.line, label, _names(name), [value[len(name) :], *below])
    named = PERSON.search(first) and (numbered or rest or len(first.split()) <= MOST_WORDS)
    return Row(item.line, label, _names(first), [rest, *below]) if label or named else None


EXACT = (
    ("at", re.compile(r"declared|next business hour")),
    ("unacknowledged", re.compile(r"unacknowledged for ([0-9dhm]+)")),
    ("unacknowledged", re.compile(r"not acknowledged in (time)")),
    ("open", re.compile(r"open for ([0-9dhm]+)")),
    ("open", re.compile(r"not resolved in (time)")),
    ("undiagnosed", re.compile(r"undiagnosed for ([0-9dhm]+)")),
    ("tag", re.compile(r"tagged ([\w, -]+)")),
)
LIMITS = {"unacknowledged": "acknowledge_within", "open": "resolve_within"}


def exact(cell: str) -> list[dict[str, Any]] | None:
    """Return the conditions that a cell tells in the words of an exported runbook; nothing where it has others."""
    found: list[dict[str, Any]] = []
    for part in cell.split(";"):
        words, _, only = part.strip().partition(" (")
        match = next(((key, told) for key, pattern in EXACT if (told := pattern.fullmatch(words))), None)
        if match is None:
            return None
        key, told = match
        value: Any = told[1] if told.groups() else words
        value = re.split(r",\s*", value) if key == "tag" else LIMITS[key] if value == "time" else value
        found.append({key: value} | ({"severities": re.split(r",\s*", only.rstrip(")"))} if only else {}))
    return found


WHO_HEAD = re.compile(r"who|role|contact|escalate to|person|owner|responder|team|notify", _I)
ONLY_HEAD = re.compile(r"sever|priorit|\bsevs?\b|^\W*for\W*$|\bfor which\b|appl(?:y|ies)|incidents?\b", _I)
EVERY_ONE = re.compile(r"\W*(?:all|any|every)\b", _I)


def _rows_of_table(table: Table) -> Iterator[Row]:
    who = _who_column(table)
    if who is None:
        return
    if by_time := list(_rows_by_time(table)):
        yield from by_time
        return
    only = _only_column(table, who)
    for row in table.rows:
        if who >= len(row) or not row[who]:
            continue
        if re.fullmatch(r"step", table.head[0], _I) and (when := exact(row[-1])):
            also = {head.lower(): cell for head, cell in zip(table.head, row, strict=False) if cell}
            yield Row(table.line, row[0], re.split(r",\s*", row[who]) if row[who] != "nobody" else [], [], when, also)
            continue
        others = [(at, head, cell) for at, (head, cell) in enumerate(zip(table.head, row, strict=False)) if at != who]
        said = [f"{head}: {cell}" for at, head, cell in others if cell and at != only]
        named = row[only] if only is not None and only < len(row) else ""
        yield Row(table.line, _level([cell for _, _, cell in others]), _names(row[who]), said, only=named)


def _rows_by_time(table: Table) -> Iterator[Row]:
    """Yield the rows of a table that has people in its cells and moments as its heads: `At once | After 1 h`."""
    if not table.head or not all(mentions(cell, lambda _: True) for cell in _column(table, 0) if cell):
        return
    moments = [at for at in range(1, len(table.head)) if any(map(PERSON.search, _column(table, at)))]
    if len(moments) == 1 or not any(times(table.head[at]) for at in moments):
        return
    for at in moments:
        whom: dict[str, list[str]] = {}
        for row in table.rows:
            if at < len(row) and PERSON.search(row[at]):
                whom.setdefault(row[at], []).append(row[0])
        said = table.head[at] if times(table.head[at]) or at > moments[0] else "immediately"
        yield from (Row(table.line, "", _names(cell), [said], only=", ".join(only)) for cell, only in whom.items())


def _who_column(table: Table) -> int | None:
    headed = next((at for at, head in enumerate(table.head) if WHO_HEAD.search(head)), None)
    if headed is not None:
        return headed
    most = len(table.rows) / 2
    people = (sum(bool(PERSON.search(cell)) for cell in _column(table, at)) for at in range(len(table.head)))
    return next((at for at, number in enumerate(people) if number > most), None)


def _only_column(table: Table, who: int) -> int | None:
    """Return the column that says nothing but for which severities each row holds."""
    for at, head in enumerate(table.head):
        cells = [cell for cell in _column(table, at) if cell]
        named = [bool(mentions(cell, lambda _: True)) or EVERY_ONE.match(cell) is not None for cell in cells]
        if at != who and ONLY_HEAD.search(head) and cells and all(named) and not any(map(times, cells)):
            return at
    return None


def _column(table: Table, at: int) -> list[str]:
    return [row[at] for row in table.rows if at < len(row)]


def _level(cells: list[str]) -> str:
    found = (LEVEL.match(f"{cell})" if cell.isdigit() else cell) for cell in cells)
    return next((match[1] or match[2] for match in found if match), "")


def _rows_of_lines(at: int, lines: list[str]) -> Iterator[Row]:
    row: Row | None = None
    for line in lines:
        parts = [part for part in ARROW.split(line) if part.strip()]
        persons = [part for part in parts if PERSON.search(part)]
        label, text = _labelled(line)
        if len(persons) > 1 and len(persons) == len(parts):
            yield from (_row_of_part(at, part) for part in parts)
        elif label and re.match(r"\S", line) and (head := HEAD.match(text)):
            if row:
                yield row
            row = Row(at, label, _names(head[1]), [text[head.end(1) :]])
        elif row:
            row.said.append(re.sub(r"^[\s│├└─*•-]+", "", line))
    if row:
        yield row


def _row_of_part(at: int, part: str) -> Row:
    head = HEAD.match(bare(part))
    return Row(at, "", _names(head[1] if head else part), [part])


def _labelled(text: str) -> tuple[str, str]:
    plain = re.sub(r"^[^\w(]+", "", text)
    match = LEVEL.match(plain)
    return (match[1] or match[2], plain[match.end() :]) if match else ("", plain)


def _names(text: str) -> list[str]:
    text = re.sub(r"\([^()]*\)?", "", text)
    parts = [word(part.strip(" .:*–—-")) for part in AND.split(text)]
    return [sentence(part) for part in parts if re.search(r"[A-Za-z]", part)][:MOST_NAMES]

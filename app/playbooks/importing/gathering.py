"""Everything that a document says of severities: where each is described, and each time that is named for it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.playbooks.importing.claims import Claim, Kind, claims_in, kinds_in, kinds_of_head, kinds_of_title
from app.playbooks.importing.labels import LOOSE_FAMILIES, WORD_FAMILY, Found, Key, at_start, from_cell
from app.playbooks.importing.reading import Block, Bullets, Fence, Section, Table, Text
from app.playbooks.importing.tables import across, is_across, joined, plain_time, severity_column, times_of
from app.playbooks.importing.times import Time, times

_I = re.IGNORECASE
ABOUT_SEVERITIES = re.compile(
    r"severit|priorit|\bclassif|urgenc|\b(?:incident|impact)\s+(?:levels?|types?"
    r"|categor\w*|class\w*)|criticality|\bSL[AO]s?\b|service[\s-]levels?|\bresponse\s+(?:times?"
    r"|targets?|matrix|levels?|commitments?)"
    r"|\bdefinitions?\b|\b(?:time|resolution|response)\s+(?:targets?|objectives?)"
    r"|\btargets\b|\blevels\b|acknowledge?ment|resolution times?",
    _I,
)
ABOUT_PEOPLE = re.compile(
    r"escalat|on[\s-]?call|contacts?|support\s+(?:tiers?|levels?)|rotation|\broles?\b|\bteam\b", _I
)
EVERY = re.compile(
    r"\b(?:all|any|each|every(?=\s+(?:\w+\s+)?(?:inc|alert|page|sev|prio|out|tick)))\b[^.]{0,40}\b(?:incidents?"
    r"|alerts?|pages?|severit|priorit|levels?|outages?|tickets?)|\bincidents (?:must"
    r"|should|are)\b",
    _I,
)
LONGEST_HEAD, ENOUGH = 80, 2
TABLE, ENTRY, HEADING, SENTENCE, MEASURE, GUESS = 6, 5, 4, 3, 2, -1


@dataclass(slots=True)
class Definition:
    """A place where a severity is described: what follows its name there, and what stands below."""

    found: Found
    rest: str
    line: int
    blocks: list[Block]
    section: Section | None = None
    columns: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """One time that the document names; `severities` is nothing where it names none for it."""

    kind: Kind
    severities: Found | None
    time: Time
    line: int
    strength: int
    guess: str = ""
    for_every: bool = False


@dataclass(slots=True)
class Gathered:
    """All that was found, in the order of the document."""

    definitions: list[Definition] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)


def gather(root: Section) -> Gathered:
    """Return what the document under `root` says of severities."""
    accepted = set(_accepted(root))
    gatherer = _Gatherer(accepted)
    gatherer.section(root, None, ())
    return gatherer.gathered


def _accepted(root: Section) -> Iterator[Key]:
    """Yield the words and levels that count as severities: where severities are told of, or side by side."""
    for section in root.walk():
        yield from _side_by_side(
            [child.title for child in section.children if not ABOUT_PEOPLE.search(child.title)], timed=False
        )
        context = is_about_severities(section)
        if context and (start := at_start(section.title, loose=True)):
            yield from (label.key for label in start[0].labels)
        for block in section.blocks:
            yield from _accepted_in(block, loose=context)


def _accepted_in(block: Block, *, loose: bool) -> Iterator[Key]:
    if isinstance(block, Table):
        column = severity_column(block)
        cells = [(row[column], block.head[column]) for row in block.rows] if column is not None else []
        yield from (label.key for cell, head in cells if (one := from_cell(cell, head)) for label in one.labels)
        return
    texts = (
        [item.text for item in block.items]
        if isinstance(block, Bullets)
        else block.lines
        if isinstance(block, Text)
        else []
    )
    if loose:
        starts = (at_start(text, loose=True) for text in texts)
        yield from (label.key for start in starts if start for label in start[0].labels)
    else:
        yield from _side_by_side(texts, timed=True)
    if isinstance(block, Bullets):
        for item in block.items:
            for inner in item.blocks:
                yield from _accepted_in(inner, loose=loose)


def _side_by_side(texts: Iterable[str], *, timed: bool) -> Iterator[Key]:
    """Yield the words that neighbours begin with (`Critical: …`, `High: …`), with a time, or of many."""
    starts = [(text, start[0]) for text in texts if (start := at_start(text, loose=True))]
    words = {
        label.key
        for _, found in starts
        for label in found.labels
        if label.family == WORD_FAMILY or (label.family in LOOSE_FAMILIES and (found.name or not timed))
    }
    if len(words) > ENOUGH or (len(words) > 1 and (not timed or any(times(text) for text, _ in starts))):
        yield from words


def is_about_severities(section: Section) -> bool:
    """Say whether the nearest heading that tells of severities or of people tells of severities."""
    for one in (section, *section.above()):
        if ABOUT_PEOPLE.search(one.title):
            return False
        if ABOUT_SEVERITIES.search(one.title):
            return True
    return False


class _Gatherer:
    def __init__(self, accepted: set[Key]) -> None:
        self._accepted = accepted
        self.gathered = Gathered()

    def section(self, section: Section, current: Found | None, about: tuple[Kind, ...]) -> None:
        start = self._start(section.title)
        if start and current and not section.is_heading and not _sets_off(*start):
            start = None
        if section.title:
            self._claims(section.title, section.line, current, (), HEADING)
        if start:
            current = start[0]
            blocks = [*section.blocks, *_as_blocks(section.children)]
            rest = start[1][current.end :]
            self.gathered.definitions.append(Definition(current, rest, section.line, blocks, section))
        own = kinds_of_title(section.title)
        about = own or (about if start or not section.is_heading else ())
        self._blocks(section.blocks, current, about)
        for child in section.children:
            self.section(child, current, about)

    def _start(self, text: str) -> tuple[Found, str] | None:
        if strict := at_start(text, loose=False):
            return strict
        loose = at_start(text, loose=True)
        return loose if loose and any(label.key in self._accepted for label in loose[0].labels) else None

    def _is_known(self, word: str) -> bool:
        return (WORD_FAMILY, word) in self._accepted or word in self._names

    @property
    def _names(self) -> set[str]:
        return {one.found.name.lower() for one in self.gathered.definitions if one.found.name}

    def _blocks(self, blocks: list[Block], current: Found | None, about: tuple[Kind, ...]) -> None:
        for block in blocks:
            match block:
                case Text():
                    for line in block.lines:
                        current = self._line(line, block.line, current, about, [])
                case Bullets():
                    here = current
                    for item in block.items:
                        here = self._line(item.text, item.line, here, about, item.blocks)
                        inner = self._start(item.text)
                        below = kinds_of_head(item.text) if len(item.text) < LONGEST_HEAD else ()
                        self._blocks(item.blocks, inner[0] if inner else here, below or about)
                case Table():
                    self._table(block, current, about)
                case Fence() if block.info in ("", "text", "txt"):
                    for line in block.content.splitlines()[:200]:
                        if at_start(line, loose=False):
                            self._claims(line, block.line, None, (), MEASURE, plain=False)

    def _line(
        self, text: str, line: int, current: Found | None, about: tuple[Kind, ...], below: list[Block]
    ) -> Found | None:
        """Take what a line says, and return the severities that the next one stands under."""
        start = self._start(text)
        if start and current and not _sets_off(*start):
            start = None
        if start:
            rest = start[1][start[0].end :]
            self.gathered.definitions.append(Definition(start[0], rest, line, below))
        key = text.partition(":")[0] if ":" in text[:45] else ""
        self._claims(text, line, current, about, ENTRY if key and kinds_in(key) else SENTENCE)
        is_head = start and not times(text) and len(text) < LONGEST_HEAD
        return start[0] if start and is_head else current

    def _claims(
        self, text: str, line: int, current: Found | None, about: tuple[Kind, ...], strength: int, *, plain: bool = True
    ) -> None:
        start = self._start(text)
        loose = start is not None and (not current or _sets_off(*start))
        order: Counter[tuple[Key, ...]] = Counter()
        for claim in claims_in(text, current, about, self._is_known, loose=loose):
            if claim.is_plain and plain:
                self._plain(claim, line, order)
            elif not claim.is_plain:
                every = claim.severities is None and bool(EVERY.search(text))
                self._say(
                    claim.kind,
                    claim.severities,
                    claim.time,
                    line,
                    strength,
                    for_every=every,
                    rhythmic=claim.is_rhythmic,
                )

    def _plain(self, claim: Claim, line: int, order: Counter[tuple[Key, ...]]) -> None:
        keys = tuple(label.key for label in claim.severities.labels) if claim.severities else ()
        kind = Kind.RESPOND if not order[keys] else Kind.RESOLVE
        order[keys] += 1
        taken_for = "response" if kind is Kind.RESPOND else "resolution"
        why = f"the document does not say what this time is for, taken for the {taken_for}"
        if order[keys] <= len((Kind.RESPOND, Kind.RESOLVE)):
            self._say(kind, claim.severities, claim.time, line, GUESS, guess=why)

    def _say(
        self,
        kind: Kind,
        found: Found | None,
        time: Time,
        line: int,
        strength: int,
        *,
        guess: str = "",
        for_every: bool = False,
        rhythmic: bool = True,
    ) -> None:
        if kind in (Kind.MEAN_RESPONSE, Kind.MEAN_RESOLUTION):
            strength = strength if strength == TABLE else min(strength, MEASURE)
            guess = guess or "a target for the mean"
        if kind is Kind.UPDATE and not rhythmic:
            strength -= 1
        if time.is_immediate:
            if kind in (Kind.RESOLVE, Kind.MEAN_RESOLUTION):
                return
            strength -= 3
        self.gathered.said.append(Said(kind, found, time, line, strength, guess or time.guess, for_every))

    def _table(self, table: Table, current: Found | None, about: tuple[Kind, ...]) -> None:
        column = severity_column(table)
        for row in table.rows:
            if is_across(table):
                self._row_across(row, table, about)
            elif column is not None and column < len(row):
                self._row(table, row, column, about)
            elif column is None:
                filled = [cell for cell in row if cell]
                self._claims(": ".join(filled[:2]), table.line, current, about, ENTRY)

    def _row_across(self, row: list[str], table: Table, about: tuple[Kind, ...]) -> None:
        head = row[0] if row else ""
        for at, found in across(table):
            cell = row[at] if at < len(row) else ""
            for kind, time in times_of(head, cell, about):
                self._say(kind, found, time, table.line, TABLE)
            self.gathered.definitions.append(Definition(found, "", table.line, [], columns={head: cell}))

    def _row(self, table: Table, row: list[str], column: int, about: tuple[Kind, ...]) -> None:
        cell = row[column]
        named = from_cell(cell, table.head[column])
        if not named:
            return
        found, rest = joined(named, row, column), cell[named.end :]
        columns = {head: other for at, (head, other) in enumerate(zip(table.head, row, strict=False)) if at != column}
        self.gathered.definitions.append(Definition(found, rest, table.line, [], columns=columns))
        told = [one for head, other in columns.items() for one in times_of(head, other, about)]
        for kind, time in told:
            self._say(kind, found, time, table.line, TABLE)
        if not told and (plain := plain_time(columns)):
            why = f"the document heads this time “{plain[0]}”, taken for the response"
            self._say(Kind.RESPOND, found, plain[1], table.line, GUESS, guess=why)
        self._claims(rest, table.line, found, (), SENTENCE)


def _sets_off(found: Found, text: str) -> bool:
    """Tell `Minor: …` from `Minor bugs`, which below another severity is an example of that."""
    if found.labels[0].family != WORD_FAMILY:
        return True
    return bool(re.match(r"\s*[:–—(|=]|\s-\s", text[found.end :]))


def _as_blocks(sections: list[Section]) -> Iterator[Block]:
    """Return bold heads below a severity as the points that they are."""
    for one in sections:
        if not one.is_heading:
            yield Text(one.line, [one.title])
            yield from one.blocks

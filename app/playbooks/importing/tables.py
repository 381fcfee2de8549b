"""Tables that tell of severities: which column names them, whether they stand across, what each cell says of times."""

import re
from collections.abc import Iterator

from app.playbooks.importing.claims import Kind, claims_in, kinds_of_head
from app.playbooks.importing.labels import LOOSE_FAMILIES, RANKS, WORD_FAMILY, Found, at_start, from_cell
from app.playbooks.importing.reading import Table, bare
from app.playbooks.importing.times import Time, only_time, times, unit_of

_I = re.IGNORECASE
SEVERITY_HEAD = re.compile(
    r"^\W*(?:incident\s+)?(?:severity|severities|sev\b|priority|prio\b|level|urgency"
    r"|class|classification|criticality|category|tier|p$|s$|rating|grade|impact level"
    r"|type$|code$)",
    _I,
)
PEOPLE_HEAD = re.compile(r"who\b|contact|role|owner|responsib|escalat\w* to|notify|person|name$", _I)
TIME_HEAD = re.compile(
    r"^\W*(?:sla|slo|target|time|timeline|timeframe|time\s*frame|deadline|due"
    r"|within|tta|how (?:fast|quickly|soon)|speed|expectation)",
    _I,
)
RHYTHM = re.compile(r"\W*every\b", _I)
FOR_A_CODE, FOR_A_WORD = 100, 10
"""What makes a column the one of severities: codes count more than words, and words more than its head."""


def severity_column(table: Table) -> int | None:
    """Return which column of a table names severities, if one does."""
    weights = {at: _weight(table, at) for at in range(len(table.head))}
    column = max(weights, key=lambda at: weights[at], default=None)
    if column is None or not weights[column] or _is_about_people(table, column):
        return None
    return column


def _weight(table: Table, at: int) -> int:
    """Return how likely a column names the severities; nothing where it does not."""
    cells, head = _cells(table, at), table.head[at]
    headed = SEVERITY_HEAD.search(head) is not None
    codes = sum(at_start(cell, loose=False) is not None or (headed and bare(cell).isdigit()) for cell in cells)
    words = sum(_is_label(cell) for cell in cells)
    others = sum(from_cell(cell, head) is not None for cell in cells) if headed and at == 0 else 0
    timed = _has_times(table, at)
    enough = codes or (headed and (words or (others and timed))) or (words > 1 and timed)
    return FOR_A_CODE * codes + FOR_A_WORD * words + headed * (1 + others) if enough else 0


def _cells(table: Table, at: int) -> list[str]:
    return [row[at] for row in table.rows if at < len(row)]


def _is_label(cell: str) -> bool:
    start = at_start(cell, loose=True)
    return start is not None and (bool(start[0].name) or start[0].labels[0].family != WORD_FAMILY)


def _has_times(table: Table, but: int) -> bool:
    return any(
        kinds_of_head(head) or TIME_HEAD.search(head) or any(map(times, _cells(table, at)))
        for at, head in enumerate(table.head)
        if at != but
    )


def _is_about_people(table: Table, column: int) -> bool:
    """Tell an escalation table (`Level 1`, who, when) from one of severities."""
    named = [found for cell in _cells(table, column) if (found := from_cell(cell, ""))]
    families = {label.family for found in named for label in found.labels}
    people = any(PEOPLE_HEAD.search(head) for at, head in enumerate(table.head) if at != column)
    names = any(cell.strip().lower() in RANKS for row in table.rows for cell in row)
    return people and not names and families <= {"Level", "Class"}


def across(table: Table) -> list[tuple[int, Found]]:
    """Return the severities that head the columns, where each row is about one of their times."""
    starts = [(at, at_start(head, loose=True)) for at, head in enumerate(table.head) if at]
    found = [(at, start[0]) for at, start in starts if start]
    codes = any(one.labels[0].family not in LOOSE_FAMILIES for _, one in found)
    about_times = any(kinds_of_head(row[0]) for row in table.rows if row)
    return found if len(found) > 1 and (codes or about_times) else []


def is_across(table: Table) -> bool:
    """Say whether the severities of a table head its columns."""
    beside = severity_column(table)
    many = len(table.head) > 1 + 1 or beside is None
    return many and bool(across(table)) and (beside is None or not any(map(kinds_of_head, table.head)))


def joined(found: Found, row: list[str], column: int) -> Found:
    """Join `Critical` with the `P1` of another column, or a code with its word, where one other column has those."""
    others = [cell for at, cell in enumerate(row) if at != column]
    if found.labels[0].family == WORD_FAMILY:
        codes = [start[0] for cell in others if (start := at_start(cell, loose=False))]
        return Found(found.start, found.end, codes[0].labels, found.name) if len(codes) == 1 else found
    words = [cell.strip() for cell in others if cell.strip().lower() in RANKS]
    name = words[0] if len(words) == 1 and not found.name else found.name
    return Found(found.start, found.end, found.labels, name, found.open_end)


def times_of(head: str, cell: str, about: tuple[Kind, ...]) -> Iterator[tuple[Kind, Time]]:
    """Yield the times of a cell: by what its column's head is about, or else by its own words."""
    kinds = kinds_of_head(head) or about
    found = times(cell)
    if len(kinds) > 1 and len(found) >= len(kinds):
        yield from zip(kinds, found, strict=False)
    elif kinds:
        yield from ((kinds[0], time) for time in [only_time(cell, unit_of(head))] if time)
    elif found and RHYTHM.match(cell):
        yield Kind.UPDATE, found[0]
    else:
        claims = claims_in(cell, None, (), lambda _: False, loose=False)
        yield from ((claim.kind, claim.time) for claim in claims if not claim.is_plain)


def plain_time(columns: dict[str, str]) -> tuple[str, Time] | None:
    """Return the time of a column that is headed `SLA` or `Target` alone, and that head."""
    for head, cell in columns.items():
        if TIME_HEAD.search(head) and (time := only_time(cell, unit_of(head))):
            return head, time
    return None

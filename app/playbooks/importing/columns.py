"""The columns of tables of severities that a playbook holds nothing of: none is lost without a word."""

import re
from collections.abc import Iterator

from app.playbooks.importing.claims import kinds_of_head
from app.playbooks.importing.draft import Draft, one_line
from app.playbooks.importing.gathering import ABOUT_PEOPLE, is_about_severities
from app.playbooks.importing.labels import RANKS, at_start
from app.playbooks.importing.reading import Section, Table
from app.playbooks.importing.severities import ASKS, EXAMPLES_KEY, MEANS_HEAD, NAME_HEAD
from app.playbooks.importing.tables import TIME_HEAD, across, is_across, severity_column, times_of
from app.playbooks.importing.times import times

PROMISES = {kind for kinds in ASKS.values() for kind in kinds}
MILESTONES = re.compile(r"milestone|step|deadline", re.IGNORECASE)
LONGEST_CELLS = 120
Column = tuple[str, list[str]]


def report_unread(draft: Draft) -> None:
    """Report what columns of the tables of severities say that the playbook does not."""
    for section in draft.root.walk():
        for block in section.blocks:
            if isinstance(block, Table) and not ABOUT_PEOPLE.search(section.title):
                for head, cells in _unread(block, section):
                    told = one_line("; ".join(cell for cell in cells if cell), LONGEST_CELLS)
                    draft.left(block.line, f"not understood: “{one_line(head, LONGEST_CELLS)}”: {told}")


def _unread(table: Table, section: Section) -> Iterator[Column]:
    columns = [(head, cells) for head, cells in _columns(table) if any(cells)]
    promised = [one for one in columns if _is_promise(*one)]
    if MILESTONES.match(table.head[0] if table.head else "") or not (promised or is_about_severities(section)):
        return
    meant = next((one for one in columns if MEANS_HEAD.match(one[0])), None)
    for one in columns:
        stands_alone = not promised and TIME_HEAD.search(one[0]) is not None
        if one not in promised and one is not meant and not stands_alone and not _names_or_examples(*one):
            yield one


def _columns(table: Table) -> list[Column]:
    """Return what a table says of its severities, by heads, whichever way it stands."""
    if is_across(table):
        wanted = [at for at, _ in across(table)]
        return [(row[0], [row[at] for at in wanted if at < len(row)]) for row in table.rows if row]
    named = severity_column(table)
    if named is None:
        return []
    return [
        (head, [row[at] for row in table.rows if at < len(row)]) for at, head in enumerate(table.head) if at != named
    ]


def _is_promise(head: str, cells: list[str]) -> bool:
    read = any(kind in PROMISES for cell in cells for kind, _ in times_of(head, cell, ()))
    return read or (bool(kinds_of_head(head)) and any(map(times, cells)))


def _names_or_examples(head: str, cells: list[str]) -> bool:
    words = all(cell.strip().lower() in RANKS or at_start(cell, loose=False) for cell in cells if cell)
    return words or EXAMPLES_KEY.match(head) is not None or NAME_HEAD.match(head) is not None

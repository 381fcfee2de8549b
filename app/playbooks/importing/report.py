"""What became of a document, heading by heading."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.playbooks.importing.document import Imported
from app.playbooks.importing.draft import Sort, one_line
from app.playbooks.importing.reading import Section
from app.playbooks.importing.unread import Told, first_words, quotes, told_by

BEGINS_ALIKE = 60


@dataclass(frozen=True, slots=True)
class Chapter:
    """One heading, its line (counted from 1), and what became of what stands directly below it."""

    line: int
    title: str
    understood: tuple[str, ...]
    guessed: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def is_left(self) -> bool:
        """Say whether the playbook holds nothing of it."""
        return not (self.understood or self.guessed)


def chapters(imported: Imported) -> list[Chapter]:
    """Return every heading of the document that has a text of its own; first of all what belongs to none."""
    sections = [section for section in imported.root.walk() if section.is_heading]
    spans = [(section, _until(section)) for section in sections]
    told = told_by(imported.notes)
    found = [_chapter(imported, told, section, until) for section, until in spans]
    general = _of(imported, range(-1, 0), 0, "")
    return [one for one in [general, *found] if one.understood or one.guessed or one.left]


def _until(section: Section) -> int:
    deeper = [child.line for child in _headings(section)]
    return min(deeper, default=section.end)


def _headings(section: Section) -> Iterator[Section]:
    for child in section.children:
        if child.is_heading:
            yield child
        else:
            yield from _headings(child)


def _chapter(imported: Imported, told: Told, section: Section, until: int) -> Chapter:
    lines = range(section.line, max(until, section.line + 1)) if section.title else range(until)
    chapter = _of(imported, lines, section.line + 1, section.title)
    if _inside_runbook(imported, section):
        return chapter
    nothing = not (chapter.understood or chapter.guessed or chapter.left)
    has_text = bool(section.blocks) or any(not child.is_heading for child in section.children)
    quoted = quotes(section, told)
    if not (nothing and has_text):
        return replace(chapter, left=tuple(dict.fromkeys((*chapter.left, *quoted))))
    begins = first_words(section, imported.files["playbook.yml"])
    if not (begins or quoted):
        return replace(chapter, understood=("what it says stands in the playbook",))
    shown = [begins] if begins and not any(quote[:BEGINS_ALIKE] == begins[:BEGINS_ALIKE] for quote in quoted) else []
    return replace(chapter, left=tuple(dict.fromkeys((*shown, *quoted))))


def _inside_runbook(imported: Imported, section: Section) -> bool:
    lines = {note.line for note in imported.notes if note.text.startswith("runbook ")}
    return any(one.line in lines for one in section.above() if one.title)


def _of(imported: Imported, lines: range, line: int, title: str) -> Chapter:
    here = [note for note in imported.notes if note.line in lines]
    by_sort = {sort: tuple(dict.fromkeys(one_line(note.text) for note in here if note.sort is sort)) for sort in Sort}
    return Chapter(line, one_line(title), by_sort[Sort.UNDERSTOOD], by_sort[Sort.GUESSED], by_sort[Sort.LEFT])

"""From the text of a document to the files of a playbook."""

import re
from dataclasses import dataclass

from app.playbooks.importing import appendix, guidance, levels, people, practice, reference, scenarios, setting, wording
from app.playbooks.importing.checking import usable
from app.playbooks.importing.draft import Draft, Note, Sort
from app.playbooks.importing.reading import Section, Text, read
from app.playbooks.importing.writing import playbook_yml

LARGEST = 256 * 1024
MOST_LINES = 10_000
HEADING = "Made from a Markdown document by tocsin playbook import. Go through every line marked “guessed”."
MOJIBAKE = re.compile(
    r"[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{2,}"
)


@dataclass(frozen=True, slots=True)
class Imported:
    """A playbook made of a document: its files by their paths, and what became of each part of the document."""

    name: str
    files: dict[str, str]
    root: Section
    notes: tuple[Note, ...]

    @property
    def is_empty(self) -> bool:
        """Say whether nothing of the document was used, and it has nothing that could be: no heading, list or table."""
        used = any(
            note.sort is Sort.UNDERSTOOD or (note.sort is Sort.GUESSED and note.line >= 0) for note in self.notes
        )
        return not (used or self.root.children or any(not isinstance(block, Text) for block in self.root.blocks))


def readable(content: bytes) -> str:
    """Return what a file holds as text, whatever it is; signs that are no text become marks."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", errors="replace")
    else:
        text = content.decode("utf-8-sig", errors="replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter if letter.isprintable() or letter in "\n\t" else " " for letter in text)


def import_markdown(text: str, file_name: str = "runbook", name: str | None = None) -> Imported:
    """Return the playbook that the document says; whatever `text` is, there is one that can be used."""
    whole = _mended(text)
    kept = "\n".join(whole[:LARGEST].split("\n")[:MOST_LINES])
    said = appendix.split(kept)
    draft = recognised(said.above, file_name, name)
    if len(kept) < len(whole):
        draft.left(kept.count("\n"), f"what comes after the first {LARGEST // 1024} KiB or {MOST_LINES} lines")
    appendix.apply(draft, said)
    if name:
        draft.data["name"] = name
    usable(draft)
    files = {"playbook.yml": playbook_yml(draft, HEADING), **dict(sorted(draft.files.items()))}
    return Imported(str(draft.data["name"]), files, draft.root, tuple(draft.notes))


def recognised(text: str, file_name: str, name: str | None) -> Draft:
    """Return what the rules make of a document, before anything is checked."""
    draft = Draft(read(text), text.split("\n"))
    setting.recognise(draft, name, file_name)
    levels.recognise(draft)
    people.recognise(draft)
    guidance.recognise(draft)
    wording.recognise(draft)
    reference.recognise(draft)
    practice.recognise(draft)
    scenarios.recognise(draft)
    return draft


def _mended(text: str) -> str:
    """Return text whose UTF-8 was once read as Windows-1252 (`ðŸš¨`) as it was meant."""
    return MOJIBAKE.sub(_meant, text)


def _meant(match: re.Match[str]) -> str:
    try:
        return b"".join(_byte(letter) for letter in match[0]).decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return match[0]


def _byte(letter: str) -> bytes:
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        return letter.encode("latin-1")

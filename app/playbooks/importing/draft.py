"""A playbook while it is being made of a document: what it will say, what of that is a guess, and from which line."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.playbooks.importing.reading import Section
from app.playbooks.importing.severities import Severity
from app.playbooks.names import ID

LONGEST_LINE, LONGEST_WORD, LONGEST_ID = 300, 75, 32
Path = tuple[str | int, ...]


class Sort(StrEnum):
    """What became of a part of the document."""

    UNDERSTOOD = "understood"
    GUESSED = "guessed"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to report of the document, at a line (counted from 0)."""

    line: int
    sort: Sort
    text: str


@dataclass(slots=True)
class Draft:
    """A playbook in the making.

    `data` is its playbook.yml, `files` what lies beside it, `guesses` the parts of `data` that the document does not
    say, with a remark each, and `notes` the report.
    """

    root: Section
    lines: list[str]
    severities: list[Severity] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    guesses: dict[Path, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    """The lines of headings whose text became something else than a runbook."""

    def understood(self, line: int, text: str) -> None:
        """Report something that the document says."""
        self.notes.append(Note(line, Sort.UNDERSTOOD, text))

    def guess(self, path: Path, why: str, line: int = -1, told: str = "") -> None:
        """Mark a part of `data` as a guess, and report it."""
        before = self.guesses.get(path)
        self.guesses[path] = one_line(f"{before}; {why}" if before and before != why else why, LONGEST_LINE)
        self.notes.append(Note(line, Sort.GUESSED, f"{told or path_in_words(path)}: {why}"))

    def left(self, line: int, text: str) -> None:
        """Report something that the playbook does not hold."""
        self.notes.append(Note(line, Sort.LEFT, text))

    @property
    def knows_no_severity(self) -> bool:
        """Say whether the severities are not the document's."""
        return ("severities",) in self.guesses

    def ids(self) -> list[str]:
        """Return the ids of the severities, the highest first."""
        return [severity.id for severity in self.severities]


def path_in_words(path: Path) -> str:
    """Write a path as people do: `severities.P0.resolve_within`."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """Return text as one line without anything that does not print, cut where it is too long."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def word(text: str) -> str:
    """Return text as short as a name may be."""
    return one_line(text, LONGEST_WORD)


def id_of(text: str, otherwise: str, taken: Iterable[str] = ()) -> str:
    """Return an id made of words, unlike those that are `taken`."""
    slug = _shortened(re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-"))
    stem = slug if re.fullmatch(ID, slug) else otherwise
    used, number, name = set(taken), 1, stem
    while name in used:
        number += 1
        name = f"{stem[: LONGEST_ID - 1 - len(str(number))]}-{number}"
    return name


def _shortened(slug: str) -> str:
    whole_words, dash, _ = slug[: LONGEST_ID + 1].rpartition("-")
    return slug[:LONGEST_ID] if len(slug) <= LONGEST_ID or not dash else whole_words


def marked(text: str) -> tuple[str, str]:
    """Return a name and the id in brackets after it, as an exported runbook writes it: `Scribe [scribe]`."""
    found = re.fullmatch(r"(.*\S)\s*\[([a-z0-9][a-z0-9_-]{0,31})\]\W*", text)
    return (found[1], found[2]) if found else (text, "")


def sentence(text: str) -> str:
    """Return text with a capital at its beginning."""
    return text[:1].upper() + text[1:]

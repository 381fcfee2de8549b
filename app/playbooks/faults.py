"""What is wrong with a playbook, told so that whoever wrote it can put it right.

`Wrong` is raised by the parser of one value, which knows neither file nor line. `Fault` is the same with its place.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar

LONGEST_SHOWN = 60


class Wrong(ValueError):
    """A value that cannot stand: `problem` says why, `allowed` what can stand in its place."""

    def __init__(self, problem: str, allowed: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.allowed = allowed


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to put right. `key` is empty where the file as a whole is at fault."""

    mark: ClassVar[str] = ""

    file: Path
    line: int
    key: str
    problem: str
    allowed: str

    @property
    def seen(self) -> Path:
        """Its file, as it is called from the folder in which Tocsin runs."""
        here = Path.cwd()
        return self.file.relative_to(here) if self.file.is_relative_to(here) else self.file

    def __str__(self) -> str:
        """Return it as one line: where, what, and what is allowed."""
        where = f"{self.seen}:{self.line}"
        what = f"{self.key}: {self.problem}" if self.key else self.problem
        return _one_line(f"{where}: {self.mark}{what}; {self.allowed}")


@dataclass(frozen=True, slots=True, order=True)
class Suspicion(Fault):
    """One thing that can stand, and that most likely nobody meant; `allowed` says what to do about it."""

    mark: ClassVar[str] = "warning: "


class PlaybookFaults(Exception):
    """A playbook cannot be used. `faults` holds everything that is wrong with it, in the order of its files."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        super().__init__()
        self.faults = tuple(sorted(set(faults)))

    def __str__(self) -> str:
        """Return one line for each fault."""
        return "\n".join(map(str, self.faults))


def shown(value: Any) -> str:
    """Return `value` as a person wrote it, cut where it is long."""
    match value:
        case None:
            return "an empty value"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case str() if len(value) > LONGEST_SHOWN:
            return json.dumps(value[:LONGEST_SHOWN] + "…", ensure_ascii=False)
        case _:
            return json.dumps(value, ensure_ascii=False)


def choice(word: object, options: Iterable[str]) -> str:
    """Say which words can stand in place of `word`, the nearest first."""
    listed = list(options)
    by_lower = {option.lower(): option for option in reversed(listed)}
    near = get_close_matches(str(word).lower(), by_lower, n=1)
    every = f"allowed: {', '.join(listed)}" if listed else "none is defined"
    return f"did you mean {by_lower[near[0]]}? ({every})" if near else every


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)

"""YAML as plain values, with the line on which each one stands.

This reads the part of YAML that a playbook needs: mappings with words as keys, lists, text, whole numbers, `true`,
`false` and nothing. Whatever else looks typed (a date, a time, a number with a point) stays the text that was written,
so that `12:30` is never 750. Tags are refused, and so are aliases, with which a small file can stand for a huge one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from app.playbooks.faults import Fault, PlaybookFaults

KeyPath = tuple[str | int, ...]

PLAIN_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
WHOLE_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
TAGGABLE = (ScalarEvent, SequenceStartEvent, MappingStartEvent)
DEEPEST, SHALLOW = 50, 3

SYNTAX_HINT = 'indent with spaces, and quote text that holds ": ", " #" or begins with a sign'


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says (`value`), and where: `lines` by the path of keys and list positions."""

    value: Any
    lines: dict[KeyPath, int]

    def locate(self, path: KeyPath) -> tuple[KeyPath, int]:
        """Return the deepest part of `path` that the file has, and its line.

        A position is left out where the file has no list: there a lone value stands for a list of one.
        """
        found: KeyPath = ()
        for part in path:
            if (*found, part) in self.lines:
                found = (*found, part)
            elif isinstance(part, str):
                break
        return found, self.lines[found]


def dotted(path: KeyPath) -> str:
    """Write a path as people do: `severities[1].update_every`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def read(text: str, file: Path) -> tuple[Document, list[Fault]]:
    """Return what `text` says and the faults that leave it readable; raises `PlaybookFaults` where none do."""
    reader = _Reader(file, map(_whole, YAML(typ="safe", pure=True).parse(text)))
    try:
        return reader.document(), reader.faults
    except YAMLError as error:
        raise PlaybookFaults([_syntax_fault(error, file)]) from None
    except (ValueError, OverflowError) as error:
        # What ruamel.yaml lets through for an escape that stands for no character.
        raise PlaybookFaults([Fault(file, 1, "", f"not YAML ({error})", SYNTAX_HINT)]) from None


def _syntax_fault(error: YAMLError, file: Path) -> Fault:
    mark = error.problem_mark or error.context_mark if isinstance(error, MarkedYAMLError) else None
    problem = error.problem if isinstance(error, MarkedYAMLError) else str(error)
    line = mark.line + 1 if mark else 1
    return Fault(file, line, "", f"not YAML ({problem})", SYNTAX_HINT)


@dataclass(slots=True)
class _Reader:
    file: Path
    events: Iterator[Event]
    lines: dict[KeyPath, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def document(self) -> Document:
        value = self._only_document()
        return Document(value, {(): 1} | self.lines)

    def _only_document(self) -> Any:
        next(self.events)
        if isinstance(next(self.events), StreamEndEvent):
            return None
        value = self._value(next(self.events), ())
        next(self.events)
        second = next(self.events)
        if not isinstance(second, StreamEndEvent):
            self._refuse(_line(second), (), "a second document", "keep one in a file")
        return value

    def _value(self, event: Event, path: KeyPath) -> Any:
        line = _line(event)
        self.lines.setdefault(path, line)
        if isinstance(event, AliasEvent):
            self._refuse(line, path, f"an alias of {event.anchor}", "write the value itself")
        if isinstance(event, TAGGABLE) and event.tag is not None:
            self._tell(line, path, f"tagged {event.tag}", "write the value itself")
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        if len(path) == DEEPEST:
            self._refuse(line, path[:SHALLOW], "nested too deeply", "write it as the schema says")
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        return [self._value(item, (*path, at)) for at, item in enumerate(self._until(SequenceEndEvent))]

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key in self._until(MappingEndEvent):
            line = _line(key)
            if not isinstance(key, ScalarEvent):
                self._refuse(line, path, "a key that is not a word", "write it as key: value")
            inner = (*path, key.value)
            first = self.lines.setdefault(inner, line)
            value = self._value(next(self.events), inner)
            if key.value in mapping:
                self._tell(line, inner, f"written twice, first on line {first}", "keep one of the two")
            elif value is None:
                self._tell(line, inner, "without a value", "write one, or leave the key out")
            else:
                mapping[key.value] = value
        return mapping

    def _until(self, end: type[Event]) -> Iterator[Event]:
        while not isinstance(event := next(self.events), end):
            yield event

    def _tell(self, line: int, path: KeyPath, problem: str, allowed: str) -> None:
        self.faults.append(Fault(self.file, line, dotted(path), problem, allowed))

    def _refuse(self, line: int, path: KeyPath, problem: str, allowed: str) -> NoReturn:
        self._tell(line, path, problem, allowed)
        raise PlaybookFaults(self.faults)


def _whole(event: Event) -> Event:
    """Join what JSON writes as two escapes, such as an emoji; half a character alone stands for none."""
    if isinstance(event, ScalarEvent):
        event.value = str(event.value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return event


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1


def _scalar(event: ScalarEvent) -> bool | int | str | None:
    written = str(event.value)
    if event.style is not None:
        return written
    if written in PLAIN_WORDS:
        return PLAIN_WORDS[written]
    return int(written) if WHOLE_NUMBER.fullmatch(written) else written

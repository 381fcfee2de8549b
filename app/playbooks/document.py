"""YAML as plain values, with the line on which each one stands.

This reads the part of YAML that a playbook needs: mappings with words as keys, lists, text, whole numbers, `true`,
`false` and nothing. Whatever else looks typed (a date, a time, a number with a point) stays the text that was written,
so that `12:30` is never 750. Tags are refused, and so are aliases, with which a small file can stand for a huge one.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.playbooks.faults import Fault, PlaybookFaults, shown

KeyPath = tuple[str | int, ...]

PLAIN_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
WHOLE_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
STANDARD = "tag:yaml.org,2002:"
UNWRITTEN_TAGS = {STANDARD + kind for kind in "map seq str int float bool null timestamp merge value".split()}

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
    reader = _Reader(file)
    try:
        root = YAML(typ="safe", pure=True).compose(text)
        value = reader.read(root) if root is not None else None
    except RecursionError:
        raise PlaybookFaults([Fault(file, 1, "", "nested too deeply", SYNTAX_HINT)]) from None
    except YAMLError as error:
        raise PlaybookFaults([_syntax_fault(error, file)]) from None
    except (ValueError, OverflowError) as error:
        # What ruamel.yaml lets through for escapes and directives that stand for no character and no version.
        raise PlaybookFaults([Fault(file, 1, "", f"not YAML ({error})", SYNTAX_HINT)]) from None
    return Document(value, {(): 1} | reader.lines), reader.faults


def _syntax_fault(error: YAMLError, file: Path) -> Fault:
    mark = error.problem_mark or error.context_mark if isinstance(error, MarkedYAMLError) else None
    problem = error.problem if isinstance(error, MarkedYAMLError) else str(error)
    line = mark.line + 1 if mark else 1
    return Fault(file, line, "", f"not YAML ({problem})", SYNTAX_HINT)


@dataclass(slots=True)
class _Reader:
    file: Path
    lines: dict[KeyPath, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def read(self, node: Node, path: KeyPath = ()) -> Any:
        line = self.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self.seen:
            problem = f"an alias of what stands on line {line}"
            raise PlaybookFaults([*self.faults, self._fault(self.lines[path], path, problem)])
        self.seen.add(id(node))
        if str(node.tag) not in UNWRITTEN_TAGS:
            self.faults.append(self._fault(line, path, f"tagged {node.tag}"))
        match node:
            case MappingNode():
                return self._mapping(node, path)
            case SequenceNode():
                return [self.read(item, (*path, at)) for at, item in enumerate(node.value)]
            case ScalarNode():
                return _scalar(node)
            case _:
                raise TypeError(f"ruamel.yaml composed {node!r}")

    def _mapping(self, node: MappingNode, path: KeyPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                self.faults.append(self._fault(line, path, f"{shown(_kind(key))} used as a key"))
            elif key.value in mapping:
                first = self.lines[*path, key.value]
                problem = f"written twice, first on line {first}"
                self.faults.append(self._fault(line, (*path, key.value), problem, "keep one of the two"))
            else:
                self._entry(mapping, key.value, value, path, line)
        return mapping

    def _entry(self, mapping: dict[str, Any], key: str, node: Node, path: KeyPath, line: int) -> None:
        self.lines[*path, key] = line
        value = self.read(node, (*path, key))
        if value is None:
            self.faults.append(self._fault(line, (*path, key), "without a value", "write one, or leave the key out"))
        else:
            mapping[key] = value

    def _fault(self, line: int, path: KeyPath, problem: str, allowed: str = "write the value itself") -> Fault:
        return Fault(self.file, line, dotted(path), problem, allowed)


def _kind(node: Node) -> dict[str, Any] | list[Any]:
    return {} if isinstance(node, MappingNode) else []


def _scalar(node: ScalarNode) -> bool | int | str | None:
    written = str(node.value)
    if node.style is not None:
        return written
    if written in PLAIN_WORDS:
        return PLAIN_WORDS[written]
    return int(written) if WHOLE_NUMBER.fullmatch(written) else written

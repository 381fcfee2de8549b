"""The block at the end of an exported runbook: what Markdown cannot say of its playbook.

It holds only the difference between what the rules read in the Markdown above it and the playbook itself. So whoever
edits the Markdown changes the playbook, and whoever edits the block changes the rest.
"""

import copy
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.playbooks import document
from app.playbooks.faults import PlaybookFaults
from app.playbooks.importing.canonical import canonical
from app.playbooks.importing.draft import Draft, Sort
from app.playbooks.importing.writing import in_yaml

MARK = "yaml tocsin"
REPLACED, REMOVED = "=", "-"
IN_ORDER = ("milestones", "responders", "roles", "checklists", "contacts", "tools", "drills")
OPENING = re.compile(rf"^(`{{3,}}){MARK}[ \t]*$", re.MULTILINE)
SAFE_FILE = re.compile(
    r"(?:messages/[a-z_]{1,60}\.j2|messages/mail/[a-z_]{1,60}(?:\.html)?\.j2|runbooks/[A-Za-z0-9][A-Za-z0-9_-]{0,31}\.md"
    r"|drills/[A-Za-z0-9][A-Za-z0-9_-]{0,31}\.yml|[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.ics"
    r"|postmortem\.md\.j2)"
)
"""Files that a playbook can have; nothing else is written, whatever a document asks for."""


@dataclass(slots=True)
class Said:
    """A document in two: what stands above the block, and what the block says."""

    above: str
    playbook: Any = None
    files: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    line: int = 0
    fault: str = ""


def split(text: str) -> Said:
    """Return the document and its block apart; a block that cannot be read is told."""
    openings = list(OPENING.finditer(text))
    if not openings:
        return Said(text)
    opening = openings[-1]
    rest = text[opening.end() + 1 :]
    closing = re.search(rf"^{opening[1]}`*[ \t]*$", rest, re.MULTILINE)
    said = Said(text[: opening.start()], line=text[: opening.start()].count("\n"))
    try:
        value = document.read(rest[: closing.start()] if closing else rest, Path("appendix"))[0].value
    except PlaybookFaults as faults:
        said.fault = "; ".join(fault.problem for fault in faults.faults)
        return said
    if isinstance(value, dict):
        said.playbook = value.get("playbook")
        files = value.get("files", {})
        said.files = (
            {name: text for name, text in files.items() if isinstance(text, str)} if isinstance(files, dict) else {}
        )
        removed = value.get("without", [])
        said.removed = [str(name) for name in removed] if isinstance(removed, list) else []
    return said


def apply(draft: Draft, said: Said) -> None:
    """Complete a draft by what the block says."""
    if said.fault:
        draft.left(said.line, f"the block at the end, which cannot be read: {said.fault}")
        return
    if said.playbook is not None and isinstance(merged := merge(canonical(draft.data), said.playbook), dict):
        draft.data = merged
        draft.guesses = {}
        draft.notes = [note for note in draft.notes if note.line >= 0 and note.sort is not Sort.GUESSED]
        draft.understood(said.line, "the block at the end")
    for name in said.removed:
        draft.files.pop(name, None)
    for name, text in said.files.items():
        if SAFE_FILE.fullmatch(name):
            draft.files[name] = text
        else:
            draft.left(said.line, f"{name}: no file that a playbook has")


def block(read: Any, meant: Any, files: dict[str, str], removed: list[str]) -> str:
    """Return the block that makes `meant` of what was `read`; empty where nothing is missing."""
    value: dict[str, Any] = {}
    if change := difference(read, meant):
        value["playbook"] = change
    if removed:
        value["without"] = removed
    if files:
        value["files"] = files
    if not value:
        return ""
    body = in_yaml(value)
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", body)), default=0))
    return f"{ticks}{MARK}\n{body}{ticks}\n"


def difference(read: Any, meant: Any, *, top: bool = True, in_order: bool = False) -> Any:
    """Return what has to be said beside `read` so that `merge` makes `meant` of it.

    The order of keys counts `in_order` alone: in those parts of a playbook whose entries people see one after another.
    """
    if isinstance(read, dict) and isinstance(meant, dict):
        change = {
            key: difference(read[key], value, top=False, in_order=top and key in IN_ORDER) if key in read else value
            for key, value in meant.items()
            if key not in read or not _is_same(read[key], value, in_order=top and key in IN_ORDER)
        }
        if gone := [key for key in read if key not in meant]:
            change[REMOVED] = gone
        return change if _is_same(merge(read, change), meant, in_order=in_order) else {REPLACED: meant}
    mine, theirs = _by_id(read), _by_id(meant)
    if mine is not None and theirs is not None and list(mine) == list(theirs):
        return {key: difference(mine[key], value, top=False) for key, value in theirs.items() if mine[key] != value}
    return meant


def _is_same(read: Any, meant: Any, *, in_order: bool) -> bool:
    return bool(read == meant) and (not in_order or list(read) == list(meant))


def merge(read: Any, change: Any) -> Any:
    """Return `read` with a change made by `difference`."""
    if not isinstance(change, dict):
        return copy.deepcopy(change)
    if REPLACED in change:
        return copy.deepcopy(change[REPLACED])
    if (known := _by_id(read)) is not None:
        return [merge(one, change[key]) if key in change else one for key, one in known.items()]
    if not isinstance(read, dict):
        return copy.deepcopy(change)
    gone = change.get(REMOVED, [])
    merged = {key: value for key, value in read.items() if key not in (gone if isinstance(gone, list) else [])}
    for key, value in change.items():
        if key != REMOVED:
            merged[key] = merge(merged[key], value) if key in merged else copy.deepcopy(value)
    return merged


def _by_id(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) and "id" in one for one in value):
        return None
    by_id = {str(one["id"]): one for one in value}
    return by_id if len(by_id) == len(value) else None

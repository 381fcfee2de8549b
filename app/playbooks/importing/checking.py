"""Sees that a draft can be used: what a playbook cannot say is taken out, and reported."""

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.playbooks.faults import Fault, PlaybookFaults
from app.playbooks.importing.draft import Draft
from app.playbooks.importing.writing import playbook_yml
from app.playbooks.shipped import shipped
from app.playbooks.source import FILE, load

ROUNDS = 40
NEEDED = ("messages/customer.j2", "postmortem.md.j2")
STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def usable(draft: Draft) -> None:
    """Take out of `draft` whatever keeps it from passing `tocsin playbook check`."""
    for _ in range(ROUNDS):
        faults = _faults(draft)
        if not faults:
            return
        for fault in faults:
            _without(draft, fault)
        _whole(draft)
    _bare(draft)


def _faults(draft: Draft) -> list[Fault]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        written = {FILE: playbook_yml(draft, "draft"), **draft.files}
        for name, text in written.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        try:
            load(str(folder))
        except PlaybookFaults as unusable:
            return [
                Fault(
                    fault.file.resolve().relative_to(folder.resolve()),
                    fault.line,
                    fault.key,
                    fault.problem,
                    fault.allowed,
                )
                for fault in unusable.faults
            ]
    return []


def _without(draft: Draft, fault: Fault) -> None:
    name = fault.file.as_posix()
    if name == FILE:
        draft.left(-1, f"{fault.key or 'playbook.yml'}: {fault.problem}")
        _cut(draft.data, _path(fault.key))
    elif name in draft.files:
        draft.left(-1, f"{name}: {fault.problem}")
        del draft.files[name]


def _path(key: str) -> list[str | int]:
    return [int(match[2]) if match[2] else match[1] for match in STEP.finditer(key)]


def _cut(data: Any, path: Iterable[str | int]) -> None:
    """Delete what stands at `path`; where nothing stands there, what it is missing from."""
    holder, last, here = None, None, data
    for part in path:
        inside = part in here if isinstance(here, dict) else isinstance(here, list) and part in range(len(here))
        if not inside:
            break
        holder, last, here = here, part, here[part]
    if holder is not None:
        del holder[last]


def _whole(draft: Draft) -> None:
    """Put back what a playbook cannot do without, and leave out what became empty."""
    data = draft.data
    for key in [
        key for key, value in data.items() if value in ({}, []) and key not in ("responders", "roles", "severities")
    ]:
        del data[key]
    data.setdefault("version", 1)
    data.setdefault("name", "imported")
    data.setdefault("title", "Imported playbook")
    data.setdefault("responders", {})
    if not isinstance(data.get("roles"), dict) or next(iter(data["roles"]), None) != "commander":
        others = data["roles"] if isinstance(data.get("roles"), dict) else {}
        commander = others.pop("commander", {"name": "Incident commander"})
        data["roles"] = {"commander": commander} | others
    if not data.get("severities"):
        data["severities"] = [{"id": "SEV1", "name": "Critical", "means": "Critical incidents"}]
    for name in NEEDED:
        if name not in draft.files:
            draft.files[name] = _own(name)


def _own(name: str) -> str:
    return (shipped() / "playbooks" / "default" / name).read_text(encoding="utf-8")


def _bare(draft: Draft) -> None:
    """Keep nothing but what cannot be at fault."""
    draft.left(-1, "everything but the severities: the rest could not be put into a playbook")
    severities = [{"id": f"SEV{place}", "name": "Severity", "means": f"Severity {place}"} for place in range(1, 5)]
    draft.data = {"version": 1, "name": "imported", "title": "Imported playbook", "severities": severities}
    draft.files, draft.guesses = {}, {}
    _whole(draft)

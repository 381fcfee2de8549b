"""The runbooks of a playbook: runbooks/*.md, each Markdown below what is known of it between two lines of `---`.

What stands between those lines is YAML and is checked as playbook.yml is; the Markdown may say anything.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from app.domain.runbook import Runbook
from app.playbooks import document, explain
from app.playbooks.entries import Entry, Line, Word
from app.playbooks.faults import Fault, PlaybookFaults, shown
from app.playbooks.files import read_text
from app.playbooks.names import ID, ContactRef, Defined, SeverityRef, TagRef, ToolRef
from app.playbooks.schema import schema_of

RUNBOOKS = "runbooks"
SUFFIX = ".md"
FENCE = "---"
EXAMPLE = "begin it with a line of ---, then title: …, then another line of ---"


class FrontMatter(Entry):
    """What is known of a runbook, before its text."""

    title: Word = Field(description="What it is about, such as Database connection failure.")
    symptoms: list[Line] = Field(default=[], max_length=20, description="How the failure shows.")
    alerts: list[Word] = Field(default=[], max_length=50, description="The names of the alerts that tell of it.")
    severity: SeverityRef | None = Field(default=None, description="How bad such an incident usually is.")
    services: list[Word] = Field(default=[], max_length=50, description="The services that it is about.")
    tags: list[TagRef] = Field(default=[], description="Tags that such an incident carries from the start.")
    warnings: list[Line] = Field(default=[], max_length=10, description="What must be known before anything is done.")
    contacts: list[ContactRef] = Field(default=[], description="Which of the playbook's contacts can help.")
    tools: list[ToolRef] = Field(default=[], description="Which of the playbook's tools to look at.")


def read(folder: Path, defined: Defined) -> tuple[tuple[Runbook, ...], list[Fault]]:
    """Return the runbooks in a playbook's `folder`, and what is wrong with them; `defined` tells what they may name."""
    runbooks: list[Runbook] = []
    faults: list[Fault] = []
    for file in sorted((folder / RUNBOOKS).glob(f"*{SUFFIX}")):
        try:
            runbooks.append(_read(file, defined, runbooks))
        except PlaybookFaults as unusable:
            faults += unusable.faults
    return tuple(runbooks), faults


def names(folder: Path) -> tuple[str, ...]:
    """Return what the runbooks in a playbook's `folder` are called."""
    return tuple(sorted(file.stem for file in (folder / RUNBOOKS).glob(f"*{SUFFIX}")))


def _read(file: Path, defined: Defined, others: Sequence[Runbook]) -> Runbook:
    if not re.fullmatch(ID, file.stem):
        allowed = "write up to 32 letters, digits, - and _, as in database-connections.md"
        raise PlaybookFaults([Fault(file, 1, "", "not a name for a runbook", allowed)])
    above, body = _parts(read_text(file), file)
    written, faults = document.read(above, file)
    try:
        front = FrontMatter.model_validate(written.value, context=defined)
    except ValidationError as error:
        raise PlaybookFaults([*faults, *explain.faults(error, written, file, schema_of(FrontMatter))]) from None
    faults += _alerts_of_others(front, others, written, file)
    if not body:
        faults.append(Fault(file, above.count("\n") + 2, "", "a runbook without a text", "write below it what to do"))
    if faults:
        raise PlaybookFaults(faults)
    return _runbook(file.stem, front, body)


def _alerts_of_others(
    front: FrontMatter, others: Sequence[Runbook], written: document.Document, file: Path
) -> Iterator[Fault]:
    for at, alert in enumerate(front.alerts):
        for other in others:
            if alert in other.alerts:
                path, line = written.locate(("alerts", at))
                problem = f"{shown(alert)} is an alert of {other.id}{SUFFIX} as well"
                yield Fault(file, line, document.dotted(path), problem, "keep it in one: an alert leads to one runbook")


def _parts(text: str, file: Path) -> tuple[str, str]:
    """Return what stands between the lines of `---`, on the lines where the file has it, and what stands below."""
    lines = text.replace("\r\n", "\n").split("\n")
    fences = [at for at, line in enumerate(lines) if line.rstrip() == FENCE][:2]
    if fences[:1] != [0]:
        raise PlaybookFaults([Fault(file, 1, "", "does not say what it is about", EXAMPLE)])
    if len(fences) == 1:
        raise PlaybookFaults([Fault(file, 1, "", "its first part has no end", "close it with a line of ---")])
    return "\n".join(["", *lines[1 : fences[1]]]), "\n".join(lines[fences[1] + 1 :]).strip()


def _runbook(name: str, front: FrontMatter, body: str) -> Runbook:
    return Runbook(
        id=name,
        title=front.title,
        body=body,
        symptoms=tuple(front.symptoms),
        alerts=tuple(front.alerts),
        severity=front.severity,
        services=tuple(front.services),
        tags=tuple(front.tags),
        warnings=tuple(front.warnings),
        contacts=tuple(front.contacts),
        tools=tuple(front.tools),
    )

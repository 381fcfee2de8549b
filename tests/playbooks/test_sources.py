"""For each source a table names every heading and where it went; what it names is there, and no command is lost.

The documents themselves are not part of the product: TOCSIN_SHARED names the folder that has them in `seeds`.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.playbooks.document import read
from app.playbooks.shipped import shipped

SOURCES = {"eazepay": "000", "multi-service": "001", "waqiti": "002", "fintech": "003", "phase26": "004"}
DOCUMENTS = Path(__file__).parents[2] / "docs" / "sources"
FENCE = re.compile(r"^\s*```(\w*)")
HEADING = re.compile(r"#+ (.+)")
IN_BOLD = re.compile(r"(\d+\. )?\*\*([^*]+)\*\*(:?)\s*(\(.*\))?")
REFERENCE = re.compile(r"`((?:playbook\.yml|messages/|runbooks/|drills/|postmortem)[^`]*)`")
IN_ITS_ROWS = "in its rows below"

every_source = pytest.mark.parametrize("name", SOURCES)


@dataclass(frozen=True)
class Row:
    """One heading of a source, where it went, and how one meets it."""

    heading: str
    where: str
    met: str


def rows(name: str) -> list[Row]:
    lines = (DOCUMENTS / f"{name}.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [Row(*row) for row in cells[1:]]


def source(name: str) -> str:
    shared = os.environ.get("TOCSIN_SHARED", "")
    found = sorted(Path(shared).glob(f"seeds/{SOURCES[name]}_*.txt")) if shared else []
    if not found:
        pytest.skip("TOCSIN_SHARED names no folder with the source documents in seeds/")
    return found[0].read_text()


def headings(text: str) -> Iterator[str]:
    """Yield the headings, those that are lines in bold, and those of the templates that stand in fences."""
    fence: str | None = None
    for line in text.splitlines():
        if match := FENCE.match(line):
            fence = match[1] if fence is None else None
        elif fence in (None, "markdown") and (match := HEADING.fullmatch(line)):
            yield match[1]
        elif fence is None and (match := IN_BOLD.fullmatch(line)):
            number, words, colon, rest = match.groups(default="")
            yield " ".join(f"{number}{words}{colon} {rest}".split())


def commands(text: str) -> Iterator[str]:
    """Yield every line of a command or a query that the document gives to copy."""
    fence: str | None = None
    for line in text.splitlines():
        if match := FENCE.match(line):
            fence = match[1] if fence is None else None
        elif fence == "bash" and line.strip() and not line.lstrip().startswith(("#", "/create", "/invite")):
            yield line.strip()


def folder(name: str) -> Path:
    return shipped() / "playbooks" / name


@every_source
def test_the_table_names_every_heading_in_order(name: str) -> None:
    assert [row.heading for row in rows(name)] == list(headings(source(name)))


@every_source
def test_every_command_is_kept_as_it_was(name: str) -> None:
    kept = {line.strip() for file in (folder(name) / "runbooks").glob("*.md") for line in file.read_text().splitlines()}
    assert [command for command in commands(source(name)) if command not in kept] == []


@every_source
def test_what_a_table_names_is_there(name: str) -> None:
    written = read((folder(name) / "playbook.yml").read_text(), folder(name) / "playbook.yml")[0].value
    named = [reference for row in rows(name) for reference in REFERENCE.findall(row.where)]
    assert len(named) > 20
    assert [reference for reference in named if not is_there(reference, written, folder(name))] == []


@every_source
def test_a_table_leaves_nothing_unsaid(name: str) -> None:
    for row in rows(name):
        assert row.met
        assert REFERENCE.search(row.where) or row.where == IN_ITS_ROWS or len(row.where.split()) > 4


@every_source
def test_every_runbook_and_checklist_is_in_the_table(name: str) -> None:
    where = " ".join(row.where for row in rows(name))
    written = read((folder(name) / "playbook.yml").read_text(), folder(name) / "playbook.yml")[0].value
    wanted = [f"runbooks/{file.name}" for file in (folder(name) / "runbooks").glob("*.md")]
    wanted += [f"playbook.yml: checklists.{key}" for key in written["checklists"]]
    assert [one for one in wanted if f"`{one}`" not in where] == []


def is_there(reference: str, written: Any, inside: Path) -> bool:
    file, _, key = reference.partition(": ")
    if not (inside / file).is_file():
        return False
    found = written
    for part in key.split(".") if key else []:
        found = _below(found, part)
    return found is not None


def _below(found: Any, part: str) -> Any:
    if isinstance(found, dict):
        return found.get(part)
    if isinstance(found, list):
        return next((one for one in found if str(one.get("id", one.get("step"))) == part), None)
    return None

"""Runbooks that differ in headings, tables, lists and words: the severities and times that must be found in each.

Beside each document lies what it says, as its author means it.
"""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from app.domain.limits import Limit
from app.playbooks import load
from app.playbooks.durations import read_limit
from app.playbooks.importing import import_markdown, readable, save
from app.playbooks.importing.document import recognised

DOCUMENTS = sorted((Path(__file__).parent / "documents").glob("*.md"))
TIMES = ("acknowledge_within", "resolve_within", "update_every", "postmortem_within")


def found_in(document: Path) -> dict[str, dict[str, str]]:
    data = recognised(document.read_text(), document.stem, None).data
    return {one["id"]: {key: one[key] for key in TIMES if key in one} for one in data["severities"]}


def meant(document: Path) -> dict[str, dict[str, str]]:
    written = YAML(typ="safe", pure=True).load(document.with_suffix(".yml").read_text())
    return {str(name): dict(times) for name, times in written.items()}


def read(times: dict[str, str]) -> dict[str, Limit]:
    return {key: read_limit(time) for key, time in times.items()}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.stem)
def test_every_severity_and_its_times_are_found(document: Path) -> None:
    found, wanted = found_in(document), meant(document)
    assert list(found) == list(wanted)
    assert {name: read(times) for name, times in found.items()} == {name: read(times) for name, times in wanted.items()}


@pytest.mark.parametrize("document", DOCUMENTS[::6], ids=lambda document: document.stem)
def test_the_playbook_says_what_was_found(document: Path, tmp_path: Path) -> None:
    folder = save(import_markdown(readable(document.read_bytes()), document.stem), tmp_path)
    for severity in load(str(folder)).playbook.rules.severities:
        times = {key: getattr(severity, key) for key in TIMES}
        assert {key: time for key, time in times.items() if time} == read(meant(document)[severity.id])


def test_there_are_a_dozen_of_them_and_more() -> None:
    assert len(DOCUMENTS) > 12

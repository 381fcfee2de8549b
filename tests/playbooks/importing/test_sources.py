"""The five documents that the playbooks began with, where TOCSIN_SHARED names the folder that has them in seeds."""

import os
from pathlib import Path

import pytest

from app.playbooks import load
from app.playbooks.durations import read_limit
from app.playbooks.importing import import_markdown, readable, save

SHARED = os.environ.get("TOCSIN_SHARED")
SOURCES = sorted((Path(SHARED) / "seeds").glob("*.txt")) if SHARED else []
ACKNOWLEDGED = {
    "000": {"P0": "5m", "P1": "1h", "P2": "4h", "P3": "24h"},
    "001": {"SEV1": "15m", "SEV2": "30m", "SEV3": "2h", "SEV4": "end of next business day"},
    "002": {"P1": "15m", "P2": "30m", "P3": "1h", "P4": "4h"},
    "003": {"SEV-1": "15m", "SEV-2": "1h", "SEV-3": "4h", "SEV-4": "24h"},
    "004": {"P0": "15m", "P1": "1h", "P2": "4h", "P3": "end of next business day"},
}
RESOLVED = {
    "000": {"P0": "1h", "P1": "4h"},
    "001": {"SEV1": "2h"},
    "002": {"P1": "2h", "P2": "4h", "P3": "8h", "P4": "24h"},
    "003": {"SEV-2": "1h", "SEV-3": "4h"},
    "004": {},
}

pytestmark = pytest.mark.skipif(not SOURCES, reason="TOCSIN_SHARED names no folder with the sources")


@pytest.mark.parametrize("number", ACKNOWLEDGED)
def test_a_source_becomes_a_playbook_with_every_severity_and_response_time(number: str, tmp_path: Path) -> None:
    source = next(file for file in SOURCES if file.name.startswith(number))
    folder = save(import_markdown(readable(source.read_bytes()), source.stem), tmp_path)
    severities = load(str(folder)).playbook.rules.severities
    asked = {one.id: one.acknowledge_within for one in severities}
    assert asked == {name: read_limit(time) for name, time in ACKNOWLEDGED[number].items()}
    ended = {one.id: one.resolve_within for one in severities if one.resolve_within}
    assert ended == {name: read_limit(time) for name, time in RESOLVED[number].items()}


@pytest.mark.parametrize("number", ACKNOWLEDGED)
def test_a_source_brings_its_people_and_its_runbooks(number: str, tmp_path: Path) -> None:
    source = next(file for file in SOURCES if file.name.startswith(number))
    folder = save(import_markdown(readable(source.read_bytes()), source.stem), tmp_path)
    playbook = load(str(folder)).playbook
    assert len(playbook.rules.steps) >= 3
    assert playbook.runbooks
    assert playbook.checklists or number == "002"

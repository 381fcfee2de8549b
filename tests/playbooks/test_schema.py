"""The JSON Schema of playbook.yml is that of the reader, and the file that editors are pointed at is the schema."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from app.playbooks import names, schema
from app.playbooks.document import read
from app.playbooks.shipped import shipped
from tests.playbooks.folders import copy_of, faults_of

PLAYBOOKS = shipped() / "playbooks"


def written(name: str) -> Any:
    file = PLAYBOOKS / name / "playbook.yml"
    return read(file.read_text(), file)[0].value


def accepts(playbook: Any) -> bool:
    return not list(Draft202012Validator(schema()).iter_errors(playbook))


def test_it_is_a_schema_of_its_dialect() -> None:
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", names())
def test_it_accepts_what_ships(name: str) -> None:
    assert list(Draft202012Validator(schema()).iter_errors(written(name))) == []


@pytest.mark.parametrize("name", names())
def test_what_ships_points_editors_at_it(name: str) -> None:
    first = (PLAYBOOKS / name / "playbook.yml").read_text().splitlines()[0]
    pointed = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert pointed
    assert json.loads((PLAYBOOKS / name / pointed[1]).read_text()) == schema()


def test_every_key_is_described() -> None:
    mappings = [schema(), *schema()["$defs"].values()]
    keys = [
        (mapping.get("title"), key, value)
        for part in mappings
        for mapping in (part, *part.get("anyOf", []))
        for key, value in mapping.get("properties", {}).items()
    ]
    assert len(keys) > 40
    assert [(title, key) for title, key, value in keys if not value.get("description") and "$ref" not in value] == []


CHANGES: dict[str, tuple[dict[str, Any], bool]] = {
    "an unknown key": ({"severitys": []}, False),
    "a null": ({"timezone": None}, False),
    "no duration": ({"business_hours": {"opens": "9"}}, False),
    "a lone condition": ({"escalation": [{"step": 1, "page": "primary", "when": "declared"}]}, True),
    "a list of pages": ({"escalation": [{"step": "a", "page": ["primary", "secondary"], "when": "declared"}]}, True),
    "two triggers": ({"escalation": [{"step": 1, "page": "primary", "when": {"open": "1h", "tag": "x"}}]}, False),
    "an id with a space": ({"responders": {"the first": {"name": "First"}}}, False),
    "days and holidays": (
        {"business_hours": {"days": ["mon..thu", "sat"], "holidays": ["2026-12-25", {"country": "DE"}]}},
        True,
    ),
}


@pytest.mark.parametrize(("change", "accepted"), CHANGES.values(), ids=CHANGES.keys())
def test_it_and_the_reader_agree(tmp_path: Path, change: dict[str, Any], *, accepted: bool) -> None:
    folder = copy_of("default", tmp_path)
    playbook = written("default") | change
    with (folder / "playbook.yml").open("w") as file:
        YAML(typ="safe", pure=True).dump(playbook, file)

    assert accepts(playbook) == accepted
    assert (not faults_of(folder)) == accepted

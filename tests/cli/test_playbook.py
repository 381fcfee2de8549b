"""`tocsin playbook`: faults by file, line and key, and a schema for editors."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from typer.testing import CliRunner

from app.cli import app
from app.playbooks import names
from tests.playbooks.folders import copy_of

DEFAULT = Path(__file__).parents[2] / "templates" / "playbooks" / "default"


def tocsin(*arguments: str) -> tuple[int, list[str]]:
    """Run the command line, and return its status and its lines."""
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stdout.splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of("default", tmp_path)


def test_without_a_name_all_that_ship_are_checked() -> None:
    status, lines = tocsin("playbook", "check")
    assert status == 0
    assert [line.split(":")[0] for line in lines] == list(names())
    assert all(line.endswith("no faults") for line in lines)


def test_each_fault_is_a_line_with_file_line_and_key(folder: Path) -> None:
    file = folder / "playbook.yml"
    text = file.read_text().replace("acknowledge_within: 5m", "acknowledge_within: soon")
    file.write_text(text.replace("page: secondary", "page: nobody"))
    status, lines = tocsin("playbook", "check", str(folder))
    assert status == 1
    assert len(lines) == 2
    assert all(line.startswith(f"{file}:") for line in lines)
    assert "acknowledge_within" in lines[0]
    assert int(lines[0].split(":")[1]) == text.splitlines().index("    acknowledge_within: soon") + 1
    assert "nobody" in lines[1]


def test_a_folder_without_faults_is_counted(folder: Path) -> None:
    assert tocsin("playbook", "check", str(folder)) == (0, ["default: 4 severities, 4 steps, no faults"])


def test_a_warning_says_file_line_key_and_what_to_do_and_fails_only_where_asked_to(folder: Path) -> None:
    file = folder / "playbook.yml"
    text = file.read_text().replace("update_every: 15m", "update_every: 90m")
    file.write_text(text)
    status, lines = tocsin("playbook", "check", str(folder))
    assert status == 0
    assert lines[0] == "default: 4 severities, 4 steps, no faults, 2 warnings"
    at = text.splitlines().index("    update_every: 90m") + 1
    assert lines[1].startswith(f"{file}:{at}: warning: severities[0].update_every: 1 h 30 min is slower than")
    assert tocsin("playbook", "check", str(folder), "--strict")[0] == 1


def test_faults_and_warnings_are_for_scripts_too(folder: Path) -> None:
    file = folder / "playbook.yml"
    good = file.read_text()
    file.write_text(good.replace("update_every: 15m", "update_every: 90m"))
    status, lines = tocsin("playbook", "check", str(folder), "--json")
    (checked,) = json.loads("\n".join(lines))
    assert (status, checked["faults"]) == (0, [])
    assert checked["warnings"][0]["key"] == "severities[0].update_every"
    file.write_text(good.replace("acknowledge_within: 5m", "acknowledge_within: soon"))
    status, lines = tocsin("playbook", "check", str(folder), "--json")
    (checked,) = json.loads("\n".join(lines))
    assert status == 1
    assert checked["faults"][0]["key"] == "severities[0].acknowledge_within"
    assert checked["faults"][0]["file"] == str(file)
    assert checked["warnings"] == []


def test_what_ships_is_beyond_suspicion() -> None:
    status, lines = tocsin("playbook", "check", "--strict")
    assert (status, [line for line in lines if "warning" in line]) == (0, [])


def test_a_playbook_that_is_not_there_is_one_line() -> None:
    status, lines = tocsin("playbook", "check", "no-such-playbook")
    assert status == 1
    assert len(lines) == 1
    assert "default" in lines[0]


def test_the_schema_takes_what_ships() -> None:
    status, lines = tocsin("playbook", "schema")
    assert status == 0
    schema = json.loads("\n".join(lines))
    document = YAML(typ="safe", pure=True).load((DEFAULT / "playbook.yml").read_text())
    Draft202012Validator(schema).validate(document)


def test_alone_it_says_what_can_be_asked() -> None:
    result = CliRunner().invoke(app, ["playbook"])
    assert "check" in result.output
    assert "schema" in result.output

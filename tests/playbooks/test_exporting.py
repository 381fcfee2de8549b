"""A playbook goes out as a runbook in Markdown, and comes back as the same playbook."""

from datetime import date
from pathlib import Path

import pytest

from app.playbooks import load, names
from app.playbooks.exporting import markdown
from app.playbooks.importing import import_markdown, save
from app.playbooks.importing.appendix import difference, merge
from tests.playbooks.folders import copy_of

TODAY = date(2026, 11, 21)


def texts(folder: Path) -> dict[str, str]:
    return {file.relative_to(folder).as_posix(): file.read_text() for file in folder.rglob("*.j2")}


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_what_ships_comes_back_the_same(name: str, tmp_path: Path) -> None:
    source = load(name, TODAY)
    folder = save(import_markdown(markdown(source)), tmp_path)
    assert load(str(folder), TODAY).playbook == source.playbook
    assert texts(folder) == texts(source.folder)


@pytest.mark.parametrize("name", names())
def test_the_block_at_the_end_is_the_smaller_part(name: str) -> None:
    text, _, block = markdown(load(name, TODAY)).partition("## What Markdown cannot say")
    assert len(block) < len(text) / 5
    assert "acknowledge_within" not in block


def test_lists_of_addresses_and_their_mail_come_back(tmp_path: Path) -> None:
    folder = copy_of("default", tmp_path)
    file = folder / "playbook.yml"
    file.write_text(f"{file.read_text()}\nmail: {{leads: {{to: leads@example.com, when: [declared, resolved]}}}}\n")
    (folder / "messages" / "mail").mkdir()
    (folder / "messages" / "mail" / "resolved.html.j2").write_text("<p>{{ incident.title }} is over</p>\n")
    source = load(str(folder), TODAY)
    back = save(import_markdown(markdown(source)), tmp_path / "back")
    assert load(str(back), TODAY).playbook.mailing == source.playbook.mailing
    assert texts(back) == texts(folder)


def test_a_change_in_the_text_changes_the_playbook(tmp_path: Path) -> None:
    text = markdown(load("default", TODAY)).replace("- Acknowledge within: 5m", "- Acknowledge within: 20m")
    folder = save(import_markdown(text.replace("Head of engineering", "Head of operations")), tmp_path)
    rules = load(str(folder), TODAY).playbook.rules
    assert str(rules.severities[0].acknowledge_within and rules.severities[0].acknowledge_within.in_words) == "20 min"
    assert [one.name for one in rules.responders][-1] == "Head of operations"


def test_a_playbook_with_marks_of_markdown_in_its_words_comes_back_too(tmp_path: Path) -> None:
    folder = copy_of("default", tmp_path)
    file = folder / "playbook.yml"
    odd = r"A *star*, an _under_ score, a `tick`, <b>, a | pipe, [a](b), &amp; and a \ backslash"
    file.write_text(file.read_text().replace("Nobody can pay", f'"{odd}"'.replace("\\", "\\\\")))
    source = load(str(folder), TODAY)
    back = save(import_markdown(markdown(source)), tmp_path / "back")
    assert load(str(back), TODAY).playbook == source.playbook
    assert odd in markdown(source).replace("\\", "") or odd in source.playbook.rules.severities[0].examples


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ({"a": 1}, {"b": {"c": [1]}}),
        ({"severities": [{"id": "P1", "x": 1}]}, {"severities": [{"id": "P1", "y": 2}]}),
        ({"severities": [{"id": "P1"}]}, {"severities": [{"id": "P2"}, {"id": "P1"}]}),
        ({"roles": {"b": {}, "a": {}}}, {"roles": {"a": {}, "b": {}}}),
        ({}, {}),
    ],
)
def test_a_difference_makes_one_of_the_other(read: dict[str, object], meant: dict[str, object]) -> None:
    made = merge(read, difference(read, meant))
    assert made == meant
    assert [list(value) for value in made.values() if isinstance(value, dict)] == [
        list(value) for value in meant.values() if isinstance(value, dict)
    ]

"""What a template is told that it is given, Slack's side does give; what ships is rendered there without a failure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain import events as e
from app.domain.evolve import fold
from app.domain.incident import Incident
from app.domain.playbook import Playbook
from app.playbooks import load, message_folders, names
from app.playbooks.templates import FILTERS, MESSAGE_VARIABLES, POSTMORTEM_VARIABLES
from app.slack.blocks import messages
from app.slack.postmortem import draft
from app.slack.words import Words
from app.store import Record
from tests import shipped
from tests.playbooks.folders import copy_of

START = datetime(2026, 11, 21, 10, 2, tzinfo=UTC)
DECLARED = e.Declared(START, "U1", 12, 7, "incident-12", "Payment API down", "SEV1")
UPDATE = e.UpdatePosted(START + timedelta(minutes=9), "U2", "identified", "investigating", "The certificate ran out")
RESOLVED = e.Resolved(
    START + timedelta(hours=1), "U2", "A certificate ran out", "Renewed it", "Nobody could pay", START, START, START
)
STORY: dict[str, list[e.Event]] = {
    "declared": [DECLARED],
    "update": [DECLARED, UPDATE],
    "resolved": [DECLARED, UPDATE, RESOLVED],
}
FAILED = "failed"


def record_of(playbook: Playbook, incident: Incident) -> Record:
    highest = playbook.rules.severities[0].id
    return Record(1, "T1", 1, replace(incident, severity=highest), playbook.rules)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("message", STORY)
def test_every_message_that_ships_is_rendered_in_slack(name: str, message: str) -> None:
    source = shipped.source(name)
    record = record_of(source.playbook, fold(STORY[message]))
    posted = messages.post(message, record, STORY[message][-1], (), Words(message_folders(source)))
    assert FAILED not in posted.text
    assert "Payment API down" in posted.text


@pytest.mark.parametrize("name", names())
def test_the_text_for_customers_is_rendered_without_markup(name: str) -> None:
    source = shipped.source(name)
    incident = replace(fold(STORY["update"]), services="payments <eu>")
    text = messages.for_customers(record_of(source.playbook, incident), UPDATE, Words(message_folders(source)))
    assert FAILED not in text
    assert "payments <eu>" in text
    assert "<!" not in text


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("story", STORY.values(), ids=STORY.keys())
def test_the_postmortem_that_ships_is_rendered(name: str, story: list[e.Event]) -> None:
    source = shipped.source(name)
    words = Words(message_folders(source))
    text = draft(record_of(source.playbook, fold(story)), story, {"U1": "Ann"}, source.playbook, words)
    assert FAILED not in text
    assert "Payment API down" in text
    assert "| Declared | 2026-11-21 10:02 UTC |" in text


def printing(variables: tuple[str, ...]) -> str:
    return "\n".join(f"{{{{ {name} }}}}" for name in variables)


def test_a_message_is_given_every_variable_that_it_may_use(tmp_path: Path) -> None:
    folder = copy_of("default", tmp_path)
    (folder / "messages" / "declared.j2").write_text(printing(MESSAGE_VARIABLES))
    source = load(str(folder))
    record = record_of(source.playbook, fold([DECLARED]))
    assert FAILED not in messages.post("declared", record, DECLARED, (), Words(message_folders(source))).text


def test_the_postmortem_is_given_every_variable_that_it_may_use(tmp_path: Path) -> None:
    folder = copy_of("default", tmp_path)
    (folder / "postmortem.md.j2").write_text(printing(POSTMORTEM_VARIABLES))
    source = load(str(folder))
    record = record_of(source.playbook, fold([DECLARED]))
    assert FAILED not in draft(record, [DECLARED], {}, source.playbook, Words(message_folders(source)))


def test_a_template_is_given_every_filter_that_it_may_use() -> None:
    assert set(FILTERS) <= set(Words([])._environment.filters)

"""`/incident playbook`: what there is, and what it would do, told to the one who asks."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.playbook import Bound, Roster
from app.playbooks import names
from app.simulator import Script, simulate
from app.slack.blocks.preview import preview
from app.slack.text import Message
from tests import shipped
from tests.simulator.played import NOW
from tests.slack.accepted import assert_message
from tests.slack.test_blocks import worded
from tests.slack.workplace import SUPPORT, Workplace, workplace

NOBODY: Roster = {}


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path) as place:
        yield place


async def whispers(at_work: Workplace) -> list[dict[str, Any]]:
    rooms = (await at_work.state())["channels"]
    return [one for room in rooms for one in room["messages"] if one.get("ephemeral_for") == SUPPORT]


async def test_alone_it_says_what_can_be_asked(at_work: Workplace) -> None:
    said = await at_work.types("playbook")
    assert said.startswith("The playbook here is Tocsin's own playbook (default): four severities")


async def test_without_a_severity_the_highest_is_previewed(at_work: Workplace) -> None:
    said = await at_work.types("playbook preview")
    assert said == 'What "Tocsin\'s own playbook" does for SEV1 Critical, declared now, if nobody acts.'


async def test_a_severity_is_understood_as_it_is_elsewhere(at_work: Workplace) -> None:
    assert "SEV3 Medium" in await at_work.types("playbook preview sev-3")


async def test_an_unknown_severity_is_refused_with_those_there_are(at_work: Workplace) -> None:
    assert await at_work.types("playbook preview SEV9") == (
        'There is no severity "SEV9" in this playbook. It has: SEV1, SEV2, SEV3, SEV4'
    )


async def test_an_unknown_word_is_refused_with_those_there_are(at_work: Workplace) -> None:
    assert "adopt, preview" in await at_work.types("playbook previw")


def told(name: str, severity: str, roster: Roster) -> Message:
    rules = shipped.playbook(name).rules
    return preview(simulate(rules, Script(severity, NOW + timedelta(hours=10)), 500), roster)


def text_of(message: Message) -> str:
    return "\n".join(
        part["text"]
        for block in message.blocks
        for part in ([block["text"]] if "text" in block else block.get("elements", []))
    )


def test_each_line_says_when_who_and_why() -> None:
    said = text_of(told("default", "SEV1", NOBODY)).splitlines()
    assert "*10:00* (at once) paged step 1: Primary on-call · SEV1 declared" in said
    assert "*10:05* (5 min) paged step 2: Secondary on-call · unacknowledged 5 min" in said
    assert "*10:15* (15 min) nudged: SEV1 asks for an update every 15 min (every 15 min, 3 times, until 10:45)" in [
        line.partition(" · ")[0] for line in said
    ]
    assert not [line for line in said if "(at once) declared" in line]


def test_those_who_would_be_paged_and_whom_nobody_plays_are_named() -> None:
    rules = shipped.playbook("default").rules
    everybody = {one.id: Bound(("U1",), ("U1",)) for one in rules.responders}
    assert 'Nobody is bound to "Head of engineering"' in text_of(
        told("default", "SEV1", {key: bound for key, bound in everybody.items() if key != "head-of-engineering"})
    )
    assert "Nobody is bound" not in text_of(told("default", "SEV1", everybody))


@pytest.mark.parametrize("name", names())
def test_any_severity_fits_into_a_message(name: str) -> None:
    for severity in shipped.playbook(name).rules.severities:
        assert_message(told(name, severity.id, NOBODY))


def test_of_a_playbook_in_long_words_what_does_not_fit_into_a_message_is_counted() -> None:
    rules = worded(shipped.playbook("fintech").rules, "y" * 3000)
    message = preview(simulate(rules, Script("SEV-2", NOW + timedelta(hours=10)), 500), NOBODY)
    assert_message(message)
    assert text_of(message).count("\n*") == 20
    assert "Two more are left out here." in text_of(message)

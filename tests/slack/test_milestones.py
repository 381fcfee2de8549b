from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.playbook import Milestone
from app.slack.blocks import card, messages, milestones
from app.slack.text import Message
from tests.domain.given import DEFAULT, Story, at, minutes
from tests.slack.accepted import assert_message, labels, shown
from tests.slack.examples import ONCALL, WORDS, record, tell
from tests.slack.test_listeners_buttons import posts
from tests.slack.workplace import Workplace, workplace

RULES = replace(
    DEFAULT,
    milestones=(
        Milestone("diagnosis", "Diagnosis", minutes(15), ("SEV1",), "identified"),
        Milestone("customers", "Customers <told>", minutes(30)),
    ),
)


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path, "fintech") as place:
        yield place


def listed(story: Story) -> Message:
    message = milestones.listing(record(story), story.now)
    assert_message(message)
    return message


def test_each_says_when_it_is_due_and_has_a_button() -> None:
    message = listed(tell(rules=RULES).until(at(minutes=10)))
    assert "Milestones of SEV1 Payment API down: none overdue." in shown(message)
    assert "*Diagnosis*\ndue in 5 min" in shown(message)
    assert "*Customers &lt;told&gt;*\ndue in 20 min" in shown(message)
    assert labels(message) == ["Mark reached", "Mark reached"]


def test_what_is_overdue_and_what_is_reached_says_so() -> None:
    story = tell(rules=RULES).do(c.ReachMilestone(ONCALL, "customers"), at(minutes=4)).until(at(minutes=20))
    message = listed(story)
    assert ":x: overdue since 5 min ago" in shown(message)
    assert ":white_check_mark: reached 16 min ago" in shown(message)
    assert len(labels(message)) == 1


def test_a_severity_without_any_says_so() -> None:
    assert shown(listed(tell())).strip() == "SEV1 has no milestones in this playbook."


def test_the_card_shows_them_while_it_is_open() -> None:
    story = tell(rules=RULES).until(at(minutes=16))
    assert "Milestones: :x: Diagnosis by <!date^" in shown(card.card(record(story)))
    assert "Milestones:" not in shown(card.card(record(story.do(c.Cancel(ONCALL)))))


def test_the_message_of_a_missed_one_carries_the_button_until_it_is_reached() -> None:
    story = tell(rules=RULES).until(at(minutes=31))
    missed = story.last(e.MilestoneMissed)
    assert labels(messages.post("milestone_missed", record(story), missed, (), WORDS)) == ["Mark reached"]
    story.do(c.ReachMilestone(ONCALL, "customers"))
    assert labels(messages.post("milestone_missed", record(story), missed, (), WORDS)) == []


async def test_the_command_lists_and_marks(at_work: Workplace) -> None:
    declared = await at_work.declares("SEV-2 Slow checkout")
    assert "none overdue" in await at_work.types("milestones 1")
    said = await at_work.types("milestones 1 war-room")
    assert said.startswith("Marked as reached in ")
    assert "war-room" in (await at_work.current(declared)).incident.milestones
    assert "no milestone of SEV-2" in await at_work.types("milestones 1 fnord")


async def test_the_button_marks_it_once(at_work: Workplace) -> None:
    declared = await at_work.declares("SEV-2 Slow checkout")
    posted = await posts(at_work, "milestone.reach", f"{declared.id}:diagnosis")
    assert "Marked as reached" in await at_work.presses(posted, "milestone.reach")
    assert await at_work.presses(posted, "milestone.reach")
    events = await at_work.edge.store.run(lambda tx: tx.timeline(declared.id))
    assert sum(isinstance(event, e.MilestoneReached) for event in events) == 1

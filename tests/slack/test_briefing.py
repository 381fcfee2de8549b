from dataclasses import replace

from app.domain import commands as c
from app.domain import events as e
from app.domain.incident import MessageRef
from app.slack.blocks.briefing import briefing
from app.slack.text import Message
from app.store import Record
from tests.domain.given import DEFAULT, PLAYBOOK, Story, at
from tests.slack.accepted import assert_message, labels, shown
from tests.slack.examples import ONCALL, SECOND, WORDS, tell


def briefed(story: Story, **changes: object) -> str:
    return shown(briefing_of(story, **changes))


def briefing_of(story: Story, **changes: object) -> Message:
    incident = replace(story.incident, **changes)  # type: ignore[arg-type]
    record = Record(3, "T1", 1, incident, story.rules)
    message = briefing("handoff", record, story.last(e.HandedOver), story.events, playbook=PLAYBOOK, words=WORDS)
    assert_message(message)
    return message


def test_the_next_commander_reads_how_it_stands() -> None:
    story = tell().do(c.Acknowledge(ONCALL), at(minutes=1)).do(c.AssignRole(ONCALL, "scribe", ONCALL.id))
    story.do(c.PostUpdate(ONCALL, happening="A disk is full", next_steps="Add one"), at(minutes=10))
    said = briefed(story.do(c.HandOff(ONCALL, SECOND.id), at(minutes=12)))
    for words in (
        "You lead SEV1 Payment API down now, given to you by <@U0ONCALL>: investigating, acknowledged by <@U0ONCALL>.",
        "*Impact* Nobody can pay",
        "Scribe: <@U0ONCALL>",
        "Incident commander: <@U0SECOND>",
        "Paged so far: <@U0ONCALL>, <@U0MANAGER>",
        "by <@U0ONCALL>: A disk is full",
        "Next steps: Add one",
        "The next update is due in 13 min",
        "*What comes next, if nobody does anything*",
    ):
        assert words in said


def test_to_lead_what_nobody_has_taken_is_not_to_acknowledge_it() -> None:
    story = tell().do(c.HandOff(ONCALL, SECOND.id), at(minutes=2))
    message = briefing_of(story)
    assert "acknowledged by nobody yet" in message.text
    assert "To lead is not to acknowledge" in shown(message)
    assert "Next: step 2 at" in shown(message)
    assert labels(message) == ["Acknowledge"]
    taken = briefing_of(story.do(c.Acknowledge(ONCALL), at(minutes=3)))
    assert "To lead" not in shown(taken)
    assert labels(taken) == []


def test_whoever_hands_over_what_they_led_is_told_as_such() -> None:
    story = tell().do(c.AssignRole(ONCALL, "commander", ONCALL.id)).do(c.HandOff(ONCALL, SECOND.id))
    assert "now, handed over by <@U0ONCALL>:" in briefed(story)


def test_what_was_promised_is_called_a_promise() -> None:
    story = tell().do(c.Acknowledge(ONCALL), at(minutes=1))
    story.do(c.PostUpdate(ONCALL, happening="x", next_due_at=at(minutes=30)), at(minutes=10))
    assert "An update is promised: in 18 min" in briefed(story.do(c.HandOff(ONCALL, SECOND.id), at(minutes=12)))


def test_open_items_of_posted_checklists_are_named() -> None:
    story = tell().do(c.HandOff(ONCALL, SECOND.id), at(minutes=2))
    assert "☐ Look" in briefed(story, checklists={"triage": MessageRef("C1", "1.0")})
    assert "☐" not in briefed(story)


def test_without_an_update_or_anybody_paged_it_says_so() -> None:
    story = tell("SEV4", rules=DEFAULT).do(c.HandOff(ONCALL, SECOND.id), at(minutes=2))
    said = briefed(story)
    assert "There was none yet." in said
    assert "Nobody was paged so far." in said
    assert "SEV4 asks for no updates, and none was promised." in said

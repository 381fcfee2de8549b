from app.domain import commands as c
from app.domain.evolve import fold
from app.slack.blocks import reasons
from app.store import Record
from tests.domain.given import START, Story, at
from tests.slack.accepted import assert_message, shown
from tests.slack.examples import ONCALL, tell


def why(story: Story) -> str:
    record = Record(3, "T1", 1, story.incident, story.rules)
    message = reasons.why(record, story.events, story.now)
    assert_message(message)
    return shown(message)


def test_a_page_is_led_back_to_its_step() -> None:
    said = why(tell().until(at(minutes=5, seconds=30)))
    assert "SEV1 Payment API down: the last thing that a rule did" in said
    assert "*Why:* default, SEV1 is to be acknowledged within 5 min." in said
    assert "*What comes next:* in 4 min" in said or "*What comes next:* in 5 min" in said


def test_what_people_did_is_not_a_rule() -> None:
    story = tell().do(c.Acknowledge(ONCALL), at(minutes=1)).do(c.Escalate(ONCALL), at(minutes=2))
    assert "default, step 3, SEV1 declared" in why(story)


def test_the_next_step_is_named_with_its_rule() -> None:
    story = tell("SEV2").do(c.Acknowledge(ONCALL), at(minutes=1)).until(at(minutes=31))
    said = why(story)
    assert "*Why:* default, SEV2 asks for an update every 30 min." in said
    assert "step 3 pages Incident manager unless resolved" in said
    assert "*By which rule:* default, step 3, open 1 h." in said


def test_without_any_rule_it_says_so() -> None:
    story = tell("SEV4")
    said = why(story)
    assert "no rule and no timer has done anything yet" in said
    assert fold(story.events).declared_at == START


def test_when_nothing_comes_next_it_says_so() -> None:
    assert "Nothing comes next by itself." in why(tell("SEV4").do(c.Cancel(ONCALL)))

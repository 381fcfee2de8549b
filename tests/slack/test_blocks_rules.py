"""What the playbook's rules say in the room: other channels, raises, milestones, watches and what comes due later."""

from dataclasses import replace

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.playbook import Draft, FollowUp, Milestone, Step, Trigger
from app.slack.blocks import messages
from app.slack.blocks.answers import timeline, timer_in_words
from app.slack.text import Message, when
from tests.domain.given import DEFAULT, Story, at, minutes
from tests.domain.given import when as condition
from tests.slack.accepted import assert_message, labels, shown
from tests.slack.examples import ONCALL, WORDS, record, resolution, tell

RULES = replace(
    DEFAULT,
    severities=tuple(replace(one, monitor_for=minutes(30)) for one in DEFAULT.severities),
    steps=(
        Step("1", ("primary",), (condition(Trigger.DECLARED),), respond_within=minutes(5)),
        Step("3", (), (condition(Trigger.OPEN, after=minutes(45)),), notifies=("leadership", "support")),
        Step("raise", (), (condition(Trigger.OPEN, "SEV2", after=minutes(60)),), severity="SEV1"),
    ),
    milestones=(
        Milestone("diagnosis", "Diagnosis", minutes(15), reached="identified"),
        Milestone("mitigation", "Mitigation under way", minutes(30)),
    ),
    follow_ups=(FollowUp("day-1", "Day 1", minutes(24 * 60), 3),),
    drafts=(Draft("Timeline document", minutes(60)),),
)


def begun(severity: str = "SEV2") -> Story:
    return tell(severity, rules=RULES)


def said(name: str, story: Story, event: e.Event, *members: str) -> Message:
    message = messages.post(name, record(story), event, members, WORDS)
    assert_message(message)
    return message


def test_a_page_says_how_soon_an_answer_is_asked_for() -> None:
    story = begun()
    page = messages.page(record(story), story.last(e.Paged), WORDS)
    assert page.text.endswith("You are step 1 (Primary on-call). Answer within 5 min.")
    story.do(c.Acknowledge(ONCALL), at(minutes=1))
    assert "Answer within" not in messages.page(record(story), story.all(e.Paged)[0], WORDS).text


def test_another_channel_reads_how_it_stands_and_why() -> None:
    story = begun().until(at(minutes=45))
    message = said("notice", story, story.last(e.ChannelsNotified))
    assert message.text == (f"SEV2 Payment API down: investigating, declared {when(at())}. Nobody has acknowledged it.")
    assert "Nobody can pay" in shown(message)
    assert "Follow it in <#C0INCIDENT12>" in shown(message)
    assert "Why here: default, step 3, open 45 min." in shown(message)
    assert labels(message) == []


def test_the_room_reads_which_channels_were_told() -> None:
    story = begun().until(at(minutes=45))
    message = said("channels_notified", story, story.last(e.ChannelsNotified))
    assert message.text == (
        "Step 3 tells #leadership, #support about SEV2 Payment API down. Why: default, step 3, open 45 min."
    )


def test_a_raise_by_the_policy_says_which_rule() -> None:
    story = begun().until(at(minutes=60))
    message = said("severity_changed", story, story.last(e.SeverityChanged))
    assert message.text == "The policy raised Payment API down from SEV2 to SEV1."
    assert "Why: default, step raise, open 1 h." in shown(message)


def test_an_overdue_milestone_names_itself_and_what_to_do() -> None:
    story = begun().until(at(minutes=30))
    message = said("milestone_missed", story, story.last(e.MilestoneMissed), ONCALL.id)
    assert message.text == (
        f'<@U0ONCALL> SEV2 Payment API down: "Mitigation under way" was due at {when(at(minutes=30), at(minutes=30))} '
        "and is not reached. To mark it: `/incident milestones`. To get help: `/incident escalate`"
    )


@pytest.mark.parametrize(("minute", "how"), [(20, "in time"), (50, "20 min after it was due")])
def test_a_milestone_that_was_marked_says_by_whom_and_whether_in_time(minute: int, how: str) -> None:
    story = begun().do(c.ReachMilestone(ONCALL, "mitigation"), at(minutes=minute))
    message = said("milestone_reached", story, story.last(e.MilestoneReached))
    assert message.text == f'<@U0ONCALL> marked "Mitigation under way" as reached, {how}.'


def test_a_fix_that_was_watched_offers_to_resolve() -> None:
    story = begun().do(c.ChangeStatus(ONCALL, "monitoring"), at(minutes=2)).until(at(minutes=32))
    message = said("monitoring_over", story, story.last(e.MonitoringOver), ONCALL.id)
    assert message.text == (
        "<@U0ONCALL> SEV2 Payment API down has been watched for 30 min, as long as SEV2 asks. If it holds, resolve it: "
        "`/incident resolve`"
    )
    assert labels(message)[0] == "Resolve"
    over = record(story.do(resolution()))
    assert labels(messages.post("monitoring_over", over, story.last(e.MonitoringOver), (), WORDS)) == []


@pytest.mark.parametrize(("monitoring", "was"), [(True, "watched for 10 min"), (False, "not watched")])
def test_resolving_early_says_how_long_the_fix_was_watched(was: str, *, monitoring: bool) -> None:
    story = begun()
    if monitoring:
        story.do(c.ChangeStatus(ONCALL, "monitoring"), at(minutes=2))
    story.do(resolution(), at(minutes=12))
    message = said("resolved_early", story, story.last(e.Resolved))
    assert message.text == (
        f"The fix of SEV2 Payment API down was {was}; SEV2 asks for 30 min. If it comes back: `/incident reopen`"
    )


def test_what_comes_due_after_the_resolution_says_what_is_left() -> None:
    story = begun().do(resolution(), at(minutes=12)).until(at(days=2))
    draft = said("draft_due", story, story.last(e.DraftDue), ONCALL.id)
    assert draft.text.startswith('<@U0ONCALL> "Timeline document" for the postmortem of SEV2 Payment API down')
    assert "Draft postmortem" in labels(draft)
    follow_up = said("follow_up_due", story, story.last(e.FollowUpDue), ONCALL.id)
    assert follow_up.text.startswith('<@U0ONCALL> "Day 1" for SEV2 Payment API down was to be done by')
    assert follow_up.text.endswith("To see what is left: `/incident checklist`")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("milestone:mitigation", '"Mitigation under way" turns overdue, unless it is reached'),
        ("monitoring.over", "the fix has been watched for 30 min: time to resolve"),
        ("follow_up:day-1", '"Day 1" is due'),
        ("draft:1", '"Timeline document" is wanted'),
    ],
)
def test_what_will_happen_is_told_in_words(name: str, words: str) -> None:
    assert timer_in_words(name, record(begun())) == words


def test_after_downtime_one_message_names_what_was_missed() -> None:
    story = begun().away_until(at(hours=2))
    message = said("caught_up", story, story.last(e.CaughtUp))
    assert '"Diagnosis" was due at' in message.text
    assert '"Mitigation under way" was due at' in message.text


def test_the_timeline_has_a_line_for_each() -> None:
    story = begun().do(c.ChangeStatus(ONCALL, "monitoring"), at(minutes=20)).until(at(hours=2))
    story.do(c.ReachMilestone(ONCALL, "mitigation")).do(resolution()).until(at(days=3))
    text = shown(timeline(record(story), story.events))
    for line in (
        "told #leadership, #support for step 3; rule: default, step 3, open 45 min",
        "changed the severity from SEV2 to SEV1; rule: default, step raise, open 1 h",
        '"Diagnosis" was due at',
        'marked "Mitigation under way" as reached',
        "the fix has been watched for as long as it should be",
        'reminded of "Timeline document"',
        'reminded of "Day 1"',
    ):
        assert line in text

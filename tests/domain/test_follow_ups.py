"""What comes due after the resolution, beside the postmortem: lists to be done, and drafts."""

from dataclasses import replace
from datetime import timedelta

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.playbook import Draft, FollowUp, Playbook
from app.domain.react import react
from tests.domain.given import ADMIN, DEFAULT, PRIMARY, Story, at, due, hours, play, resolve

LATER = replace(
    DEFAULT,
    follow_ups=(
        FollowUp("day-1", "Day 1", hours(24), 2, ("SEV1", "SEV2")),
        FollowUp("week-1", "Week 1", timedelta(days=7), 1),
    ),
    drafts=(Draft("Timeline document", hours(1), ("SEV1",)), Draft("First draft", hours(24))),
)


def resolved(severity: str = "SEV1") -> Story:
    return play(LATER, severity).do(resolve(), at())


def reminded(story: Story) -> list[tuple[timedelta, str]]:
    return [(one.at - at(), one.title) for one in story.events if isinstance(one, e.FollowUpDue | e.DraftDue)]


def test_lists_and_drafts_come_due_after_the_resolution() -> None:
    assert reminded(resolved().until(at(days=40))) == [
        (hours(1), "Timeline document"),
        (hours(24), "Day 1"),
        (hours(24), "First draft"),
        (timedelta(days=7), "Week 1"),
    ]


def test_those_of_other_severities_do_not() -> None:
    assert reminded(resolved("SEV3").until(at(days=40))) == [(hours(24), "First draft"), (timedelta(days=7), "Week 1")]


def test_a_list_that_is_done_does_not_come_due() -> None:
    story = resolved()
    for item in ("Write to customers", "Check the backups"):
        assert "follow_up:day-1" in due(story.incident, LATER)
        story.do(c.TickItem(PRIMARY, "day-1", "Day 1", item), at(minutes=5))
    assert "follow_up:day-1" not in due(story.incident, LATER)


def test_no_draft_is_wanted_once_the_postmortem_is_done() -> None:
    story = resolved().do(c.CompletePostmortem(PRIMARY), at(minutes=50)).until(at(days=40))
    assert reminded(story) == [(hours(24), "Day 1"), (timedelta(days=7), "Week 1")]


def test_a_false_alarm_has_nothing_to_follow_up() -> None:
    assert due(play(LATER).do(c.Cancel(PRIMARY), at(minutes=3)).incident, LATER) == {}


def test_a_drill_has_nothing_to_follow_up() -> None:
    drill = replace(resolved().incident, drill=True)
    assert due(drill, LATER) == {}


def test_nothing_comes_due_of_what_was_reopened() -> None:
    story = resolved().do(c.Reopen(ADMIN), at(minutes=5))
    assert not [name for name in due(story.incident, LATER) if name.startswith(("follow_up:", "draft:"))]


def test_a_second_resolution_counts_anew() -> None:
    story = resolved().until(at(hours=2)).do(c.Reopen(ADMIN), at(hours=3)).do(resolve(), at(hours=4)).until(at(hours=6))
    assert reminded(story) == [(hours(1), "Timeline document"), (hours(5), "Timeline document")]


def test_whoever_writes_the_postmortem_is_told() -> None:
    story = resolved().until(at(hours=24))
    told = [one for event in story.events[-2:] for one in react(event, story.incident, Playbook(LATER))]
    assert told == [
        f.Post("follow_up_due", members=(PRIMARY.id,)),
        f.Post("draft_due", members=(PRIMARY.id,)),
    ]


def test_a_draft_that_comes_with_the_postmortem_itself_is_left_to_that() -> None:
    story = resolved().away_until(at(days=4))
    drafts = story.all(e.DraftDue)
    assert [draft.late for draft in drafts] == [True, True]
    assert [one for draft in drafts for one in react(draft, story.incident, Playbook(LATER))] == []
    assert reminded(story)[-3][1] == "Day 1"

"""Milestones turn overdue unless they are reached, by themselves or by people."""

from dataclasses import replace

import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.errors import AlreadyReached, UnknownMilestone
from app.domain.milestones import standings
from app.domain.playbook import Milestone, Playbook
from app.domain.react import react
from app.domain.still_wanted import still_wanted
from tests.domain.given import (
    ADMIN,
    DEFAULT,
    MULTI_SERVICE,
    PRIMARY,
    Story,
    acknowledge,
    at,
    due,
    minutes,
    play,
    resolve,
    since_start,
    update,
)

PROTOCOL = replace(
    DEFAULT,
    milestones=(
        Milestone("war-room", "War room open", minutes(5), ("SEV2",), "room"),
        Milestone("diagnosis", "Diagnosis", minutes(15), ("SEV2",), "identified"),
        Milestone("mitigation", "Mitigation under way", minutes(30), ("SEV2",)),
        Milestone("end", "Resolved or raised", minutes(60), ("SEV2",), "resolved"),
    ),
)
ROOM = c.RecordChannel("C12", "incident-12")


def missed(story: Story) -> list[tuple[float, str]]:
    return [(since_start(one.at), one.milestone) for one in story.all(e.MilestoneMissed)]


def test_each_milestone_turns_overdue_once_at_its_time() -> None:
    story = play(PROTOCOL, "SEV2").until(at(hours=9))
    assert missed(story) == [(5, "war-room"), (15, "diagnosis"), (30, "mitigation"), (60, "end")]


def test_a_milestone_is_a_timer_until_it_is_reached() -> None:
    story = play(PROTOCOL, "SEV2")
    assert due(story.incident, PROTOCOL)["milestone:diagnosis"] == 15
    story.do(c.ChangeStatus(PRIMARY, "identified"), at(minutes=3))
    assert "milestone:diagnosis" not in due(story.incident, PROTOCOL)


@pytest.mark.parametrize("room", [ROOM, c.RecordChannelRefused("restricted_action")], ids=["channel", "thread"])
def test_the_room_is_reached_when_there_is_one(room: c.Command) -> None:
    story = play(PROTOCOL, "SEV2").do(c.RecordAnnouncement("C1", "1.0"), at(minutes=1)).do(room, at(minutes=2))
    assert "war-room" not in [milestone for _, milestone in missed(story.until(at(hours=1)))]
    assert story.incident.room_at == at(minutes=2)


@pytest.mark.parametrize("status", ["identified", "monitoring"])
def test_a_status_is_reached_by_it_or_by_one_beyond_it(status: str) -> None:
    story = play(PROTOCOL, "SEV2").do(c.ChangeStatus(PRIMARY, status), at(minutes=3)).until(at(minutes=20))
    assert "diagnosis" not in [milestone for _, milestone in missed(story)]


def test_an_update_reaches_a_status_too() -> None:
    story = play(PROTOCOL, "SEV2").do(c.PostUpdate(PRIMARY, "identified", "The disk is full"), at(minutes=3))
    assert "diagnosis" not in [milestone for _, milestone in missed(story.until(at(minutes=20)))]


def test_what_is_not_understood_after_all_stays_reached() -> None:
    story = play(PROTOCOL, "SEV2").do(c.ChangeStatus(PRIMARY, "identified"), at(minutes=3))
    story.do(c.ChangeStatus(PRIMARY, "investigating"), at(minutes=4)).until(at(minutes=20))
    assert "diagnosis" not in [milestone for _, milestone in missed(story)]


def test_people_mark_the_others_by_id_or_title() -> None:
    for word in ("mitigation", " Mitigation under WAY "):
        story = play(PROTOCOL, "SEV2").do(c.ReachMilestone(PRIMARY, word), at(minutes=20)).until(at(minutes=40))
        assert "mitigation" not in [milestone for _, milestone in missed(story)]
        assert story.incident.milestones == {"mitigation": at(minutes=20)}


def test_an_overdue_milestone_can_still_be_reached() -> None:
    story = play(PROTOCOL, "SEV2").do(c.ReachMilestone(PRIMARY, "mitigation"), at(minutes=50))
    assert story.last(e.MilestoneReached).due_at == at(minutes=30)


def test_a_milestone_is_reached_once() -> None:
    story = play(PROTOCOL, "SEV2").do(c.ReachMilestone(PRIMARY, "mitigation"), at(minutes=20))
    with pytest.raises(AlreadyReached) as refused:
        story.do(c.ReachMilestone(ADMIN, "mitigation"), at(minutes=21))
    assert str(refused.value).startswith("Mitigation under way was reached at 4 Mar 10:20 UTC.")


def test_a_milestone_of_another_severity_cannot_be_reached() -> None:
    with pytest.raises(UnknownMilestone) as refused:
        play(PROTOCOL, "SEV1").do(c.ReachMilestone(PRIMARY, "mitigation"), at(minutes=3))
    assert str(refused.value) == "mitigation is no milestone of SEV1. Known ones: none."


def test_milestones_of_a_severity_that_no_longer_holds_vanish() -> None:
    story = play(PROTOCOL, "SEV2").do(ROOM).do(c.ChangeSeverity(PRIMARY, "SEV1"), at(minutes=10)).until(at(hours=2))
    assert missed(story) == []
    assert standings(story.incident, PROTOCOL) == []


def test_milestones_of_a_severity_that_comes_count_from_then() -> None:
    story = play(PROTOCOL, "SEV1").do(ROOM).do(c.ChangeSeverity(ADMIN, "SEV2"), at(minutes=10)).until(at(minutes=30))
    assert missed(story) == [(25, "diagnosis")]


def test_milestones_begin_anew_when_it_is_reopened() -> None:
    story = play(PROTOCOL, "SEV2").do(ROOM).do(c.ReachMilestone(PRIMARY, "mitigation"), at(minutes=1))
    story.do(c.ChangeStatus(PRIMARY, "identified")).do(resolve(), at(minutes=2)).do(c.Reopen(ADMIN), at(minutes=10))
    assert missed(story.until(at(minutes=50))) == [(25, "diagnosis"), (40, "mitigation")]


def test_the_clock_of_a_milestone_waits_for_business_hours_with_the_first_page() -> None:
    rules = replace(MULTI_SERVICE, milestones=(Milestone("look", "Looked at", minutes(30)),))
    story = play(rules, "SEV3", now=at(hours=8))
    assert due(story.incident, rules)["milestone:look"] == 23 * 60 + 30


def test_it_is_said_in_the_channel_and_to_whoever_leads() -> None:
    story = play(PROTOCOL, "SEV2").do(acknowledge(), at(minutes=2)).until(at(minutes=15))
    overdue = story.last(e.MilestoneMissed)
    assert f.Post("milestone_missed", members=(PRIMARY.id,)) in react(overdue, story.incident, Playbook(PROTOCOL))


def test_it_is_not_said_any_more_once_it_is_reached_or_over() -> None:
    story = play(PROTOCOL, "SEV2").until(at(minutes=30))
    said, overdue = f.Post("milestone_missed"), story.last(e.MilestoneMissed)
    assert still_wanted(said, overdue, story.incident)
    assert not still_wanted(said, overdue, story.do(c.ReachMilestone(PRIMARY, "mitigation")).incident)
    assert not still_wanted(said, overdue, play(PROTOCOL, "SEV2").do(resolve(), at(minutes=31)).incident)


def test_after_downtime_one_message_tells_of_all() -> None:
    story = play(PROTOCOL, "SEV2").away_until(at(hours=2))
    assert {"milestone:war-room", "milestone:diagnosis"} <= story.last(e.CaughtUp).missed.keys()
    assert all(one.late for one in story.all(e.MilestoneMissed))
    effects = [
        one for event in story.all(e.MilestoneMissed) for one in react(event, story.incident, Playbook(PROTOCOL))
    ]
    assert not [one for one in effects if isinstance(one, f.Post)]


def test_a_raise_in_the_same_moment_leaves_nothing_to_be_missed() -> None:
    story = play(PROTOCOL, "SEV2").do(ROOM).do(c.ChangeStatus(PRIMARY, "identified"))
    story.do(c.ReachMilestone(PRIMARY, "mitigation")).do(update(), at(minutes=59))
    story.do(c.ChangeSeverity(PRIMARY, "SEV1"), at(minutes=59, seconds=59)).until(at(minutes=70))
    assert missed(story) == []


def test_standings_say_what_is_reached_and_what_is_overdue() -> None:
    story = play(PROTOCOL, "SEV2").do(ROOM, at(minutes=2)).until(at(minutes=20))
    room, diagnosis, mitigation, _ = standings(story.incident, PROTOCOL)
    assert (room.reached_at, room.is_overdue(at(minutes=20))) == (at(minutes=2), False)
    assert (diagnosis.due_at, diagnosis.is_overdue(at(minutes=20))) == (at(minutes=15), True)
    assert not mitigation.is_overdue(at(minutes=20))

"""What a step does beside paging: it tells other channels, and it changes the severity."""

from dataclasses import replace

import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.playbook import Playbook, Rules, Step, Trigger
from app.domain.react import react
from app.domain.still_wanted import still_wanted
from tests.domain.given import (
    ADMIN,
    DEFAULT,
    PLAYBOOK,
    PRIMARY,
    acknowledge,
    at,
    declared,
    hours,
    minutes,
    play,
    resolve,
    tagged,
    when,
)

AT_THE_DECLARATION = Step("1", ("primary",), (when(Trigger.DECLARED),))


def with_steps(*steps: Step) -> Rules:
    return replace(DEFAULT, steps=(AT_THE_DECLARATION, *steps))


LEADERSHIP = with_steps(Step("3", (), (when(Trigger.OPEN, after=minutes(45)),), notifies=("leadership", "support")))
RAISED = with_steps(Step("raise", (), (when(Trigger.OPEN, "SEV2", after=minutes(60)),), severity="SEV1"))
EVERYTHING = with_steps(
    Step(
        "2",
        ("manager",),
        (when(Trigger.OPEN, "SEV2", after=minutes(30)),),
        notifies=("leadership",),
        severity="SEV1",
        respond_within=minutes(5),
    )
)


# --- telling other channels ---


def test_a_step_tells_its_channels_once_and_says_why() -> None:
    story = play(LEADERSHIP, "SEV2").until(at(hours=3))
    [told] = story.all(e.ChannelsNotified)
    assert told == e.ChannelsNotified(
        at(minutes=45), "3:#leadership+#support", "3", ("leadership", "support"), "default, step 3, open 45 min"
    )


def test_each_channel_is_one_message_and_the_room_is_told_in_a_thread() -> None:
    story = play(LEADERSHIP, "SEV2").until(at(minutes=45))
    effects = react(story.last(e.ChannelsNotified), story.incident, PLAYBOOK)
    assert effects[:2] == [f.NotifyChannel("leadership"), f.NotifyChannel("support")]
    assert f.Post("channels_notified", f.Place.CARD_THREAD) in effects


def test_a_private_incident_tells_no_other_channel() -> None:
    story = play(LEADERSHIP, "SEV2").until(at(minutes=45))
    private = replace(story.incident, private=True, channel="C12")
    assert not [
        one for one in react(story.last(e.ChannelsNotified), private, PLAYBOOK) if isinstance(one, f.NotifyChannel)
    ]


def test_what_is_over_is_told_to_no_other_channel() -> None:
    story = play(LEADERSHIP, "SEV2").until(at(minutes=45))
    told = story.last(e.ChannelsNotified)
    assert still_wanted(f.NotifyChannel("leadership"), told, story.incident)
    assert not still_wanted(f.NotifyChannel("leadership"), told, story.do(resolve()).incident)


def test_a_step_that_pages_nobody_leaves_the_repeated_page_alone() -> None:
    minutes_of_pages = [minute for minute, _ in play(LEADERSHIP, "SEV2").until(at(hours=1)).pages]
    assert minutes_of_pages == [0, 15, 30, 45, 60]


# --- changing the severity ---


def test_a_step_raises_the_severity_and_nobody_did_it() -> None:
    story = play(RAISED, "SEV2").do(acknowledge(), at(minutes=2)).until(at(hours=2))
    [raised] = story.all(e.SeverityChanged)
    assert (raised.at, raised.by, raised.before, raised.after) == (at(hours=1), None, "SEV2", "SEV1")
    assert raised.why == "default, step raise, open 1 h"
    assert story.incident.severity == "SEV1"


def test_a_raise_changes_nothing_that_was_already_running() -> None:
    both = with_steps(*RAISED.steps[1:], Step("3", ("head",), (when(Trigger.OPEN, "SEV1", "SEV2", after=minutes(90)),)))
    story = play(both, "SEV2").do(acknowledge(), at(minutes=2)).until(at(hours=4))
    assert story.pages == [(0, "1"), (90, "3")]


def test_after_a_raise_the_limits_of_the_new_severity_count_from_it() -> None:
    story = play(RAISED, "SEV2").do(acknowledge(), at(minutes=2)).until(at(hours=3))
    assert story.limits == [(108, "resolve", "warned"), (120, "resolve", "broken")]


def test_what_fell_due_by_the_old_severity_is_told_before_the_raise() -> None:
    slow = replace(RAISED.severities[1], resolve_within=RAISED.severities[0].resolve_within)
    rules = replace(RAISED, severities=(RAISED.severities[0], slow, *RAISED.severities[2:]))
    story = play(rules, "SEV2").do(acknowledge(), at(minutes=2)).until(at(hours=1))
    kinds = [type(event) for event in story.events if event.at == at(hours=1)]
    assert kinds.index(e.LimitBroken) < kinds.index(e.SeverityChanged)


def test_a_raise_fires_what_is_declared_for_the_new_severity() -> None:
    named = with_steps(*RAISED.steps[1:], Step("3", ("manager",), (when(Trigger.DECLARED, "SEV1"),)))
    story = play(named, "SEV2").do(acknowledge(), at(minutes=2)).until(at(hours=2))
    assert story.pages == [(0, "1"), (60, "3")]


def test_nothing_is_raised_that_has_been_resolved() -> None:
    assert play(RAISED, "SEV2").do(resolve(), at(minutes=59)).until(at(days=2)).all(e.SeverityChanged) == []


def test_what_people_have_raised_and_lowered_again_is_not_raised_by_a_step() -> None:
    story = play(RAISED, "SEV2").do(c.ChangeSeverity(PRIMARY, "SEV1"), at(minutes=10))
    story.do(c.ChangeSeverity(ADMIN, "SEV2"), at(minutes=20)).until(at(hours=5))
    assert [changed.by for changed in story.all(e.SeverityChanged)] == [PRIMARY.id, ADMIN.id]


def test_a_raise_opens_the_channel_and_keeps_the_name() -> None:
    threaded = replace(
        RAISED,
        severities=(RAISED.severities[0], replace(RAISED.severities[1], own_channel=False), *RAISED.severities[2:]),
    )
    story = play(threaded, "SEV2").until(at(hours=1))
    assert story.last(e.SeverityChanged).opens_channel
    assert story.incident.name == "incident-12"
    assert f.OpenChannel() in react(story.last(e.SeverityChanged), story.incident, Playbook(threaded))


def test_after_downtime_a_raise_waits_its_turn_like_any_step() -> None:
    rules = with_steps(
        Step("2", ("secondary",), (when(Trigger.OPEN, "SEV2", after=minutes(30)),)),
        *RAISED.steps[1:],
    )
    story = play(rules, "SEV2").do(acknowledge(), at(minutes=2)).away_until(at(hours=9)).until(at(hours=10))
    assert [minute for minute, label in story.pages if label == "2"] == [540]
    assert [changed.at for changed in story.all(e.SeverityChanged)] == [at(hours=9, minutes=5)]


# --- several actions of one step ---


def test_a_step_does_all_that_its_row_says_at_once() -> None:
    story = play(EVERYTHING, "SEV2").do(acknowledge(), at(minutes=2)).until(at(minutes=30))
    kinds = [type(event) for event in story.events if event.at == at(minutes=30)]
    assert kinds[:3] == [e.Nudged, e.Paged, e.ChannelsNotified]
    assert e.SeverityChanged in kinds
    assert story.last(e.Paged).respond_within == minutes(5)


def test_escalate_fires_the_whole_row() -> None:
    story = play(EVERYTHING, "SEV2").do(c.Escalate(PRIMARY), at(minutes=3))
    assert [type(event) for event in story.events[-4:]] == [e.Escalated, e.Paged, e.ChannelsNotified, e.SeverityChanged]
    assert {event.by for event in story.events[-4:] if isinstance(event, e.Paged | e.SeverityChanged)} == {PRIMARY.id}


def test_passing_a_page_on_fires_the_whole_row() -> None:
    story = play(EVERYTHING, "SEV2").do(c.Decline(PRIMARY), at(minutes=3))
    assert story.incident.severity == "SEV1"


def test_escalate_passes_over_rows_that_page_nobody() -> None:
    story = play(LEADERSHIP, "SEV2").do(c.Escalate(PRIMARY), at(minutes=3))
    assert story.all(e.ChannelsNotified) == []
    assert story.pages[-1] == (3, "1")


@pytest.mark.parametrize(("severity", "fires"), [("SEV1", True), ("SEV3", True)])
def test_a_tag_condition_holds_for_every_severity_unless_its_row_names_some(severity: str, *, fires: bool) -> None:
    rules = with_steps(Step("2", ("head",), (when(Trigger.OPEN, "SEV1", after=hours(9)), tagged("data-loss"))))
    story = play(rules, severity).do(c.ChangeTags(PRIMARY, ("data-loss",)), at(minutes=1))
    assert ("2" in [label for _, label in story.pages]) == fires


def test_a_tag_condition_that_names_a_severity_holds_for_that_alone() -> None:
    rules = with_steps(Step("2", ("head",), (tagged("data-loss", severities=("SEV1",)),)))
    story = play(rules, "SEV2").do(c.ChangeTags(PRIMARY, ("data-loss",)), at(minutes=1))
    assert story.pages == [(0, "1")]
    story.do(c.ChangeSeverity(PRIMARY, "SEV1"), at(minutes=2))
    assert story.pages == [(0, "1"), (2, "2")]


def test_rows_that_do_different_things_have_different_keys() -> None:
    keys = [step.key for rules in (LEADERSHIP, RAISED, EVERYTHING) for step in rules.steps[1:]]
    assert keys == ["3:#leadership+#support", "raise:=SEV1", "2:manager"]


def test_a_fresh_incident_waits_for_its_actions() -> None:
    assert declared("SEV2", LEADERSHIP).steps.keys() == {"1:primary"}

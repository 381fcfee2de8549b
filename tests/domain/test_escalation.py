from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.decide import decide
from app.domain.errors import AlreadyAcknowledged, NoStep
from app.domain.limits import Limit
from app.domain.playbook import Rules, Step, Trigger
from app.domain.timers import STEP
from tests.domain.given import (
    ANN,
    BOB,
    DEFAULT,
    MANAGER,
    MULTI_SERVICE,
    NOBODY,
    PRIMARY,
    ROSTER,
    SECONDARY,
    UNDIAGNOSED,
    acknowledge,
    at,
    bound,
    declared,
    due,
    every,
    hours,
    in_zone,
    minutes,
    play,
    roster_of,
    since_start,
    tagged,
    when,
)


def gone(member: c.Actor, step: str = "1:primary") -> c.RecordPageRefused:
    """Return what a delivery learned: this member cannot be paged."""
    return c.RecordPageRefused(step, member.id, ("Somebody",), "this member is deactivated")


SATURDAY_NIGHT = datetime(2026, 3, 7, 23, tzinfo=UTC)
MONDAY_AT_NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)


# --- the figures of the two playbooks ---


@pytest.mark.parametrize(
    ("rules", "severity", "pages"),
    [
        (
            MULTI_SERVICE,
            "SEV1",
            [(0, "1"), (0, "3"), *every(15, 15, 105, "2"), *every(15, 120, 225, "4"), (240, "5"), (255, "5")],
        ),
        (MULTI_SERVICE, "SEV2", [(0, "1"), (15, "2"), *every(30, 45, 255, "2")]),
        (MULTI_SERVICE, "SEV3", [(0, "1"), (120, "1"), (240, "1")]),
        (MULTI_SERVICE, "SEV4", []),
        (DEFAULT, "SEV1", [(0, "1"), (0, "3"), *every(5, 5, 55, "2"), *every(5, 60, 255, "4")]),
        (DEFAULT, "SEV2", [(0, "1"), *every(15, 15, 45, "2"), *every(15, 60, 255, "3")]),
        (DEFAULT, "SEV3", [(0, "1"), *every(60, 60, 240, "2")]),
        (DEFAULT, "SEV4", []),
    ],
)
def test_who_is_paged_when_nobody_acknowledges(rules: Rules, severity: str, pages: list[tuple[float, str]]) -> None:
    assert play(rules, severity).until(at(minutes=255)).pages == pages


@pytest.mark.parametrize(
    ("rules", "severity", "pages"),
    [
        (MULTI_SERVICE, "SEV1", [(0, "1"), (0, "3"), (30, "2"), (120, "4"), (240, "5")]),
        (MULTI_SERVICE, "SEV2", [(0, "1"), (60, "2")]),
        (MULTI_SERVICE, "SEV3", [(0, "1")]),
        (MULTI_SERVICE, "SEV4", []),
        (DEFAULT, "SEV1", [(0, "1"), (0, "3"), (60, "4")]),
        (DEFAULT, "SEV2", [(0, "1"), (60, "3")]),
        (DEFAULT, "SEV3", [(0, "1")]),
        (DEFAULT, "SEV4", []),
    ],
)
def test_who_is_paged_after_an_acknowledgement(rules: Rules, severity: str, pages: list[tuple[float, str]]) -> None:
    assert play(rules, severity).do(acknowledge(), at(minutes=4)).until(at(days=3)).pages == pages


def test_declaring_pages_the_first_step() -> None:
    paged = play(DEFAULT, "SEV2").last(e.Paged)
    assert (paged.step, paged.label, paged.responders) == ("1:primary", "1", ("Primary on-call",))
    assert (paged.members, paged.targets, paged.again, paged.unbound) == ((PRIMARY.id,), (PRIMARY.id,), (), ())
    assert paged.by is None
    assert not paged.late


def test_steps_due_at_the_declaration_fire_together() -> None:
    events = play(DEFAULT, "SEV1", tags=("data-loss",)).events
    assert [type(event) for event in events] == [e.Declared, e.Paged, e.Paged, e.Paged]
    assert [one.label for one in events if isinstance(one, e.Paged)] == ["1", "3", "4"]


def test_unacknowledged_page_escalates_to_the_next_step() -> None:
    assert play(DEFAULT, "SEV2").until(at(minutes=15)).last(e.Paged).members == (SECONDARY.id,)


def test_acknowledging_stops_the_escalation() -> None:
    story = play(DEFAULT, "SEV3").do(acknowledge(), at(minutes=59))
    assert not [name for name in due(story.incident, DEFAULT) if name.startswith(STEP) or name == "repeat"]


def test_acknowledging_leaves_the_steps_for_what_stays_open() -> None:
    story = play(MULTI_SERVICE, "SEV2").do(acknowledge(), at(minutes=10)).until(at(minutes=60))
    assert story.pages[-1:] == [(60, "2")]
    assert "open 1 h" in story.last(e.Paged).why


def test_resolving_stops_every_step() -> None:
    story = play(MULTI_SERVICE, "SEV1").do(c.Resolve(PRIMARY), at(minutes=20)).until(at(days=5))
    assert story.pages[-1:] == [(15, "2")]


def test_a_page_says_which_rule_asked_for_it() -> None:
    story = play(MULTI_SERVICE, "SEV1").until(at(minutes=15))
    assert [one.why for one in story.all(e.Paged)] == [
        "multi-service, step 1, SEV1 declared",
        "multi-service, step 3, SEV1 declared",
        "multi-service, step 2, unacknowledged 15 min",
    ]


# --- repeated pages ---


def test_the_page_is_repeated_every_acknowledgement_time() -> None:
    story = play(DEFAULT, "SEV2").until(at(minutes=30))
    assert story.pages == [(0, "1"), (15, "2"), (30, "2")]
    assert story.last(e.Paged).again == (SECONDARY.id,)


def test_repeated_pages_come_no_closer_than_five_minutes() -> None:
    hasty = replace(DEFAULT.severities[0], acknowledge_within=Limit(minutes(2)))
    rules = replace(DEFAULT, severities=(hasty, *DEFAULT.severities[1:]))
    assert play(rules).until(at(minutes=12)).pages == [(0, "1"), (0, "3"), (2, "2"), (7, "2"), (12, "2")]


def test_no_page_is_repeated_where_the_limit_is_in_business_time() -> None:
    story = play(DEFAULT, "SEV4").do(c.ChangeTags(ANN, add=("data-loss",)), at(minutes=5)).until(at(days=4))
    assert story.pages == [(5, "4")]


def test_a_page_asked_for_puts_the_repeated_one_off() -> None:
    story = play(DEFAULT, "SEV3").do(c.Escalate(ANN), at(minutes=40)).until(at(minutes=100))
    assert story.pages == [(0, "1"), (40, "2"), (100, "2")]


# --- business hours ---


def test_sev3_on_a_saturday_night_waits_for_monday_at_nine() -> None:
    story = play(MULTI_SERVICE, "SEV3", now=SATURDAY_NIGHT)
    assert story.pages == []
    story.until(MONDAY_AT_NINE)
    assert [(one.at, one.label) for one in story.all(e.Paged)] == [(MONDAY_AT_NINE, "1")]
    assert "business hours" in story.last(e.Paged).why


def test_its_clocks_start_at_that_first_page() -> None:
    story = play(MULTI_SERVICE, "SEV3", now=SATURDAY_NIGHT).until(MONDAY_AT_NINE + hours(2))
    happened = [(type(one), since_start(one.at) - since_start(MONDAY_AT_NINE)) for one in story.events[1:]]
    assert happened == [(e.Paged, 0), (e.LimitWarned, 96), (e.Paged, 120), (e.LimitBroken, 120), (e.Nudged, 120)]


def test_business_hours_are_those_of_the_playbooks_zone() -> None:
    rules = in_zone(MULTI_SERVICE, "America/New_York")
    story = play(rules, "SEV3", now=SATURDAY_NIGHT).until(datetime(2026, 3, 10, tzinfo=UTC))
    # New York went over to summer time that Sunday: nine o'clock is 13:00 UTC.
    assert story.all(e.Paged)[0].at == datetime(2026, 3, 9, 13, tzinfo=UTC)


def test_a_holiday_is_waited_for_too() -> None:
    rules = in_zone(MULTI_SERVICE, "UTC", holidays=frozenset({MONDAY_AT_NINE.date()}))
    story = play(rules, "SEV3", now=SATURDAY_NIGHT).until(datetime(2026, 3, 11, tzinfo=UTC))
    assert story.all(e.Paged)[0].at == datetime(2026, 3, 10, 9, tzinfo=UTC)


def test_sev3_in_business_hours_pages_at_once() -> None:
    assert play(MULTI_SERVICE, "SEV3").pages == [(0, "1")]


def test_a_weekend_incident_that_is_raised_pages_at_once() -> None:
    story = play(MULTI_SERVICE, "SEV3", now=SATURDAY_NIGHT)
    story.do(c.ChangeSeverity(ANN, "SEV2"), SATURDAY_NIGHT + hours(3)).until(SATURDAY_NIGHT + hours(3.5))
    assert [(one.at, one.label) for one in story.all(e.Paged)] == [
        (SATURDAY_NIGHT + hours(3), "1"),
        (SATURDAY_NIGHT + hours(3.25), "2"),
    ]


def test_a_weekend_incident_that_is_cancelled_pages_nobody_on_monday() -> None:
    story = play(MULTI_SERVICE, "SEV3", now=SATURDAY_NIGHT)
    story.do(c.Cancel(PRIMARY), SATURDAY_NIGHT + hours(1)).until(MONDAY_AT_NINE + hours(8))
    assert story.pages == []


# --- the Escalate button ---


def test_escalating_fires_the_next_step_now() -> None:
    story = play(DEFAULT, "SEV2").do(c.Escalate(PRIMARY), at(minutes=3))
    assert [type(one) for one in story.events[-2:]] == [e.Escalated, e.Paged]
    assert (story.last(e.Paged).label, story.last(e.Paged).members) == ("2", (SECONDARY.id,))
    assert story.last(e.Paged).by == PRIMARY.id


def test_a_step_that_was_asked_for_does_not_fire_again_by_time() -> None:
    story = play(DEFAULT, "SEV2").do(c.Escalate(PRIMARY), at(minutes=3)).do(acknowledge(), at(minutes=4))
    assert story.until(at(days=1)).pages == [(0, "1"), (3, "2"), (60, "3")]


def test_a_clock_that_was_set_back_keeps_nobody_from_escalating() -> None:
    story = play(DEFAULT, "SEV2").do(c.Escalate(PRIMARY), at(minutes=63))
    story.now = at(minutes=3)
    assert story.do(c.Escalate(ANN)).last(e.Escalated) == e.Escalated(at(minutes=3), ANN.id)


def test_escalating_after_the_acknowledgement_still_fires_the_next_step() -> None:
    story = play(DEFAULT, "SEV2").do(acknowledge(), at(minutes=1)).do(c.Escalate(PRIMARY), at(minutes=3))
    assert story.pages == [(0, "1"), (3, "2")]


def test_last_step_has_nowhere_left_to_escalate() -> None:
    story = play(DEFAULT, "SEV3").do(acknowledge(), at(minutes=1))
    for minute in (2, 3):
        story.do(c.Escalate(ANN), at(minutes=minute))
    assert story.pages == [(0, "1"), (2, "2"), (3, "2")]
    assert story.last(e.Paged).again == (SECONDARY.id,)


def test_escalating_goes_through_the_policy_in_order() -> None:
    story = play(MULTI_SERVICE, "SEV1").do(acknowledge(), at(minutes=1))
    for minute in (2, 3, 4, 5):
        story.do(c.Escalate(ANN), at(minutes=minute))
    assert story.pages == [(0, "1"), (0, "3"), (2, "2"), (3, "4"), (4, "5"), (5, "5")]


def test_a_severity_without_steps_has_nobody_to_page() -> None:
    with pytest.raises(NoStep):
        decide(declared("SEV4", MULTI_SERVICE), c.Escalate(ANN), MULTI_SERVICE, ROSTER, at(minutes=1))


def test_whoever_asks_for_help_is_not_the_help() -> None:
    roster = {**ROSTER, "secondary": bound(PRIMARY.id, SECONDARY.id, group="S_ONCALL")}
    story = play(DEFAULT, "SEV2", roster=roster).do(c.Escalate(PRIMARY), at(minutes=3))
    assert story.last(e.Paged).members == (SECONDARY.id,)


def test_a_second_page_to_the_same_person_says_again() -> None:
    roster = {**ROSTER, "secondary": bound(PRIMARY.id, SECONDARY.id, group="S_ONCALL")}
    paged = play(DEFAULT, "SEV2", roster=roster).until(at(minutes=15)).last(e.Paged)
    assert paged.members == (PRIMARY.id, SECONDARY.id)
    assert paged.targets == ("S_ONCALL",)
    assert paged.again == (PRIMARY.id,)


# --- "I can't take it" ---


def test_declining_a_page_fires_the_next_step() -> None:
    story = play(DEFAULT, "SEV2").do(c.Decline(PRIMARY), at(minutes=2))
    assert [type(one) for one in story.events[-2:]] == [e.Declined, e.Paged]
    assert story.pages == [(0, "1"), (2, "2")]
    assert story.last(e.Paged).members == (SECONDARY.id,)


def test_declining_does_not_start_the_clock_again() -> None:
    story = play(DEFAULT, "SEV2").do(c.Decline(PRIMARY), at(minutes=2)).until(at(minutes=20))
    assert story.limits == [(12, "acknowledge", "warned"), (15, "acknowledge", "broken")]


def test_declining_the_last_step_pages_it_again_without_the_one_who_declines() -> None:
    roster = {**ROSTER, "secondary": bound(BOB.id, SECONDARY.id)}
    story = play(DEFAULT, "SEV3", roster=roster).until(at(minutes=60)).do(c.Decline(BOB), at(minutes=61))
    assert story.pages == [(0, "1"), (60, "2"), (61, "2")]
    assert story.last(e.Paged).members == (SECONDARY.id,)


def test_declining_with_nobody_else_left_is_noted_and_pages_nobody() -> None:
    story = play(DEFAULT, "SEV3").until(at(minutes=60)).do(c.Decline(SECONDARY), at(minutes=61))
    assert isinstance(story.events[-1], e.Declined)


def test_handing_back_starts_the_unacknowledged_clock_again() -> None:
    story = play(DEFAULT, "SEV2").do(acknowledge(), at(minutes=10)).do(c.Decline(PRIMARY), at(minutes=20))
    assert [type(one) for one in story.events[-2:]] == [e.HandedBack, e.Paged]
    assert story.pages[-1:] == [(20, "2")]
    assert story.incident.acknowledged_by is None
    assert story.until(at(minutes=35)).limits[-2:] == [(32, "acknowledge", "warned"), (35, "acknowledge", "broken")]
    assert story.pages[-1:] == [(35, "2")]


def test_an_unacknowledged_step_counts_from_the_handing_back() -> None:
    third = Step("3", ("manager",), (when(Trigger.UNACKNOWLEDGED, after=minutes(30)),))
    rules = replace(DEFAULT, steps=(*DEFAULT.steps[:2], third))
    story = play(rules).do(acknowledge(), at(minutes=2)).do(c.Decline(PRIMARY), at(minutes=12))
    assert story.pages == [(0, "1"), (12, "2")]
    assert due(story.incident, rules)["step:3:manager"] == 42


def test_somebody_else_may_acknowledge_what_was_handed_back() -> None:
    story = play(DEFAULT, "SEV2").do(acknowledge(), at(minutes=10)).do(c.Decline(PRIMARY), at(minutes=20))
    assert story.do(acknowledge(SECONDARY), at(minutes=21)).incident.acknowledged_by == SECONDARY.id


def test_declining_what_another_has_acknowledged_is_refused() -> None:
    incident = play(DEFAULT, "SEV2").do(acknowledge(), at(minutes=1)).incident
    with pytest.raises(AlreadyAcknowledged, match="@U_PRIMARY acknowledged incident-12 at 4 Mar 10:01 UTC"):
        decide(incident, c.Decline(SECONDARY), DEFAULT, ROSTER, at(minutes=2))


# --- responders whom nobody plays ---


def test_people_of_the_step_before_stand_in_for_an_unbound_responder() -> None:
    paged = play(DEFAULT, "SEV2", roster=roster_of("primary")).until(at(minutes=15)).last(e.Paged)
    assert (paged.label, paged.members, paged.targets) == ("2", (PRIMARY.id,), (PRIMARY.id,))
    assert paged.unbound == ("Secondary on-call",)
    assert paged.again == (PRIMARY.id,)


def test_they_stand_in_for_several_steps() -> None:
    story = play(MULTI_SERVICE, "SEV1", roster=roster_of("primary")).until(at(hours=4))
    assert {one.members for one in story.all(e.Paged)} == {(PRIMARY.id,)}


def test_a_group_without_members_counts_as_unbound() -> None:
    roster = {**ROSTER, "secondary": bound(group="S_EMPTY")}
    paged = play(DEFAULT, "SEV2", roster=roster).until(at(minutes=15)).last(e.Paged)
    assert (paged.members, paged.unbound) == ((PRIMARY.id,), ("Secondary on-call",))


def test_with_nobody_bound_the_steps_are_still_recorded() -> None:
    story = play(MULTI_SERVICE, "SEV1", roster=NOBODY).until(at(minutes=120))
    assert story.pages == [(0, "1"), (0, "3"), (15, "2"), (120, "4")]
    assert {one.members for one in story.all(e.Paged)} == {()}
    assert story.all(e.Paged)[0].unbound == ("Primary on-call",)


def test_with_nobody_bound_escalating_and_declining_still_work() -> None:
    story = play(DEFAULT, "SEV2", roster=NOBODY).do(c.Escalate(ANN), at(minutes=1)).do(c.Decline(BOB), at(minutes=2))
    assert story.pages == [(0, "1"), (1, "2"), (2, "3")]


def test_a_step_with_one_of_two_responders_bound_pages_that_one() -> None:
    both = Step("1", ("primary", "manager"), (when(Trigger.DECLARED),))
    paged = play(replace(DEFAULT, steps=(both,)), roster=roster_of("manager")).last(e.Paged)
    assert (paged.members, paged.unbound) == ((MANAGER.id,), ("Primary on-call",))
    assert paged.responders == ("Primary on-call", "Incident manager")


# --- tags ---


def test_a_tag_fires_its_step_when_it_comes() -> None:
    story = play(DEFAULT, "SEV3").do(c.ChangeTags(ANN, add=("data-loss",)), at(minutes=7))
    assert [type(one) for one in story.events[-2:]] == [e.TagsChanged, e.Paged]
    assert story.pages == [(0, "1"), (7, "4")]
    assert story.last(e.Paged).why == "default, step 4, tag data-loss"


def test_a_tag_fires_its_step_at_the_declaration() -> None:
    assert play(DEFAULT, "SEV3", tags=("security-breach",)).pages == [(0, "1"), (0, "4")]


def test_another_tag_fires_nothing() -> None:
    assert play(DEFAULT, "SEV3", tags=("cosmetic",)).pages == [(0, "1")]


def test_a_step_fires_once_whichever_condition_comes_first() -> None:
    story = play(DEFAULT, "SEV1").do(acknowledge(), at(minutes=1))
    story.do(c.ChangeTags(ANN, add=("data-loss",)), at(minutes=7))
    story.do(c.ChangeTags(ANN, remove=("data-loss",)), at(minutes=8))
    story.do(c.ChangeTags(ANN, add=("data-loss", "security-breach")), at(minutes=9))
    assert story.until(at(hours=3)).pages == [(0, "1"), (0, "3"), (7, "4")]


def test_a_tag_condition_that_names_severities_holds_for_those_alone() -> None:
    rules = replace(DEFAULT, steps=(Step("3", ("head",), (tagged("data-loss", severities=("SEV1",)),)),))
    story = play(rules, "SEV2", tags=("data-loss",))
    assert story.pages == []
    assert story.do(c.ChangeSeverity(ANN, "SEV1"), at(minutes=9)).pages == [(9, "3")]


def test_a_tag_on_a_closed_incident_pages_nobody() -> None:
    story = play(DEFAULT, "SEV3").do(c.Resolve(ANN), at(minutes=1))
    assert story.do(c.ChangeTags(ANN, add=("data-loss",)), at(minutes=2)).pages == [(0, "1")]


# --- severities that change ---


def test_raising_the_severity_fires_the_declared_steps_of_the_new_one() -> None:
    story = play(MULTI_SERVICE, "SEV2").do(acknowledge(), at(minutes=5))
    story.do(c.ChangeSeverity(ANN, "SEV1"), at(minutes=40))
    assert story.pages == [(0, "1"), (40, "3")]


def test_raising_the_severity_does_not_page_everybody_at_once() -> None:
    story = play(MULTI_SERVICE, "SEV3").do(acknowledge(), at(minutes=5))
    story.do(c.ChangeSeverity(ANN, "SEV1"), at(hours=5)).until(at(hours=12))
    assert story.pages == [(0, "1"), (300, "3"), (330, "2"), (420, "4"), (540, "5")]


def test_raising_to_a_severity_with_steps_fires_its_first() -> None:
    story = play(MULTI_SERVICE, "SEV4").do(c.ChangeSeverity(ANN, "SEV2"), at(minutes=10)).until(at(minutes=55))
    assert story.pages == [(10, "1"), (25, "2"), (55, "2")]


def test_a_row_that_names_both_severities_goes_on_counting() -> None:
    # multi-service, step 2: SEV1 and SEV2 unacknowledged 15 min.
    story = play(MULTI_SERVICE, "SEV2").do(c.ChangeSeverity(ANN, "SEV1"), at(minutes=10)).until(at(minutes=15))
    assert story.pages == [(0, "1"), (10, "3"), (15, "2")]


def test_lowering_the_severity_drops_the_steps_of_the_old_one() -> None:
    story = play(MULTI_SERVICE, "SEV1").do(acknowledge(), at(minutes=5))
    story.do(c.ChangeSeverity(PRIMARY, "SEV3"), at(minutes=20))
    assert story.until(at(days=1)).pages == [(0, "1"), (0, "3")]


# --- a status that changes ---


def test_an_incident_that_nobody_understands_pages_the_next_step() -> None:
    assert play(UNDIAGNOSED).do(acknowledge(), at(minutes=1)).until(at(minutes=30)).pages == [(0, "1"), (15, "2")]


def test_understanding_it_stops_that_step() -> None:
    story = play(UNDIAGNOSED).do(acknowledge(), at(minutes=1))
    story.do(c.ChangeStatus(PRIMARY, "identified"), at(minutes=14))
    assert story.until(at(hours=3)).pages == [(0, "1")]


def test_understanding_it_no_longer_pages_at_once_and_blames_no_downtime() -> None:
    story = play(UNDIAGNOSED).do(acknowledge(), at(minutes=1))
    story.do(c.ChangeStatus(PRIMARY, "identified"), at(minutes=14))
    story.do(c.ChangeStatus(PRIMARY, "investigating"), at(minutes=40)).until(at(minutes=41))
    assert story.pages == [(0, "1"), (40, "2")]
    assert story.all(e.CaughtUp) == []


# --- reopening ---


def test_reopening_does_not_page_everybody_at_once() -> None:
    story = play(MULTI_SERVICE, "SEV1").do(c.Resolve(PRIMARY), at(minutes=10)).do(c.Reopen(PRIMARY), at(hours=10))
    assert story.pages == [(0, "1"), (0, "3")]
    story.until(at(hours=10, minutes=15))
    assert story.pages[2:] == [(615, "2")]


def test_a_reopened_incident_counts_from_there() -> None:
    story = play(MULTI_SERVICE, "SEV1").do(c.Resolve(PRIMARY), at(minutes=10)).do(c.Reopen(PRIMARY), at(hours=10))
    story.do(acknowledge(), at(hours=10, minutes=1)).until(at(hours=16))
    assert story.pages[2:] == [(630, "2"), (720, "4"), (840, "5")]


def test_a_step_that_fired_before_does_not_fire_again_after_reopening() -> None:
    story = play(DEFAULT, "SEV2").until(at(minutes=15)).do(c.Resolve(PRIMARY), at(minutes=16))
    story.do(c.Reopen(PRIMARY), at(minutes=100)).do(acknowledge(), at(minutes=101)).until(at(minutes=300))
    assert story.pages == [(0, "1"), (15, "2"), (160, "3")]


def test_declining_goes_past_a_step_that_reaches_only_the_one_who_declines() -> None:
    roster = {name: who for name, who in ROSTER.items() if name != "secondary"}
    story = play(DEFAULT, "SEV2", roster=roster).do(c.Decline(PRIMARY), at(minutes=2))
    assert story.pages == [(0, "1"), (2, "3")]
    assert PRIMARY.id not in story.last(e.Paged).members


def test_raising_it_back_pages_what_is_overdue_one_by_one() -> None:
    story = (
        play(MULTI_SERVICE, "SEV1")
        .do(acknowledge(), at(minutes=1))
        .do(c.ChangeSeverity(PRIMARY, "SEV3"), at(minutes=5))
        .do(c.ChangeSeverity(PRIMARY, "SEV1"), at(hours=5))
        .until(at(hours=5, minutes=20))
    )
    assert story.pages[-3:] == [(300, "2"), (305, "4"), (310, "5")]


def test_a_step_that_reached_nobody_is_not_paged_again_by_itself() -> None:
    story = play(DEFAULT, "SEV2", roster=NOBODY).until(at(minutes=59))
    assert story.pages == [(0, "1"), (15, "2")]


def test_whoever_is_bound_meanwhile_is_the_first_to_be_paged() -> None:
    alone = play(DEFAULT, "SEV2", roster=NOBODY).until(at(minutes=1)).incident
    paged = decide(alone, c.Escalate(ANN), DEFAULT, ROSTER, at(minutes=2))[-1]
    assert isinstance(paged, e.Paged)
    assert (paged.label, paged.members) == ("1", (PRIMARY.id,))


# --- whoever cannot be reached ---


def test_a_step_that_reaches_nobody_is_passed_on_at_once() -> None:
    story = play(DEFAULT).do(gone(PRIMARY), at(seconds=5))
    assert story.last(e.PageRefused).passed_on
    paged = story.last(e.Paged)
    assert (paged.at, paged.members, paged.why) == (
        at(seconds=5),
        (SECONDARY.id,),
        "default, step 2, step 1 reaches nobody",
    )


def test_a_step_that_reaches_somebody_else_is_not_passed_on() -> None:
    both = {**ROSTER, "primary": bound(PRIMARY.id, BOB.id)}
    story = play(DEFAULT, roster=both).do(gone(PRIMARY), at(seconds=5))
    assert not story.last(e.PageRefused).passed_on
    assert story.do(gone(BOB), at(seconds=6)).last(e.PageRefused).passed_on


def test_what_is_acknowledged_is_not_passed_on() -> None:
    story = play(DEFAULT).do(acknowledge(BOB), at(seconds=3)).do(gone(PRIMARY), at(seconds=5))
    assert not story.last(e.PageRefused).passed_on


def test_it_is_passed_over_whoever_is_known_to_be_gone_and_ends_where_nobody_is_left() -> None:
    story = play(DEFAULT, "SEV2").do(gone(PRIMARY), at(seconds=5))
    while story.last(e.PageRefused).passed_on:
        paged = story.last(e.Paged)
        story.do(gone(c.Actor(paged.members[0]), paged.step), at(seconds=6))
    assert len({one.members for one in story.all(e.Paged)}) == len(story.all(e.Paged))

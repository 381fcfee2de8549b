from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.evolve import evolve, fold
from app.domain.incident import MessageRef
from app.domain.playbook import Status
from tests.domain.given import (
    ANN,
    BOB,
    DEFAULT,
    MULTI_SERVICE,
    PRIMARY,
    SECONDARY,
    acknowledge,
    at,
    declared,
    play,
    resolve,
    update,
)
from tests.domain.samples import EVENTS


def test_a_timeline_begins_with_its_declaration() -> None:
    with pytest.raises(ValueError, match="begins with its declaration"):
        fold([e.Noted(at(), ANN.id, "Hello")])


def test_what_was_declared_is_what_is_true() -> None:
    incident = play(MULTI_SERVICE, tags=("data-loss",)).incident
    assert (incident.name, incident.title) == ("incident-2026-007", "Payment API down")
    assert (incident.number, incident.number_in_year) == (12, 7)
    assert (incident.severity, incident.status) == ("SEV1", Status.INVESTIGATING)
    assert (incident.declared_by, incident.declared_at) == (ANN.id, at())
    assert incident.tags == {"data-loss": at()}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_has_an_evolution(event: e.Event) -> None:
    assert evolve(declared(), event).number == 12


def test_the_samples_leave_no_event_out() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(e.Event))


@pytest.mark.parametrize(
    "told",
    [
        lambda: e.Noted(at(minutes=1), PRIMARY.id, "Hello"),
        lambda: e.PostmortemDrafted(at(minutes=1), PRIMARY.id),
        lambda: e.InviteIncomplete(at(minutes=1), "12/7", 2, {BOB.id: "user_is_restricted"}),
    ],
)
def test_what_is_only_for_the_timeline_changes_nothing(told: Callable[[], e.Event]) -> None:
    assert evolve(declared(), told()) == declared()


def test_the_first_acknowledgement_is_remembered() -> None:
    story = play(DEFAULT, "SEV2").do(acknowledge(), at(minutes=3)).do(c.Decline(PRIMARY), at(minutes=8))
    incident = story.do(acknowledge(SECONDARY), at(minutes=9)).incident
    assert (incident.acknowledged_by, incident.acknowledged_at) == (SECONDARY.id, at(minutes=9))
    assert incident.first_acknowledged_at == at(minutes=3)


def test_identified_is_the_first_time_that_it_was_understood() -> None:
    story = play(DEFAULT).do(c.ChangeStatus(ANN, "monitoring"), at(minutes=3))
    story.do(c.ChangeStatus(ANN, "investigating"), at(minutes=5)).do(c.ChangeStatus(ANN, "identified"), at(minutes=6))
    assert story.incident.identified_at == at(minutes=3)


def test_an_update_may_change_the_status() -> None:
    story = play(DEFAULT).do(c.PostUpdate(ANN, status="identified", happening="A full disk"), at(minutes=3))
    assert (story.incident.status, story.incident.identified_at) == (Status.IDENTIFIED, at(minutes=3))


def test_tags_keep_the_time_when_they_came() -> None:
    story = play(DEFAULT, tags=("data-loss",)).do(c.ChangeTags(ANN, add=("security-breach",)), at(minutes=3))
    assert story.incident.tags == {"data-loss": at(), "security-breach": at(minutes=3)}
    assert story.do(c.ChangeTags(ANN, remove=("data-loss",)), at(minutes=4)).incident.tags.keys() == {"security-breach"}


def test_severities_keep_the_time_when_they_were_first_held() -> None:
    story = play(DEFAULT, "SEV2").do(c.ChangeSeverity(ANN, "SEV1"), at(minutes=3))
    story.do(c.ChangeSeverity(PRIMARY, "SEV2"), at(minutes=4)).do(c.ChangeSeverity(ANN, "SEV1"), at(minutes=5))
    assert story.incident.severity_since == {"SEV2": at(), "SEV1": at(minutes=3)}


def test_reopening_takes_back_the_end_and_the_acknowledgement() -> None:
    story = (
        play(DEFAULT).do(acknowledge(), at(minutes=1)).do(resolve(), at(minutes=5)).do(c.Reopen(PRIMARY), at(hours=1))
    )
    incident = story.incident
    assert (incident.status, incident.reopened_at) == (Status.INVESTIGATING, at(hours=1))
    assert (incident.closed_at, incident.closed_by, incident.resolution) == (None, None, None)
    assert (incident.acknowledged_at, incident.acknowledged_by) == (None, None)
    assert incident.first_acknowledged_at == at(minutes=1)


def test_everybody_whom_the_escalation_reached_is_remembered() -> None:
    incident = play(DEFAULT).until(at(minutes=5)).incident
    assert incident.paged == {PRIMARY.id, SECONDARY.id, "U_MANAGER"}
    assert incident.reached == (SECONDARY.id,)


def test_a_repeated_page_keeps_when_the_step_fired_first() -> None:
    incident = play(DEFAULT).until(at(minutes=20)).incident
    assert incident.steps["2:secondary"].at == at(minutes=5)
    assert incident.last_paged_at == at(minutes=20)


def test_an_incident_of_its_own_waits_for_its_channel() -> None:
    incident = declared()
    assert not incident.in_thread
    assert incident.ready == set()
    announced = evolve(incident, e.Announced(at(), "C_INCIDENTS", "1.0"))
    assert announced.ready == {"announcement"}
    opened = evolve(announced, e.ChannelOpened(at(), "C12", "incident-12"))
    assert opened.ready == {"announcement", "room"}
    assert evolve(opened, e.CardPosted(at(), "C12", "2.0")).ready == {"announcement", "room", "card"}


def test_an_incident_without_a_channel_has_its_room_in_the_announcements_thread() -> None:
    incident = declared("SEV4", MULTI_SERVICE)
    assert incident.in_thread
    assert incident.ready == set()
    assert evolve(incident, e.Announced(at(), "C_INCIDENTS", "1.0")).ready == {"announcement", "room", "card"}


def test_an_incident_whose_channel_is_refused_goes_on_in_the_thread() -> None:
    refused = evolve(declared(), e.ChannelRefused(at(), "restricted_action"))
    assert refused.in_thread
    assert evolve(refused, e.Announced(at(), "C_INCIDENTS", "1.0")).ready == {"announcement", "room", "card"}
    assert not evolve(refused, e.ChannelOpened(at(), "C12", "incident-12")).in_thread


def test_an_incident_that_lost_its_channel_goes_on_in_the_thread() -> None:
    announced, opened = e.Announced(at(), "C_INCIDENTS", "1.0"), e.ChannelOpened(at(), "C12", "incident-12")
    lost = fold([announced, opened, e.ChannelLost(at(minutes=9), "C12", "the channel is archived")], declared())
    assert lost.in_thread
    assert lost.channel_refused == "the channel is archived"
    assert lost.ready == {"announcement", "room", "card"}


def test_whoever_could_not_be_paged_is_reachable_again_after_a_page_that_arrived() -> None:
    gone = e.PageRefused(at(), "1:primary", PRIMARY.id, ("Primary on-call",), "this member is deactivated")
    refused = evolve(declared(), gone)
    assert refused.unreachable == (PRIMARY.id,)
    assert evolve(refused, e.PageConfirmed(at(), "1:primary", PRIMARY.id, "D1", "1.1")).unreachable == ()


def test_raising_moves_an_incident_out_of_the_thread() -> None:
    story = play(MULTI_SERVICE, "SEV4").do(c.ChangeSeverity(ANN, "SEV2"), at(minutes=5))
    incident = evolve(story.incident, e.Announced(at(), "C_INCIDENTS", "1.0"))
    assert incident.moved
    assert not incident.in_thread
    assert incident.name == "incident-2026-007"
    assert incident.ready == {"announcement"}


def test_the_messages_of_pages_are_kept() -> None:
    incident = evolve(declared(), e.PageConfirmed(at(), "1:primary", PRIMARY.id, "D1", "3.0"))
    assert [(one.member, one.message) for one in incident.page_messages] == [(PRIMARY.id, MessageRef("D1", "3.0"))]


def test_folding_the_timeline_gives_the_incident() -> None:
    story = play(MULTI_SERVICE).do(acknowledge(), at(minutes=7)).do(update(), at(minutes=9)).away_until(at(hours=9))
    story.do(resolve(), at(hours=10)).until(at(days=5))
    assert fold(story.events) == story.incident


def test_the_year_in_a_name_is_that_of_the_playbooks_zone() -> None:
    new_year = at().replace(month=12, day=31, hour=23, minute=30)
    tokyo = replace(MULTI_SERVICE, hours=replace(MULTI_SERVICE.hours, zone="Asia/Tokyo"))
    assert play(MULTI_SERVICE, now=new_year).incident.name == "incident-2026-007"
    assert play(tokyo, now=new_year).incident.name == "incident-2027-007"

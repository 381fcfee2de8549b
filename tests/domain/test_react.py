from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import get_args

import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.effects import Need, Place, Post, Urgency, route
from app.domain.evolve import evolve, fold
from app.domain.incident import Incident
from app.domain.react import react
from app.domain.reference import DECLARED, RESOLVED, UPDATED, MailingList
from app.domain.still_wanted import still_wanted
from tests.domain.given import (
    ANN,
    BOB,
    DEFAULT,
    MULTI_SERVICE,
    PLAYBOOK,
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

INCIDENTS = (
    declared(),
    declared("SEV4", MULTI_SERVICE),
    play(DEFAULT).do(c.RecordPage("1:primary", PRIMARY.id, "D1", "3.0"), at(minutes=1)).incident,
    play(DEFAULT).do(acknowledge(), at(minutes=1)).do(resolve(), at(minutes=2)).incident,
    play(MULTI_SERVICE, "SEV4").do(c.ChangeSeverity(ANN, "SEV1"), at(minutes=1)).incident,
    play(DEFAULT).do(c.RecordRing("1:primary", "k", ("primary",), paged_at=at()), at(minutes=1)).incident,
    replace(declared(), drill=True),
)


CONNECTED = replace(
    PLAYBOOK,
    connected=frozenset(f.Way),
    pages_by={"primary": (f.Way.PAGERDUTY, f.Way.OPSGENIE)},
    bridges=("SEV1",),
    mailing=(MailingList("stakeholders", ("cto@example.com",), (DECLARED, UPDATED, RESOLVED)),),
)
"""With every system outside, and a use for each."""


def told(event: e.Event, incident: Incident | None = None) -> list[f.Effect]:
    return react(event, evolve(incident or declared(), event), CONNECTED)


def messages(effects: list[f.Effect]) -> list[str]:
    return [one.message for one in effects if isinstance(one, Post)]


def every_effect() -> Iterator[f.Effect]:
    for event, incident in product(EVENTS, INCIDENTS):
        yield from told(event, incident)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_is_reacted_to(event: e.Event) -> None:
    for incident in INCIDENTS:
        assert {type(one) for one in told(event, incident)} <= set(get_args(f.Effect))


def test_every_effect_follows_from_some_event_and_has_its_way() -> None:
    effects = list(every_effect())
    assert {type(one) for one in effects} == set(get_args(f.Effect))
    assert {type(route(one)) for one in effects} == {f.Route}


@pytest.mark.parametrize("place", Place)
def test_a_post_has_its_way_to_every_place(place: Place) -> None:
    needs = {Place.ROOM: Need.ROOM, Place.CARD_THREAD: Need.CARD, Place.ANNOUNCEMENT_THREAD: Need.ANNOUNCEMENT}
    assert route(Post("update", place)).needs is needs[place]


def test_pages_go_first_and_wait_for_nothing() -> None:
    way = route(f.Page(PRIMARY.id))
    assert (way.urgency, way.needs) == (Urgency.PAGE, None)
    assert (route(f.RingPager(("primary",))).urgency, route(f.RingPager(("primary",))).needs) == (Urgency.PAGE, None)
    others = (one for one in every_effect() if not isinstance(one, f.Page | f.RingPager))
    assert all(route(one).urgency > Urgency.PAGE for one in others)


def test_effects_that_wait_for_nothing_cannot_wait_for_each_other() -> None:
    # What makes a room, a card or an announcement must not need it.
    assert route(f.OpenChannel()).needs is None
    assert route(f.Announce()).needs is None
    assert route(f.PostCard()).needs is Need.ROOM
    # Whoever reads it clicks on the room. Those whom the incident itself calls are told at once.
    assert route(f.Tell("U1", "subscribed_declared")).needs is Need.ROOM
    assert route(f.Tell("U1", "handoff")).needs is None


def test_only_edits_replace_each_other() -> None:
    # What outside systems are asked for once is replaced too.
    outside = {f.OpenTicket, f.PublishDocument, f.OpenBridge}
    replacing = {type(one) for one in every_effect() if route(one).replaces}
    edits = {f.EditCard, f.EditAnnouncement, f.EditChecklist, f.EditPage, f.SetTopic, f.QuietPager}
    assert replacing - outside == edits


def test_declaring_opens_the_channel_and_announces() -> None:
    effects = told(EVENTS[0])
    assert {type(one) for one in effects} == {
        f.Announce,
        f.Post,
        f.OpenChannel,
        f.PostCard,
        f.SetTopic,
        f.Invite,
        f.PostChecklist,
        f.OfferRunbook,
        f.TellSubscribers,
        f.MailList,
        f.OpenBridge,
    }
    assert f.Invite((ANN.id,)) in effects
    assert f.PostChecklist("triage") in effects


def test_declaring_without_a_channel_announces_alone() -> None:
    declaration = play(MULTI_SERVICE, "SEV4").events[0]
    effects = react(declaration, fold([declaration]), replace(PLAYBOOK, rules=MULTI_SERVICE))
    assert {type(one) for one in effects} == {f.Announce, f.Post, f.PostChecklist, f.OfferRunbook, f.TellSubscribers}


def test_raising_opens_the_channel_that_was_not_wanted_before() -> None:
    story = play(MULTI_SERVICE, "SEV4").do(c.ChangeSeverity(ANN, "SEV2"), at(minutes=5))
    changed = next(one for one in story.events if isinstance(one, e.SeverityChanged))
    effects = react(changed, story.incident, PLAYBOOK)
    assert {f.OpenChannel(), f.PostCard(), f.SetTopic(), f.EditAnnouncement()} <= set(effects)
    opened = react(e.ChannelOpened(at(), "C12", "incident-12"), story.incident, PLAYBOOK)
    assert Post("moved", Place.ANNOUNCEMENT_THREAD) in opened


def test_a_channel_wanted_from_the_beginning_moves_nobody() -> None:
    assert Post("moved", Place.ANNOUNCEMENT_THREAD) not in told(e.ChannelOpened(at(), "C12", "incident-12"))


def test_pages_link_to_the_channel_once_it_is_open() -> None:
    opened = told(e.ChannelOpened(at(), "C12", "incident-12"))
    assert {f.EditPage(PRIMARY.id), f.EditAnnouncement()} <= set(opened)


def test_a_page_calls_each_member_and_is_mentioned_in_the_room() -> None:
    paged = e.Paged(at(), "2", "2", ("Both",), ("S_ALL",), (PRIMARY.id, SECONDARY.id), "a rule", again=(PRIMARY.id,))
    effects = told(paged)
    assert f.Page(PRIMARY.id, again=True) in effects
    assert f.Page(SECONDARY.id, again=False) in effects
    assert messages(effects) == ["paged"]
    assert f.Invite((SECONDARY.id,)) in effects  # the other one was invited when first paged


def test_a_page_to_nobody_is_still_told_in_the_room() -> None:
    effects = told(e.Paged(at(), "1", "1", ("Primary on-call",), (), (), "a rule", unbound=("Primary on-call",)))
    assert messages(effects) == ["paged"]
    assert not [one for one in effects if isinstance(one, f.Page | f.Invite)]


def test_after_downtime_one_message_tells_all_and_pages_are_made_all_the_same() -> None:
    story = play(MULTI_SERVICE).away_until(at(minutes=250))
    happened = story.events[3:]
    effects = [one for event in happened for one in react(event, story.incident, PLAYBOOK)]
    assert messages(effects) == ["caught_up"]
    assert [one for one in effects if isinstance(one, f.Page)] == [f.Page(SECONDARY.id)]


def test_a_warning_that_comes_with_its_breach_is_not_said() -> None:
    story = play(MULTI_SERVICE).do(acknowledge(), at(minutes=1)).do(c.ChangeSeverity(PRIMARY, "SEV3"), at(minutes=2))
    story.do(c.ChangeSeverity(ANN, "SEV1"), at(hours=5))
    limits = [one for one in story.events if isinstance(one, e.LimitWarned | e.LimitBroken)]
    said = [message for event in limits for message in messages(react(event, story.incident, PLAYBOOK))]
    assert said == ["limit_broken"]


def test_of_a_step_that_rings_again_only_the_newest_alert_goes_on() -> None:
    story = play(DEFAULT)
    rings = [e.PagerRung(at(minutes=m), "1:primary", f"k{m}", ("primary",), paged_at=at(minutes=m)) for m in (0, 5)]
    incident = fold(rings[:1], story.incident)
    assert react(rings[0], incident, PLAYBOOK) == []
    assert react(rings[1], fold(rings[1:], incident), PLAYBOOK) == [f.EndRing("k0", ("primary",))]


def test_acknowledging_brings_every_page_up_to_date() -> None:
    incident = play(DEFAULT).do(c.RecordPage("1:primary", PRIMARY.id, "D1", "3.0"), at(minutes=1)).incident
    for event in (
        e.Acknowledged(at(), BOB.id),
        e.Declined(at(), PRIMARY.id),
        e.HandedBack(at(), PRIMARY.id),
        e.Cancelled(at(), BOB.id, ""),
        e.Reopened(at(), BOB.id, ""),
        e.Resolved(at(), BOB.id, "", "", "", at(), at(), at()),
    ):
        assert f.EditPage(PRIMARY.id) in told(event, incident)


def test_the_topic_changes_with_severity_and_status_alone() -> None:
    moving = {type(event) for event in EVENTS if f.SetTopic() in told(event)}
    assert moving == {
        e.Declared,
        e.SeverityChanged,
        e.StatusChanged,
        e.UpdatePosted,  # the sample changes the status
        e.Resolved,
        e.Cancelled,
        e.MergedInto,
        e.Reopened,
    }
    same = e.UpdatePosted(at(), PRIMARY.id, "investigating", "investigating", "Still looking")
    assert f.SetTopic() not in told(same)


def test_an_incident_in_a_thread_has_no_topic_and_invites_nobody() -> None:
    incident = declared("SEV4", MULTI_SERVICE)
    for event in EVENTS[1:]:
        if not isinstance(event, e.SeverityChanged):
            assert not [one for one in told(event, incident) if isinstance(one, f.SetTopic | f.Invite | f.OpenChannel)]


def test_reaching_a_status_begins_its_checklist() -> None:
    assert f.PostChecklist("verification") in told(e.StatusChanged(at(), ANN.id, "investigating", "monitoring"))
    assert f.PostChecklist("verification") not in told(e.StatusChanged(at(), ANN.id, "investigating", "identified"))


def test_a_nudge_mentions_whom_it_asks() -> None:
    assert Post("nudge", members=(BOB.id,)) in told(e.Nudged(at(), at(), 1, (BOB.id,)))


def test_no_change_is_a_public_update() -> None:
    (event,) = (one for one in play(DEFAULT).do(c.PostUpdate(BOB, no_change=True), at(minutes=1)).events[-1:])
    assert messages(told(event)) == ["no_change"]
    (event,) = (one for one in play(DEFAULT).do(update(), at(minutes=1)).events[-1:])
    assert messages(told(event)) == ["update"]


def test_a_dead_delivery_is_told_in_the_room() -> None:
    pin = e.DeliveryFailed(at(), "12/7", "pin the card", "too_many_pins", "PinCard")
    assert told(pin) == [Post("delivery_failed")]


def test_a_message_that_the_room_refuses_is_told_to_whoever_leads() -> None:
    incident = play(DEFAULT).do(acknowledge(BOB), at(minutes=1)).incident
    message = e.DeliveryFailed(at(), "12/7", "post a message", "is_archived", "Post")
    assert told(message, incident) == [f.Tell(BOB.id, "delivery_failed")]


def test_a_lost_channel_is_told_in_the_thread_and_to_whoever_leads() -> None:
    story = play(DEFAULT).do(acknowledge(BOB), at(minutes=1)).do(c.RecordChannel("C12", "incident-12"))
    lost = e.ChannelLost(at(minutes=2), "C12", "the channel is archived")
    assert told(lost, story.incident) == [f.EditAnnouncement(), Post("channel_lost"), f.Tell(BOB.id, "channel_lost")]


def test_the_channel_of_what_is_over_may_be_archived_without_a_word_to_anyone() -> None:
    over = play(DEFAULT).do(c.RecordChannel("C12", "incident-12")).do(resolve()).incident
    assert told(e.ChannelLost(at(days=1), "C12", "the channel is archived"), over) == [f.EditAnnouncement()]


def test_a_page_that_reaches_nobody_is_told_in_the_room() -> None:
    gone = e.PageRefused(at(), "1:primary", PRIMARY.id, ("Primary on-call",), "this member is deactivated")
    assert told(gone) == [Post("page_refused"), f.EditCard()]


def test_a_page_that_arrives_after_the_acknowledgement_is_brought_up_to_date() -> None:
    taken = play(DEFAULT).do(acknowledge(BOB), at(minutes=1)).incident
    confirmed = e.PageConfirmed(at(minutes=1), "1:primary", PRIMARY.id, "D1", "1.1")
    assert told(confirmed, taken) == [f.EditPage(PRIMARY.id)]
    assert told(confirmed, play(DEFAULT).incident) == []


def test_a_channel_that_opens_after_all_is_furnished() -> None:
    opened = e.ChannelOpened(at(), "C12", "incident-12", after_all=True)
    assert {f.PostCard(), f.SetTopic(), Post("moved", Place.ANNOUNCEMENT_THREAD)} <= set(told(opened))


def test_an_acknowledgement_makes_only_the_pages_needless_that_wait_for_it() -> None:
    story = play(DEFAULT, "SEV1").until(at(minutes=5))
    taken = story.do(acknowledge(BOB), at(minutes=6)).incident
    wanted = {page.label: still_wanted(f.Page(PRIMARY.id), page, taken) for page in story.all(e.Paged)}
    assert wanted == {"1": True, "3": True, "2": False}


def test_of_all_pages_to_one_member_only_the_newest_is_still_wanted() -> None:
    story = play(DEFAULT, "SEV2").until(at(minutes=61))
    pages = [(one.label, one) for one in story.all(e.Paged)]
    assert pages[-1][0] == "3"
    to_second = [one for _, one in pages if SECONDARY.id in one.members]
    wanted = [still_wanted(f.Page(SECONDARY.id), page, story.incident) for page in to_second]
    assert len(wanted) > 1
    assert wanted == [False] * (len(wanted) - 1) + [True]


def test_of_a_step_that_pages_again_only_the_newest_page_is_still_wanted() -> None:
    story = play(DEFAULT, "SEV1").until(at(minutes=16))
    seconds = [page for page in story.all(e.Paged) if page.label == "2"]
    assert [still_wanted(f.Page(SECONDARY.id), page, story.incident) for page in seconds] == [False, False, True]


def test_a_nudge_that_was_answered_or_repeated_is_not_wanted_any_more() -> None:
    story = play(DEFAULT, "SEV1").until(at(minutes=31))
    assert [still_wanted(Post("nudge"), nudge, story.incident) for nudge in story.all(e.Nudged)] == [False, True]
    answered = story.do(update(), at(minutes=32))
    assert not any(still_wanted(Post("nudge"), nudge, answered.incident) for nudge in story.all(e.Nudged))

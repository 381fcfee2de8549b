from dataclasses import replace

import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.decide import decide
from app.domain.errors import AlreadyMerged, NotAllowed
from app.domain.evolve import fold
from app.domain.incident import Elsewhere, Incident
from app.domain.merging import other
from app.domain.playbook import Status
from app.domain.privacy import may_see
from app.domain.react import react
from app.domain.timers import timers
from tests.domain.given import ADMIN, ANN, BOB, DEFAULT, MANAGER, PLAYBOOK, PRIMARY, ROSTER, at, declared, play
from tests.domain.samples import OTHER

INTO = replace(OTHER, channel="C3")


def merged() -> Incident:
    return play(DEFAULT).do(c.Merge(ADMIN, 3, INTO), at(minutes=4)).incident


def test_a_duplicate_is_closed_and_says_where_it_goes_on() -> None:
    incident = merged()
    assert incident.status is Status.CANCELLED
    assert incident.merged_into == Elsewhere(3, "incident-3", "C3")
    assert (incident.closed_at, incident.closed_by) == (at(minutes=4), ADMIN.id)


def test_nothing_falls_due_in_a_duplicate_any_more() -> None:
    assert timers(merged(), DEFAULT) == {}


def test_pages_and_the_pager_are_quieted() -> None:
    story = play(DEFAULT).do(c.RecordPage("1:primary", PRIMARY.id, "D1", "3.0"), at(minutes=1))
    story.do(c.RecordRing("1:primary", "k", ("primary",), paged_at=at())).do(c.Merge(ADMIN, 3, INTO))
    effects = react(story.last(e.MergedInto), story.incident, PLAYBOOK)
    assert {f.EditPage(PRIMARY.id), f.QuietPager(), f.SetTopic(), f.Post("merged")} <= set(effects)


def test_its_people_come_to_the_other_one() -> None:
    duplicate = other(declared(), DEFAULT)
    assert duplicate.members == (ANN.id, PRIMARY.id, MANAGER.id)
    into = declared("SEV2")
    [taken] = decide(into, c.TakeDuplicate(ADMIN, duplicate), DEFAULT, ROSTER, at(minutes=4))
    after = fold([taken], into)
    assert after.duplicates == (Elsewhere(12, "incident-12"),)
    assert f.Invite((ANN.id, PRIMARY.id, MANAGER.id)) in react(taken, after, PLAYBOOK)


def test_people_of_a_duplicate_go_on_where_the_other_one_is_merged() -> None:
    taken = e.DuplicateMerged(at(), ADMIN.id, 3, "incident-3", "Payment API down", None, (BOB.id,))
    into = fold([taken], replace(declared("SEV2"), private=True))
    assert may_see(into, BOB.id)
    assert BOB.id in other(into, DEFAULT).members


def test_one_that_is_merged_again_after_a_reopening_is_a_duplicate_once() -> None:
    taken = e.DuplicateMerged(at(), ADMIN.id, 3, "incident-3", "Payment API down", None, (BOB.id,))
    into = fold([taken, replace(taken, channel="C3")], declared("SEV2"))
    assert into.duplicates == (Elsewhere(3, "incident-3", "C3"),)


def test_only_those_concerned_merge() -> None:
    with pytest.raises(NotAllowed):
        decide(declared(), c.Merge(BOB, 3, INTO), DEFAULT, ROSTER, at(minutes=4))


def test_what_is_done_to_a_merged_incident_is_sent_to_the_other_one() -> None:
    with pytest.raises(AlreadyMerged) as refused:
        decide(merged(), c.Acknowledge(PRIMARY), DEFAULT, ROSTER, at(minutes=5))
    assert str(refused.value) == (
        "incident-12 was merged into incident-3 at 4 Mar 10:04 UTC by @U_ADMIN, and goes on there. To open this one "
        "again all the same: `/incident reopen`"
    )


def test_reopening_takes_the_merge_back() -> None:
    story = play(DEFAULT).do(c.Merge(ADMIN, 3, INTO)).do(c.Reopen(ADMIN))
    assert story.incident.merged_into is None
    assert story.incident.is_open

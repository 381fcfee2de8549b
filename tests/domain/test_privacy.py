from dataclasses import replace

import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.decide import decide
from app.domain.evolve import evolve, fold
from app.domain.incident import Incident
from app.domain.playbook import Rules
from app.domain.privacy import may_see, people
from app.domain.react import react
from tests.domain.given import ANN, BOB, DEFAULT, MANAGER, MULTI_SERVICE, PLAYBOOK, PRIMARY, ROSTER, at, declare
from tests.domain.samples import EVENTS


def private(severity: str = "SEV1", rules: Rules = DEFAULT) -> Incident:
    return fold(decide(None, replace(declare(severity), private=True), rules, ROSTER, at()))


def test_whom_it_concerns_may_see_it_and_nobody_else() -> None:
    incident = private()
    assert people(incident) == (ANN.id, PRIMARY.id, MANAGER.id)
    assert may_see(incident, ANN.id)
    assert not may_see(incident, BOB.id)
    assert may_see(evolve(incident, e.RoleAssigned(at(), ANN.id, "scribe", BOB.id)), BOB.id)
    assert may_see(replace(incident, private=False), BOB.id)


def test_a_severity_without_a_channel_gets_one_where_it_is_private() -> None:
    assert private("SEV4", MULTI_SERVICE).wants_channel


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_nothing_of_it_is_said_in_public(event: e.Event) -> None:
    after = evolve(private(), event) if not isinstance(event, e.Declared) else private()
    for effect in react(event, replace(after, private=True), PLAYBOOK):
        assert not isinstance(effect, f.Announce | f.EditAnnouncement)
        assert getattr(effect, "place", None) is not f.Place.ANNOUNCEMENT_THREAD


def test_without_a_channel_its_people_are_told_in_person() -> None:
    refused = e.ChannelRefused(at(), "this workspace does not let Tocsin do that", "k")
    incident = evolve(private(), refused)
    assert react(refused, incident, PLAYBOOK) == [f.Tell(one, "channel_refused") for one in people(incident)]
    nudged = e.Nudged(at(), at(), 1, (PRIMARY.id,))
    told = react(nudged, evolve(incident, nudged), PLAYBOOK)
    assert [one for one in told if isinstance(one, f.Tell)] == [f.Tell(one, "nudge") for one in people(incident)]
    assert not any(isinstance(one, f.Post | f.EditCard) for one in told)


def test_whoever_is_paged_reads_it_in_the_page_alone() -> None:
    incident = evolve(private(), e.ChannelRefused(at(), "no"))
    paged = next(one for one in EVENTS if isinstance(one, e.Paged))
    told = [one.member for one in react(paged, incident, PLAYBOOK) if isinstance(one, f.Tell)]
    assert PRIMARY.id not in told
    assert ANN.id in told


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_without_a_channel_nothing_waits_for_one(event: e.Event) -> None:
    alone = replace(private(), channel=None, channel_refused="no", drill=True)
    after = replace(evolve(alone, event), channel=None, channel_refused="no", private=True)
    if not isinstance(event, e.Declared | e.ChannelOpened | e.CardPosted | e.SeverityChanged):
        needs = {f.route(effect).needs for effect in react(event, after, PLAYBOOK)}
        assert needs <= {None}


def test_without_a_channel_the_postmortem_goes_to_each_of_its_people() -> None:
    incident = evolve(private(), e.ChannelRefused(at(), "no"))
    told = react(e.PostmortemDrafted(at(), ANN.id), incident, PLAYBOOK)
    assert told == [f.PostPostmortem(one) for one in people(incident)]


def test_when_the_channel_opens_after_all_it_is_furnished() -> None:
    opened = e.ChannelOpened(at(), "C12", "incident-12", after_all=True)
    effects = react(opened, evolve(evolve(private(), e.ChannelRefused(at(), "no")), opened), PLAYBOOK)
    assert f.PostCard() in effects
    assert f.Invite(tuple(sorted(people(private())))) in effects


def test_the_command_says_that_it_is_private() -> None:
    assert not fold(decide(None, declare(), DEFAULT, ROSTER, at())).private
    assert c.Declare(ANN, "x", "SEV1").private is False

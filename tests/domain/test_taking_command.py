"""Who leads: whoever comes second is told who came first, and whoever means it can still take over."""

from collections.abc import Callable

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.errors import AlreadyInRole, AlreadyLed, JustAssigned
from tests.domain.given import ANN, BOB, DEFAULT, PRIMARY, Story, at, play

COMMANDER = "commander"


def led() -> Story:
    """Return an incident whose commander is BOB, by his own word, since a minute after the declaration."""
    return play(DEFAULT).do(c.TakeCommand(BOB), at(minutes=1))


def test_whoever_takes_command_of_what_nobody_leads_has_it() -> None:
    assert led().last(e.RoleAssigned) == e.RoleAssigned(at(minutes=1), BOB.id, COMMANDER, BOB.id)
    assert led().incident.commander == BOB.id


@pytest.mark.parametrize("minute", [1, 600])
def test_whoever_takes_what_another_leads_is_told_who_and_since_when(minute: float) -> None:
    story = led()
    with pytest.raises(AlreadyLed, match="@U_BOB has been Incident commander of incident-12 since 4 Mar 10:01 UTC"):
        story.do(c.TakeCommand(ANN), at(minutes=minute))
    assert story.incident.commander == BOB.id


def test_whoever_leads_need_not_take_command_again() -> None:
    with pytest.raises(AlreadyInRole):
        led().do(c.TakeCommand(BOB), at(minutes=2))


@pytest.mark.parametrize(
    "taking_over",
    [
        lambda: c.HandOff(ANN, ANN.id),
        lambda: c.HandOff(BOB, ANN.id),
        # What BOB did himself, he knows of.
        lambda: c.AssignRole(BOB, COMMANDER, ANN.id),
    ],
)
def test_whoever_means_it_takes_over_at_once(taking_over: Callable[[], c.Command]) -> None:
    assert led().do(taking_over()).incident.commander == ANN.id


def test_a_role_that_went_to_somebody_this_moment_does_not_go_to_another_unseen() -> None:
    story = led()
    with pytest.raises(JustAssigned, match="@U_BOB became Incident commander of incident-12 at 4 Mar 10:01 UTC"):
        story.do(c.AssignRole(ANN, COMMANDER, ANN.id), at(minutes=1, seconds=9))
    assert story.do(c.AssignRole(ANN, COMMANDER, ANN.id), at(minutes=1, seconds=10)).incident.commander == ANN.id


def test_whoever_was_just_given_a_role_may_pass_it_on_and_whoever_gave_it_may_correct_it() -> None:
    for by in (PRIMARY, BOB):
        story = play(DEFAULT).do(c.AssignRole(PRIMARY, "scribe", BOB.id), at(minutes=1))
        assert story.do(c.AssignRole(by, "scribe", ANN.id)).incident.roles["scribe"] == ANN.id


def test_a_clock_that_was_set_back_keeps_no_role_from_anybody() -> None:
    story = led()
    story.now = at(minutes=0)
    assert story.do(c.AssignRole(ANN, COMMANDER, ANN.id)).incident.commander == ANN.id

import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.errors import AlreadyInRole, NotOpen
from app.domain.react import react
from tests.domain.given import ANN, BOB, DEFAULT, PLAYBOOK, PRIMARY, at, play, resolve


def test_command_goes_to_another_member() -> None:
    story = play(DEFAULT).do(c.HandOff(PRIMARY, BOB.id), at(minutes=3))
    assert story.incident.commander == BOB.id
    assert story.last(e.HandedOver) == e.HandedOver(at(minutes=3), PRIMARY.id, "commander", BOB.id, None)
    story.do(c.HandOff(BOB, ANN.id), at(minutes=4))
    assert story.last(e.HandedOver).before == BOB.id


def test_whoever_leads_is_handed_nothing() -> None:
    story = play(DEFAULT).do(c.HandOff(PRIMARY, BOB.id))
    with pytest.raises(AlreadyInRole):
        story.do(c.HandOff(ANN, BOB.id))


def test_what_is_over_needs_no_commander() -> None:
    story = play(DEFAULT).do(resolve(), at(minutes=3))
    with pytest.raises(NotOpen):
        story.do(c.HandOff(PRIMARY, BOB.id))


def test_the_next_commander_is_briefed_and_the_room_told() -> None:
    story = play(DEFAULT).do(c.HandOff(PRIMARY, BOB.id))
    effects = react(story.last(e.HandedOver), story.incident, PLAYBOOK)
    assert f.Tell(BOB.id, "handoff") in effects
    assert f.Post("handed_over", members=(BOB.id,)) in effects
    assert f.Invite((BOB.id,)) in effects

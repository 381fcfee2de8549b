"""Late joiners, messages in the timeline, briefings of roles, and whoever is next in line."""

from dataclasses import replace

import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.playbook import Bound, Playbook, Role
from app.domain.react import react
from tests.domain.given import ANN, BOB, DEFAULT, MANAGER, PRIMARY, ROSTER, SECONDARY, at, play, update

BRIEFED = replace(
    DEFAULT, roles=(Role("commander", "Incident commander", "Decide. Do not debug."), Role("scribe", "Scribe"))
)


@pytest.mark.parametrize(
    ("member", "minute", "briefed"),
    [
        (BOB.id, 1, True),
        (PRIMARY.id, 1, False),
        (ANN.id, 20, False),
        (MANAGER.id, 1, False),
        (MANAGER.id, 20, False),
    ],
)
def test_whoever_joins_is_briefed_unless_they_were_called_at_the_start(
    member: str, minute: int, *, briefed: bool
) -> None:
    story = play(DEFAULT).do(c.Arrive(member), at(minutes=minute))
    assert bool(story.all(e.Arrived)) is briefed


@pytest.mark.parametrize(("minute", "briefed"), [(9, False), (11, True)])
def test_whoever_has_a_role_knows_what_was_said_in_the_first_minutes(minute: int, *, briefed: bool) -> None:
    story = (
        play(DEFAULT).do(c.AssignRole(ANN, "scribe", BOB.id), at(minutes=1)).do(c.Arrive(BOB.id), at(minutes=minute))
    )
    assert bool(story.all(e.Arrived)) is briefed


def test_whoever_is_paged_is_briefed_only_where_there_is_more_to_tell_than_the_page_said() -> None:
    quiet = play(DEFAULT, "SEV2").until(at(minutes=15))
    assert quiet.do(c.Arrive(SECONDARY.id), at(minutes=16)).all(e.Arrived) == []
    assert quiet.do(c.Arrive(SECONDARY.id), at(minutes=90)).all(e.Arrived) == []


def test_whoever_is_paged_late_is_briefed_when_they_take_it_and_not_beside_the_page() -> None:
    told = play(DEFAULT, "SEV2").do(update(), at(minutes=9)).until(at(minutes=15))
    assert told.do(c.Arrive(SECONDARY.id), at(minutes=16)).all(e.Arrived) == []
    told.do(c.Acknowledge(SECONDARY), at(minutes=17))
    assert [(one.by, one.at) for one in told.all(e.Arrived)] == [(SECONDARY.id, at(minutes=17))]


def test_whoever_takes_what_they_know_all_of_is_not_briefed() -> None:
    assert play(DEFAULT, "SEV2").do(c.Acknowledge(PRIMARY), at(minutes=3)).all(e.Arrived) == []
    assert play(DEFAULT, "SEV2").until(at(minutes=15)).do(c.Acknowledge(SECONDARY), at(minutes=16)).all(e.Arrived) == []


def test_whoever_is_called_to_what_somebody_has_taken_is_briefed_at_once() -> None:
    taken = play(DEFAULT, "SEV2").do(c.Acknowledge(PRIMARY), at(minutes=1)).do(update(), at(minutes=2))
    taken.do(c.Escalate(PRIMARY), at(minutes=20)).do(c.Arrive(SECONDARY.id), at(minutes=21))
    assert [one.by for one in taken.all(e.Arrived)] == [SECONDARY.id]


def test_nobody_is_briefed_twice_or_on_what_is_over() -> None:
    story = play(DEFAULT).do(c.Arrive(BOB.id), at(minutes=6)).do(c.Arrive(BOB.id), at(minutes=9))
    assert [one.by for one in story.all(e.Arrived)] == [BOB.id]
    over = play(DEFAULT).do(c.Resolve(PRIMARY), at(minutes=5)).do(c.Arrive(BOB.id), at(minutes=9))
    assert over.all(e.Arrived) == []


def test_whoever_was_briefed_at_the_handover_is_not_briefed_again() -> None:
    story = play(DEFAULT).do(c.HandOff(PRIMARY, BOB.id), at(minutes=6)).do(c.Arrive(BOB.id), at(minutes=7))
    assert story.all(e.Arrived) == []


def test_a_briefing_goes_to_the_one_who_comes() -> None:
    story = play(DEFAULT).do(c.Arrive(BOB.id), at(minutes=6))
    assert react(story.last(e.Arrived), story.incident, Playbook(DEFAULT)) == [f.Tell(BOB.id, "arrived")]


@pytest.mark.parametrize(("role", "told"), [("commander", True), ("scribe", False)])
def test_whoever_takes_a_role_reads_its_briefing_alone(role: str, *, told: bool) -> None:
    story = play(BRIEFED).do(c.AssignRole(ANN, role, BOB.id), at(minutes=1))
    effects = react(story.last(e.RoleAssigned), story.incident, Playbook(BRIEFED))
    assert (f.Tell(BOB.id, "role_briefing") in effects) is told
    assert f.Post("role_assigned", members=(BOB.id,)) in effects


def test_a_message_keeps_its_own_time_which_is_never_in_the_future() -> None:
    def noted(said_at: float) -> e.Noted:
        quote = c.AddNote(
            BOB, " It is DNS ", said_at=at(minutes=said_at), author=ANN.id, link="https://x", message="C1:1"
        )
        return play(DEFAULT).do(quote, at(minutes=9)).last(e.Noted)

    assert noted(3) == e.Noted(at(minutes=9), BOB.id, "It is DNS", at(minutes=3), ANN.id, "https://x", "C1:1")
    assert noted(30).said_at == at(minutes=9)


def test_a_message_without_text_can_be_added() -> None:
    story = play(DEFAULT).do(c.AddNote(BOB, " ", message="C1:1"), at(minutes=1))
    assert story.last(e.Noted).text == "(a message without text)"


def refused(member: str) -> c.RecordPageRefused:
    return c.RecordPageRefused("1:primary", member, ("Primary on-call",), "this member is deactivated")


def test_where_a_page_is_refused_whoever_is_next_in_line_is_called_and_then_the_next_step() -> None:
    rotation = {**ROSTER, "primary": Bound((PRIMARY.id,), (PRIMARY.id,), deputies=(BOB.id,))}
    story = play(DEFAULT, roster=rotation).do(refused(PRIMARY.id), at(seconds=5))
    paged = story.last(e.Paged)
    assert (paged.step, paged.members, paged.skipped) == ("1:primary", (BOB.id,), (PRIMARY.id,))
    assert paged.pages == ()  # the pager rang with the first page of the step
    assert story.last(e.PageRefused).passed_on
    story.do(refused(BOB.id), at(seconds=9))
    assert (story.last(e.Paged).step, story.last(e.Paged).members) == ("2:secondary", (SECONDARY.id,))


def test_a_page_names_whom_it_skips() -> None:
    skipping = {**ROSTER, "primary": Bound((BOB.id,), (BOB.id,), skipped=(PRIMARY.id,))}
    assert play(DEFAULT, roster=skipping).all(e.Paged)[0].skipped == (PRIMARY.id,)

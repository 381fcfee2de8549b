from collections.abc import Callable

import pytest

from app.domain import commands as c
from app.domain.commands import Actor
from app.domain.decide import decide
from app.domain.errors import NotAllowed, UnknownSeverity
from app.domain.permissions import responsible
from tests.domain.given import (
    ADMIN,
    ANN,
    BOB,
    DEFAULT,
    NOBODY,
    PRIMARY,
    ROSTER,
    Story,
    acknowledge,
    at,
    bound,
    play,
    resolve,
    update,
)

RESERVED: dict[str, tuple[bool, Callable[[Actor], c.Command]]] = {
    "Lowering the severity": (True, lambda by: c.ChangeSeverity(by, "SEV3")),
    "Cancelling an incident": (True, c.Cancel),
    "Reopening an incident": (False, c.Reopen),
}
FOR_ANYONE: dict[str, Callable[[Actor], c.Command]] = {
    "acknowledge": c.Acknowledge,
    "decline": c.Decline,
    "escalate": c.Escalate,
    "update": update,
    "note": lambda by: c.AddNote(by, "Restarted the pods"),
    "raise the severity": lambda by: c.ChangeSeverity(by, "SEV1"),
    "status": lambda by: c.ChangeStatus(by, "identified"),
    "take command": lambda by: c.AssignRole(by, "commander", by.id),
    "tags": lambda by: c.ChangeTags(by, add=("data-loss",)),
    "resolve": resolve,
    "draft": c.DraftPostmortem,
}


def sev2(*, is_open: bool = True) -> Story:
    story = play(DEFAULT, "SEV2")
    return story if is_open else story.do(resolve(), at(minutes=1))


@pytest.mark.parametrize("what", RESERVED)
def test_some_things_ask_for_the_commander_a_responder_or_an_admin(what: str) -> None:
    is_open, command = RESERVED[what]
    for refused in (ANN, BOB):
        with pytest.raises(NotAllowed, match=f"{what} is for the commander"):
            decide(sev2(is_open=is_open).incident, command(refused), DEFAULT, ROSTER, at(minutes=5))


@pytest.mark.parametrize("what", RESERVED)
@pytest.mark.parametrize("by", [ADMIN, PRIMARY, Actor("U_SECONDARY")])
def test_admins_and_responders_may(what: str, by: Actor) -> None:
    is_open, command = RESERVED[what]
    assert decide(sev2(is_open=is_open).incident, command(by), DEFAULT, ROSTER, at(minutes=5))


@pytest.mark.parametrize("what", RESERVED)
def test_the_commander_may(what: str) -> None:
    is_open, command = RESERVED[what]
    story = sev2(is_open=is_open).do(c.AssignRole(BOB, "commander", BOB.id), at(minutes=2))
    assert decide(story.incident, command(BOB), DEFAULT, ROSTER, at(minutes=5))


@pytest.mark.parametrize("what", FOR_ANYONE)
def test_the_rest_is_for_anyone(what: str) -> None:
    assert decide(sev2().incident, FOR_ANYONE[what](BOB), DEFAULT, ROSTER, at(minutes=5))


@pytest.mark.parametrize("typed", ["sev3", " SEV4 "])
def test_lowering_is_lowering_however_it_is_typed(typed: str) -> None:
    with pytest.raises(NotAllowed):
        decide(sev2().incident, c.ChangeSeverity(BOB, typed), DEFAULT, ROSTER, at(minutes=5))


def test_a_severity_that_there_is_not_is_refused_as_such() -> None:
    with pytest.raises(UnknownSeverity):
        decide(sev2().incident, c.ChangeSeverity(BOB, "SEV9"), DEFAULT, ROSTER, at(minutes=5))


def test_the_responsible_are_those_of_the_incident_and_of_the_playbook() -> None:
    story = play(DEFAULT, "SEV2").do(acknowledge(BOB), at(minutes=1))
    story.do(c.AssignRole(ANN, "scribe", "U_SCRIBE"), at(minutes=2))
    later = {"primary": bound("U_NEW")}  # bound anew since the first page
    assert responsible(story.incident, later) == {"U_NEW", "U_SCRIBE", BOB.id, PRIMARY.id}
    assert responsible(play(DEFAULT, roster=NOBODY).incident, NOBODY) == set()

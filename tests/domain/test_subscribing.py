"""Who fits, and how many may: what is told to whom stands in tests/slack/test_listeners_subscribing.py."""

from dataclasses import replace

import pytest

from app.domain import commands as c
from app.domain.subscribing import (
    MOST_MEMBERS,
    MOST_OF_ONE,
    Subject,
    Subscription,
    TooManySubscribers,
    TooManySubscriptions,
    check_room,
)
from tests.domain.given import ANN, BOB, DEFAULT, at, declared, play

SERVICES = "Payments API; checkout, cart"


@pytest.mark.parametrize(
    ("subject", "value", "fits"),
    [
        (Subject.ALL, "", True),
        (Subject.SEVERITY, "SEV2", True),
        (Subject.SEVERITY, "SEV3", False),
        (Subject.SERVICE, "CHECKOUT", True),
        (Subject.SERVICE, "payments api", True),
        (Subject.SERVICE, "payments", False),
        (Subject.TAG, "data-loss", True),
        (Subject.TAG, "data", False),
    ],
)
def test_an_incident_fits_by_its_severity_one_of_its_services_or_a_tag(
    subject: Subject, value: str, *, fits: bool
) -> None:
    incident = replace(declared("SEV2", tags=("data-loss",)), services=SERVICES)
    assert Subscription(BOB.id, subject, value).fits(incident) is fits


def test_whoever_was_told_at_one_severity_is_told_of_the_next() -> None:
    story = play(DEFAULT, "SEV1").do(c.ChangeSeverity(replace(ANN, admin=True), "SEV3"), at(minutes=1))
    assert Subscription(BOB.id, Subject.SEVERITY, "SEV1").fits(story.incident)


def test_there_is_room_for_so_many_subscriptions_and_so_many_members() -> None:
    own = [Subscription(BOB.id, Subject.SERVICE, str(number)) for number in range(MOST_OF_ONE)]
    check_room(own[0], own)
    with pytest.raises(TooManySubscriptions, match=f"subscribed to {MOST_OF_ONE} things"):
        check_room(Subscription(BOB.id), own)
    members = [Subscription(f"U{number}") for number in range(MOST_MEMBERS)]
    check_room(Subscription("U1", Subject.TAG, "data-loss"), members)
    with pytest.raises(TooManySubscribers, match=f"{MOST_MEMBERS} members are subscribed"):
        check_room(Subscription(BOB.id), members)

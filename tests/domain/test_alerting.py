"""How many alerts an incident has: told at a pace, raised by the worst of them, noted after the end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.alerting import detected, next_telling
from app.domain.alerts import Tally
from app.domain.decide import decide
from app.domain.incident import Incident
from app.domain.playbook import Playbook
from app.domain.react import react
from tests.domain.given import DEFAULT, PRIMARY, ROSTER, START, at, play

PLAYBOOK = Playbook(DEFAULT)

TALLY = Tally("alertmanager", ("HighErrorRate",), 3, 2)


def decided(incident: Incident, command: c.Command) -> list[e.Event]:
    return decide(incident, command, DEFAULT, ROSTER, at(minutes=5))


def counting(tally: Tally = TALLY, **more: object) -> c.CountAlerts:
    return c.CountAlerts(tally, **more)  # type: ignore[arg-type]


def with_alerts(tally: Tally = TALLY, severity: str = "SEV2") -> Incident:
    return play(DEFAULT, severity=severity).do(counting(tally), at(minutes=1)).incident


def test_the_same_count_is_told_once() -> None:
    assert decided(with_alerts(), counting()) == []


def test_a_name_that_is_new_is_told_in_the_thread() -> None:
    [event] = decided(with_alerts(), counting(replace(TALLY, names=("HighErrorRate", "DiskFull"), seen=4)))
    assert isinstance(event, e.AlertsCounted)
    assert event.new == ("DiskFull",)
    assert react(event, with_alerts(), PLAYBOOK) == [f.Post("alerts_counted", f.Place.CARD_THREAD), f.EditCard()]


def test_a_worse_alert_raises_the_incident_and_brings_its_tags_with_all_that_follows() -> None:
    events = decided(
        with_alerts(), counting(replace(TALLY, seen=4), worst="Down", severity="SEV1", tags=("data-loss",))
    )
    raised = next(event for event in events if isinstance(event, e.SeverityChanged))
    assert (raised.by, raised.after) == (None, "SEV1")
    assert raised.why == "the playbook's rules declare SEV1 for the alert Down"
    assert any(isinstance(event, e.TagsChanged) for event in events)
    assert any(isinstance(event, e.Paged) for event in events)


@pytest.mark.parametrize("severity", ["SEV3", "P0", ""])
def test_no_alert_lowers_an_incident_or_makes_it_what_its_rules_do_not_have(severity: str) -> None:
    [event] = decided(with_alerts(), counting(replace(TALLY, seen=4), severity=severity))
    assert isinstance(event, e.AlertsCounted)


def test_after_the_end_alerts_are_counted_on_the_card_alone() -> None:
    closed = play(DEFAULT).do(counting(), at(minutes=1)).do(c.Resolve(PRIMARY), at(minutes=2)).incident
    [event] = decided(closed, counting(replace(TALLY, firing=0), severity="SEV1", tags=("data-loss",)))
    assert isinstance(event, e.AlertsResolved)
    assert react(event, closed, PLAYBOOK) == [f.EditCard()]


def test_alerts_that_moved_to_another_incident_are_not_told_to_be_over() -> None:
    closed = play(DEFAULT).do(counting(), at(minutes=1)).do(c.Resolve(PRIMARY), at(minutes=2)).incident
    [event] = decided(closed, counting(replace(TALLY, firing=0), moved=True))
    assert isinstance(event, e.AlertsCounted)


def test_it_is_offered_to_reopen_what_is_closed_and_nothing_else() -> None:
    again = c.FireAgain(("HighErrorRate",), at(minutes=9))
    assert decided(with_alerts(), again) == []
    closed = play(DEFAULT).do(c.Resolve(PRIMARY), at(minutes=2)).incident
    assert [type(event) for event in decided(closed, again)] == [e.AlertsFiredAgain]


@pytest.mark.parametrize(
    ("told", "pause"),
    [(1, timedelta(seconds=30)), (10, timedelta(minutes=5)), (29, timedelta(minutes=5)), (500, timedelta(minutes=30))],
)
def test_the_oftener_people_were_told_the_longer_it_takes(told: int, pause: timedelta) -> None:
    assert next_telling(replace(TALLY, told=told, told_at=START)) == START + pause
    assert next_telling(TALLY) is None
    assert next_telling(None) is None


def test_a_detection_is_never_later_than_now_and_never_long_ago() -> None:
    assert detected(at(minutes=-9), START) == at(minutes=-9)
    assert detected(at(minutes=1), START) == START
    assert detected(at(minutes=-1441), START) == START
    assert detected(None, START) == START

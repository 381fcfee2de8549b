from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.incident import Elsewhere, Fired, Incident, Resolution
from app.domain.metrics import Row, Value, is_met, report, was_escalated
from app.domain.playbook import Status
from app.domain.reference import Target
from tests.domain.given import at, declared, minutes

SEVERITIES = ("SEV1", "SEV2", "SEV3", "SEV4")


def ended(
    severity: str = "SEV1", *, started: float = 0, detected: float = 0, taken: float = 5, ended: float = 60
) -> Incident:
    """Return an incident that was resolved; all moments in minutes from the declaration."""
    resolution = Resolution("", "", "", at(minutes=started), at(minutes=detected), at(minutes=ended))
    return replace(
        declared(severity),
        status=Status.RESOLVED,
        first_acknowledged_at=at(minutes=taken),
        identified_at=at(minutes=taken + 5),
        closed_at=at(minutes=ended),
        resolution=resolution,
    )


def row(metric: str, *incidents: Incident, target: Target | None = None) -> Row:
    rows = report(incidents, SEVERITIES, [target] if target else []).rows
    return next(one for one in rows if one.metric == metric and one.target is target)


def test_means_are_of_the_incidents_whose_times_are_known() -> None:
    incidents = (ended(started=-10, ended=50), ended(started=-20, ended=70), declared())
    assert (row("mttd", *incidents).value, row("mttd", *incidents).counted) == (minutes(15), 2)
    assert row("mtta", *incidents).value == minutes(5)
    assert row("mtti", *incidents).value == minutes(10)
    assert row("mttr", *incidents).value == minutes(75)
    assert row("mttr", declared()).value is None


def test_drills_and_merged_duplicates_are_no_incidents() -> None:
    drill = replace(ended(), drill=True)
    merged = replace(declared(), status=Status.CANCELLED, merged_into=Elsewhere(1, "incident-1", None))
    told = report((drill, merged, ended()), SEVERITIES, ())
    assert (told.count, told.false_alarms) == (1, 0)


def test_false_alarms_count_in_their_own_rate_alone() -> None:
    false_alarm = replace(ended(ended=600), status=Status.CANCELLED)
    told = report((false_alarm, ended(), ended(), ended()), SEVERITIES, ())
    assert (told.count, told.false_alarms, told.mix["SEV1"]) == (3, 1, 3)
    assert row("false_positive_rate", false_alarm, ended(), ended(), ended()).value == 25
    assert row("mttr", false_alarm, ended()).value == minutes(60)


def test_the_mix_tells_every_severity_of_the_playbook_and_those_of_older_ones() -> None:
    told = report((ended("SEV2"), ended("SEV2"), replace(ended(), severity="P9")), SEVERITIES, ())
    assert told.mix == {"SEV1": 0, "SEV2": 2, "SEV3": 0, "SEV4": 0, "P9": 1}
    assert list(told.mix)[-1] == "P9"


def test_calling_more_people_later_is_an_escalation() -> None:
    at_once = replace(declared(), steps={"1:a": Fired(at(), ("U1",)), "3:b": Fired(at(), ("U2",))})
    later = replace(at_once, steps=at_once.steps | {"2:c": Fired(at(minutes=15), ("U3",))})
    by_hand = replace(declared(), escalated_at=at(minutes=1))
    assert [was_escalated(one) for one in (declared(), at_once, later, by_hand)] == [False, False, True, True]
    assert row("escalation_rate", at_once, later).value == 50


def test_a_target_for_some_severities_looks_at_those_alone() -> None:
    target = Target("mttr", below=timedelta(hours=1), severities=("SEV1",))
    incidents = (ended("SEV1", ended=50), ended("SEV2", ended=500))
    of_sev1 = row("mttr", *incidents, target=target)
    assert (of_sev1.value, of_sev1.met, of_sev1.severities) == (minutes(50), True, ("SEV1",))
    assert row("mttr", *incidents).value == minutes(275)


@pytest.mark.parametrize(
    ("target", "value", "met"),
    [
        (Target("mttd", below=minutes(5)), minutes(4), True),
        (Target("mttd", below=minutes(5)), minutes(5), False),
        (Target("mttd", below=minutes(5)), None, None),
        (Target("mttd"), minutes(5), None),
        (Target("escalation_rate", below=20.0, percent=True), 20.5, False),
        (Target("availability", above=99.9, percent=True), 99.95, True),
        (Target("availability", above=99.9, percent=True), 99.9, False),
        (Target("mttr", below=20.0, percent=True), minutes(5), None),
        (Target("frequency", above=1.0, below=3.0), 2.0, True),
        (Target("frequency", above=1.0, below=3.0), 3.0, False),
    ],
)
def test_a_target_is_met_or_not_or_nobody_can_say(target: Target, value: Value, met: object) -> None:
    assert is_met(value, target) is met


def test_what_is_measured_elsewhere_is_told_with_its_target() -> None:
    targets = [Target("satisfaction", above=90.0, percent=True), Target("availability", above=99.9, percent=True)]
    rows = report((), SEVERITIES, targets, {"availability": 99.99}).rows
    told = {one.metric: (one.value, one.met) for one in rows}
    assert told["satisfaction"] == (None, None)
    assert told["availability"] == (99.99, True)


def test_without_incidents_there_are_no_rates() -> None:
    assert {one.value for one in report((), SEVERITIES, ()).rows} == {None, 0.0}

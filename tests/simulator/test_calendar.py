"""Business time at the end of a week, on holidays and when the clocks change; all else counts through."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.hours import BusinessHours
from app.simulator import Kind, Moment
from tests.simulator.played import play

SATURDAY = "2026-03-07T12:00"
BERLIN = BusinessHours("Europe/Berlin")
EASTER_MONDAY = date(2026, 4, 6)


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(UTC)


def first(moments: list[Moment], kind: Kind) -> datetime:
    return next(one.at for one in moments if one.kind is kind)


def business_time(name: str, severity: str, declared_at: str, hours: BusinessHours | None = None) -> list[Moment]:
    return play(name, severity, declared_at, hours=hours or BusinessHours(), lasts="7d")


@pytest.mark.parametrize(
    ("name", "severity"), [("default", "SEV4"), ("multi-service", "SEV4")], ids=["default", "multi-service"]
)
def test_the_end_of_the_next_business_day_skips_a_weekend(name: str, severity: str) -> None:
    for declared in ("2026-03-06T20:00", "2026-03-07T12:00", "2026-03-08T23:00"):
        moments = business_time(name, severity, declared)
        assert first(moments, Kind.BREACHED) == at("2026-03-09T17:00+00:00")
        assert first(moments, Kind.WARNED) == at("2026-03-09T15:24+00:00")


def test_a_friday_counts_towards_the_warning_of_what_ends_on_monday() -> None:
    moments = business_time("default", "SEV4", "2026-03-06T09:00")
    assert first(moments, Kind.BREACHED) == at("2026-03-09T17:00+00:00")
    assert first(moments, Kind.WARNED) == at("2026-03-09T13:48+00:00")


def test_a_severity_that_waits_for_business_hours_starts_all_its_clocks_on_monday() -> None:
    moments = business_time("multi-service", "SEV3", SATURDAY)
    opens = at("2026-03-09T09:00+00:00")
    assert (moments[0].at, moments[0].kind, moments[0].responders) == (opens, Kind.PAGED, ("Primary on-call",))
    assert first(moments, Kind.WARNED) == opens + timedelta(minutes=96)
    assert first(moments, Kind.BREACHED) == opens + timedelta(hours=2)
    assert first(moments, Kind.NUDGED) == opens + timedelta(hours=2)


def test_what_is_first_paged_on_monday_is_to_be_acknowledged_by_the_end_of_tuesday() -> None:
    moments = business_time("phase26", "P3", SATURDAY)
    assert (moments[0].at, moments[0].kind) == (at("2026-03-09T09:00+00:00"), Kind.PAGED)
    assert first(moments, Kind.WARNED) == at("2026-03-10T13:48+00:00")
    assert first(moments, Kind.BREACHED) == at("2026-03-10T17:00+00:00")


def test_what_is_acknowledged_over_the_weekend_is_paged_on_monday_all_the_same() -> None:
    moments = play("multi-service", "SEV3", SATURDAY, acknowledge="1h", lasts="3d")
    assert [one.at for one in moments if one.kind is Kind.PAGED] == [at("2026-03-09T09:00+00:00")]
    assert not [one for one in moments if one.kind is Kind.BREACHED]


def test_a_holiday_is_no_business_day() -> None:
    hours = replace(BusinessHours(), holidays=frozenset([EASTER_MONDAY]))
    waits = business_time("multi-service", "SEV3", "2026-04-04T12:00", hours)
    assert waits[0].at == at("2026-04-07T09:00+00:00")
    ends = business_time("default", "SEV4", "2026-04-04T12:00", hours)
    assert first(ends, Kind.BREACHED) == at("2026-04-07T17:00+00:00")


@pytest.mark.parametrize(
    ("declared", "opens", "closes"),
    [
        ("2026-03-28T12:00", "2026-03-30T09:00+02:00", "2026-03-30T17:00+02:00"),
        ("2026-10-24T12:00", "2026-10-26T09:00+01:00", "2026-10-26T17:00+01:00"),
    ],
    ids=["spring", "autumn"],
)
def test_business_hours_follow_the_clocks_on_the_wall(declared: str, opens: str, closes: str) -> None:
    assert business_time("multi-service", "SEV3", declared, BERLIN)[0].at == at(opens)
    assert first(business_time("default", "SEV4", declared, BERLIN), Kind.BREACHED) == at(closes)


@pytest.mark.parametrize("declared", ["2026-03-29T01:50", "2026-10-25T02:50"], ids=["spring", "autumn"])
def test_durations_count_through_a_change_of_summer_time(declared: str) -> None:
    across = play("default", "SEV1", declared, hours=BERLIN, lasts="6h")
    ordinary = play("default", "SEV1", "2026-03-02T01:50", hours=BERLIN, lasts="6h")
    assert [(one.after, one.kind, one.step) for one in across] == [(one.after, one.kind, one.step) for one in ordinary]
    assert all(one.at == across[0].at + one.after for one in across)


def test_a_time_without_a_zone_is_read_in_that_of_the_playbook() -> None:
    assert play("default", "SEV1", "2026-07-01T10:00", hours=BERLIN)[0].at == at("2026-07-01T10:00+02:00")
    assert play("default", "SEV1", "2026-07-01T10:00+00:00", hours=BERLIN)[0].at == at("2026-07-01T10:00+00:00")


@pytest.mark.parametrize(("name", "severity"), [("default", "SEV1"), ("multi-service", "SEV2")])
def test_a_weekend_changes_nothing_for_those_who_are_called_at_any_hour(name: str, severity: str) -> None:
    weekend = play(name, severity, SATURDAY, lasts="1d")
    weekday = play(name, severity, "2026-03-02T12:00", lasts="1d")
    assert [(one.after, one.kind) for one in weekend] == [(one.after, one.kind) for one in weekday]

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.hours import BusinessHours

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Pacific/Auckland")
"""Summer time in both halves of the year, by half an hour, and at midnight."""

moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
weeks = st.builds(
    BusinessHours,
    zone=st.sampled_from(ZONES),
    opens=st.sampled_from([time(0), time(2, 30), time(9)]),
    closes=st.sampled_from([time(12), time(17), time(23, 30)]),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    holidays=st.frozensets(st.dates(date(2024, 1, 1), date(2028, 12, 31)), max_size=5),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(weeks, moments)
def test_the_next_business_hour_is_one_and_does_not_lie_behind(week: BusinessHours, at: datetime) -> None:
    opens = week.next_open(at)
    assert opens >= at
    assert week.is_open(opens)


@given(weeks, moments)
def test_in_business_hours_the_next_one_is_now(week: BusinessHours, at: datetime) -> None:
    assert (week.next_open(at) == at) == week.is_open(at)


@given(weeks, moments, st.floats(0, 1))
def test_nothing_is_open_before_the_next_business_hour(week: BusinessHours, at: datetime, share: float) -> None:
    opens = week.next_open(at)
    between = at + (opens - at) * share
    assert between == opens or not week.is_open(between)


@given(weeks, moments)
def test_the_end_of_the_next_business_day_is_a_later_days_closing(week: BusinessHours, at: datetime) -> None:
    end = week.end_of_next_business_day(at)
    zone = ZoneInfo(week.zone)
    assert end > at
    assert end.astimezone(zone).date() > at.astimezone(zone).date()
    assert week.is_business_day(end.astimezone(zone).date())
    assert end.astimezone(zone).time() == week.closes


@given(weeks, moments, st.timedeltas(timedelta(0), timedelta(days=20)), st.floats(0, 1))
def test_a_point_between_lies_between(week: BusinessHours, at: datetime, long: timedelta, share: float) -> None:
    assert at <= week.point_between(at, at + long, share) <= at + long


@given(weeks, moments, st.floats(0.01, 0.99))
def test_a_point_in_business_time_lies_in_business_hours(week: BusinessHours, at: datetime, share: float) -> None:
    point = week.point_between(at, week.end_of_next_business_day(at), share)
    assert week.is_open(point) or week.is_open(point - timedelta(microseconds=1))


@pytest.mark.parametrize("answer", ["next_open", "end_of_next_business_day"])
def test_answers_are_in_utc(answer: str) -> None:
    assert getattr(BusinessHours("Asia/Tokyo"), answer)(utc("2026-03-07 23:00")).tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "friday", "monday"),
    [
        ("Europe/Berlin", "2026-03-27 08:00", "2026-03-30 07:00"),  # clocks went forward on Sunday
        ("Europe/Berlin", "2026-10-23 07:00", "2026-10-26 08:00"),  # and back
        ("America/New_York", "2026-03-06 14:00", "2026-03-09 13:00"),
        ("Australia/Lord_Howe", "2026-04-02 22:00", "2026-04-05 22:30"),  # by half an hour
        ("America/Santiago", "2026-09-04 13:00", "2026-09-07 12:00"),  # at midnight
        ("Asia/Kathmandu", "2026-03-27 03:15", "2026-03-30 03:15"),
    ],
)
def test_business_hours_open_at_nine_by_the_clock_on_the_wall(zone: str, friday: str, monday: str) -> None:
    week = BusinessHours(zone)
    assert week.next_open(utc(friday) - timedelta(minutes=1)) == utc(friday)
    assert week.next_open(utc(friday) + timedelta(hours=8)) == utc(monday)


def test_the_closing_minute_is_closed() -> None:
    week = BusinessHours()
    assert week.is_open(utc("2026-03-04 09:00"))
    assert week.is_open(utc("2026-03-04 16:59"))
    assert not week.is_open(utc("2026-03-04 17:00"))


def test_holidays_are_no_business_days() -> None:
    week = BusinessHours(holidays=frozenset({date(2026, 3, 9)}))
    assert week.next_open(utc("2026-03-07 23:00")) == utc("2026-03-10 09:00")
    assert week.end_of_next_business_day(utc("2026-03-06 12:00")) == utc("2026-03-10 17:00")


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2026-03-04 10:00", "2026-03-05 17:00"),
        ("2026-03-04 00:01", "2026-03-05 17:00"),
        ("2026-03-06 10:00", "2026-03-09 17:00"),
        ("2026-03-07 23:00", "2026-03-09 17:00"),
        ("2026-03-08 23:59", "2026-03-09 17:00"),
    ],
)
def test_the_next_business_day_is_the_first_one_after_the_date(at: str, end: str) -> None:
    assert BusinessHours().end_of_next_business_day(utc(at)) == utc(end)


def test_the_date_is_that_of_the_playbooks_zone() -> None:
    # 23:00 UTC on Sunday is Monday in Berlin already.
    assert BusinessHours("Europe/Berlin").end_of_next_business_day(utc("2026-03-08 23:00")) == utc("2026-03-10 16:00")


def test_eighty_percent_of_business_time_skips_the_night() -> None:
    week = BusinessHours()
    assert week.point_between(utc("2026-03-04 10:00"), utc("2026-03-05 17:00"), 0.8) == utc("2026-03-05 14:00")
    assert week.point_between(utc("2026-03-07 23:00"), utc("2026-03-09 17:00"), 0.8) == utc("2026-03-09 15:24")

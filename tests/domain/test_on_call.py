"""Rotations and calendars: who is on call at a moment, who follows, and over a change of the clocks."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.domain.on_call import (
    Override,
    Rotation,
    Shift,
    after_them,
    handover,
    line,
    on_shift,
    shift_at,
    shifts,
    turn,
)

BERLIN = ZoneInfo("Europe/Berlin")
WEEKLY = Rotation(("U1", "U2", "U3"), timedelta(days=7), date(2026, 1, 5), time(9), "Europe/Berlin")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")

FIRST = datetime(2025, 1, 1, tzinfo=UTC)

moments = st.integers(0, 3 * 366 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
lengths = st.sampled_from([1, 8, 12, 24, 36, 7 * 24, 14 * 24]).map(lambda hours: timedelta(hours=hours))


@st.composite
def overrides(draw: st.DrawFn) -> Override:
    starts = draw(moments)
    return Override(draw(st.sampled_from(["U8", "U9"])), starts, starts + timedelta(hours=draw(st.integers(1, 400))))


@st.composite
def rotations(draw: st.DrawFn) -> Rotation:
    return Rotation(
        members=tuple(f"U{number}" for number in range(draw(st.integers(1, 5)))),
        every=draw(lengths),
        start=draw(st.dates(date(2025, 6, 1), date(2027, 6, 1))),
        at=draw(st.times()).replace(microsecond=0),
        zone=draw(st.sampled_from(ZONES)),
        overrides=tuple(draw(st.lists(overrides(), max_size=3))),
    )


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@given(rotations(), moments)
def test_at_every_moment_exactly_one_turn_has_begun_and_not_ended(rotation: Rotation, moment: datetime) -> None:
    count = turn(rotation, moment)
    assert handover(rotation, count) <= moment < handover(rotation, count + 1)


@given(rotations(), moments)
def test_a_shift_holds_the_moment_it_was_asked_for_and_the_next_begins_where_it_ends(
    rotation: Rotation, moment: datetime
) -> None:
    shift = shift_at(rotation, moment)
    assert shift.holds(moment)
    assert shift_at(rotation, shift.ends - timedelta(microseconds=1)).member == shift.member
    assert shift_at(rotation, shift.starts).member == shift.member
    assert shift_at(rotation, shift.ends).starts == shift.ends or shift_at(rotation, shift.ends).holds(shift.ends)


@given(rotations(), moments)
def test_the_last_override_that_holds_a_moment_wins_over_the_rotation(rotation: Rotation, moment: datetime) -> None:
    ruling = [one.member for one in rotation.overrides if one.starts <= moment < one.ends]
    expected = ruling[-1] if ruling else rotation.members[turn(rotation, moment) % len(rotation.members)]
    assert shift_at(rotation, moment).member == expected
    assert line(rotation, moment)[0] == expected


@given(rotations(), moments)
def test_shifts_follow_each_other_without_a_gap(rotation: Rotation, moment: datetime) -> None:
    following = list(islice(shifts(rotation, moment), 4))
    assert following[0].holds(moment)
    assert all(one.ends == next_one.starts for one, next_one in pairwise(following))


def test_summer_time_moves_no_handover() -> None:
    # Clocks go forward on 29 March 2026 and back on 25 October.
    for count in range(50):
        local = handover(WEEKLY, count).astimezone(BERLIN)
        assert (local.hour, local.minute, local.weekday()) == (9, 0, 0)
    assert handover(WEEKLY, 11).hour == 8
    assert handover(WEEKLY, 12).hour == 7


def test_members_take_turns_from_the_start_on() -> None:
    on_call = [
        shift_at(WEEKLY, berlin(at)).member for at in ("2026-01-05 09:00", "2026-01-12 08:59", "2026-01-12 09:00")
    ]
    assert on_call == ["U1", "U1", "U2"]
    assert line(WEEKLY, berlin("2026-01-12 12:00")) == ("U2", "U3", "U1")


def test_somebody_is_on_call_before_the_start_too() -> None:
    assert shift_at(WEEKLY, berlin("2026-01-05 08:59")).member == "U3"


def test_an_override_splits_the_turn_that_it_falls_in() -> None:
    away = Override("U9", berlin("2026-01-07 09:00"), berlin("2026-01-08 09:00"))
    rotation = Rotation(WEEKLY.members, WEEKLY.every, WEEKLY.start, WEEKLY.at, WEEKLY.zone, (away,))
    found = list(islice(shifts(rotation, berlin("2026-01-06 10:00")), 4))
    assert [one.member for one in found] == ["U1", "U9", "U1", "U2"]
    assert [one.ends for one in found[:3]] == [away.starts, away.ends, berlin("2026-01-12 09:00")]


def test_a_turn_of_hours_hands_over_once_where_the_clocks_go_back() -> None:
    nightly = Rotation(("U1", "U2"), timedelta(hours=12), date(2026, 10, 24), time(2, 30), "Europe/Berlin")
    hours = [datetime(2026, 10, 24, 22, tzinfo=UTC) + timedelta(minutes=10 * step) for step in range(40)]
    members = [shift_at(nightly, at).member for at in hours]
    assert sum(one != next_one for one, next_one in pairwise(members)) == 1


def test_of_a_calendar_everybody_is_on_call_whose_shift_it_is() -> None:
    def at(hour: int) -> datetime:
        return datetime(2026, 3, 4, hour, tzinfo=UTC)

    known = (Shift("U2", at(12), at(18)), Shift("U1", at(8), at(12)), Shift("U3", at(11), at(13)))
    assert on_shift(known, at(9)) == ("U1",)
    assert on_shift(known, at(11)) == ("U1", "U3")
    assert on_shift(known, at(12)) == ("U3", "U2")
    assert on_shift(known, at(18)) == ()
    assert after_them(known, at(9)) == ("U3", "U2")

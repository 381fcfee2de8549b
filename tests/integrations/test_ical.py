"""Calendars: what stands in them, whose it is, and what cannot be read."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.on_call import Shift
from app.integrations.ical import Entry, Unreadable, assign, entries, strangers

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=40)


def calendar(*events: str) -> bytes:
    begun = "".join(f"BEGIN:VEVENT\nUID:{place}\n{event}\nEND:VEVENT\n" for place, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n{begun}END:VCALENDAR\n".encode()


def read(*events: str) -> list[Entry]:
    return entries(calendar(*events), SINCE, UNTIL, "Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


WEEKLY = (
    "DTSTART;TZID=Europe/Berlin:20260302T090000\n"
    "DTEND;TZID=Europe/Berlin:20260309T090000\n"
    "RRULE:FREQ=WEEKLY;INTERVAL=2\nSUMMARY:Anna"
)


def test_what_repeats_is_unfolded_over_a_change_of_the_clocks() -> None:
    assert [(one.starts, one.ends) for one in read(WEEKLY)] == [
        (utc("2026-03-02 08:00"), utc("2026-03-09 08:00")),
        (utc("2026-03-16 08:00"), utc("2026-03-23 08:00")),
        (utc("2026-03-30 07:00"), utc("2026-04-06 07:00")),
    ]


def test_whole_days_are_days_of_the_playbooks_zone() -> None:
    [entry] = read("DTSTART;VALUE=DATE:20260306\nDTEND;VALUE=DATE:20260308\nSUMMARY:Bo")
    assert (entry.starts, entry.ends) == (utc("2026-03-05 23:00"), utc("2026-03-07 23:00"))


def test_what_was_cancelled_is_left_out() -> None:
    assert read(WEEKLY + "\nSTATUS:CANCELLED") == []


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xfe"])
def test_what_is_no_calendar_is_told_in_a_sentence(data: bytes) -> None:
    with pytest.raises(Unreadable, match="it is no iCalendar that can be read"):
        entries(data, SINCE, UNTIL, "UTC")


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(calendar))
def test_whatever_stands_there_it_is_read_or_refused(data: bytes) -> None:
    found: list[Entry] = []
    with suppress(Unreadable):
        found = entries(data, SINCE, UNTIL, "UTC")
    assert all(one.starts < one.ends for one in found)


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=HOURLY;BYMINUTE=0,30"])
def test_what_repeats_every_hour_or_more_often_is_refused(rule: str) -> None:
    with pytest.raises(Unreadable, match="every hour or more often"):
        read(f"DTSTART:20260302T090000Z\nDTEND:20260302T090001Z\nRRULE:{rule}")


def test_what_would_take_too_long_to_work_out_is_refused() -> None:
    every = ",".join(map(str, range(60)))
    with pytest.raises(Unreadable, match="more than 2,000 entries"):
        read(f"DTSTART:20260101T090000Z\nDTEND:20260101T090001Z\nRRULE:FREQ=DAILY;BYMINUTE={every};BYSECOND={every}")
    with pytest.raises(Unreadable, match="repeat too often"):
        read(*["DTSTART:19700101T090000Z\nDTEND:19700101T100000Z\nRRULE:FREQ=DAILY"] * 30)


def test_an_entry_of_every_working_day_since_years_is_read() -> None:
    [first, *_] = read("DTSTART:20160104T090000Z\nDTEND:20160104T170000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")
    assert first.starts >= SINCE


def entry(summary: str, *attendees: str) -> Entry:
    return Entry(SINCE, SINCE + timedelta(hours=8), summary, attendees)


def members(one: Entry, people: dict[str, str], slack: dict[str, str] | None = None) -> list[str]:
    return [shift.member for shift in assign([one], people, slack or {})[0]]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (entry("On call: anna (primary)"), ["U1"]),
        (entry("Annabel"), []),
        (entry("Shift", "mailto:Bo@example.com"), ["U2"]),
        (entry("Anna and bo@example.com"), ["U1", "U2"]),
        (entry("U0ABC123 has it"), ["U0ABC123"]),
        (entry("WEEKLY UPDATE"), []),
        (entry("Shift", "mailto:cy@example.com"), ["U3"]),
    ],
)
def test_an_entry_is_of_whoever_is_named_in_it(one: Entry, expected: list[str]) -> None:
    assert members(one, {"Anna": "U1", "bo@example.com": "U2"}, {"cy@example.com": "U3"}) == expected


def test_whom_nobody_knows_is_told() -> None:
    shifts, unknown = assign([entry("Carl"), entry("Carl"), entry("", "mailto:x@example.com"), entry("")], {}, {})
    assert shifts == []
    assert unknown == ("Carl", "x@example.com", "an entry without a name")


def test_only_addresses_that_the_playbook_does_not_know_are_looked_up() -> None:
    found = [entry("Anna", "mailto:anna@example.com"), entry("Cover", "mailto:Cy@example.com")]
    assert strangers(found, {"Anna": "U1"}) == ("cy@example.com",)
    assert assign(found, {"Anna": "U1"}, {"cy@example.com": "U3"})[0][1] == Shift(
        "U3", SINCE, SINCE + timedelta(hours=8)
    )

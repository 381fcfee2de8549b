"""Reads an iCalendar: who is on call, from when until when."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import prod
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from app.domain.on_call import Shift

MEMBER = re.compile(r"\b(?=[UW][A-Z]*\d)[UW][A-Z0-9]{4,20}\b")
ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
TOO_OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")
PERIODS = {"DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1), "MONTHLY": timedelta(days=28)}
A_YEAR = timedelta(days=365)
SEVERAL = ("BYHOUR", "BYMINUTE", "BYSECOND", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH")
"""What makes several times of each period."""
MOST_REPEATS = 500_000
"""How many repetitions of all entries are worked out, from when each began: a few seconds' work."""
MOST_ENTRIES = 2000
TOO_MANY = f"it has more than {MOST_ENTRIES:,} entries in a few weeks"
LONGEST = 200


class Unreadable(Exception):
    """A calendar says nothing that can be used; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One time in a calendar: what it is called, and the names and addresses of who attends."""

    starts: datetime
    ends: datetime
    summary: str
    attendees: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every e-mail address in it, in small letters."""
        return tuple(dict.fromkeys(one.lower() for text in self.texts for one in ADDRESS.findall(text)))

    @property
    def texts(self) -> tuple[str, ...]:
        """Where somebody may be named."""
        return (self.summary, *self.attendees)


def entries(data: bytes, since: datetime, until: datetime, zone: str) -> list[Entry]:
    """Return what stands in a calendar between two moments; `zone` is for times that tell none. Raises `Unreadable`."""
    try:
        calendar = icalendar.Calendar.from_ical(data)
        _check(calendar, since, until)
        found = recurring_ical_events.of(calendar, skip_bad_series=True).between(since, until)
        made = [_entry(event, ZoneInfo(zone)) for event in found if str(event.get("STATUS", "")) != "CANCELLED"]
    except Unreadable:
        raise
    except Exception as error:
        # Two libraries that read what anybody may have written: whatever they raise, it is the calendar's fault.
        raise Unreadable("it is no iCalendar that can be read") from error
    if len(made) > MOST_ENTRIES:
        raise Unreadable(TOO_MANY)
    return sorted((one for one in made if one.starts < one.ends), key=lambda one: (one.starts, one.ends, one.summary))


def _check(calendar: icalendar.Component, since: datetime, until: datetime) -> None:
    """Raise `Unreadable` where it would take too long to work out when its entries repeat; nothing can stop that."""
    of_old = of_late = 0.0
    events: list[Any] = calendar.walk("VEVENT")
    for event in events:
        # One that does not tell when it begins is passed over.
        for rule in _listed(event.get("RRULE")) if "DTSTART" in event else ():
            began, every = _moment(event.start, ZoneInfo("UTC")), _every(rule)
            of_old += max(0.0, (until - began) / every)
            of_late += max(0.0, (until - max(since, began)) / every)
    if of_late > MOST_ENTRIES:
        raise Unreadable(TOO_MANY)
    if of_old > MOST_REPEATS:
        raise Unreadable("its entries repeat too often since they began; let them begin later, or repeat less often")


def _every(rule: Any) -> timedelta:
    """Return how often, at most, an entry with that rule repeats."""
    often = str(next(iter(rule.get("FREQ", [])), "")).upper()
    if often in TOO_OFTEN:
        raise Unreadable("an entry repeats every hour or more often")
    period = PERIODS.get(often, A_YEAR)
    among = SEVERAL if period > PERIODS["DAILY"] else SEVERAL[:3]
    return period / prod(len(_listed(rule.get(name))) or 1 for name in among)


def _entry(event: Any, zone: ZoneInfo) -> Entry:
    attendees = tuple(
        text
        for one in _listed(event.get("ATTENDEE"))
        for text in (str(one), str(getattr(one, "params", {}).get("CN", "")))
    )
    summary = str(event.get("SUMMARY", ""))[:LONGEST]
    return Entry(_moment(event.start, zone), _moment(event.end, zone), summary, tuple(filter(None, attendees)))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _moment(at: date | datetime, zone: ZoneInfo) -> datetime:
    whole = at if isinstance(at, datetime) else datetime.combine(at, time())
    return (whole if whole.tzinfo else whole.replace(tzinfo=zone)).astimezone(UTC)


def assign(
    found: Iterable[Entry], people: Mapping[str, str], members: Mapping[str, str]
) -> tuple[list[Shift], tuple[str, ...]]:
    """Return the shifts, and what is written where nobody is known.

    `people` are the playbook's names and addresses, `members` the addresses that Slack knows.
    """
    known = {name.casefold(): member for name, member in people.items()}
    shifts: list[Shift] = []
    unknown: list[str] = []
    for entry in found:
        whose = _members(entry, known) or [members[one] for one in entry.addresses if one in members]
        shifts += [Shift(member, entry.starts, entry.ends) for member in dict.fromkeys(whose)]
        if not whose:
            unknown.append(entry.summary or ", ".join(entry.addresses) or "an entry without a name")
    return shifts, tuple(dict.fromkeys(unknown))


def _members(entry: Entry, known: Mapping[str, str]) -> list[str]:
    named = [member for text in entry.texts for member in _named(text.casefold(), known)]
    return named or [member for text in entry.texts for member in MEMBER.findall(text)]


def _named(text: str, known: Mapping[str, str]) -> Iterator[str]:
    for name, member in known.items():
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            yield member


def strangers(found: Sequence[Entry], people: Mapping[str, str]) -> tuple[str, ...]:
    """Return the addresses of entries in which nobody is known yet, to be looked up."""
    known = {name.casefold(): member for name, member in people.items()}
    return tuple(dict.fromkeys(one for entry in found if not _members(entry, known) for one in entry.addresses))

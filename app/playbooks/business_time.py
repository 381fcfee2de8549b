"""When people are at work, as a playbook tells it: time zone, days, hours and holidays."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

import holidays
from pydantic import PlainValidator, WithJsonSchema

from app.playbooks.faults import Wrong, choice, shown

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LOCAL_TIME = re.compile(rf"{DAY.pattern} {CLOCK.pattern}")
YEARS_BACK, YEARS_AHEAD = 1, 3


def read_zone(value: Any) -> str:
    """Return the name of a time zone; raises `Wrong` for an unknown one."""
    if value in _zones() if isinstance(value, str) else False:
        return str(value)
    near = choice(value, _zones()).partition(" (")[0]
    hint = f"{near} (or UTC)" if near.startswith("did you mean") else "write UTC or a name such as Europe/Berlin"
    raise Wrong(f"{shown(value)} is not a time zone", hint)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def read_clock(value: Any) -> time:
    """Return a time of day written as `"09:00"`."""
    match = CLOCK.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise Wrong(f"{shown(value)} is not a time of day", 'write "09:00" to "23:59", in quotes')
    return time(int(match[1]), int(match[2]))


def read_days(value: Any) -> frozenset[int]:
    """Return days of the week (Monday is 0) from a list of `mon` … `sun` and ranges such as `mon..fri`."""
    if not isinstance(value, list) or not value:
        raise Wrong(f"{shown(value)} names no working day", "write [mon..fri] or [mon, tue, sat]")
    return frozenset(day for item in value for day in _days_of(item))


def _days_of(item: Any) -> Iterator[int]:
    first, dots, last = str(item).partition("..")
    for name in (first, last) if dots else (first,):
        if name not in DAYS:
            raise Wrong(f"{shown(item)} is not a day of the week", choice(name, DAYS))
    start = DAYS.index(first)
    span = (DAYS.index(last) - start) % 7 if dots else 0
    yield from ((start + ahead) % 7 for ahead in range(span + 1))


def read_date(value: Any) -> date:
    """Return a day written as `2026-12-25`."""
    try:
        return date.fromisoformat(value if isinstance(value, str) and DAY.fullmatch(value) else "")
    except ValueError:
        raise Wrong(f"{shown(value)} is not a day", "write it as 2026-12-25") from None


def read_local_time(value: Any) -> datetime:
    """Return a moment by the wall clock, written as `"2026-12-24 09:00"`; its time zone stands elsewhere."""
    try:
        return datetime.fromisoformat(value if isinstance(value, str) and LOCAL_TIME.fullmatch(value) else "")
    except ValueError:
        raise Wrong(f"{shown(value)} is not a day and a time", 'write it as "2026-12-24 09:00"') from None


def check_country(country: str, subdivision: str | None) -> None:
    """Raise `Wrong` unless the public holidays of that country (and part of it) are known."""
    known = holidays.list_supported_countries()
    if country not in known:
        raise Wrong(f"{shown(country)} is not a country whose holidays are known", "write its two letters, such as DE")
    if subdivision is not None and subdivision not in known[country]:
        raise Wrong(f"{shown(subdivision)} is not a part of {country}", choice(subdivision, known[country]))


def public_holidays(country: str, subdivision: str | None, today: date) -> frozenset[date]:
    """Return the public holidays of last year, this year and the next three."""
    years = range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=years))


Zone = Annotated[
    str, PlainValidator(read_zone), WithJsonSchema({"type": "string", "examples": ["UTC", "Europe/Berlin"]})
]
Clock = Annotated[
    time,
    PlainValidator(read_clock),
    WithJsonSchema({"type": "string", "pattern": f"^{CLOCK.pattern}$"}),
]
Days = Annotated[
    frozenset[int],
    PlainValidator(read_days),
    WithJsonSchema(
        {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "string",
                "pattern": rf"^({'|'.join(DAYS)})(\.\.({'|'.join(DAYS)}))?$",
            },
            "examples": [["mon..fri"], ["mon", "tue", "sat"]],
        }
    ),
]
LocalTime = Annotated[
    datetime,
    PlainValidator(read_local_time),
    WithJsonSchema({"type": "string", "pattern": f"^{LOCAL_TIME.pattern}$"}),
]
Date = Annotated[date, PlainValidator(read_date), WithJsonSchema({"type": "string", "format": "date"})]

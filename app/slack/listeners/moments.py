"""A moment as people type it: "18:00", "tomorrow 09:00", "friday", "2026-12-24 09:00", "in 3h"."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
AHEAD = re.compile(r"(?:in )?(\d{1,4}) ?(m|min|h|hours?|d|days?|w|weeks?)")
CLOCK = re.compile(r"(?:(.+?) )?(?:at )?(\d{1,2}):(\d{2})")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
FARTHEST = timedelta(days=3660)
"""Nobody plans who is on call for longer than ten years."""
WEEK = 7
SHORTEST_DAY = 3


def moment(text: str, now: datetime, zone: str) -> datetime | None:
    """Return the moment that `text` means in `zone` (UTC), or nothing where that is not clear; nothing typed is now."""
    words = " ".join(text.lower().split())
    if words in ("", "now"):
        return now
    try:
        meant = _ahead(words, now) or _local(words, now.astimezone(ZoneInfo(zone)))
    except (ValueError, OverflowError):
        return None
    return meant if meant and abs(meant - now) <= FARTHEST else None


def _ahead(words: str, now: datetime) -> datetime | None:
    ahead = AHEAD.fullmatch(words)
    return now + int(ahead[1]) * UNITS[ahead[2][0]] if ahead else None


def _local(words: str, here: datetime) -> datetime | None:
    at, day = here.time(), words
    if clock := CLOCK.fullmatch(words):
        at, day = time(int(clock[2]), int(clock[3])), clock[1] or "today"
    found = _day(day.removesuffix(","), here.date())
    return datetime.combine(found, at, here.tzinfo).astimezone(UTC) if found else None


def _day(word: str, today: date) -> date | None:
    if word in ("today", "tomorrow"):
        return today + timedelta(days=word == "tomorrow")
    for place, name in enumerate(DAYS):
        if len(word) >= SHORTEST_DAY and name.startswith(word):
            return today + timedelta(days=(place - today.weekday()) % WEEK)
    return date.fromisoformat(word)

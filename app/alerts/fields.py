"""Reading fields out of what was sent: each has the shape that it must have, or `Unusable` names it.

What comes back is fit to be kept: without characters that a database refuses, and no longer than it may be.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.alerts.notice import Unusable

LONGEST_TEXT = 2000
LONGEST_NAME = 300
LONGEST_KEY = 200
LONGEST_PAGED = 512
"""The longest key of a page: Opsgenie's aliases; PagerDuty's are of 255 at most."""
MOST_LABELS = 100
MOST_ALERTS = 5000
"""More than fit into a mebibyte as any monitor writes them."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Monitors say 0001-01-01 for what has no time."""
TICKS_A_SECOND = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""From which number on a time is in nanoseconds, microseconds, milliseconds since 1970; others are in seconds."""

NO_TIME = (ValueError, OverflowError, OSError)
"""What reading a time raises where it is none."""
UNREADABLE = " \t\n\ufffd"

# Controls but newline and tab, and lone surrogates.
_UNKEPT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Part:
    """A JSON object, and where it stands in what was sent; `names` are those that the sender has for its fields."""

    held: Mapping[str, Any]
    place: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, body: object) -> "Part":
        """Take the whole of what was sent, which must be an object."""
        if not isinstance(body, dict):
            raise Unusable("What was sent is no JSON object.")
        return cls(body)

    def where(self, key: str) -> str:
        """Return how a person names that field."""
        name = self.names.get(key, key)
        return f"{self.place}.{name}" if self.place else name

    def text(self, key: str, longest: int = LONGEST_TEXT) -> str:
        """Return a text, or a number as one; nothing where there is none."""
        value = self.held.get(key)
        if isinstance(value, dict | list) or (isinstance(value, float) and not math.isfinite(value)):
            raise Unusable(f"`{self.where(key)}` is no text.")
        return kept(_scalar(value), longest)

    def needed(self, key: str, longest: int = LONGEST_TEXT) -> str:
        """Return a text that must be there, and must hold something that can be read."""
        text = self.text(key, longest)
        return text if text.strip(UNREADABLE) else _missing(self.where(key))

    def key(self, key: str) -> str:
        """Return a text by which something is known again."""
        return short(self.text(key, LONGEST_TEXT * 10))

    def texts(self, key: str) -> dict[str, str]:
        """Return an object of texts."""
        held = self.part(key).held
        return {kept(name, LONGEST_NAME): kept(_scalar(value), LONGEST_TEXT) for name, value in _first(held.items())}

    def words(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, or one text with commas in it."""
        value = self.held.get(key)
        if isinstance(value, list):
            return tuple(kept(_scalar(one), LONGEST_NAME) for one in _first(value) if one)
        return tuple(word for part in self.text(key).split(",") if (word := part.strip()))

    def count(self, key: str) -> int:
        """Return how many; none where that is not said."""
        value = self.held.get(key)
        return max(0, min(value, 10**9)) if isinstance(value, int) else 0

    def moment(self, key: str) -> datetime | None:
        """Return a time in UTC; none where it is none."""
        return moment(self.text(key, LONGEST_KEY))

    def stated_moment(self, key: str) -> datetime | None:
        """Return a time in UTC; none where none is given. What is given must be a time."""
        text = self.text(key, LONGEST_KEY).strip()
        try:
            return _told(text) if text else None
        except NO_TIME:
            where = self.where(key)
            raise Unusable(f"`{where}` is no time: write 2026-11-21T10:00:00Z, or seconds since 1970.") from None

    def part(self, key: str) -> "Part":
        """Return an object; an empty one where there is none."""
        value = self.held.get(key)
        if value is not None and not isinstance(value, dict):
            raise Unusable(f"`{self.where(key)}` is no object.")
        return Part(value or {}, self.where(key))

    def needed_part(self, key: str) -> "Part":
        """Return an object that must be there."""
        if self.held.get(key) is None:
            _missing(self.where(key))
        return self.part(key)

    def parts(self, key: str) -> list["Part"]:
        """Return a list of objects, which must be there, and may be empty."""
        values = self.held.get(key)
        if values is None:
            _missing(self.where(key))
        return objects(values, self.where(key))


def moment(text: str) -> datetime | None:
    """Return the time that `text` tells, in UTC: ISO 8601, or seconds (or parts of them) since 1970."""
    try:
        return _told(text)
    except NO_TIME:
        return None


def _told(text: str) -> datetime | None:
    found = datetime.fromisoformat(text) if "-" in text[1:] else _since_1970(float(text))
    found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    return found if found >= EARLIEST else None


def kept(text: str, longest: int) -> str:
    """Return `text` as it may be kept."""
    clean = _UNKEPT.sub("\ufffd", text[: longest + 1])
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def short(key: str) -> str:
    """Return a key that is the same for the same, and not too long for an index."""
    return key if len(key) <= LONGEST_KEY else "sha256:" + _digest(key)


def digest(labels: Mapping[str, str]) -> str:
    """Return a key for what has none but its labels."""
    return "labels:" + _digest(json.dumps(sorted(labels.items())))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def objects(values: object, place: str) -> list[Part]:
    """Return a list of objects, neither of another shape nor too long."""
    if not isinstance(values, list):
        raise Unusable(f"`{place}` is no list.")
    if len(values) > MOST_ALERTS:
        raise Unusable(f"`{place}` holds more than {MOST_ALERTS} alerts. Let the sender send fewer at once.")
    for number, value in enumerate(values):
        if not isinstance(value, dict):
            raise Unusable(f"`{place}[{number}]` is no object.")
    return [Part(value, f"{place}[{number}]") for number, value in enumerate(values)]


def _missing(place: str) -> str:
    raise Unusable(f"`{place}` is missing.")


def _scalar(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return str(value).lower()
        case dict() | list():
            return json.dumps(value)
        case _:
            return repr(value)


def _first(values: Iterable[Any]) -> Sequence[Any]:
    return [value for _, value in zip(range(MOST_LABELS), values, strict=False)]


def _since_1970(number: float) -> datetime:
    if not math.isfinite(number):
        raise ValueError
    ticks = next((ticks for least, ticks in TICKS_A_SECOND if abs(number) >= least), 1.0)
    return datetime.fromtimestamp(number / ticks, UTC)

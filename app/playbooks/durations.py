"""Durations (`30m`, `2h`, `1h30m`, `3d`) and limits, as people write them in a playbook."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import PlainValidator, WithJsonSchema

from app.domain.limits import Limit, Point
from app.playbooks.faults import Wrong, shown

DURATION = re.compile(r"(?:([0-9]{1,3})d)?(?:([0-9]{1,4})h)?(?:([0-9]{1,5})m)?")
EXAMPLES = "write 30m, 2h, 1h30m or 3d"
POINTS = tuple(point.value for point in Point)

DURATION_SCHEMA = {
    "type": "string",
    "pattern": r"^(?=.*[1-9])([0-9]{1,3}d)?([0-9]{1,4}h)?([0-9]{1,5}m)?$",
    "examples": ["30m", "2h", "1h30m", "3d"],
}
LIMIT_SCHEMA = {"anyOf": [DURATION_SCHEMA, {"enum": list(POINTS)}]}


def read_duration(value: Any) -> timedelta:
    """Return the duration that `value` writes; raises `Wrong` unless it is one, and longer than nothing."""
    match = DURATION.fullmatch(value) if isinstance(value, str) else None
    if not match or not any(match.groups()):
        raise Wrong(f"{shown(value)} is not a duration", EXAMPLES)
    days, hours, minutes = (int(part or 0) for part in match.groups())
    duration = timedelta(days=days, hours=hours, minutes=minutes)
    if not duration:
        raise Wrong(f"{shown(value)} is no time at all", f"{EXAMPLES}, or leave the key out")
    return duration


def read_limit(value: Any) -> Limit:
    """Return the limit that `value` writes: a duration, `next business hour` or `end of next business day`."""
    if value in POINTS:
        return Limit(until=Point(value))
    try:
        return Limit(read_duration(value))
    except Wrong as wrong:
        points = " or ".join(f'"{point}"' for point in POINTS)
        raise Wrong(wrong.problem, f"{wrong.allowed}, {points}") from None


def _since_or(limit_name: str) -> PlainValidator:
    def read(value: Any) -> timedelta | str:
        if value == limit_name:
            return limit_name
        try:
            return read_duration(value)
        except Wrong as wrong:
            raise Wrong(wrong.problem, f"{wrong.allowed}, or {limit_name}") from None

    return PlainValidator(read)


def _duration_or(limit_name: str) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [DURATION_SCHEMA, {"const": limit_name}]})


Duration = Annotated[timedelta, PlainValidator(read_duration), WithJsonSchema(DURATION_SCHEMA)]
LimitTime = Annotated[Limit, PlainValidator(read_limit), WithJsonSchema(LIMIT_SCHEMA)]
Unacknowledged = Annotated[
    timedelta | Literal["acknowledge_within"],
    _since_or("acknowledge_within"),
    _duration_or("acknowledge_within"),
]
Open = Annotated[
    timedelta | Literal["resolve_within"],
    _since_or("resolve_within"),
    _duration_or("resolve_within"),
]

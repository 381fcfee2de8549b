"""What a metric should be, as people write it: `5m`, `"200 ms"`, `"99.9 %"`, or a number."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from app.playbooks.durations import read_duration
from app.playbooks.faults import Wrong, shown

NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
WHOLE = re.compile(NUMBER)
PERCENT = re.compile(rf"({NUMBER}) ?%")
SHORT = re.compile(rf"({NUMBER}) ?(ms|s)")
IN_A_SECOND = {"ms": 1000, "s": 1}
PERCENT_HINT = 'write it like "99.9 %", more than nothing and at most a hundred'
HINT = 'write 5m, "200 ms", "99.9 %" or a number'


@dataclass(frozen=True, slots=True)
class Measured:
    """A value to compare with: a time, a share (`percent`) or a number."""

    value: timedelta | float
    percent: bool = False


def read_percent(value: Any) -> float:
    """Return a share of a hundred, written as `"99.9 %"`."""
    match = PERCENT.fullmatch(value) if isinstance(value, str) else None
    if not match or not 0 < float(match[1]) <= 100:  # noqa: PLR2004
        raise Wrong(f"{shown(value)} is not a percentage", PERCENT_HINT)
    return float(match[1])


def read_measure(value: Any) -> Measured:
    """Return what a metric is compared with."""
    written = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(written, str):
        raise Wrong(f"{shown(value)} is not a measure", HINT)
    if WHOLE.fullmatch(written):
        return Measured(float(written))
    if written.endswith("%"):
        return Measured(read_percent(written), percent=True)
    if short := SHORT.fullmatch(written):
        return Measured(timedelta(seconds=float(short[1]) / IN_A_SECOND[short[2]]))
    try:
        return Measured(read_duration(written))
    except Wrong:
        raise Wrong(f"{shown(value)} is not a measure", HINT) from None


Percent = Annotated[
    float,
    PlainValidator(read_percent),
    WithJsonSchema({"type": "string", "pattern": rf"^{NUMBER} ?%$", "examples": ["99.95 %"]}),
]
Measure = Annotated[
    Measured,
    PlainValidator(read_measure),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": rf"^({NUMBER}( ?(%|ms|s))?|[0-9]+[dhm]([0-9]+[hm])?([0-9]+m)?)$"},
            ],
            "examples": ["5m", "200 ms", "99.9 %", 4],
        }
    ),
]

"""What comes round each month, quarter or year: drills, and reviews of what is written down."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.reference import Period

MONTHS_A_QUARTER = 3


def period(every: Period, at: datetime, zone: str) -> tuple[int, int]:
    """Return in which month, quarter or year `at` lies, by the clocks of `zone`: two of one period are equal."""
    local = at.astimezone(ZoneInfo(zone))
    match every:
        case Period.MONTH:
            return local.year, local.month
        case Period.QUARTER:
            return local.year, (local.month - 1) // MONTHS_A_QUARTER
        case Period.YEAR:
            return local.year, 0


def has_come_round(every: Period, last: datetime, now: datetime, zone: str) -> bool:
    """Say whether a new period has begun since `last`; a clock that was set back begins none."""
    return period(every, now, zone) > period(every, last, zone)

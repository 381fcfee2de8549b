from datetime import UTC, datetime

import pytest

from app.domain.periods import has_come_round
from app.domain.reference import Period


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "last", "now", "due"),
    [
        (Period.MONTH, "2026-11-21", "2026-11-30", False),
        (Period.MONTH, "2026-11-21", "2026-12-01", True),
        (Period.MONTH, "2026-12-21", "2027-01-01", True),
        (Period.QUARTER, "2026-10-01", "2026-12-31", False),
        (Period.QUARTER, "2026-12-31", "2027-01-01", True),
        (Period.YEAR, "2026-01-01", "2026-12-31", False),
        (Period.YEAR, "2026-12-31", "2027-01-01", True),
        (Period.MONTH, "2026-12-01", "2026-11-30", False),
    ],
)
def test_it_comes_round_with_the_calendar(every: Period, last: str, now: str, *, due: bool) -> None:
    assert has_come_round(every, day(last), day(now), "UTC") is due


def test_the_calendar_is_that_of_the_playbook() -> None:
    last, now = day("2026-11-21"), datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    assert has_come_round(Period.MONTH, last, now, "Europe/Berlin")
    assert not has_come_round(Period.MONTH, last, now, "UTC")

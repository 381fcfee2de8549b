from datetime import UTC, datetime

import pytest

from app.slack.listeners.moments import moment

WEDNESDAY = datetime(2026, 3, 4, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", "2026-03-04 10:00"),
        ("now", "2026-03-04 10:00"),
        ("18:30", "2026-03-04 17:30"),
        ("today 18:30", "2026-03-04 17:30"),
        ("Tomorrow at 9:00", "2026-03-05 08:00"),
        ("tomorrow", "2026-03-05 10:00"),
        ("friday, 09:00", "2026-03-06 08:00"),
        ("fri", "2026-03-06 10:00"),
        ("wednesday 12:00", "2026-03-04 11:00"),
        ("2026-12-24 18:00", "2026-12-24 17:00"),
        ("2026-07-01 18:00", "2026-07-01 16:00"),
        ("in 3h", "2026-03-04 13:00"),
        ("2 days", "2026-03-06 10:00"),
        ("in 30 min", "2026-03-04 10:30"),
    ],
)
def test_a_moment_is_read_in_the_playbooks_zone(typed: str, meant: str) -> None:
    assert moment(typed, WEDNESDAY, "Europe/Berlin") == datetime.fromisoformat(meant).replace(tzinfo=UTC)


@pytest.mark.parametrize("typed", ["soon", "25:00", "fr", "2026-13-01", "tomorrow 99:99", "<@U1>", "9"])
def test_what_is_no_moment_is_not_guessed(typed: str) -> None:
    assert moment(typed, WEDNESDAY, "Europe/Berlin") is None


@pytest.mark.parametrize("typed", ["9999-12-30", "0001-01-01", "9999w"])
def test_nobody_is_on_call_in_another_age(typed: str) -> None:
    assert moment(typed, WEDNESDAY, "Europe/Berlin") is None

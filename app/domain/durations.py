"""Durations in words, short and exact to the minute."""

from datetime import timedelta

SECONDS_A_MINUTE = 60
MINUTES_A_DAY = 24 * 60


def in_words(duration: timedelta) -> str:
    """Return "3 d", "1 h 47 min", "14 min"; "30 s" below a minute. A negative duration counts as none."""
    seconds = max(0, round(duration.total_seconds()))
    if seconds < SECONDS_A_MINUTE:
        return f"{seconds} s"
    days, minutes = divmod(seconds // SECONDS_A_MINUTE, MINUTES_A_DAY)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{days} d" * bool(days), f"{hours} h" * bool(hours), f"{minutes} min" * bool(minutes)]
    return " ".join(part for part in parts if part)

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.durations import in_words


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=30), "30 s"),
        (timedelta(seconds=59.7), "1 min"),
        (timedelta(minutes=14), "14 min"),
        (timedelta(minutes=14, seconds=59), "14 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=1, minutes=47), "1 h 47 min"),
        (timedelta(hours=72), "3 d"),
        (timedelta(days=1, minutes=1), "1 d 1 min"),
        (timedelta(minutes=-5), "0 s"),
    ],
)
def test_durations_are_short_and_exact_to_the_minute(duration: timedelta, words: str) -> None:
    assert in_words(duration) == words


@given(st.timedeltas())
def test_every_duration_has_words(duration: timedelta) -> None:
    assert in_words(duration).strip()

"""What is known of an alert does not depend on the order in which it was heard, within a few minutes."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from app.domain.hearing import Heard, News, began_after, ends, fires

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_an_alert_fires_repeats_and_is_over() -> None:
    heard, news = fires(None, after(0), after(1))
    assert news is News.FIRES
    heard, news = fires(heard, after(0), after(60))
    assert news is News.REPEATED
    heard, news = ends(heard, after(0), after(61), after(62))
    assert (news, heard.firing) == (News.OVER, False)
    heard, news = fires(heard, after(70), after(71))
    assert (news, heard.began_at) == (News.FIRES, after(70))


def test_an_end_that_comes_first_is_remembered_for_some_minutes() -> None:
    over, _ = ends(None, after(0), after(2), after(3))
    assert fires(over, after(0), after(4))[1] is News.STALE
    # By then it is no late letter: the monitor had lost the alert for a while, and it fires all the same.
    assert fires(over, after(0), after(9))[1] is News.FIRES


def test_without_times_the_order_in_which_they_are_heard_counts() -> None:
    over, _ = ends(None, None, None, after(0))
    late, news = fires(over, None, after(0.5))
    assert news is News.STALE
    assert fires(late, None, after(0.6))[1] is News.FIRES
    assert fires(over, None, after(2))[1] is News.FIRES


def test_an_old_request_that_is_taken_again_does_not_end_what_fires_now() -> None:
    now, _ = fires(None, None, after(60))
    assert ends(now, None, None, after(5))[1] is News.STALE


def test_an_undated_begin_that_was_heard_before_the_end_is_late_however_long_ago_that_was() -> None:
    begun, _ = fires(None, None, after(0))
    over, _ = ends(begun, None, None, after(10))
    assert fires(over, None, after(0))[1] is News.STALE
    assert fires(over, None, after(11))[1] is News.FIRES


def test_a_begin_far_in_the_future_is_taken_for_none() -> None:
    begun, _ = fires(None, after(60 * 24 * 300), after(1))
    assert begun.began_at == after(1)
    over, news = ends(begun, after(2), after(9), after(10))
    assert (news, over.over_at) == (News.OVER, after(9))
    assert ends(begun, after(2), after(10**5), after(10))[0].over_at == after(2)


def test_a_clock_that_is_a_little_ahead_still_tells_copies_from_news() -> None:
    begun, _ = fires(None, after(3), after(0))
    over, news = ends(begun, after(3), after(4), after(1))
    assert news is News.OVER
    assert fires(over, after(3), after(2))[1] is News.STALE


@pytest.mark.parametrize(
    ("began_at", "heard_at", "anew"),
    [
        (after(1), after(60), True),
        (after(-1), after(60), False),
        (None, after(14), False),
        (None, after(16), True),
        (after(10**6), after(16), True),
    ],
)
def test_what_began_after_something_had_ended(began_at: datetime | None, heard_at: datetime, *, anew: bool) -> None:
    assert began_after(NOON, began_at, heard_at) is anew


@pytest.mark.parametrize("goes_on", [True, False])
def test_two_rounds_of_one_alert_end_the_same_in_every_order(goes_on: bool) -> None:  # noqa: FBT001
    told: list[tuple[datetime, datetime | None]] = [(after(0), None), (after(0), after(1)), (after(2), None)]
    told += [] if goes_on else [(after(2), after(3))]
    states = set()
    for order in permutations([*told, told[0]]):
        heard: Heard | None = None
        for place, (began_at, over_at) in enumerate(order):
            at = after(4) + timedelta(seconds=place)
            heard, _ = fires(heard, began_at, at) if over_at is None else ends(heard, began_at, over_at, at)
        assert heard
        states.add((heard.firing, heard.began_at))
    assert states == {(goes_on, after(2))}

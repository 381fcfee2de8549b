"""No conversation gets more than one message a second in the long run, nor more than a handful at once."""

from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush

import pytest

from app.slack.pace import AT_ONCE, Pace

START = datetime(2026, 3, 4, 10, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def wait(pace: Pace, key: object, at: float = 0, conversation: str = "C1") -> float | None:
    """Ask for a message's turn; return the seconds that it has to wait."""
    turn = pace.turn(conversation, str(key), after(at))
    return (turn - after(at)).total_seconds() if turn else None


def test_a_handful_goes_at_once_and_each_further_one_a_second_later() -> None:
    pace = Pace()
    assert [wait(pace, key) for key in range(8)] == [None] * AT_ONCE + [1, 2, 3]


def test_whoever_comes_when_its_turn_has_come_goes() -> None:
    pace = Pace()
    waits = {key: wait(pace, key) for key in range(AT_ONCE + 3)}
    assert [wait(pace, key, seconds) for key, seconds in waits.items() if seconds] == [None, None, None]


def test_whoever_comes_early_waits_for_the_same_turn() -> None:
    pace = Pace()
    for key in range(AT_ONCE + 2):
        wait(pace, key)
    assert wait(pace, AT_ONCE + 1, 0.5) == 1.5


def test_whoever_does_not_come_for_its_turn_gets_another() -> None:
    pace = Pace()
    for key in range(AT_ONCE + 2):
        wait(pace, key)
    assert [wait(pace, f"new-{key}", 3600) for key in range(AT_ONCE)] == [None] * AT_ONCE
    assert wait(pace, AT_ONCE + 1, 3600) == 1


def test_conversations_do_not_wait_for_each_other() -> None:
    pace = Pace()
    for key in range(AT_ONCE):
        wait(pace, key)
    assert wait(pace, "other", conversation="C2") is None


def test_after_a_pause_it_goes_on_one_at_a_time() -> None:
    pace = Pace()
    pace.slow_down("C1", after(30))
    assert [wait(pace, key, 30) for key in range(3)] == [None, 1, 2]


@pytest.mark.parametrize("arrivals", [[0.0] * 60, [i / 10 for i in range(60)], [i * 0.99 for i in range(60)]])
def test_never_more_than_one_a_second_but_for_the_handful(arrivals: list[float]) -> None:
    pace = Pace()
    went = []
    coming = [(at, key, False) for key, at in enumerate(arrivals)]
    while coming:
        at, key, has_turn = heappop(coming)
        if seconds := wait(pace, key, at):
            assert not has_turn
            heappush(coming, (at + seconds, key, True))
        else:
            went.append(at)
    assert len(went) == len(arrivals)
    for first in went:
        for last in went:
            assert sum(first <= at <= last for at in went) <= last - first + AT_ONCE or last < first


@pytest.mark.parametrize("ahead", [3600, 60, 2])
def test_turns_move_with_a_clock_that_is_set_back(ahead: float) -> None:
    pace = Pace()
    for key in range(AT_ONCE + 3):
        wait(pace, key, ahead)
    assert wait(pace, "new", 0) == 4
    assert wait(pace, AT_ONCE + 1, 0) == 2

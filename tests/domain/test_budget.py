from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.budget import spent, together
from app.domain.incident import Incident, Resolution
from app.domain.playbook import Status
from app.domain.reference import ErrorBudget
from tests.domain.given import at, declared, minutes

BUDGET = ErrorBudget(99.95, timedelta(days=30))
NOW = at(days=1)


def down(start: datetime, end: datetime, severity: str = "SEV1") -> Incident:
    return replace(declared(severity), status=Status.RESOLVED, resolution=Resolution("", "", "", start, start, end))


def used(*incidents: Incident, budget: ErrorBudget = BUDGET) -> timedelta:
    return spent(budget, incidents, NOW).used


def test_a_month_at_99_95_percent_allows_21_6_minutes() -> None:
    assert spent(BUDGET, (), NOW).left == minutes(21.6)
    assert spent(BUDGET, (), NOW).availability == 100


def test_downtime_is_what_the_resolution_says() -> None:
    told = spent(BUDGET, [down(at(minutes=-2), at(minutes=10))], NOW)
    assert (told.used, told.left) == (minutes(12), minutes(9.6))
    assert told.availability == pytest.approx(99.97222, abs=1e-5)


def test_a_budget_can_be_overdrawn() -> None:
    assert spent(BUDGET, [down(at(), at(hours=1))], NOW).left == minutes(-38.4)


def test_what_is_down_at_once_counts_once() -> None:
    assert used(
        down(at(), at(minutes=10)), down(at(minutes=5), at(minutes=12)), down(at(minutes=1), at(minutes=2))
    ) == minutes(12)


def test_only_the_part_within_the_window_counts() -> None:
    start = NOW - BUDGET.over
    assert used(down(start - minutes(30), start + minutes(3))) == minutes(3)
    assert used(down(start - minutes(30), start)) == timedelta()


def test_an_open_one_is_down_until_now() -> None:
    assert used(replace(declared(), detected_at=at(minutes=-5))) == NOW - at(minutes=-5)


def test_drills_duplicates_false_alarms_and_other_severities_use_nothing() -> None:
    one = down(at(), at(minutes=10))
    assert used(replace(one, drill=True), replace(one, status=Status.CANCELLED)) == timedelta()
    of_sev1 = replace(BUDGET, severities=("SEV1",))
    assert used(one, down(at(hours=1), at(hours=2), "SEV2"), budget=of_sev1) == minutes(10)


def test_the_longest_come_first() -> None:
    short, long = down(at(), at(minutes=1)), down(at(hours=1), at(hours=2))
    assert [time for _, time in spent(BUDGET, [short, long], NOW).down] == [minutes(60), minutes(1)]


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), max_size=12))
def test_together_is_every_minute_that_lies_in_some_span(pairs: list[tuple[int, int]]) -> None:
    spans = [(at(minutes=min(pair)), at(minutes=max(pair))) for pair in pairs]
    covered = {minute for pair in pairs for minute in range(min(pair), max(pair))}
    assert together(spans) == minutes(len(covered))

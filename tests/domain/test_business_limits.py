"""Limits and rhythms that are told in business time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.errors import PromiseTooFar
from app.domain.limits import Limit, Point
from app.domain.playbook import Rules
from tests.domain.given import DEFAULT, PRIMARY, ROSTER, Story, acknowledge, in_zone, minutes, play, resolve, update

OPENING, CLOSING = Limit(until=Point.NEXT_BUSINESS_HOUR), Limit(until=Point.END_OF_NEXT_BUSINESS_DAY)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


FRIDAY, SATURDAY = utc("03-06 16:00"), utc("03-07 23:00")


def asking(**limits: Limit | None) -> Rules:
    """Return rules whose SEV4, which pages nobody, asks for that alone."""
    asked: dict[str, Any] = {"acknowledge_within": None} | limits
    return replace(DEFAULT, severities=(*DEFAULT.severities[:3], replace(DEFAULT.severities[3], **asked)))


def story(rules: Rules, now: datetime) -> Story:
    return play(rules, "SEV4", roster=ROSTER, now=now)


@pytest.mark.parametrize(
    ("declared_at", "due"),
    [
        (SATURDAY, "03-09 09:00"),
        (utc("03-06 17:00"), "03-09 09:00"),
        (utc("03-06 08:59"), "03-06 09:00"),
        (utc("03-06 09:00"), "03-06 09:00"),
        (FRIDAY, "03-06 16:00"),
    ],
)
def test_the_next_business_hour_is_now_or_the_start_of_the_next_ones(declared_at: datetime, due: str) -> None:
    assert OPENING.due(declared_at, DEFAULT.hours) == utc(due)


def test_it_is_told_in_the_zone_of_the_playbook_over_a_change_of_summer_time() -> None:
    berlin = in_zone(DEFAULT, "Europe/Berlin").hours
    assert OPENING.due(utc("03-27 20:00"), berlin) == utc("03-30 07:00")
    assert OPENING.due(utc("03-20 20:00"), berlin) == utc("03-23 08:00")


@pytest.mark.parametrize("limit", ["acknowledge", "resolve"])
def test_acknowledging_and_resolving_may_wait_for_the_next_business_hour(limit: str) -> None:
    told = story(asking(**{f"{limit}_within": OPENING}), SATURDAY).until(utc("03-12 09:00"))
    assert [(one.limit, one.at) for one in told.all(e.LimitBroken)] == [(limit, utc("03-09 09:00"))]


def test_a_warning_that_would_come_with_the_breach_is_not_said() -> None:
    told = story(asking(resolve_within=OPENING), SATURDAY).until(utc("03-12 09:00"))
    assert [one.late for one in told.all(e.LimitWarned)] == [True]


def test_the_warning_comes_at_80_percent_of_the_business_time() -> None:
    told = story(asking(resolve_within=CLOSING), FRIDAY).until(utc("03-12 09:00"))
    # One hour of Friday and eight of Monday: 80 % of nine hours.
    assert [one.at for one in told.all(e.LimitWarned)] == [utc("03-09 15:12")]
    assert [one.at for one in told.all(e.LimitBroken)] == [utc("03-09 17:00")]


def test_updates_may_be_asked_for_at_the_end_of_each_business_day() -> None:
    told = story(asking(update_every=CLOSING), utc("03-05 10:00")).until(utc("03-10 20:00"))
    assert [one.at for one in told.all(e.Nudged)] == [utc("03-06 17:00"), utc("03-09 17:00"), utc("03-10 17:00")]


def test_updates_may_be_asked_for_at_the_start_of_each_business_day() -> None:
    told = story(asking(update_every=OPENING), utc("03-05 10:00")).until(utc("03-10 20:00"))
    assert [one.at for one in told.all(e.Nudged)] == [utc("03-06 09:00"), utc("03-09 09:00"), utc("03-10 09:00")]


def test_an_update_puts_the_next_one_off_to_the_day_after() -> None:
    told = story(asking(update_every=CLOSING), utc("03-05 10:00")).do(update(), utc("03-06 09:00"))
    assert [one.at for one in told.until(utc("03-09 20:00")).all(e.Nudged)] == [utc("03-09 17:00")]


def test_a_promise_lies_at_most_two_business_days_ahead() -> None:
    told = story(asking(update_every=CLOSING), utc("03-05 10:00"))
    with pytest.raises(PromiseTooFar) as refused:
        told.do(update(due=utc("03-09 17:01")))
    assert "SEV4 asks for an update at the end of each business day" in str(refused.value)
    told.do(update(due=utc("03-09 17:00")))
    assert told.incident.promised_at == utc("03-09 17:00")


def test_a_snooze_never_goes_past_the_next_business_day() -> None:
    told = story(asking(update_every=CLOSING), utc("03-05 10:00")).until(utc("03-06 17:00"))
    told.do(c.Snooze(PRIMARY), utc("03-09 16:59"))
    assert told.last(e.Snoozed).until == utc("03-09 17:00")


def test_raising_takes_the_earlier_of_the_promise_and_the_new_rhythm() -> None:
    rules = replace(DEFAULT, severities=(replace(DEFAULT.severities[0], update_every=CLOSING), *DEFAULT.severities[1:]))
    told = play(rules, "SEV2", now=utc("03-05 10:00")).do(acknowledge()).do(c.ChangeSeverity(PRIMARY, "SEV1"))
    assert told.incident.promised_at == utc("03-05 10:30")


@pytest.mark.parametrize(
    ("limit", "due"),
    [(OPENING, "03-09 09:00"), (CLOSING, "03-09 17:00"), (Limit(timedelta(hours=72)), "03-10 23:00")],
)
def test_the_postmortem_may_be_due_in_business_time(limit: Limit, due: str) -> None:
    told = story(asking(postmortem_within=limit), SATURDAY).do(resolve()).until(utc("03-30 09:00"))
    assert [one.at for one in told.all(e.PostmortemReminded)][-1] == utc(due)


def test_a_step_may_wait_for_a_limit_in_business_time_and_says_so() -> None:
    step = replace(DEFAULT.steps[1], when=(replace(DEFAULT.steps[1].when[0], severities=()),))
    rules = replace(asking(acknowledge_within=CLOSING), steps=(step,))
    told = story(rules, FRIDAY).until(utc("03-10 09:00"))
    [paged] = told.all(e.Paged)
    assert paged.at == utc("03-09 17:00")
    assert paged.why == "default, step 2, unacknowledged past the end of the next business day"


@pytest.mark.parametrize(
    ("limit", "within", "rhythm"),
    [
        (Limit(minutes(15)), "within 15 min", "every 15 min"),
        (OPENING, "by the next business hour", "at the start of each business day"),
        (CLOSING, "by the end of the next business day", "at the end of each business day"),
    ],
)
def test_a_limit_says_itself_in_words(limit: Limit, within: str, rhythm: str) -> None:
    assert (limit.within, limit.every) == (within, rhythm)

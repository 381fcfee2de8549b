from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.budget import spent
from app.domain.incident import Resolution
from app.domain.metrics import report
from app.domain.reference import ErrorBudget, Target
from app.slack.blocks import figures
from app.slack.text import Message
from tests.domain.given import START, at, minutes
from tests.slack.accepted import assert_message, shown
from tests.slack.examples import SUPPORT, resolution, tell
from tests.slack.hostile import ATTACKS

MONTH = timedelta(days=30)
BUDGET = ErrorBudget(99.95, MONTH)
TARGETS = (
    Target("mttd", below=minutes(5)),
    Target("mttr", below=timedelta(hours=1), severities=("SEV1",)),
    Target("availability", above=99.9, percent=True, note="Of the core services"),
    Target("satisfaction", above=90.0, percent=True),
    Target("response_time", below=timedelta(milliseconds=200)),
    Target("severity_mix", note="How many of each"),
)
ENDED = tell().do(resolution(), at(minutes=60)).incident


def checked(message: Message) -> Message:
    assert_message(message)
    return message


def lines(*targets: Target, others: dict[str, float] | None = None) -> str:
    return shown(checked(figures.metrics(report((ENDED,), ("SEV1", "SEV2"), targets, others), MONTH)))


def test_each_metric_stands_beside_its_target_and_whether_it_is_met() -> None:
    text = lines(*TARGETS, others={"availability": 99.972222})
    assert "The last 30 d: one incident." in text
    assert "*Severities*: SEV1 1 · SEV2 0" in text
    assert "*MTTD, time to detect*: 10 min · target below 5 min: *not met*" in text
    assert "*MTTR, time to resolve*: 1 h 12 min\n" in text
    assert "*MTTR, time to resolve (SEV1)*: 1 h 12 min · target below 1 h: *not met*" in text
    assert "*MTTI, time to identify*: not known yet" in text
    assert "*Availability, by incidents*: 99.97 % · target above 99.9 %: met · Of the core services" in text
    assert "*Satisfaction*: Tocsin does not measure it · target above 90 %" in text
    assert "*Response time*: Tocsin does not measure it · target below 200 ms" in text
    assert "Drills and merged duplicates are left out" in text


def test_without_incidents_nothing_is_made_up() -> None:
    message = checked(figures.metrics(report((), ("SEV1",), TARGETS), MONTH))
    assert message.text == "The last 30 d: no incident."
    assert "*MTTD, time to detect*: not known yet · target below 5 min\n" in shown(message)


def test_false_alarms_are_told_beside() -> None:
    told = replace(report((ENDED, ENDED), ("SEV1",), ()), false_alarms=2)
    assert figures.metrics(told, MONTH).text == "The last 30 d: two incidents, and two false alarms."


def down(length: float, **changes: object) -> Message:
    ended = Resolution("", "", "", START, START, at(minutes=length))
    incident = replace(ENDED, resolution=ended, **changes)  # type: ignore[arg-type]
    return checked(figures.budget(spent(BUDGET, (incident,), at(days=1)), "U0READER"))


def test_the_budget_tells_what_is_left_what_used_it_and_how_it_is_counted() -> None:
    message = down(12)
    assert message.text == "9.6 min of the error budget are left: 12 min of 21.6 min are used."
    assert "*12 min* SEV1 Payment API down, declared <!date^" in shown(message)
    assert "99.95 % of 30 d leave 21.6 min." in shown(message)
    assert "incidents of every severity" in shown(message)


def test_an_overdrawn_budget_says_by_how_much() -> None:
    assert down(60).text == "The error budget is overdrawn by 38.4 min: 60 min of 21.6 min are used."


def test_of_a_private_incident_only_its_time_is_told() -> None:
    message = down(12, private=True)
    assert "*12 min* a private incident" in shown(message)
    assert "Payment API" not in shown(message)
    story = replace(ENDED, private=True)
    assert "Payment API down" in shown(figures.budget(spent(BUDGET, (story,), at(days=1)), SUPPORT.id))


def test_a_long_list_says_what_it_leaves_out() -> None:
    message = checked(figures.budget(spent(BUDGET, (ENDED,) * 14, at(days=1)), "U0READER"))
    assert "Four more incidents are left out." in shown(message)


@pytest.mark.parametrize(
    ("value", "percent", "words"),
    [
        (minutes(4), False, "4 min"),
        (timedelta(milliseconds=200), False, "200 ms"),
        (timedelta(), False, "0 s"),
        (100 / 3, True, "33.33 %"),
        (100.0, True, "100 %"),
        (3.0, False, "3"),
    ],
)
def test_values_read_as_people_write_them(value: timedelta | float, percent: object, words: str) -> None:
    assert figures.in_figures(value, percent=bool(percent)) == words


def test_hostile_words_stay_words() -> None:
    for text in ATTACKS:
        told = report((replace(ENDED, severity=text),), (text,), (Target(text, note=text, severities=(text,)),))
        checked(figures.metrics(told, MONTH))
        checked(figures.budget(spent(BUDGET, (replace(ENDED, title=text, severity=text),), at(days=1)), "U0READER"))

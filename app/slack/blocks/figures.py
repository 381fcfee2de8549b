"""How incidents go, in figures: the metrics beside their targets, and the error budget."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from app.domain.budget import Spent
from app.domain.durations import in_words
from app.domain.metrics import METRICS, Report, Row, Value
from app.domain.privacy import may_see
from app.domain.reference import Target
from app.slack.blocks.elements import context, section, sections, speak
from app.slack.blocks.headline import marked
from app.slack.text import Message, escape, fit, on_day, one_line
from app.slack.words import OWN_WORDS

NAMES = {
    "mttd": "MTTD, time to detect",
    "mtta": "MTTA, time to acknowledge",
    "mtti": "MTTI, time to identify",
    "mttr": "MTTR, time to resolve",
    "frequency": "Incidents",
    "false_positive_rate": "False alarms",
    "escalation_rate": "Escalated",
    "satisfaction": "Satisfaction",
    "availability": "Availability, by incidents",
    "error_rate": "Error rate",
    "response_time": "Response time",
}
MIX = "severity_mix"
SHARES = ("false_positive_rate", "escalation_rate", "satisfaction", "availability", "error_rate")
A_SECOND = timedelta(seconds=1)
A_MINUTE = timedelta(minutes=1)
TOLD_TO_A_TENTH = timedelta(hours=10)
LINE = 300
LISTED = 10


def metrics(report: Report, over: timedelta) -> Message:
    """Return the metrics, each with what it should be and whether it is."""
    said = OWN_WORDS.say("answers/metrics", over=over, count=report.count, false_alarms=report.false_alarms)
    lines = [_line(row) for row in report.rows if row.metric != MIX]
    budget = any(row.metric == "availability" and row.value is not None for row in report.rows)
    mix = " · ".join(f"{escape(severity)} {count}" for severity, count in report.mix.items())
    return speak(
        said,
        section(f"*Severities*: {mix}"),
        *sections(lines),
        context(OWN_WORDS.say("answers/metrics_counted", budget=budget)),
    )


def _line(row: Row) -> str:
    said = OWN_WORDS.say(
        "answers/metric",
        name=NAMES.get(row.metric, row.metric),
        severities=row.severities,
        value=in_figures(row.value, percent=row.metric in SHARES) if row.value is not None else "",
        measured=row.metric in METRICS or row.value is not None,
        target=wanted(row.target) if row.target else "",
        met=row.met,
        note=row.target.note if row.target else "",
    )
    return fit(one_line(said), LINE)


def wanted(target: Target) -> str:
    """Return what a metric should be: "below 5 min"."""
    sides = (("above", target.above), ("below", target.below))
    told = [f"{side} {in_figures(limit, percent=target.percent)}" for side, limit in sides if limit is not None]
    return " and ".join(told)


def in_figures(value: Value, *, percent: bool = False) -> str:
    """Return a value as people write it: "4 min", "200 ms", "99.95 %", "3"."""
    if isinstance(value, timedelta):
        return f"{value / A_SECOND * 1000:g} ms" if timedelta() < value < A_SECOND else in_words(value)
    return f"{round(value or 0, 2):g} %" if percent else f"{round(value or 0, 2):g}"


def budget(spent: Spent, member: str) -> Message:
    """Return what is left of the error budget, what used it, and how that is counted; `member` is who reads it."""
    facts: dict[str, Any] = {
        "left": to_a_tenth(spent.left),
        "overdrawn": to_a_tenth(-spent.left) if spent.left < timedelta() else "",
        "used": to_a_tenth(spent.used),
        "allowance": to_a_tenth(spent.budget.allowance),
        "objective": in_figures(spent.budget.objective, percent=True),
        "over": spent.budget.over,
        "severities": spent.budget.severities,
    }
    said = OWN_WORDS.say("answers/budget", **facts)
    return speak(said, *sections(_down(spent, member)), context(OWN_WORDS.say("answers/budget_counted", **facts)))


def _down(spent: Spent, member: str) -> Iterator[str]:
    for incident, time in spent.down[:LISTED]:
        title = f"{incident.severity} {marked(incident)}" if may_see(incident, member) else "a private incident"
        declared = on_day(incident.declared_at)
        yield f"*{to_a_tenth(time)}* {fit(escape(one_line(title)), LINE)}, declared {declared}"
    if len(spent.down) > LISTED:
        yield OWN_WORDS.say("answers/left_out", count=len(spent.down) - LISTED)


def to_a_tenth(duration: timedelta) -> str:
    """Return a duration to a tenth of a minute, as budgets of minutes need it: "21.6 min"."""
    return in_words(duration) if duration >= TOLD_TO_A_TENTH else f"{round(max(0, duration / A_MINUTE), 1):g} min"

"""The milestones of an incident: what is reached, what is overdue, and what is still to come."""

from collections.abc import Iterator
from datetime import datetime

from app.domain.milestones import Standing, standings
from app.slack.blocks import buttons
from app.slack.blocks.elements import Part, section, speak
from app.slack.blocks.headline import titled
from app.slack.text import Message, escape, fit, when, when_in
from app.slack.words import OWN_WORDS
from app.store import Record

TITLE = 100


def listing(record: Record, now: datetime) -> Message:
    """Return every milestone with how it stands, and a button beside each that is not reached."""
    found = standings(record.incident, record.rules)
    said = OWN_WORDS.say(
        "answers/milestones",
        incident=titled(record.incident),
        severity=record.rules.severity(record.incident.severity),
        count=len(found),
        overdue=sum(one.is_overdue(now) for one in found),
    )
    return speak(said, *(_row(record, one, now) for one in found))


def in_short(record: Record) -> str:
    """Return the milestones in one line, for what is edited in place; empty where none is asked for."""
    return " · ".join(_in_short(record, one) for one in standings(record.incident, record.rules))


def _in_short(record: Record, one: Standing) -> str:
    title, beside = fit(escape(one.milestone.title), TITLE), record.incident.declared_at
    if one.reached_at:
        return f":white_check_mark: {title} {when(one.reached_at, beside)}"
    missed = f"milestone:{one.milestone.id}" in record.incident.fired
    return f"{':x: ' if missed else ''}{title} by {when(one.due_at, beside)}"


def _row(record: Record, one: Standing, now: datetime) -> Part:
    open_ = one.reached_at is None and record.incident.is_open
    return section("\n".join(_lines(one, now)), buttons.reach_milestone(record, one.milestone.id) if open_ else None)


def _lines(one: Standing, now: datetime) -> Iterator[str]:
    yield f"*{fit(escape(one.milestone.title), TITLE)}*"
    if one.reached_at:
        late = ", late" if one.reached_at > one.due_at else ""
        yield f":white_check_mark: reached {when_in(one.reached_at, now)}{late}"
    elif one.is_overdue(now):
        yield f":x: overdue since {when_in(one.due_at, now)}"
    else:
        yield f"due {when_in(one.due_at, now)}"

"""Why something happened: the rule behind the last thing that time did, and behind the next."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.domain import events as e
from app.domain.escalation import condition_in_words
from app.domain.evolve import evolve, fold
from app.domain.incident import Incident
from app.domain.reasons import because
from app.domain.timers import STEP, first_condition, timers
from app.slack.blocks.answers import timer_in_words
from app.slack.blocks.elements import speak
from app.slack.blocks.headline import titled
from app.slack.blocks.timeline import rows
from app.slack.text import Message, Safe, when_in
from app.slack.words import OWN_WORDS
from app.store import Record


def why(record: Record, timeline: Sequence[e.Event], now: datetime) -> Message:
    """Return which rule did the last thing that nobody did, and what comes next by which."""
    last = _last_by_rule(record, timeline)
    event, reason = last or (None, None)
    coming = _next(record, now)
    said = OWN_WORDS.say(
        "answers/why",
        incident=titled(record.incident),
        severity=record.rules.severity(record.incident.severity),
        at=now,
        last=event,
        did=next(row.what for row in rows([event], record, without_rule=True)) if event else None,
        why=reason,
        coming=coming[0] if coming else None,
        by_rule=coming[1] if coming else None,
    )
    return speak(said)


def _last_by_rule(record: Record, timeline: Sequence[e.Event]) -> tuple[e.Event, str] | None:
    found = None
    for event, incident in _played(timeline):
        reason = None if getattr(event, "by", None) else because(event, incident, record.rules)
        found = (event, reason) if reason else found
    return found


def _played(timeline: Sequence[e.Event]) -> Iterator[tuple[e.Event, Incident]]:
    """Yield each event with the incident as it stood after it: a rule counts by the severity of its time."""
    incident: Incident | None = None
    for event in timeline:
        incident = evolve(incident, event) if incident else fold([event])
        yield event, incident


def _next(record: Record, now: datetime) -> tuple[Safe, str] | None:
    due = timers(record.incident, record.rules)
    if not due:
        return None
    name = min(due, key=lambda one: due[one])
    return Safe(f"{when_in(due[name], now)}: {timer_in_words(name, record)}."), _rule(name, record)


def _rule(timer: str, record: Record) -> str:
    step = record.rules.step(timer.removeprefix(STEP)) if timer.startswith(STEP) else None
    first = first_condition(record.incident, record.rules, step) if step else None
    if step is None or first is None:
        return ""
    return f"{record.rules.playbook}, step {step.label}, {condition_in_words(first[1], record.incident, record.rules)}"

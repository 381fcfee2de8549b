"""How an incident stands, for somebody who comes to it: told once, to that person alone."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.domain import events as e
from app.domain.playbook import Playbook
from app.domain.timers import timers
from app.slack.blocks import buttons
from app.slack.blocks.answers import upcoming_lines
from app.slack.blocks.elements import Part, speak
from app.slack.blocks.facts import facts, plainly
from app.slack.text import Message, Safe
from app.slack.words import Words
from app.store import Record

ITEMS = 12
COMING = 6
TO_LEAD = "handoff"
"""What the next commander is told."""


def briefing(
    template: str,
    record: Record,
    event: e.Event,
    timeline: Sequence[e.Event],
    *,
    playbook: Playbook,
    words: Words,
) -> Message:
    """Return what `template` says of the incident: who is on it, the last update, what is open, what comes next."""
    items = list(_open_items(record, playbook))
    said = words.say(
        template,
        otherwise=plainly(record, event),
        **facts(record, event),
        last_update=_last_update(timeline),
        open_items=items[:ITEMS],
        more_items=len(items[ITEMS:]),
        coming=list(_coming(record, event.at)),
    )
    return speak(said, *buttons.row(*_answers(template, record)))


def _answers(template: str, record: Record) -> list[Part]:
    # Whoever comes to lead has not acknowledged by that, and the steps go on until somebody does.
    unanswered = record.incident.is_open and not record.incident.acknowledged_at
    return [buttons.acknowledge(record)] if template == TO_LEAD and unanswered else []


def _last_update(timeline: Sequence[e.Event]) -> e.UpdatePosted | None:
    updates = (event for event in reversed(timeline) if isinstance(event, e.UpdatePosted))
    return next(updates, None)


def _open_items(record: Record, playbook: Playbook) -> Iterator[str]:
    for listed in record.incident.checklists:
        checklist, ticked = playbook.checklist(listed), record.incident.ticks.get(listed, {})
        yield from (item for item in (checklist.items if checklist else ()) if item not in ticked)


def _coming(record: Record, now: datetime) -> Iterator[Safe]:
    due = sorted(timers(record.incident, record.rules).items(), key=lambda timer: timer[1])
    yield from map(Safe, upcoming_lines(record, dict(due[:COMING]), now))

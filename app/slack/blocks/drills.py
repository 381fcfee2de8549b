"""Drills: how one went, which there are, and which have fallen due."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from app.domain import events as e
from app.domain.drills import score
from app.domain.playbook import Playbook, Rules
from app.domain.reference import Drill, Review
from app.slack.blocks import buttons
from app.slack.blocks.elements import button, section, sections, speak
from app.slack.blocks.headline import titled
from app.slack.text import Message, escape, fit
from app.slack.words import OWN_WORDS
from app.store import Record

A_MINUTE = timedelta(minutes=1)
SHOWN = 10
STEPS_SHOWN = 20
LINE = 300


def scored(record: Record, timeline: Sequence[e.Event], playbook: Playbook) -> Message:
    """Return how a drill went, by its timeline."""
    declared_as = next(event.severity for event in timeline if isinstance(event, e.Declared))
    return speak(
        OWN_WORDS.say(
            "score",
            incident=titled(record.incident),
            severity=record.rules.severity(record.incident.severity),
            score=score(timeline, record.rules, playbook.metrics),
            declared_as=declared_as,
            a_minute=A_MINUTE,
        )
    )


def listing(drills: Sequence[Drill], rules: Rules) -> Message:
    """Return the drills of the playbook, each with a button that starts it."""
    rows = [section(_line(drill), _start(drill)) for drill in drills[:SHOWN]]
    return speak(OWN_WORDS.say("answers/drills", count=len(drills), rules=rules), *rows)


def started(declared: Message, drill: Drill) -> Message:
    """Return that a drill is `declared`, with its steps for whoever started it: they lead the exercise."""
    steps = (*drill.steps, *(drill.script.steps if drill.script else ()))
    if not steps:
        return declared
    lines = sections(f"• {fit(escape(step), LINE)}" for step in steps[:STEPS_SHOWN])
    return replace(declared, blocks=[*declared.blocks, section(OWN_WORDS.say("answers/drill_started")), *lines])


def due(drill: Drill) -> Message:
    """Return that a drill has fallen due, with the button that starts it."""
    return speak(OWN_WORDS.say("drill_due", drill=drill), *buttons.row(_start(drill, "Start the drill")))


def review_due(review: Review) -> Message:
    """Return that something is to be gone through."""
    return speak(OWN_WORDS.say("review_due", review=review))


def _line(drill: Drill) -> str:
    named = f"*{escape(drill.title)}*, every {drill.every.value} · `/incident drill {escape(drill.id)}`"
    return fit("\n".join((named, *map(escape, drill.steps))), LINE)


def _start(drill: Drill, label: str = "Start") -> dict[str, object]:
    return button(label, "drill.start", drill.id)

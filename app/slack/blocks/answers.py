"""Answers to the one who asked: the menu, lists, the timeline, what comes next, refusals and confirmations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from app.domain import events as e
from app.domain.timers import STEP
from app.slack.blocks.card import emoji, headline
from app.slack.blocks.elements import MESSAGE_TEXT, Part, actions, button, context, message, section, speak
from app.slack.blocks.escalation import page_name, unless
from app.slack.blocks.timeline import in_slack, rows
from app.slack.text import Message, channel_ref, escape, fit, mention, when_in
from app.slack.words import OWN_WORDS
from app.store import Record

SHOWN = 20
LISTED = 40
LINE = 500
SECTION_TEXT = 2900
ROOM_FOR_THE_REST = 300


def menu(open_records: Sequence[Record], now: datetime) -> Message:
    """Return what `/incident` alone shows: what is open, the worst first, and a button to declare."""
    said = OWN_WORDS.say("answers/menu", open=len(open_records))
    declare = actions(button("Declare an incident", "incident.declare", "", style="primary"))
    help_line = context(OWN_WORDS.say("answers/more_help"))
    return speak(said, *_listed(open_records, now, SHOWN), declare, help_line)


def listing(records: Sequence[Record], now: datetime) -> Message:
    """Return incidents line by line."""
    return speak(OWN_WORDS.say("answers/listing", count=len(records)), *_listed(records, now, LISTED))


def _listed(records: Sequence[Record], now: datetime, most: int) -> Iterator[Part]:
    for record in records[:most]:
        yield section(incident_line(record, now))
    if len(records) > most:
        yield context(OWN_WORDS.say("answers/left_out", count=len(records) - most, what="incidents"))


def incident_line(record: Record, now: datetime) -> str:
    """Return an incident in two lines: severity, title, status, who, when."""
    incident = record.incident
    status = escape(record.rules.status_label(incident.status))
    who = f"{escape(record.rules.commander.name)}: {mention(incident.commander)}"
    declared = f"declared {when_in(incident.declared_at, now)}"
    first = f"{emoji(record)} *{fit(escape(headline(record)), LINE)}*"
    return f"{first}\n{status} · {who} · {declared} · {channel_ref(record)}"


def timeline(record: Record, events: Iterable[e.Event]) -> Message:
    """Return what happened, line by line; where it is too long for Slack, its newest part."""
    lines = [fit(in_slack(row, record), LINE) for row in rows(events, record)]
    kept = _newest(lines)
    left_out = len(lines) - len(kept)
    said = OWN_WORDS.say("answers/timeline", record=channel_ref(record), incident=record.incident, left_out=left_out)
    return speak(said, *map(section, _in_sections(kept)))


def _newest(lines: Sequence[str]) -> list[str]:
    kept, room = [], MESSAGE_TEXT - ROOM_FOR_THE_REST
    for line in reversed(lines):
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept[::-1]


def _in_sections(lines: Iterable[str]) -> list[str]:
    texts: list[str] = []
    for line in lines:
        if texts and len(texts[-1]) + len(line) < SECTION_TEXT:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
    return texts


def upcoming(record: Record, timers: Mapping[str, datetime], now: datetime) -> Message:
    """Return what will happen next by itself, and when."""
    said = OWN_WORDS.say("answers/upcoming", record=channel_ref(record), incident=record.incident, any=bool(timers))
    return speak(said, *map(section, _in_sections(_upcoming_lines(record, timers, now))))


def _upcoming_lines(record: Record, timers: Mapping[str, datetime], now: datetime) -> Iterator[str]:
    for name, at in sorted(timers.items(), key=lambda timer: timer[1]):
        yield f"*{when_in(at, now)}* {timer_in_words(name, record)}"


def timer_in_words(name: str, record: Record) -> str:
    """Return what the timer `name` will do."""
    step = record.rules.step(name.removeprefix(STEP))
    return OWN_WORDS.say(
        "answers/timer",
        name=name,
        page=page_name(name, record),
        unless=unless(name, record),
        responders=[record.rules.responder_name(one) for one in step.pages] if step else [],
        severity=record.rules.severity(record.incident.severity),
    )


def status(record: Record, timers: Mapping[str, datetime], now: datetime) -> Message:
    """Return how an incident stands, for one person: its line, its impact, and what comes next."""
    said = OWN_WORDS.say("card", incident=record.incident, rules=record.rules, closed_by=record.incident.closed_by)
    blocks = [section(incident_line(record, now))]
    if record.incident.impact:
        blocks.append(section(f"*Impact* {escape(record.incident.impact)}"))
    lines = _in_sections(_upcoming_lines(record, timers, now))
    return message(said, *blocks, *map(section, lines))


def help_() -> Message:
    """Return what can be typed."""
    return speak(OWN_WORDS.say("answers/help"))


def did_you_mean(word: str, guess: str | None, record: Record | None = None) -> Message:
    """Return the answer to an unknown word: what was probably meant, and, for `record`, the button that does it."""
    said = OWN_WORDS.say("answers/did_you_mean", word=word, guess=guess)
    meant = MEANT.get(guess or "")
    if meant is None or record is None:
        return speak(said)
    label, action = meant
    return speak(said, actions(button(label, action, str(record.id))))


MEANT = {
    "ack": ("Acknowledge", "incident.acknowledge"),
    "escalate": ("Escalate", "incident.escalate"),
    "postmortem": ("Draft postmortem", "postmortem.draft"),
    "reopen": ("Reopen", "incident.reopen"),
    "resolve": ("Resolve", "incident.resolve"),
    "update": ("Post update", "incident.update"),
}
"""The words that a button stands for."""


def refusal(sentence: str, record: Record | None = None) -> Message:
    """Return why something was not done; where its incident is closed, with the button that opens it again."""
    if record is None or record.incident.is_open:
        return speak(sentence)
    return speak(sentence, actions(button("Reopen", "incident.reopen", str(record.id))))


def done(sentence: str) -> Message:
    """Return that something was done."""
    return speak(sentence)

"""Answers to the one who asked: the menu, lists, the timeline, what comes next, refusals and confirmations."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.domain import events as e
from app.domain.playbook import Rules
from app.domain.timers import STEP, titled_timer
from app.integrations import Tried
from app.slack.blocks import buttons
from app.slack.blocks.elements import MESSAGE_TEXT, Part, context, message, section, sections, speak
from app.slack.blocks.escalation import page_name, unless
from app.slack.blocks.headline import in_a_sentence, in_two_lines, titled
from app.slack.blocks.timeline import in_slack, rows
from app.slack.text import Message, channel_ref, escape, fit, when_in
from app.slack.words import OWN_WORDS
from app.store import Record

SHOWN = 25
LINE = 500
LONG = 1000
ROOM_FOR_THE_SENTENCE = 700


def menu(open_records: Sequence[Record], now: datetime) -> Message:
    """Return what `/incident` alone shows: what is open, the worst first, and a button to declare."""
    said = OWN_WORDS.say("answers/menu", open=len(open_records))
    help_line = context(OWN_WORDS.say("answers/more_help"))
    return speak(said, *_listed(open_records, now), *buttons.row(buttons.declare()), help_line)


def listing(records: Sequence[Record], now: datetime) -> Message:
    """Return incidents line by line."""
    return speak(OWN_WORDS.say("answers/listing", count=len(records)), *_listed(records, now))


def _listed(records: Sequence[Record], now: datetime) -> Iterator[Part]:
    for record in records[:SHOWN]:
        yield section(incident_line(record, now))
    if len(records) > SHOWN:
        yield left_out(len(records) - SHOWN)


def left_out(count: int) -> Part:
    """Return the note that a list is not whole."""
    return context(OWN_WORDS.say("answers/left_out", count=count))


def incident_line(record: Record, now: datetime) -> str:
    """Return an incident in two lines, for what is sent once."""
    return in_two_lines(record, when_in(record.incident.declared_at, now))


def timeline(record: Record, events: Iterable[e.Event]) -> Message:
    """Return what happened, line by line; where it is too long for Slack, its newest part."""
    lines = [fit(in_slack(row, record), LINE) for row in rows(events, record)]
    kept = _newest(lines, MESSAGE_TEXT - ROOM_FOR_THE_SENTENCE)
    said = OWN_WORDS.say("answers/timeline", **_named(record), left_out=len(lines) - len(kept))
    return speak(said, *sections(kept))


def _newest(lines: Sequence[str], room: int) -> list[str]:
    kept = []
    for line in reversed(lines):
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept[::-1]


def upcoming(record: Record, timers: Mapping[str, datetime], now: datetime) -> Message:
    """Return what will happen next by itself, and when."""
    said = OWN_WORDS.say("answers/upcoming", **_named(record), any=bool(timers))
    return speak(said, *sections(upcoming_lines(record, timers, now)))


def _named(record: Record) -> dict[str, Any]:
    return {"name": channel_ref(record), "incident": titled(record.incident)}


def upcoming_lines(record: Record, timers: Mapping[str, datetime], now: datetime) -> Iterator[str]:
    """Yield what will happen next by itself, line by line."""
    for name, at in sorted(timers.items(), key=lambda timer: timer[1]):
        yield f"*{when_in(at, now)}* {fit(timer_in_words(name, record), LINE)}"


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
        title=titled_timer(name, record.rules),
    )


def status(record: Record, timers: Mapping[str, datetime], now: datetime) -> Message:
    """Return how an incident stands, for one person: its line, its impact, and what comes next."""
    blocks = [section(incident_line(record, now))]
    if record.incident.impact:
        blocks.append(section(f"*Impact* {fit(escape(record.incident.impact), LONG)}"))
    return message(in_a_sentence(record), *blocks, *sections(upcoming_lines(record, timers, now)))


def strange_tags(done: Message, strange: Sequence[str], known: Sequence[str]) -> Message:
    """Return that tags were changed, and that no playbook knows some of them: one may be misspelled."""
    meant = [(one, close) for one in strange for close in difflib.get_close_matches(one, known, n=1)]
    told = OWN_WORDS.say("answers/strange_tags", strange=strange, known=known, meant=meant)
    return speak(f"{done.text} {told}")


def help_(rules: Rules) -> Message:
    """Return what can be typed, with severities that there are."""
    return speak(OWN_WORDS.say("answers/help", rules=rules))


def test_page_begins(member: str, pagers: Sequence[str]) -> Message:
    """Return that a test page is on its way, by the pagers of those names too if there are any."""
    return speak(OWN_WORDS.say("answers/test_page_begins", member=member, pagers=pagers))


def test_page_ended(member: str, tried: Sequence[Tried], silent: str, *, connected: bool) -> Message:
    """Return what became of a test page, way by way; `silent` is why no phone rang, where that was so from the start.

    `connected` says whether there is a pager at all.
    """
    ways = [
        {"way": one.way, "took": f"{max(0.1, one.took.total_seconds()):.1f} s", "reason": one.reason, "left": one.left}
        for one in tried
    ]
    failed = sum(one.reason is not None for one in tried)
    facts: dict[str, Any] = {"ways": ways, "failed": failed, "silent": silent, "connected": connected}
    return speak(OWN_WORDS.say("answers/test_page_ended", member=member, **facts))


def did_you_mean(word: str, guess: str | None, record: Record | None = None) -> Message:
    """Return the answer to an unknown word: what was probably meant, and, for `record`, the button that does it."""
    said = OWN_WORDS.say("answers/did_you_mean", word=word, guess=guess)
    if guess is None or guess == "declare":
        return speak(said, *buttons.row(buttons.declare()))
    meant = MEANT.get(guess)
    return speak(said, *buttons.row(meant(record))) if meant and record else speak(said)


MEANT: dict[str, Callable[[Record], Part]] = {
    "ack": buttons.acknowledge,
    "escalate": buttons.escalate,
    "postmortem": buttons.draft_postmortem,
    "reopen": buttons.reopen,
    "resolve": buttons.resolve,
    "update": buttons.post_update,
}
"""The words that a button stands for."""


def refusal(sentence: str, record: Record | None = None) -> Message:
    """Return why something was not done; where its incident is closed, with the button that opens it again."""
    closed = record is not None and not record.incident.is_open
    return speak(sentence, *buttons.row(buttons.reopen(record))) if record and closed else speak(sentence)


def done(sentence: str) -> Message:
    """Return that something was done."""
    return speak(sentence)

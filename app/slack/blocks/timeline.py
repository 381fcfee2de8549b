"""The timeline in words: one line for each event that people care about."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from app.domain import events as e
from app.slack.text import Safe, mention, one_line, when
from app.slack.words import OWN_WORDS, Words
from app.store import Record

HOUSEKEEPING = (e.CardPosted, e.Announced, e.ChecklistPosted, e.PageConfirmed)
"""What Tocsin notes for itself alone."""

TOCSIN = "Tocsin"


@dataclass(frozen=True, slots=True)
class Row:
    """One line: when, who did it (nobody: Tocsin), and what they did, as words that follow their name."""

    at: datetime
    by: str | None
    what: Safe


def rows(events: Iterable[e.Event], record: Record, words: Words = OWN_WORDS, **context: object) -> Iterator[Row]:
    """Yield the lines of a timeline, a message that was added to it at its own time; `words` says in which dialect."""
    told = [event for event in events if not isinstance(event, HOUSEKEEPING)]
    for event in sorted(told, key=happened_at):
        yield Row(happened_at(event), _by(event), _what(event, record, words, context))


def happened_at(event: e.Event) -> datetime:
    """Return when it happened: of a message, when it was said, and not when somebody added it."""
    return (event.said_at if isinstance(event, e.Noted) else None) or event.at


def _by(event: e.Event) -> str | None:
    by: str | None = getattr(event, "by", None)
    return event.author or by if isinstance(event, e.Noted) else by


def _what(event: e.Event, record: Record, words: Words, context: dict[str, object]) -> Safe:
    said = words.say(
        f"timeline/{kind(event)}",
        otherwise=kind(event).replace("_", " "),
        event=event,
        incident=record.incident,
        rules=record.rules,
        **{"at": happened_at(event)} | context,
    )
    return Safe(one_line(said))


def kind(event: e.Event) -> str:
    """Return the name of an event as templates have it: `update_posted`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()


def in_slack(row: Row, record: Record) -> str:
    """Return a line as Slack shows it: when, who, what."""
    return f"{when(row.at, record.incident.declared_at)} {mention(row.by, TOCSIN)} {row.what}"

"""The card of an incident, pinned in its room and edited in place, and its post in the announce channel.

What is edited in place tells no distance in time of its own: tokens alone, which each reader's Slack keeps true.
"""

from collections.abc import Iterator

from app.domain.incident import Incident
from app.domain.playbook import Status
from app.domain.timers import postmortem_due, update_due
from app.slack.blocks.elements import Part, actions, button, context, fields, header, menu, message, option, section
from app.slack.blocks.escalation import escalation
from app.slack.text import (
    Message,
    channel_ref,
    escape,
    fit,
    mention,
    on_day,
    permalink,
    plain,
    when,
    when_ago,
)
from app.slack.words import OWN_WORDS
from app.store import Record

TOPIC = 250
SHORT = 300
LONG = 1000

MENU = (
    ("commander", "Name the commander"),
    ("severity", "Change the severity"),
    ("status", "Change the status"),
    ("roles", "Give a role"),
    ("tags", "Change tags"),
    ("timeline", "Timeline"),
    ("timers", "What comes next"),
    ("cancel", "False alarm"),
)


def card(record: Record) -> Message:
    """Return the card: what is known, who leads, what comes next, and the buttons for all of it."""
    return message(_said(record), *_facts(record), _buttons(record))


def announcement(record: Record) -> Message:
    """Return the post in the announce channel; where the incident lives in its thread, that is the card."""
    if record.incident.in_thread:
        return card(record)
    return message(_said(record), *_facts(record, led_here=False), context(_where(record)))


def topic(record: Record) -> str:
    """Return the channel's topic: severity, title and status, without times, for each change adds a line."""
    status = record.rules.status_label(record.incident.status)
    tail = f" · {plain(status)}"
    return fit(headline(record), TOPIC - len(tail)) + tail


def headline(record: Record) -> str:
    """Return "SEV1 · Payment API down", without markup."""
    return f"{plain(record.incident.severity)} · {plain(record.incident.title)}"


def emoji(record: Record) -> str:
    """Return the sign of the incident's severity, or of its end."""
    if record.incident.status is Status.RESOLVED:
        return ":white_check_mark:"
    return record.rules.severity(record.incident.severity).emoji


def status_line(record: Record) -> str:
    """Return the status; of a closed incident, since when and by whom."""
    incident, status = record.incident, escape(record.rules.status_label(record.incident.status))
    if incident.closed_at is None:
        return status
    return f"{status} {on_day(incident.closed_at)} by {mention(incident.closed_by, 'Tocsin')}"


def _said(record: Record) -> str:
    incident = record.incident
    return OWN_WORDS.say("card", incident=incident, rules=record.rules, closed_by=incident.closed_by)


def _facts(record: Record, *, led_here: bool = True) -> Iterator[Part]:
    incident = record.incident
    yield header(f"{emoji(record)} {headline(record)}")
    yield fields([_field("Status", status_line(record)), _field("Declared", _declared(record))])
    take_it = _take_it(record) if led_here and incident.is_open and not incident.commander else None
    second = _next_update(record) if incident.is_open else _postmortem(record)
    yield fields([_field(record.rules.commander.name, mention(incident.commander)), second], take_it)
    yield fields([_field("Services", _foreign(incident.services, SHORT)), _field("Escalation", escalation(record))])
    yield section(_field("Impact", _foreign(incident.impact, LONG)))
    notes = list(_notes(record))
    if notes:
        yield context(*notes)


def _field(label: str, value: str) -> str:
    return f"*{escape(label)}*\n{value}"


def _foreign(text: str, limit: int) -> str:
    return fit(escape(text.strip()), limit) or "not given yet"


def _declared(record: Record) -> str:
    return f"{when_ago(record.incident.declared_at)} by {mention(record.incident.declared_by, 'an alert')}"


def _next_update(record: Record) -> str:
    due = update_due(record.incident, record.rules)
    if due is None:
        return _field("Next update", f"none asked for by {escape(record.incident.severity)}")
    snoozed = record.incident.snoozed_until
    asked = f", snoozed until {when(snoozed, due)}" if snoozed else ""
    return _field("Next update due", f"{when(due, record.incident.declared_at)}{asked}")


def _postmortem(record: Record) -> str:
    done, due = record.incident.postmortem_done_at, postmortem_due(record.incident, record.rules)
    if done:
        return _field("Postmortem", f"done {on_day(done)}")
    return _field("Postmortem", f"due {on_day(due)}" if due else "none asked for")


def _notes(record: Record) -> Iterator[str]:
    incident = record.incident
    if incident.tags:
        yield f"Tags: {fit(escape(', '.join(incident.tags)), SHORT)}"
    if incident.source:
        yield f"Declared from {permalink(incident.source, 'this message')}"
    if record.rules.severity(incident.severity).ticket:
        yield OWN_WORDS.say("ticket", severity=incident.severity)
    if incident.channel_refused and incident.in_thread:
        yield OWN_WORDS.say("in_thread", reason=incident.channel_refused)


def _where(record: Record) -> str:
    return OWN_WORDS.say("where", room=channel_ref(record), opened=record.incident.channel is not None)


def _take_it(record: Record) -> Part:
    return button("Take it", "incident.command", str(record.id))


def _buttons(record: Record) -> Part:
    value = str(record.id)
    if not record.incident.is_open:
        return actions(*_closed_buttons(record.incident, value))
    first = [] if record.incident.acknowledged_at else [acknowledge(value)]
    return actions(
        *first,
        button("Post update", "incident.update", value),
        button("Escalate", "incident.escalate", value),
        button("Resolve", "incident.resolve", value),
        menu("More", "incident.more", [option(label, f"{word}:{value}") for word, label in MENU]),
    )


def acknowledge(value: str) -> Part:
    """Return the button that takes an incident."""
    return button("Acknowledge", "incident.acknowledge", value, style="primary")


def _closed_buttons(incident: Incident, value: str) -> Iterator[Part]:
    if incident.status is Status.RESOLVED:
        yield button("Postmortem", "postmortem.draft", value)
    yield button("Reopen", "incident.reopen", value)

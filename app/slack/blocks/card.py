"""The card of an incident, pinned in its room and edited in place, and its post in the announce channel.

What is edited in place tells no distance in time of its own: tokens alone, which each reader's Slack keeps true.
"""

from collections.abc import Iterator

from app.domain.customers import is_awaited
from app.domain.durations import in_words
from app.domain.playbook import Status
from app.domain.timers import postmortem_due, update_due
from app.slack.blocks import alerts, buttons, customers
from app.slack.blocks.elements import Part, actions, context, fields, header, menu, message, option, section
from app.slack.blocks.escalation import escalation
from app.slack.blocks.headline import emoji, headline, in_a_sentence, status_line
from app.slack.blocks.milestones import in_short
from app.slack.text import (
    Message,
    channel_link,
    channel_ref,
    escape,
    fit,
    mention,
    on_day,
    outside,
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
SHORT_LABEL = 80

MENU = (
    ("commander", "Name the commander"),
    ("handoff", "Hand command over"),
    ("customers", "Tell customers"),
    ("severity", "Change the severity"),
    ("status", "Change the status"),
    ("roles", "Give a role"),
    ("tags", "Change tags"),
    ("runbook", "Runbook"),
    ("checklists", "Checklists"),
    ("follow_ups", "Follow-ups"),
    ("timeline", "Timeline"),
    ("milestones", "Milestones"),
    ("timers", "What comes next"),
    ("why", "Why the last thing happened"),
    ("merge", "Merge into another"),
    ("cancel", "False alarm"),
)
HAND_BACK = ("decline", "Hand it back")


def card(record: Record) -> Message:
    """Return the card: what is known, who leads, what comes next, and the buttons for all of it."""
    return message(in_a_sentence(record), *_facts(record), _buttons(record))


def announcement(record: Record) -> Message:
    """Return the post in the announce channel; where the incident lives in its thread, that is the card."""
    if record.incident.in_thread:
        return card(record)
    return message(in_a_sentence(record), *_facts(record, led_here=False), context(_where(record)))


def topic(record: Record) -> str:
    """Return the channel's topic: severity, title and status, without times, for each change adds a line."""
    into, status = record.incident.merged_into, record.rules.status_label(record.incident.status)
    tail = f" · {fit(plain(f'Merged into {into.name}' if into else status), SHORT_LABEL)}"
    return fit(headline(record), TOPIC - len(tail)) + tail


def _facts(record: Record, *, led_here: bool = True) -> Iterator[Part]:
    incident = record.incident
    yield header(f"{emoji(record)} {headline(record)}")
    take_it = buttons.take_command(record) if led_here and incident.is_open and not incident.commander else None
    facts = [
        _field("Status", status_line(record)),
        _field("Declared", _declared(record)),
        _field(record.rules.commander.name, mention(incident.commander)),
        _next_update(record) if incident.is_open else _postmortem(record),
        _field("Services", _foreign(incident.services, SHORT)),
        _course(record),
    ]
    yield fields(facts, take_it)
    yield section(_field("Impact", _foreign(incident.impact, LONG)))
    # The announcement is not edited as often as they are counted.
    tally = record.incident.alerts if led_here else None
    counted = [f"{fit(alerts.in_short(tally), SHORT)}{alerts.way_to_monitor(tally.url)}"] if tally else []
    notes = [*counted, *_notes(record)]
    if notes:
        yield context(*notes)


def _field(label: str, value: str) -> str:
    return f"*{escape(label)}*\n{value}"


def _foreign(text: str, limit: int) -> str:
    return fit(escape(text.strip()), limit) or "not given yet"


def _course(record: Record) -> str:
    resolution = record.incident.resolution
    if resolution:
        return _field("Lasted", in_words(resolution.ended_at - resolution.started_at))
    return _field("Escalation", escalation(record))


def _declared(record: Record) -> str:
    return f"{when_ago(record.incident.declared_at)} by {mention(record.incident.declared_by, 'an alert')}"


def _next_update(record: Record) -> str:
    due = update_due(record.incident, record.rules)
    if due is None:
        return _field("Next update", f"none asked for by {escape(record.incident.severity)}")
    snoozed, nudged = record.incident.snoozed_until, record.incident.nudged_at
    asked = f", snoozed until {when(snoozed, due)}" if snoozed and nudged and snoozed > nudged else ""
    label, since = ("Update overdue", "since ") if nudged else ("Next update due", "")
    return _field(label, f"{since}{when(due, record.incident.declared_at)}{asked}")


def _postmortem(record: Record) -> str:
    done, due = record.incident.postmortem_done_at, postmortem_due(record.incident, record.rules)
    if done:
        return _field("Postmortem", f"done {on_day(done)}")
    none = "none for a drill" if record.incident.drill else "none asked for"
    return _field("Postmortem", f"due {on_day(due)}" if due else none)


def _notes(record: Record) -> Iterator[str]:
    incident = record.incident
    yield from customers.in_short(record)
    if incident.tags:
        yield f"Tags: {fit(escape(', '.join(incident.tags)), SHORT)}"
    if incident.source:
        yield f"Declared from {permalink(incident.source, 'this message')}"
    if incident.is_open and (milestones := in_short(record)):
        yield f"Milestones: {milestones}"
    if incident.private:
        yield "Private: only the people in its channel know of it."
    if incident.drill:
        yield "A drill: it pages people, and counts in no metric."
    if incident.duplicates:
        merged = (channel_link(one.channel, one.name) for one in incident.duplicates)
        yield f"The same as {fit(', '.join(merged), SHORT)}, merged into this one"
    if incident.ticket or record.rules.severity(incident.severity).ticket:
        tracked = incident.tracked and not incident.drill
        yield OWN_WORDS.say("ticket", severity=incident.severity, ticket=incident.ticket, tracked=tracked)
    if incident.bridge and incident.is_open:
        yield f"Bridge: {outside(incident.bridge, 'join the call')}"
    if incident.in_thread:
        yield OWN_WORDS.say("in_thread", reason=incident.channel_refused, number=incident.number)


def _where(record: Record) -> str:
    return OWN_WORDS.say("where", room=channel_ref(record), opened=record.incident.channel is not None)


def _buttons(record: Record) -> Part:
    if not record.incident.is_open:
        return actions(*_buttons_when_closed(record))
    acknowledge = [] if record.incident.acknowledged_at else [buttons.acknowledge(record)]
    choices = (*MENU, *([HAND_BACK] if record.incident.acknowledged_at else []))
    options = [option(label, f"{word}:{record.id}") for word, label in choices]
    return actions(
        *acknowledge,
        buttons.post_update(record),
        buttons.escalate(record),
        buttons.resolve(record),
        menu("More", "incident.more", options),
    )


def _buttons_when_closed(record: Record) -> Iterator[Part]:
    if record.incident.status is Status.RESOLVED:
        yield buttons.draft_postmortem(record)
    if is_awaited(record.incident.told):
        yield buttons.tell_customers(record)
    yield buttons.reopen(record)

"""Messages about what happened, posted once: the words come from a template, the buttons from here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.domain import events as e
from app.domain.decide import SNOOZE
from app.domain.durations import in_words
from app.domain.incident import Incident
from app.domain.playbook import Checklist
from app.domain.timers import STEP, UPDATE, postmortem_due, update_due
from app.slack.blocks.card import acknowledge, emoji
from app.slack.blocks.elements import Part, actions, button, speak
from app.slack.blocks.escalation import next_page
from app.slack.blocks.timeline import kind
from app.slack.text import Message, channel_ref, escape, mentions, one_line
from app.slack.words import OWN_WORDS, PLAIN, Words
from app.store import Record

A_MINUTE = timedelta(minutes=1)
LIMITS = (e.LimitWarned, e.LimitBroken)


def post(name: str, record: Record, event: e.Event, members: Sequence[str], words: Words) -> Message:
    """Return the message `name` about `event`; `members` are mentioned, but for the one who did it."""
    return speak(_said(name, record, event, words, members=members), *_row(BUTTONS.get(name, _none)(record, event)))


def tell(name: str, record: Record, event: e.Event, words: Words) -> Message:
    """Return the same message for one member's direct messages."""
    return post(name, record, event, (), words)


def page(record: Record, event: e.Paged, words: Words, *, again: bool = False, repeated: bool = False) -> Message:
    """Return a page as it reads now: with buttons while nobody has acknowledged, else with what became of it.

    `again` is for someone whom this incident has called before; `repeated` for a copy sent because Slack did not say
    whether the first arrived.
    """
    said = _said("page", record, event, words, again=again, repeated=repeated, waited=_waited(record.incident, event))
    return speak(said, *_row(_page_buttons(record)))


def checklist(one: Checklist, record: Record) -> Message:
    """Return a checklist of the playbook, item by item."""
    return speak(OWN_WORDS.say("checklist", otherwise=escape(one.title), checklist=one, incident=record.incident))


def for_customers(record: Record, event: e.UpdatePosted, words: Words) -> str:
    """Return the playbook's text for customers after an update: plain text, to be copied anywhere."""
    return _said("customer", record, event, _in_plain_text(words.folders))


@lru_cache
def _in_plain_text(folders: tuple[Path, ...]) -> Words:
    return Words(folders, PLAIN)


def _said(name: str, record: Record, event: e.Event, words: Words, **more: Any) -> str:
    return words.say(name, otherwise=_plainly(event, record), **_context(record, event), **_mentioned(event, more))


def _mentioned(event: e.Event, more: dict[str, Any]) -> dict[str, Any]:
    by = getattr(event, "by", None)
    called = [member for member in more.get("members", ()) if member != by]
    return more | {"members": mentions(called)}


def _context(record: Record, event: e.Event) -> dict[str, Any]:
    incident, rules = record.incident, record.rules
    return {
        "incident": replace(incident, title=one_line(incident.title)),
        "rules": rules,
        "severity": rules.severity(incident.severity),
        "emoji": emoji(record),
        "name": channel_ref(record),
        "status": rules.status_label(incident.status),
        "commander": incident.commander,
        "event": event,
        "kind": kind(event),
        "at": event.at,
        "next_update_at": update_due(incident, rules) if incident.is_open else None,
        "next_page": next_page(record),
        "duration": _lasted(incident, event.at),
        "postmortem_due_at": postmortem_due(incident, rules),
        "limit": _limit(record, event),
        "called": _called(event),
        "missed": list(_missed(record, event)),
        "asked": isinstance(event, e.CaughtUp) and UPDATE in event.missed,
    }


def _lasted(incident: Incident, at: datetime) -> timedelta:
    if incident.resolution:
        return incident.resolution.ended_at - incident.resolution.started_at
    return (incident.closed_at or at) - incident.declared_at


def _called(event: e.Event) -> str:
    # Whoever asked for the step has just acted on it.
    return mentions([one for one in event.targets if one != event.by]) if isinstance(event, e.Paged) else ""


def _limit(record: Record, event: e.Event) -> str:
    if not isinstance(event, LIMITS):
        return ""
    severity = record.rules.severity(record.incident.severity)
    limit = severity.acknowledge_within if event.limit == "acknowledge" else severity.resolve_within
    return f"within {in_words(limit.after)}" if limit and limit.after else "by the end of the next business day"


def _missed(record: Record, event: e.Event) -> Iterator[dict[str, Any]]:
    if not isinstance(event, e.CaughtUp):
        return
    for timer, at in sorted(event.missed.items(), key=lambda one: one[1]):
        key = timer.removeprefix(STEP)
        step, fired = record.rules.step(key), record.incident.steps.get(key)
        now = fired is not None and fired.at >= event.at
        yield {"timer": timer, "step": step.label if step else None, "at": at, "paged_now": now}


def _waited(incident: Incident, event: e.Paged) -> timedelta | None:
    waited = event.at - max(incident.clock_started_at, incident.unacknowledged_since or incident.clock_started_at)
    return waited if waited >= A_MINUTE else None


def _plainly(event: e.Event, record: Record) -> str:
    """Say what happened without any template: the kind of the event, and every word that people gave with it."""
    title = escape(one_line(f"{record.incident.severity} {record.incident.title}: {kind(event).replace('_', ' ')}."))
    given = ((field.name, getattr(event, field.name)) for field in fields_of(event))
    texts = (f"{name.replace('_', ' ')}: {escape(text)}" for name, text in given if text and isinstance(text, str))
    return "\n".join((title, *texts))


Buttons = Callable[[Record, Any], list[Part]]


def _row(buttons: list[Part]) -> list[Part]:
    return [actions(*buttons)] if buttons else []


def _none(_record: Record, _event: e.Event) -> list[Part]:
    return []


def _answers_to_nudge(record: Record, _event: e.Event) -> list[Part]:
    if not record.incident.is_open:
        return []
    value = str(record.id)
    return [
        button("Post update", "incident.update", value, style="primary"),
        button("No change", "nudge.no_change", value),
        button(f"Snooze {in_words(SNOOZE)}", "nudge.snooze", value),
    ]


def _answers_if_asked(record: Record, event: e.CaughtUp) -> list[Part]:
    return _answers_to_nudge(record, event) if UPDATE in event.missed else []


def _after_the_end(record: Record, _event: e.Event) -> list[Part]:
    if record.incident.is_open:
        return []
    value = str(record.id)
    return [button("Draft postmortem", "postmortem.draft", value), button("Reopen", "incident.reopen", value)]


def _on_postmortem(record: Record, _event: e.Event) -> list[Part]:
    if record.incident.postmortem_done_at:
        return []
    value = str(record.id)
    return [
        button("Draft postmortem", "postmortem.draft", value, style="primary"),
        button("Mark as done", "postmortem.done", value),
    ]


def _retry(record: Record, event: e.DeliveryFailed | e.InviteIncomplete) -> list[Part]:
    return [button("Retry", "delivery.retry", f"{record.id}:{event.delivery}")]


def _answers_to_page(record: Record, _event: e.Event) -> list[Part]:
    return _page_buttons(record)[:2]


def _page_buttons(record: Record) -> list[Part]:
    if not record.incident.is_open or record.incident.acknowledged_at:
        return []
    value = str(record.id)
    return [
        acknowledge(value),
        button("Escalate now", "incident.escalate", value),
        button("I can't take it", "page.decline", value),
    ]


BUTTONS: dict[str, Buttons] = {
    "nudge": _answers_to_nudge,
    "caught_up": _answers_if_asked,
    "resolved": _after_the_end,
    "postmortem_reminder": _on_postmortem,
    "invite_incomplete": _retry,
    "delivery_failed": _retry,
    "paged": _answers_to_page,
}
"""Which messages carry buttons; what these ask for is asked of the incident as it stands when the message is made."""

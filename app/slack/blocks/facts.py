"""What the template of a message is given: the incident as it is by then, the event, and what follows from both."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from app.domain import events as e
from app.domain.customers import customers_due
from app.domain.incident import Incident
from app.domain.timers import REPEAT, STEP, UPDATE, URGENT, postmortem_due, titled_timer, update_due
from app.domain.ways import by
from app.slack.blocks.escalation import next_page
from app.slack.blocks.headline import emoji, titled
from app.slack.blocks.timeline import kind
from app.slack.text import channel_ref, escape, mentions, one_line
from app.store import Record

A_MINUTE = timedelta(minutes=1)
LIMITS = (e.LimitWarned, e.LimitBroken)


def facts(record: Record, event: e.Event) -> dict[str, Any]:
    """Return what every template of a message is given; `at` is the moment that its times are told beside."""
    incident, rules = record.incident, record.rules
    if isinstance(event, e.Stuck):
        # Of an incident that cannot be decided, nothing may be asked that is worked out.
        return {"incident": titled(incident), "event": event, "at": event.at}
    return {
        "incident": titled(incident),
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
        "customers_due_at": customers_due(incident, rules),
        "next_page": next_page(record),
        "duration": _lasted(incident, event.at),
        "postmortem_due_at": postmortem_due(incident, rules),
        "limit": _limit(record, event),
        "called": _called(event),
        "missed": _distinct(_missed(record, event)),
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
    return limit.within if limit else ""


def _missed(record: Record, event: e.Event) -> Iterator[dict[str, Any]]:
    if not isinstance(event, e.CaughtUp):
        return
    paged_now = {key for key, fired in record.incident.steps.items() if fired.at >= event.at and fired.members}
    for timer, at in sorted(event.missed.items(), key=_pages_first):
        step = record.rules.step(timer.removeprefix(STEP))
        if timer != REPEAT or not paged_now:  # a step that fires takes the place of the last one's repetition
            yield {
                "timer": timer,
                "at": at,
                "step": step.label if step else None,
                "title": titled_timer(timer, record.rules),
                "paged_now": step and step.key in paged_now,
                **_rung(step.key if step else None, record.incident),
            }


def _distinct(missed: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    # A step may have several rows, which read the same where they fell due together.
    told = {(one["step"] or one["timer"], one["at"], one["rung_at"], one["paged_now"]): one for one in missed}
    return list(told.values())


def _rung(step: str | None, incident: Incident) -> dict[str, Any]:
    """Return which pagers are known to have rung for a step, and of which moment their newest page is."""
    rung = [ring for ring in incident.rings if ring.step == step and ring.paged_at and not ring.perhaps]
    return {
        "rung_at": max((ring.paged_at for ring in rung if ring.paged_at), default=None),
        "rung_by": list(dict.fromkeys(by(ring.way) for ring in rung)),
    }


def _pages_first(missed: tuple[str, datetime]) -> tuple[bool, bool, datetime]:
    timer, at = missed
    return timer == UPDATE, not timer.startswith(URGENT), at


def waited(incident: Incident, event: e.Paged) -> timedelta | None:
    """Return how long nobody had acknowledged the incident when the page was made; nothing below a minute."""
    began = incident.clock_started_at
    passed = event.at - max(began, incident.unacknowledged_since or began)
    return passed if passed >= A_MINUTE else None


def plainly(record: Record, event: e.Event) -> str:
    """Say what happened without any template: the kind of the event, and every word that people gave with it."""
    title = escape(one_line(f"{record.incident.severity} {record.incident.title}: {kind(event).replace('_', ' ')}."))
    given = ((field.name, getattr(event, field.name)) for field in fields(event))
    texts = (f"{name.replace('_', ' ')}: {escape(text)}" for name, text in given if text and isinstance(text, str))
    return "\n".join((title, *texts))

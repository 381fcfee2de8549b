"""Answers to a page: taking it, passing it on, asking for more people."""

from dataclasses import replace
from datetime import datetime, timedelta

from app.domain import arriving, ways
from app.domain import commands as c
from app.domain import events as e
from app.domain.errors import AcknowledgedElsewhere, AlreadyAcknowledged, AlreadyDeclined, JustEscalated, NoStep
from app.domain.escalation import instead, next_page, relief, with_rest_of_step
from app.domain.evolve import evolve
from app.domain.incident import Incident
from app.domain.playbook import Roster, Rules
from app.domain.tick import with_consequences

AT_THE_SAME_TIME = timedelta(seconds=10)


def acknowledge(incident: Incident, command: c.Acknowledge, now: datetime) -> list[e.Event]:
    """Take it, unless somebody has."""
    _check_unacknowledged(incident)
    by = command.by.id
    return [e.Acknowledged(now, by), *arriving.by_taking_it(incident, by, now)]


def decline(incident: Incident, command: c.Decline, rules: Rules, roster: Roster, now: datetime) -> list[e.Event]:
    """Pass it on: the next step fires. Whoever had acknowledged it hands it back by this."""
    by = command.by.id
    if by in incident.declined:
        raise AlreadyDeclined(at=incident.declined[by])
    if incident.acknowledged_at is None or incident.acknowledged_by != by:
        _check_unacknowledged(incident)
        first: e.Event = e.Declined(now, by)
    else:
        first = e.HandedBack(now, by)
    passed = evolve(incident, first)
    paged = relief(passed, rules, roster, now, by=by)
    events = [first, *(with_rest_of_step(passed, paged, rules, now) if paged else [])]
    return with_consequences(incident, events, rules, roster, now)


def page_refused(
    incident: Incident, command: c.RecordPageRefused, rules: Rules, roster: Roster, now: datetime
) -> list[e.Event]:
    """Note that a page cannot reach its member; where its step reaches nobody else, the next one fires at once."""
    refused = e.PageRefused(now, command.step, command.member, command.responders, command.reason, command.delivery)
    told = evolve(incident, refused)
    paged = instead(told, command.step, rules, roster, now)
    if paged is None:
        return [refused]
    events = [replace(refused, passed_on=True), *with_rest_of_step(told, paged, rules, now)]
    return with_consequences(incident, events, rules, roster, now)


def escalate(incident: Incident, command: c.Escalate, rules: Rules, roster: Roster, now: datetime) -> list[e.Event]:
    """Fire the next step now; where none is left, page the last one again."""
    by, at = incident.escalated_by, incident.escalated_at
    if by and at and by != command.by.id and abs(now - at) < AT_THE_SAME_TIME:
        raise JustEscalated(by=by, at=at)
    paged = next_page(incident, rules, roster, now, by=command.by.id)
    if paged is None:
        raise NoStep(severity=incident.severity)
    events = [e.Escalated(now, command.by.id), *with_rest_of_step(incident, paged, rules, now)]
    return with_consequences(incident, events, rules, roster, now)


def _check_unacknowledged(incident: Incident) -> None:
    if incident.acknowledged_by:
        raise AlreadyAcknowledged(incident=incident.name, at=incident.acknowledged_at, by=incident.acknowledged_by)
    if incident.acknowledged_at:
        who, there = incident.acknowledged_name or "Somebody", ways.by(incident.acknowledged_way)
        raise AcknowledgedElsewhere(incident=incident.name, at=incident.acknowledged_at, who=who, there=there)

"""Telling everybody how it stands, and putting that off."""

from datetime import datetime, timedelta

from app.domain import commands as c
from app.domain import events as e
from app.domain.asked import open_status, required
from app.domain.errors import AlreadySnoozed, NothingToSnooze, NoUpdatesAsked, PromiseInThePast, PromiseTooFar
from app.domain.incident import Incident
from app.domain.playbook import Roster, Rules
from app.domain.tick import with_what_falls_due
from app.domain.timers import update_due

SNOOZE = timedelta(minutes=15)


def post_update(
    incident: Incident, command: c.PostUpdate, rules: Rules, roster: Roster, now: datetime
) -> list[e.Event]:
    """Tell everybody how it stands, and start the rhythm of updates anew."""
    status = open_status(command.status or incident.status)
    happening = command.happening.strip()
    if not command.no_change:
        required(happening, "What is happening", "One sentence is enough.")
    if command.next_due_at:
        _check_promise(incident, command.next_due_at, rules, now)
    posted = e.UpdatePosted(
        at=now,
        by=command.by.id,
        status=status,
        before=incident.status,
        happening=happening,
        actions=command.actions.strip(),
        next_steps=command.next_steps.strip(),
        next_due_at=command.next_due_at,
        no_change=command.no_change,
    )
    return with_what_falls_due(incident, posted, rules, roster, now)


def snooze(incident: Incident, command: c.Snooze, rules: Rules, now: datetime) -> list[e.Event]:
    """Put the next nudge off: once for each due time, and never past the next one by the rhythm."""
    every = rules.severity(incident.severity).update_every
    due = update_due(incident, rules)
    if due is None or every is None:
        raise NoUpdatesAsked(severity=incident.severity)
    if incident.nudged_at is None:
        raise NothingToSnooze(at=due)
    if incident.snoozed_due_at == due and incident.snoozed_until:
        raise AlreadySnoozed(at=incident.snoozed_until)
    return [e.Snoozed(now, command.by.id, min(now + SNOOZE, every.again(incident.nudged_at, rules.hours)), due)]


def _check_promise(incident: Incident, promised: datetime, rules: Rules, now: datetime) -> None:
    every = rules.severity(incident.severity).update_every
    if promised <= now:
        raise PromiseInThePast(at=promised)
    latest = every.twice(now, rules.hours) if every else None
    if every and latest and promised > latest:
        raise PromiseTooFar(severity=incident.severity, every=every.every, latest=latest)

"""The end of an incident, and what comes after it."""

from datetime import datetime
from itertools import pairwise

from app.domain import commands as c
from app.domain import events as e
from app.domain.errors import AlreadyThat, NotClosed, NotResolvedYet, TimeInTheFuture, TimesOutOfOrder
from app.domain.incident import Incident
from app.domain.monitoring import cut_short
from app.domain.playbook import Rules


def resolve(incident: Incident, command: c.Resolve, rules: Rules, now: datetime) -> list[e.Event]:
    """End it. Times that nobody gave are those that Tocsin knows."""
    started = command.started_at or incident.detected_at or incident.declared_at
    detected = command.detected_at or max(started, incident.detected_at or incident.declared_at)
    ended = command.ended_at or now
    moments = (("The start", started), ("The detection", detected), ("The end", ended))
    for what, at in moments:
        if at > now:
            raise TimeInTheFuture(what=what, at=at)
    _check_order(*moments)
    monitor_for, monitored = cut_short(incident, rules, now)
    return [
        e.Resolved(
            at=now,
            by=command.by.id,
            root_cause=command.root_cause.strip(),
            fix=command.fix.strip(),
            customer_impact=command.customer_impact.strip(),
            started_at=started,
            detected_at=detected,
            ended_at=ended,
            monitor_for=monitor_for,
            monitored=monitored,
        )
    ]


def reopen(incident: Incident, command: c.Reopen, rules: Rules, now: datetime) -> list[e.Event]:
    """Open it again: all clocks start anew, and nobody has acknowledged it."""
    if incident.is_open:
        raise NotClosed(incident=incident.name, status=rules.status_label(incident.status))
    return [e.Reopened(now, command.by.id, command.reason.strip())]


def complete_postmortem(incident: Incident, command: c.CompletePostmortem, now: datetime) -> list[e.Event]:
    """Mark the postmortem as done: its reminders stop."""
    if incident.resolution is None:
        raise NotResolvedYet(incident=incident.name)
    if incident.postmortem_done_at:
        raise AlreadyThat(incident=incident.name, what="its postmortem", value="marked as done")
    return [e.PostmortemCompleted(now, command.by.id)]


def _check_order(*moments: tuple[str, datetime]) -> None:
    for (earlier, earlier_at), (later, later_at) in pairwise(moments):
        if later_at < earlier_at:
            raise TimesOutOfOrder(
                earlier=earlier.lower(), earlier_at=earlier_at, later=later.capitalize(), later_at=later_at
            )

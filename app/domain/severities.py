"""Another severity: what changes with it, whether people or a step of the policy ask for it."""

from datetime import datetime

from app.domain import events as e
from app.domain.incident import Incident
from app.domain.playbook import Rules
from app.domain.timers import update_due


def severity_changed(
    incident: Incident, after: str, rules: Rules, now: datetime, *, by: str | None, step: str = "", why: str = ""
) -> e.SeverityChanged:
    """Return that the incident is of severity `after` from now on."""
    new = rules.severity(after)
    raised = rules.rank(after) < rules.rank(incident.severity)
    promised = incident.promised_at
    if raised and new.update_every:
        # What was due by the old rhythm has been told to people: it is a promise too.
        rhythm = new.update_every.again(now, rules.hours)
        promised = min(update_due(incident, rules) or rhythm, rhythm)
    return e.SeverityChanged(
        at=now,
        by=by,
        before=incident.severity,
        after=after,
        opens_channel=new.own_channel and not incident.wants_channel,
        promised_at=promised,
        step=step,
        why=why,
    )

"""What the alerts of an incident bring about: how many there are is told, and what they are by the playbook's rules."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from app.domain import commands as c
from app.domain import events as e
from app.domain.alerts import Tally
from app.domain.evolve import fold
from app.domain.incident import Incident
from app.domain.playbook import Roster, Rules
from app.domain.severities import severity_changed
from app.domain.tick import made_due

PACES = ((10, timedelta(seconds=30)), (30, timedelta(minutes=5)))
"""How often, at the most, people are told of another count: the first ten times, and the next twenty."""
SLOWEST = timedelta(minutes=30)
OLDEST = timedelta(hours=24)


def count(incident: Incident, command: c.CountAlerts, rules: Rules, roster: Roster, now: datetime) -> list[e.Event]:
    """Tell how many alerts there are by now; a worse severity and new tags, which their rules name, are the incident's.

    Steps that this makes due fire with it.
    """
    events: list[e.Event] = [*_counted(incident.alerts, command, now)]
    if incident.is_open:
        events += _raised(incident, command, rules, now)
        events += _tagged(incident, command, now)
    if len(events) > 1 or (events and not isinstance(events[0], e.AlertsCounted | e.AlertsResolved)):
        return [*events, *made_due(incident, fold(events, incident), rules, roster, now)]
    return events


def fire_again(incident: Incident, command: c.FireAgain, now: datetime) -> list[e.Event]:
    """Offer to open it again: an alert of it fires anew, and a new incident follows where nobody does."""
    return [] if incident.is_open else [e.AlertsFiredAgain(now, command.names, command.declares_at)]


def next_telling(alerts: Tally | None) -> datetime | None:
    """Return before when people are not told of another count; nothing where they may be told at once."""
    if alerts is None or alerts.told_at is None:
        return None
    return alerts.told_at + next((pace for most, pace in PACES if alerts.told < most), SLOWEST)


def detected(starts_at: datetime | None, heard_at: datetime) -> datetime:
    """Return when an alert that began at `starts_at` tells that something was wrong: never later than it was heard.

    A clock of a monitor may be wrong, and an alert may have fired for days before a rule made an incident of it.
    """
    if starts_at is None or starts_at > heard_at or starts_at < heard_at - OLDEST:
        return heard_at
    return starts_at


def _counted(
    before: Tally | None, command: c.CountAlerts, now: datetime
) -> Iterator[e.AlertsCounted | e.AlertsResolved]:
    after = command.alerts
    if before and (before.seen, before.firing, before.names) == (after.seen, after.firing, after.names):
        return
    told = replace(after, told=(before.told if before else 0) + 1, told_at=now)
    if after.firing == 0 and (before is None or before.firing) and not command.moved:
        yield e.AlertsResolved(now, told)
        return
    known = before.names if before else ()
    new = tuple(name for name in after.names if name not in known)
    again = before is not None and before.firing == 0 and after.firing > 0
    yield e.AlertsCounted(now, told, new, again)


def _raised(incident: Incident, command: c.CountAlerts, rules: Rules, now: datetime) -> Iterator[e.SeverityChanged]:
    known = [severity.id for severity in rules.severities]
    if command.severity in known and rules.rank(command.severity) < rules.rank(incident.severity):
        why = f"the playbook's rules declare {command.severity} for the alert {command.worst}"
        yield severity_changed(incident, command.severity, rules, now, by=None, why=why)


def _tagged(incident: Incident, command: c.CountAlerts, now: datetime) -> Iterator[e.TagsChanged]:
    new = tuple(tag for tag in command.tags if tag not in incident.tags)
    if new:
        yield e.TagsChanged(now, None, new, ())

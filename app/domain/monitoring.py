"""Watching a fix before the incident is resolved, for as long as its severity asks."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.domain import events as e
from app.domain.incident import Incident
from app.domain.playbook import Rules

MONITORED = "monitoring.over"


def timers(incident: Incident, rules: Rules) -> Iterator[tuple[str, datetime]]:
    """Yield when the fix has been watched for long enough."""
    watch = rules.severity(incident.severity).monitor_for
    if watch and incident.monitoring_since:
        yield MONITORED, incident.monitoring_since + watch


def over(due: dict[str, datetime], now: datetime, *, late: bool) -> Iterator[e.MonitoringOver]:
    """Yield that it is time to resolve, where that is `due`."""
    if MONITORED in due:
        yield e.MonitoringOver(now, due[MONITORED], late=late)


def cut_short(incident: Incident, rules: Rules, now: datetime) -> tuple[timedelta | None, timedelta | None]:
    """Return how long a fix is to be watched and how long it was; nothing and nothing where that is enough."""
    watch = rules.severity(incident.severity).monitor_for
    watched = now - incident.monitoring_since if incident.monitoring_since else timedelta()
    return (watch, watched) if watch and watched < watch else (None, None)

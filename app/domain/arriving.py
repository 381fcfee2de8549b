"""Whoever comes to an incident late is briefed in person, once."""

from datetime import datetime, timedelta

from app.domain import commands as c
from app.domain import events as e
from app.domain.incident import Incident
from app.domain.privacy import people

SETTLING = timedelta(minutes=10)
"""Whoever is called in the first minutes has read what the briefing would say."""


def by_taking_it(incident: Incident, member: str, now: datetime) -> list[e.Event]:
    """Brief whoever was paged late, once they take it: until then the page says enough, and asks for one thing."""
    late = member in incident.called and member not in incident.briefed and not _knows_all(incident, member, now)
    return [e.Arrived(now, member)] if late else []


def arrive(incident: Incident, command: c.Arrive, now: datetime) -> list[e.Event]:
    """Brief `command.member`, unless it is over, they were briefed, or they know all there is to tell."""
    member = command.member
    if not incident.is_open or member in incident.briefed or _knows_all(incident, member, now):
        return []
    if member in incident.called and not incident.acknowledged_at:
        return []
    return [e.Arrived(now, member)]


def _knows_all(incident: Incident, member: str, now: datetime) -> bool:
    called_at_the_start = now - incident.clock_started_at < SETTLING and member in people(incident)
    return called_at_the_start or member == incident.declared_by or _read_the_page(incident, member)


def _read_the_page(incident: Incident, member: str) -> bool:
    # A page tells how it stands, however late the invitation comes: only what was posted before it is new to them.
    called_at, updated_at = incident.called.get(member), incident.updated_at
    return called_at is not None and (updated_at is None or updated_at >= called_at)

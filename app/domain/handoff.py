"""Handing command over: the next commander gets a briefing, and everybody is told in one line."""

from datetime import datetime

from app.domain import commands as c
from app.domain import events as e
from app.domain.errors import AlreadyInRole
from app.domain.incident import Incident
from app.domain.playbook import Rules


def hand_over(incident: Incident, command: c.HandOff, rules: Rules, now: datetime) -> list[e.Event]:
    """Make `command.member` the commander, unless they are it already."""
    role, before = rules.commander, incident.roles.get(rules.commander.id)
    if before == command.member:
        raise AlreadyInRole(incident=incident.name, member=command.member, role=role.name)
    return [e.HandedOver(now, command.by.id, role.id, command.member, before)]

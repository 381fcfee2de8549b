"""Declaring an incident: its name, and whoever is paged at once."""

from dataclasses import replace
from datetime import datetime

from app.domain import commands as c
from app.domain import events as e
from app.domain.asked import known_severity, required
from app.domain.naming import facts_of, incident_name
from app.domain.playbook import Roster, Rules
from app.domain.tick import with_what_falls_due


def declare(command: c.Declare, rules: Rules, roster: Roster, now: datetime) -> list[e.Event]:
    """Make an incident, and page whoever is paged at once."""
    title = required(command.title, "The title", "Say in a few words what is wrong: Payment API down")
    severity = known_severity(command.severity, rules)
    facts = facts_of(
        rules,
        now,
        number=command.number,
        number_in_year=command.number_in_year,
        services=command.services,
        title=title,
        severity=severity,
        private=command.private,
    )
    made = e.Declared(
        at=now,
        by=command.by.id if command.by else None,
        number=command.number,
        number_in_year=command.number_in_year,
        name=incident_name(rules, facts, command.suffix),
        title=title,
        severity=severity,
        services=command.services.strip(),
        impact=command.impact.strip(),
        tags=tuple(dict.fromkeys(command.tags)),
        # What is private has no other place than a channel of its own.
        wants_channel=rules.severity(severity).own_channel or command.private,
        source=command.source,
        private=command.private,
        drill=command.drill,
        drill_name=command.drill_name,
        injects=command.injects,
        detected_at=command.detected_at,
        runbook=command.runbook,
        alerts=replace(command.alerts, told_at=now) if command.alerts else None,
        tracked=command.tracked,
    )
    first, *paged = with_what_falls_due(None, made, rules, roster, now)
    return [first, *(e.PageAdopted(now, way, key) for way, key in command.paged), *paged]

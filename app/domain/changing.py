"""What people change of an open incident: its severity, status, roles and tags."""

from datetime import datetime

from app.domain import commands as c
from app.domain import events as e
from app.domain.answering import AT_THE_SAME_TIME
from app.domain.asked import known_severity, open_status
from app.domain.errors import AlreadyInRole, AlreadyLed, AlreadyThat, JustAssigned, TagTooLong, UnknownRole
from app.domain.incident import Incident
from app.domain.playbook import Roster, Rules
from app.domain.severities import severity_changed
from app.domain.tick import with_what_falls_due

LONGEST_TAG = 75


def change_severity(
    incident: Incident, command: c.ChangeSeverity, rules: Rules, roster: Roster, now: datetime
) -> list[e.Event]:
    """Make it another severity; steps of the new one that are due fire with it."""
    severity = known_severity(command.severity, rules)
    if severity == incident.severity:
        raise AlreadyThat(incident=incident.name, what="severity", value=severity)
    changed = severity_changed(incident, severity, rules, now, by=command.by.id)
    return with_what_falls_due(incident, changed, rules, roster, now)


def change_status(
    incident: Incident, command: c.ChangeStatus, rules: Rules, roster: Roster, now: datetime
) -> list[e.Event]:
    """Make it another open status; a step for what nobody understands may fire with it."""
    status = open_status(command.status)
    if status == incident.status:
        raise AlreadyThat(incident=incident.name, what="status", value=status)
    changed = e.StatusChanged(now, command.by.id, incident.status, status)
    return with_what_falls_due(incident, changed, rules, roster, now)


def take_command(incident: Incident, command: c.TakeCommand, rules: Rules, now: datetime) -> list[e.Event]:
    """Make whoever asks the commander, unless somebody leads: what they saw is out of date then."""
    role, by = rules.commander, command.by.id
    leader, given = incident.roles.get(role.id), incident.given.get(role.id)
    if leader and leader != by and given:
        raise AlreadyLed(incident=incident.name, member=leader, role=role.name, at=given.at)
    if leader:
        raise AlreadyInRole(incident=incident.name, member=leader, role=role.name)
    return [e.RoleAssigned(now, by, role.id, by)]


def assign_role(incident: Incident, command: c.AssignRole, rules: Rules, now: datetime) -> list[e.Event]:
    """Give a role to a member, whoever had it; not in the same moment as somebody else, who must not go unseen."""
    role = next((role for role in rules.roles if role.id == command.role), None)
    if role is None:
        raise UnknownRole(role=command.role, known=", ".join(role.id for role in rules.roles))
    holder = incident.roles.get(role.id)
    if holder == command.member:
        raise AlreadyInRole(incident=incident.name, member=command.member, role=role.name)
    given = incident.given.get(role.id)
    if given and command.by.id not in {given.by, holder} and abs(now - given.at) < AT_THE_SAME_TIME:
        raise JustAssigned(incident=incident.name, member=holder, role=role.name, at=given.at)
    return [e.RoleAssigned(now, command.by.id, role.id, command.member)]


def change_tags(
    incident: Incident, command: c.ChangeTags, rules: Rules, roster: Roster, now: datetime
) -> list[e.Event]:
    """Add and remove tags; steps that wait for one of them fire with it."""
    for tag in command.add:
        if len(tag) > LONGEST_TAG:
            raise TagTooLong(longest=LONGEST_TAG, tag=tag)
    added = tuple(tag for tag in dict.fromkeys(command.add) if tag not in incident.tags)
    removed = tuple(tag for tag in dict.fromkeys(command.remove) if tag in incident.tags)
    if not added and not removed:
        tags = ", ".join(incident.tags) or "none"
        raise AlreadyThat(incident=incident.name, what="these tags:", value=tags)
    changed = e.TagsChanged(now, command.by.id, added, removed)
    return with_what_falls_due(incident, changed, rules, roster, now)

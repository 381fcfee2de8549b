"""Merging a duplicate into the incident that it is the same as: each of the two decides its own part."""

from datetime import datetime

from app.domain import commands as c
from app.domain import events as e
from app.domain.errors import MergedAcross, MergedIntoClosed, MergedIntoItself, MergedIntoMerged
from app.domain.incident import Incident
from app.domain.playbook import Rules
from app.domain.privacy import people


def other(incident: Incident, rules: Rules) -> c.Other:
    """Return what the other incident's decision has to know of this one."""
    return c.Other(
        number=incident.number,
        name=incident.name,
        title=incident.title,
        status=rules.status_label(incident.status).lower(),
        is_open=incident.is_open,
        channel=incident.channel,
        merged_into=incident.merged_into.number if incident.merged_into else None,
        private=incident.private,
        drill=incident.drill,
        members=people(incident),
    )


def merge(incident: Incident, command: c.Merge, now: datetime) -> list[e.Event]:
    """Close the duplicate. What it is merged into must be open, and as public and as earnest as it is."""
    into = command.into
    if into is None:
        raise TypeError("what it is merged into was not looked up")
    if into.number == incident.number:
        raise MergedIntoItself(incident=incident.name)
    if into.merged_into is not None:
        raise MergedIntoMerged(name=into.name, number=into.merged_into)
    if not into.is_open:
        raise MergedIntoClosed(name=into.name, status=into.status, number=into.number)
    if into.private != incident.private:
        raise MergedAcross(what="private")
    if into.drill != incident.drill:
        raise MergedAcross(what="a drill")
    return [e.MergedInto(now, command.by.id, into.number, into.name, into.channel)]


def take_duplicate(command: c.TakeDuplicate, now: datetime) -> list[e.Event]:
    """Note the duplicate, whose people come here."""
    it = command.duplicate
    return [e.DuplicateMerged(now, command.by.id, it.number, it.name, it.title, it.channel, it.members)]

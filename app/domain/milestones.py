"""Milestones: what an incident should reach in time. Some are reached by themselves, the others people mark.

Those of a severity that the incident does not hold now are not asked for.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime

from app.domain import commands as c
from app.domain import events as e
from app.domain.clocks import work_began
from app.domain.errors import AlreadyReached, UnknownMilestone
from app.domain.incident import Incident
from app.domain.playbook import Milestone, Rules

MILESTONE = "milestone:"
ROOM = "room"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an incident stands to a milestone: until when it is asked for, and when it was reached, if it was."""

    milestone: Milestone
    due_at: datetime
    reached_at: datetime | None

    def is_overdue(self, now: datetime) -> bool:
        """Say whether its time has passed without it."""
        return self.reached_at is None and self.due_at <= now


def standings(incident: Incident, rules: Rules) -> list[Standing]:
    """Return how an incident stands to each milestone of its severity, in the order of the playbook."""
    return [
        Standing(one, _due(incident, rules, one), _reached_at(incident, one)) for one in _asked_for(incident, rules)
    ]


def timers(incident: Incident, rules: Rules) -> Iterator[tuple[str, datetime]]:
    """Yield when each milestone that is not reached turns overdue."""
    for one in _asked_for(incident, rules):
        if _reached_at(incident, one) is None:
            yield MILESTONE + one.id, _due(incident, rules, one)


def missed(
    due: Container[str], incident: Incident, rules: Rules, now: datetime, *, late: bool
) -> Iterator[e.MilestoneMissed]:
    """Yield the milestones whose timers are `due`, and that are still asked for."""
    for one in _asked_for(incident, rules):
        if MILESTONE + one.id in due:
            yield e.MilestoneMissed(now, one.id, one.title, _due(incident, rules, one), late=late)


def reach(incident: Incident, command: c.ReachMilestone, rules: Rules, now: datetime) -> list[e.Event]:
    """Mark a milestone as reached. Raises `Rejected` for one that is not asked for, or is reached."""
    wanted = command.milestone.strip().casefold()
    for one in _asked_for(incident, rules):
        if wanted in (one.id.casefold(), one.title.casefold()):
            if reached_at := _reached_at(incident, one):
                raise AlreadyReached(title=one.title, at=reached_at)
            return [e.MilestoneReached(now, command.by.id, one.id, one.title, _due(incident, rules, one))]
    known = ", ".join(one.id for one in _asked_for(incident, rules)) or "none"
    raise UnknownMilestone(milestone=command.milestone, severity=incident.severity, known=known)


def _asked_for(incident: Incident, rules: Rules) -> Iterator[Milestone]:
    for one in rules.milestones:
        if not one.severities or incident.severity in one.severities:
            yield one


def _due(incident: Incident, rules: Rules, one: Milestone) -> datetime:
    return work_began(incident, rules, one.severities) + one.within


def _reached_at(incident: Incident, one: Milestone) -> datetime | None:
    marked = incident.milestones.get(one.id)
    if marked or one.reached is None:
        return marked
    return incident.room_at if one.reached == ROOM else incident.reached_status_at(one.reached)

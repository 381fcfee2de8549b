"""What an incident asks of a member: to acknowledge, to tell, to go on with a list, to look back, to keep a promise."""

from collections.abc import Iterator
from enum import StrEnum

from app.domain.checklists import is_done
from app.domain.incident import Incident
from app.domain.playbook import Checklist, Playbook, Rules
from app.domain.timers import postmortem_due
from app.domain.tracking import unfinished as still_open


class Ask(StrEnum):
    """What is asked, the most urgent first."""

    ACKNOWLEDGE = "acknowledge"
    UPDATE = "update"
    CHECKLIST = "checklist"
    POSTMORTEM = "postmortem"
    FOLLOW_UP = "follow-up"


def asked_of(member: str, incident: Incident, rules: Rules, playbook: Playbook) -> Iterator[Ask]:
    """Yield what waits for `member`, the most urgent first."""
    leads = (incident.commander, incident.acknowledged_by)
    if incident.is_open and incident.acknowledged_at is None and member in incident.paged:
        yield Ask.ACKNOWLEDGE
    if incident.is_open and incident.nudged_at is not None and member in leads:
        yield Ask.UPDATE
    if member in incident.roles.values() and any(unfinished(incident, playbook)):
        yield Ask.CHECKLIST
    if member == (incident.commander or incident.closed_by) and postmortem_due(incident, rules):
        yield Ask.POSTMORTEM
    if any(one.owner == member for one in still_open(incident.follow_ups)):
        yield Ask.FOLLOW_UP


def unfinished(incident: Incident, playbook: Playbook) -> Iterator[Checklist]:
    """Yield the checklists that were posted in an open incident and are not done."""
    for posted in incident.checklists if incident.is_open else ():
        checklist = playbook.checklist(posted)
        if checklist and not is_done(incident.ticks, posted, len(checklist.items)):
            yield checklist

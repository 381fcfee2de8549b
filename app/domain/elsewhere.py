"""What people did with a page in the pager itself: taken there is taken here, all else is noted.

Nobody waits for an answer there, so that nothing here is refused: what changes nothing is passed over.
"""

from datetime import datetime

from app.domain import arriving
from app.domain import commands as c
from app.domain import events as e
from app.domain.incident import Incident


def acknowledge(incident: Incident, command: c.AcknowledgeElsewhere, now: datetime) -> list[e.Event]:
    """Take it for whoever took it there, unless somebody has, or it was handed back since."""
    since = incident.unacknowledged_since
    outdated = since is not None and command.at < since
    if not incident.is_open or incident.acknowledged_at is not None or outdated:
        return []
    briefed = arriving.by_taking_it(incident, command.by, now) if command.by else []
    return [e.Acknowledged(now, command.by, command.way, command.name), *briefed]


def note(incident: Incident, command: c.NoteElsewhere, now: datetime) -> list[e.Event]:
    """Note it, while the incident is open and the alert is one that still stands for it."""
    replaced = any(ring.key == command.key and ring.replaced_by for ring in incident.rings)
    if not incident.is_open or replaced:
        return []
    return [e.HappenedThere(now, command.way, command.did, command.by, command.name, command.to)]

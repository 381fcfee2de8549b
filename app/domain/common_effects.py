"""Effects that follow from events of several kinds."""

from app.domain import effects as f
from app.domain.incident import Incident
from app.domain.privacy import people


def furnish(incident: Incident) -> list[f.Effect]:
    """Return what makes a channel the room of an incident."""
    members = tuple(sorted(people(incident)))
    return [f.PostCard(), f.SetTopic(), *([f.Invite(members)] if members else [])]


def edit_pages(incident: Incident) -> list[f.Effect]:
    """Return what brings every page up to date."""
    members = dict.fromkeys(page.member for page in incident.page_messages)
    return [f.EditPage(member) for member in members]


def answer_pages(incident: Incident) -> list[f.Effect]:
    """Return the same, and what quiets the pagers."""
    ringing = dict.fromkeys(ring.way for ring in incident.live_rings)
    return [*edit_pages(incident), *(f.QuietPager(way) for way in ringing)]


def is_unanswered(incident: Incident) -> bool:
    """Say whether it is open, and nobody has acknowledged it."""
    return incident.is_open and incident.acknowledged_at is None

"""Whom a message is for."""

from app.domain.incident import Incident


def leader(incident: Incident) -> str | None:
    """Return the one person to tell in private, if there is anybody."""
    return incident.commander or incident.acknowledged_by or incident.declared_by


def leaders(incident: Incident) -> tuple[str, ...]:
    """Return who leads, or, where nobody does, whom the last step reached."""
    leads = incident.commander or incident.acknowledged_by
    return (leads,) if leads else incident.reached


def concerned(limit: str, incident: Incident) -> tuple[str, ...]:
    """Return whom a limit concerns: who leads, and, while nobody has acknowledged, everybody who was paged."""
    # Whoever was paged can still acknowledge; a commander alone need not be one of them.
    leading = leaders(incident)
    return tuple(dict.fromkeys((*leading, *incident.everybody_paged))) if limit == "acknowledge" else leading


def authors(incident: Incident) -> tuple[str, ...]:
    """Return who writes the postmortem: the commander, or whoever closed it."""
    author = incident.commander or incident.closed_by
    return (author,) if author else leaders(incident)

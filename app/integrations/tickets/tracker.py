"""What a tracker is, whichever vendor it comes from, and what it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.domain.incident import Incident
from app.domain.tracking import THE_INCIDENT, FollowUpItem, find
from app.integrations.proof import Proof
from app.line import one_line
from app.outbox import Failed
from app.store import Record


@dataclass(frozen=True, slots=True)
class Issue:
    """What is to be opened: its title in one line, paragraphs of plain text, and where people find the incident."""

    title: str
    paragraphs: tuple[str, ...] = ()
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket, as the tracker calls it, and its address."""

    key: str
    url: str


@dataclass(frozen=True, slots=True)
class State:
    """How far a ticket is, in the tracker's own word, and whether that means that it is done."""

    name: str
    done: bool


class Tracker(Protocol):
    """A system that holds tickets. Nothing here raises. `key` is the delivery's, and marks the ticket there."""

    name: str
    """What people call it."""

    async def open(self, key: str, issue: Issue) -> Opened | Failed:
        """Open a ticket."""

    async def find(self, key: str) -> Sequence[Opened] | Failed:
        """Return the tickets that were opened under that key, the oldest first, those too that are seconds old."""

    async def disown(self, copy: Opened, of: str) -> Failed | None:
        """Let a second copy say whose copy it is, and carry the key no more."""

    async def states(self, tickets: Sequence[str]) -> Mapping[str, State] | Failed:
        """Return how far some tickets are; those that are gone are left out."""

    async def away(self) -> str | None:
        """Ask whether it is there and takes what we send: nothing if so, else why not."""

    async def prove(self) -> list[Proof]:
        """Look whether tickets can be opened, without opening one."""

    async def close(self) -> None:
        """Let go of every connection."""


def issue(record: Record, number: int, link: str | None, owner: str = "") -> Issue | None:
    """Return the ticket of an incident, or of its follow-up of that number; nothing where there is no such one.

    `owner` is how people call whoever does the follow-up.
    """
    if number == THE_INCIDENT:
        return _of_incident(record.incident, link)
    item = find(record.incident.follow_ups, number)
    return _of_follow_up(record.incident, item, link, owner) if item else None


def _of_incident(incident: Incident, link: str | None) -> Issue:
    if incident.private:
        # What a tracker holds, more people read than those whom a private incident concerns.
        return Issue(f"private incident {incident.name}", link=link)
    said = (
        f"Incident {incident.name}, declared {incident.declared_at:%Y-%m-%d %H:%M} UTC.",
        *([f"Impact: {incident.impact}"] if incident.impact else []),
        *([f"Services: {incident.services}"] if incident.services else []),
    )
    return Issue(one_line(f"{incident.severity} {incident.title}"), said, link)


def _of_follow_up(incident: Incident, item: FollowUpItem, link: str | None, owner: str) -> Issue:
    if incident.private:
        return Issue(f"follow-up {item.number} of private incident {incident.name}", link=link)
    of = f"Follow-up {item.number} of {incident.name}: {incident.severity} {incident.title}"
    return Issue(one_line(item.text), (item.text, of, *([f"To be done by {owner}"] if owner else [])), link)

"""What customers are told: by whom, in which words, when the next word is due, and what it says of each component.

A public incident is what customers read of one of ours, from the first word to the last, which says that it is over.
Where ours is opened again after that, the next word begins another public incident: another episode. What nobody but
its own people may know, and what is only practised, is never told.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain import commands as c
from app.domain import events as e
from app.domain.asked import required
from app.domain.clocks import work_began
from app.domain.errors import (
    NotForCustomers,
    OnlyTheLastWord,
    ToldMeanwhile,
    UnknownImpact,
    UnknownPublicStatus,
    WordsTooLong,
)
from app.domain.incident import Incident, Told
from app.domain.playbook import Rules
from app.domain.whom import leaders

CUSTOMERS = "customers"
"""The timer of the next word to customers."""
SPEAKERS = ("communications-lead", "communications", "comms-lead", "comms")
"""The roles that speak to customers, as playbooks call them."""
AHEAD = timedelta(minutes=5)
FIFTH = 5
"""So long before a word is due that customers were promised, it is asked for: a fifth of the time, 5 min at most."""
LONGEST_HEADLINE = 150
LONGEST_WORDS = 2000
KEY = 24


class PublicStatus(StrEnum):
    """How far a public incident has come, in the words of every status page."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


STATUSES = {one: one.value.capitalize() for one in PublicStatus}
"""How they are written, for who confirms a word as for who reads it."""


class Impact(StrEnum):
    """How bad it is for customers, from nothing to all, in the words of every status page."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Return 0 for none, 1 for minor, and so on."""
        return list(Impact).index(self)


def tell(incident: Incident, command: c.TellCustomers, rules: Rules, now: datetime) -> list[e.Event]:
    """Tell customers what somebody confirmed who had seen all that was told before. Raises `Rejected`."""
    _check(incident, command, rules)
    headline = required(" ".join(command.headline.split()), "What customers read first", "A few words are enough.")
    words = required(command.body, "What customers read", "One sentence is enough.")
    for what, text, longest in (("first line", headline, LONGEST_HEADLINE), ("text", words, LONGEST_WORDS)):
        if len(text) > longest:
            raise WordsTooLong(what=what, longest=longest, length=len(text))
    return [
        e.CustomersTold(
            at=now,
            by=command.by.id,
            headline=headline,
            body=words,
            status=command.status,
            impact=command.impact,
            components=tuple(dict.fromkeys(command.components)),
            episode=next_episode(incident, command.status),
            telling=incident.tellings + 1,
            worded_at=_worded_at(incident, command, rules, now),
        )
    ]


def _check(incident: Incident, command: c.TellCustomers, rules: Rules) -> None:
    if incident.private or incident.drill:
        raise NotForCustomers(incident=incident.name, what="private" if incident.private else "a drill")
    if command.status not in list(PublicStatus):
        raise UnknownPublicStatus(status=command.status, known=", ".join(PublicStatus))
    if command.impact not in list(Impact):
        raise UnknownImpact(impact=command.impact, known=", ".join(Impact))
    told = incident.told
    if told and command.seen != incident.tellings:
        raise ToldMeanwhile(by=told.by, at=told.at, headline=told.headline)
    if not incident.is_open and command.status != PublicStatus.RESOLVED:
        raise OnlyTheLastWord(incident=incident.name, status=rules.status_label(incident.status).lower())


def _worded_at(incident: Incident, command: c.TellCustomers, rules: Rules, now: datetime) -> datetime | None:
    """Return since when the text promises the next word; nothing where that is over by now, or it promises none."""
    every = rules.severity(incident.severity).tell_customers_every
    begun = command.worded_at
    return begun if every and begun and begun <= now < every.again(begun, rules.hours) else None


def next_episode(incident: Incident, status: str) -> int:
    """Return which public incident a word of that status belongs to: another one, where the last is over."""
    told = incident.told
    if told is None:
        return 1
    return told.episode + (not is_awaited(told) and status != PublicStatus.RESOLVED)


def episode_key(workspace: str, incident_id: int, name: str, episode: int) -> str:
    """Return what tells one public incident from all others, those of other Tocsins too; it gives nothing away."""
    return hashlib.sha256(f"{workspace}/{incident_id}/{name}/{episode}".encode()).hexdigest()[:KEY]


def is_awaited(told: Told | None) -> bool:
    """Say whether customers, who have read `told`, wait for more: nobody has told them that it is over."""
    return told is not None and told.status != PublicStatus.RESOLVED


def customers_due(incident: Incident, rules: Rules) -> datetime | None:
    """Return when the next word to customers is due; nothing where the playbook asks for none, or all was said."""
    every = rules.severity(incident.severity).tell_customers_every
    told = incident.told
    if every is None or incident.private or incident.drill:
        return None
    if not incident.is_open:
        return every.again(incident.closed_at, rules.hours) if incident.closed_at and is_awaited(told) else None
    began = work_began(incident, rules, (incident.severity,))
    return every.again(max(_promised_since(told), began) if told and is_awaited(told) else began, rules.hours)


def _promised_since(told: Told) -> datetime:
    return told.worded_at or told.at


def timers(incident: Incident, rules: Rules) -> Iterator[tuple[str, datetime]]:
    """Yield when somebody is asked for the next word to customers.

    Once anything was said, people are asked again and again, first a little before customers expect it, and once more
    after the end; whether anything is to be said at all, they are asked once.
    """
    due, every = customers_due(incident, rules), rules.severity(incident.severity).tell_customers_every
    if due is None or every is None:
        return
    asked, told, closed_at = incident.customers_asked_at, incident.told, incident.closed_at
    if told is None or not is_awaited(told):
        again = due if asked is None or asked < due else None
    elif closed_at:
        again = due if asked is None or asked < closed_at else None
    elif asked is None:
        again = due - min(AHEAD, (due - _promised_since(told)) / FIFTH)
    else:
        again = max(due, every.again(asked, rules.hours))
    if again:
        yield CUSTOMERS, again


def asked(
    due: Iterable[str], incident: Incident, rules: Rules, now: datetime, *, late: bool
) -> Iterator[e.CustomersAsked]:
    """Yield that somebody is asked for the next word to customers, where that is `due`."""
    if CUSTOMERS in due:
        due_at = customers_due(incident, rules) or now
        yield e.CustomersAsked(now, due_at, speakers(incident), late=late)


def speakers(incident: Incident) -> tuple[str, ...]:
    """Return who speaks to customers: whoever plays that part, else who leads."""
    speaker = next((incident.roles[role] for role in SPEAKERS if role in incident.roles), None)
    if speaker:
        return (speaker,)
    return leaders(incident) if incident.is_open else tuple(filter(None, [incident.commander or incident.closed_by]))


def impacts(told: Iterable[e.CustomersTold]) -> dict[str, Impact]:
    """Return the worst that customers read of each component, in what was told last of each public incident."""
    worst: dict[str, Impact] = {}
    for one in told:
        if one.status != PublicStatus.RESOLVED:
            for component in one.components:
                worst[component] = max(worst.get(component, Impact.NONE), Impact(one.impact), key=lambda it: it.rank)
    return worst

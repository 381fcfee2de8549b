"""What a pager is, whichever vendor it comes from, and what it is told of a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.domain.calling import Calling
from app.domain.incident import Incident
from app.integrations.proof import Proof
from app.line import one_line
from app.outbox import Away, Dead, Doubtful, Later, Sent
from app.store import Record

Failed = Later | Away | Doubtful | Dead
Result = Sent | Failed
"""What becomes of an act."""

Route = str
"""By what an alert reaches somebody's phone: a name of the pager's own, which people may read."""

LONGEST_DETAIL = 2000


@dataclass(frozen=True, slots=True)
class Alert:
    """What makes a phone ring. It is the same alert each time the pager is told of the same `key`.

    `rank` is 0 for the highest severity of the playbook, 1 for the next, and so on. `source` is what is affected.
    It is `repeated` where an earlier attempt may have arrived.
    """

    key: str
    summary: str
    rank: int
    source: str
    details: Mapping[str, str] = field(default_factory=dict)
    link: str | None = None
    repeated: bool = False


class Pager(Protocol):
    """A system that makes phones ring. Nothing here raises; every answer is an outcome.

    An act that is done twice with the same key does what it does once.
    """

    name: str
    """What people call it."""

    @property
    def everybody(self) -> Route | None:
        """The route to all who have none of their own; what a monitor rings by itself, it rings by this one."""

    def routes(self, responders: Sequence[str]) -> Mapping[Route, tuple[str, ...]]:
        """Return the routes to these responders (ids of the playbook), with those whom each reaches, each once."""

    async def trigger(self, route: Route, alert: Alert) -> Result:
        """Make it ring."""

    async def acknowledge(self, route: Route, key: str) -> Result:
        """Tell it that somebody has taken the alert of that key."""

    async def resolve(self, route: Route, key: str) -> Result:
        """Tell it that the alert of that key is over."""

    async def away(self) -> str | None:
        """Ask, without ringing anybody, whether it is there and takes what we send: nothing if so, else why not."""

    async def prove(self) -> list[Proof]:
        """Look at it without ringing anybody and without changing anything: what works, or the one thing to do."""

    async def close(self) -> None:
        """Let go of every connection."""


def alert(key: str, record: Record, called: Calling, link: str | None, *, repeated: bool = False) -> Alert:
    """Return what the pager is told of a page: who is called, for what, and why."""
    incident, names = record.incident, map(record.rules.responder_name, called.responders)
    details = {
        "Incident": incident.name,
        "Impact": "" if incident.private else incident.impact,
        "Services": "" if incident.private else incident.services,
        "Declared": f"{incident.declared_at:%Y-%m-%d %H:%M} UTC",
        "To do": _to_do(incident),
    }
    return Alert(
        key=key,
        # Nothing that changes by and by: the pager keeps showing these words.
        summary=one_line(f"{_called(incident)}. Page to {', '.join(names)}{_why(incident, called)}"),
        rank=record.rules.rank(incident.severity),
        source=(not incident.private and one_line(incident.services)) or incident.name,
        details={name: said for name, text in details.items() if (said := one_line(text)[:LONGEST_DETAIL])},
        link=link,
        repeated=repeated,
    )


def _called(incident: Incident) -> str:
    # What a pager holds, more people read than those whom a private incident concerns.
    title = f"private incident {incident.name}" if incident.private else incident.title
    return f"{'DRILL ' if incident.drill else ''}{incident.severity} {title}"


def _why(incident: Incident, called: Calling) -> str:
    # The tag that pages says what it is about.
    return "" if incident.private else f" ({called.why})"


def _to_do(incident: Incident) -> str:
    if incident.acknowledged_at:
        return "Somebody has it and calls you to help: acknowledge here to stop the ringing, then go to its channel"
    return (
        "Acknowledge in Slack: press Acknowledge on the card or in your direct message, "
        f"or type /incident ack {incident.number}"
    )

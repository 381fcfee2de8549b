"""What opens calls, whichever vendor it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.integrations.proof import Proof
from app.line import one_line
from app.outbox import Failed
from app.store import Record

LONGEST_TOPIC = 200


@dataclass(frozen=True, slots=True)
class Call:
    """A call that people can join at `url`; `id` is how it is called there."""

    id: str
    url: str


class Calls(Protocol):
    """A system that opens calls. Nothing here raises. `key` is the delivery's, and marks the call there."""

    name: str
    """What people call it."""

    async def open(self, key: str, record: Record) -> Call | Failed:
        """Open one for an incident."""

    async def find(self, key: str, record: Record) -> Sequence[Call] | Failed:
        """Return the calls that were opened under that key, the oldest first."""

    async def end(self, call: Call) -> Failed | None:
        """Take away a second copy, which nobody knows of."""

    async def away(self) -> str | None:
        """Ask whether it is there and takes what we send: nothing if so, else why not."""

    async def prove(self) -> list[Proof]:
        """Look whether calls can be opened, without opening one."""

    async def close(self) -> None:
        """Let go of every connection."""


def topic(record: Record) -> str:
    """Return how the call of an incident is called: what it shows, more people read than those whom it concerns."""
    incident = record.incident
    if incident.private:
        return f"private incident {incident.name}"
    drill = "DRILL " if incident.drill else ""
    return one_line(f"{drill}{incident.name}: {incident.severity} {incident.title}")[:LONGEST_TOPIC]

"""What a system is that keeps documents, whichever vendor it comes from."""

from dataclasses import dataclass
from typing import Protocol

from app.domain.incident import Incident
from app.integrations.proof import Proof
from app.line import one_line
from app.outbox import Failed

LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be kept: under which title, which is the document's key there, and what it says, in Markdown."""

    title: str
    markdown: str


@dataclass(frozen=True, slots=True)
class Published:
    """Where a document stands."""

    url: str


class Library(Protocol):
    """A system that keeps documents. Nothing here raises."""

    name: str
    """What people call it."""

    async def publish(self, document: Document) -> Published | Failed:
        """Keep it, in place of what Tocsin kept there under its title before. What people have changed stays."""

    async def away(self) -> str | None:
        """Ask whether it is there and takes what we send: nothing if so, else why not."""

    async def prove(self) -> list[Proof]:
        """Look whether documents can be kept, without keeping one."""

    async def close(self) -> None:
        """Let go of every connection."""


def title(incident: Incident) -> str:
    """Return how the postmortem of an incident is called: always the same, and no two the same."""
    return one_line(f"Postmortem {incident.name}: {incident.title}")[:LONGEST_TITLE]

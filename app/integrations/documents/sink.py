"""The sink of the outbox for documents."""

import re
from collections.abc import Awaitable, Callable

from app.domain import commands as c
from app.integrations.documents.library import Document, Library, Published, title
from app.integrations.proof import Proof
from app.outbox import Later, Outcome, Sent
from app.store import Delivery, Record

Draft = Callable[[Record], Awaitable[str]]
"""Returns the postmortem of an incident, in Markdown, as it can be drafted now."""
BLANK = re.compile(r"(?<!\\)_\[to fill in: (.+?)\]_")
"""How a draft marks what only people can fill in. What people wrote themselves has its brackets escaped."""


class DocumentSink:
    """Publishes postmortems. `draft` is given once Slack is known, which knows how people are called."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.draft: Draft | None = None

    async def deliver(self, _delivery: Delivery, record: Record) -> Outcome:
        """Publish the postmortem as it can be drafted now."""
        incident = record.incident
        if incident.private or incident.drill:
            return Sent({"skipped": "what is private, or a drill, is published nowhere"})
        if self.draft is None:
            return Later("Slack has not answered yet, and it knows how people are called", tried=False)
        draft = await self.draft(record)
        published = await self.library.publish(Document(title(incident), draft))
        if not isinstance(published, Published):
            return published
        return Sent({"url": published.url}, (c.RecordDocument(published.url, blanks(draft)),))

    async def find(self, _delivery: Delivery, _record: Record) -> Outcome | None:
        """Find nothing: it is looked up each time, and written in the place of what is there."""
        return None

    async def sweep(self, _delivery: Delivery, _record: Record) -> Outcome:
        """Take nothing away: there is no second one of the same title."""
        return Sent()

    async def away(self) -> str | None:
        """Ask whether it is there."""
        return await self.library.away()

    async def prove(self) -> list[Proof]:
        """Look whether documents can be kept."""
        return await self.library.prove()

    async def close(self) -> None:
        """Let go of it."""
        await self.library.close()


def blanks(draft: str) -> tuple[str, ...]:
    """Return what is still to be filled in, each thing once."""
    return tuple(dict.fromkeys(one.replace("\\", "") for one in BLANK.findall(draft)))

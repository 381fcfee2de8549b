"""Who gets to know of a private incident: its own people, and whoever Slack says is in its channel."""

import asyncio
from collections.abc import Sequence

from app.domain.privacy import may_see
from app.slack.listeners.edge import Edge
from app.slack.listeners.refusals import PrivateIncident
from app.slack.requests import Request
from app.store import Record


async def admit(edge: Edge, request: Request, record: Record) -> None:
    """Raise `PrivateIncident` where whoever asks may not know of the incident; not even its title is told."""
    if not await sees(edge, request, record):
        raise PrivateIncident(number=record.incident.number)


async def sees(edge: Edge, request: Request, record: Record) -> bool:
    """Say whether whoever asks may know of the incident."""
    channel = record.incident.channel
    if may_see(record.incident, request.user) or (channel and request.channel == channel):
        return True
    return channel is not None and await edge.people.is_in(channel, request.user)


async def visible(edge: Edge, request: Request, records: Sequence[Record]) -> list[Record]:
    """Return those of the incidents that whoever asks may know of."""
    seen = await asyncio.gather(*(sees(edge, request, record) for record in records))
    return [record for record, allowed in zip(records, seen, strict=True) if allowed]

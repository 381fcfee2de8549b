"""Somebody came into the channel of an incident."""

from app.domain import commands as c
from app.domain.privacy import people
from app.slack.listeners.answer import Answer, Nothing
from app.slack.listeners.edge import Edge
from app.slack.requests import Request
from app.store import Record


async def joined(edge: Edge, request: Request) -> Answer:
    """Brief whoever comes late; apps need no briefing."""
    channel = request.channel
    record = await edge.store.run(lambda tx: tx.by_room(edge.workspace, channel)) if channel else None
    # Where it is over nothing becomes of it, and that is remembered: a copy must not brief them once it is open again.
    if record and await _is_person(edge, request.user, record):
        await edge.handler(edge.workspace, record.id, c.Arrive(request.user), request.receipt)
    return Nothing()


async def _is_person(edge: Edge, user: str, record: Record) -> bool:
    # Those whom Tocsin itself invites come many at once, and Slack need not be asked about them.
    return user in people(record.incident) or not await edge.people.is_bot(user)

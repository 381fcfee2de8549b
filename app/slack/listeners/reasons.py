"""`/incident why`: which rule did the last thing, and which does the next."""

from app.slack.blocks import reasons
from app.slack.listeners.answer import Answer, Say
from app.slack.listeners.asking import Asked


async def why(asked: Asked) -> Answer:
    """Say which rule of the playbook did the last thing that nobody did, and what comes next by which."""
    edge, record = asked.edge, asked.record
    events = await edge.store.run(lambda tx: tx.timeline(record.id))
    return Say(reasons.why(record, events, edge.now()))

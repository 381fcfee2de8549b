"""What customers are told: the playbook's text for them, as it reads now."""

from app.domain.events import UpdatePosted
from app.slack.blocks import messages
from app.slack.listeners.answer import Answer, Say
from app.slack.listeners.asking import Asked


async def text(asked: Asked) -> Answer:
    """Show the text to the one who asked, to be copied anywhere."""
    edge, record = asked.edge, asked.record
    status = record.incident.status.value
    # The text is worded as it is after an update: this is one that says nothing new.
    nothing_new = UpdatePosted(edge.now(), asked.by.id, status, status)
    said = messages.for_customers(record, nothing_new, edge.words.of(record.rules.playbook))
    return Say(messages.to_copy(record, said))

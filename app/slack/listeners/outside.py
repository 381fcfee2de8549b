"""What an incident has outside Slack that people ask for: its bridge, and where its postmortem is published."""

from app.domain import commands as c
from app.domain.effects import Way
from app.slack.blocks import answers
from app.slack.listeners import acting
from app.slack.listeners.answer import Answer, Say
from app.slack.listeners.asking import Asked
from app.slack.listeners.refusals import NoBridge, NoLibrary, Refused
from app.slack.text import channel_ref, outside


async def bridge(asked: Asked) -> Answer:
    """Show the bridge, or have one opened."""
    record = asked.record
    if record.incident.bridge:
        link = outside(record.incident.bridge, "join the call")
        return Say(answers.done(f"The bridge of {channel_ref(record)}: {link}."))
    if not _is_connected(Way.BRIDGE, asked):
        raise Refused(NoBridge(), record)
    return await acting.do(asked, c.AskBridge(asked.by))


async def publish(asked: Asked) -> Answer:
    """Have the postmortem published."""
    if not _is_connected(Way.DOCUMENTS, asked):
        raise Refused(NoLibrary(), asked.record)
    return await acting.do(asked, c.PublishPostmortem(asked.by))


def _is_connected(way: Way, asked: Asked) -> bool:
    return way in asked.edge.playbook.of(asked.record.rules).connected

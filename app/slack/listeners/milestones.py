"""`/incident milestones`: how an incident stands to them, and marking one as reached."""

from app.domain import commands as c
from app.slack.blocks import milestones
from app.slack.listeners import acting, asking
from app.slack.listeners.answer import Answer, Replace, Say
from app.slack.listeners.asking import Asked
from app.slack.listeners.edge import Edge
from app.slack.requests import Request


async def show(asked: Asked) -> Answer:
    """Mark the milestone that was named as reached, or show how the incident stands to all."""
    if asked.rest:
        return await acting.do(asked, c.ReachMilestone(asked.by, asked.written))
    return Say(milestones.listing(asked.record, asked.edge.now()))


async def press_reach(edge: Edge, request: Request) -> Answer:
    """Mark a milestone as reached; the button carries the incident and the milestone."""
    value, _, milestone = request.value.partition(":")
    asked = await asking.carried(edge, request, value)
    command = c.ReachMilestone(asked.by, milestone)
    if not request.private:
        return await acting.do(asked, command)
    record = (await acting.act(asked, command)).record
    return Replace(milestones.listing(record, edge.now()))

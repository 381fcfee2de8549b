"""Buttons and menus, in messages and in the Home tab."""

from collections.abc import Mapping
from functools import partial

from app.domain import commands as c
from app.handle import AnsweredBefore
from app.slack.blocks import answers
from app.slack.listeners import (
    acting,
    adopting,
    asking,
    checklists,
    commands,
    customers,
    drills,
    follow_ups,
    leading,
    milestones,
    opening,
    outside,
    reasons,
    responders,
    runbooks,
    subscribing,
    suggestions,
)
from app.slack.listeners.answer import Answer, Nothing, Say
from app.slack.listeners.asking import About, Route
from app.slack.listeners.edge import Edge
from app.slack.listeners.refusals import Outdated, RetriedBefore
from app.slack.requests import Request


def on_incident(about: About) -> Route:
    """Return what a button does whose value is the id of an incident."""

    async def press(edge: Edge, request: Request) -> Answer:
        return await about(await asking.carried(edge, request, request.value))

    return press


async def declare(edge: Edge, request: Request) -> Answer:
    """Open the form that declares; the value is the title, as far as it is known."""
    return await opening.declaration(edge, request, title=request.value)


async def more(edge: Edge, request: Request) -> Answer:
    """Do what was chosen from the card's menu; the value is the choice and the incident's id."""
    word, _, value = request.value.partition(":")
    if word not in MENU:
        raise Outdated
    return await MENU[word](await asking.carried(edge, request, value))


async def retry(edge: Edge, request: Request) -> Answer:
    """Try a dead delivery again; the value is the incident's id and the delivery's key."""
    value, _, key = request.value.partition(":")
    await asking.carried(edge, request, value)
    if not await edge.handler.is_first(edge.workspace, request.receipt):
        raise AnsweredBefore
    if not await edge.retry_delivery(key):
        raise RetriedBefore
    return Say(answers.done("It is tried again now."))


async def nothing(_edge: Edge, _request: Request) -> Answer:
    """Take note of a button that is a link."""
    return Nothing()


MENU: Mapping[str, About] = {
    "cancel": opening.opens("cancel"),
    "customers": customers.open_form,
    "handoff": opening.opens("handoff"),
    "merge": leading.merge_form,
    "milestones": milestones.show,
    "why": reasons.why,
    "commander": opening.opens("commander"),
    "decline": acting.sends(lambda asked: c.Decline(asked.by)),
    "checklists": checklists.show,
    "roles": opening.opens("role"),
    "runbook": runbooks.for_card,
    "severity": opening.opens("severity"),
    "status": opening.opens("status"),
    "tags": opening.opens("tags"),
    "follow_ups": follow_ups.show,
    "timeline": commands.timeline,
    "timers": commands.timers,
}

PRESSES: Mapping[str, Route] = {
    "incident.acknowledge": acting.presses(c.Acknowledge),
    "incident.escalate": acting.presses(c.Escalate),
    "incident.reopen": acting.presses(c.Reopen),
    "nudge.no_change": acting.presses(partial(c.PostUpdate, no_change=True)),
    "nudge.snooze": acting.presses(c.Snooze),
    "page.decline": acting.presses(c.Decline),
    "postmortem.done": acting.presses(c.CompletePostmortem),
    "postmortem.draft": acting.presses(c.DraftPostmortem),
    "postmortem.publish": acting.presses(c.PublishPostmortem),
}

ON_INCIDENT: Mapping[str, About] = {
    "incident.command": acting.sends(lambda asked: c.TakeCommand(asked.by)),
    "incident.customers": customers.open_form,
    "incident.resolve": opening.opens("resolve"),
    "incident.role": opening.opens("role"),
    "incident.update": opening.opens("update"),
    "postmortem.publish": outside.publish,
}

BUTTONS: Mapping[str, Route] = {
    "delivery.retry": retry,
    "drill.start": drills.press_start,
    "incident.declare": declare,
    "incident.more": more,
    "incident.open": nothing,
    "milestone.reach": milestones.press_reach,
    "playbook.adopt": adopting.confirm,
    "responders.open": responders.open_form,
    "subscription.list": subscribing.press_list,
    "subscription.stop": subscribing.press_stop,
    **checklists.BUTTONS,
    **follow_ups.BUTTONS,
    **suggestions.BUTTONS,
    **runbooks.BUTTONS,
    **PRESSES,
    **{name: on_incident(about) for name, about in ON_INCIDENT.items()},
}

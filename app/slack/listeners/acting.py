"""Doing what somebody asks: one command to the core, confirmed to that person alone."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from app.domain import commands as c
from app.domain.errors import NotAllowed, Rejected
from app.domain.incident import Incident
from app.handle import Handled
from app.slack.listeners import asking, home
from app.slack.listeners.answer import Answer, Nothing, Say
from app.slack.listeners.asking import About, Asked, Route
from app.slack.listeners.confirmations import confirmed
from app.slack.listeners.edge import Edge
from app.slack.listeners.refusals import Refused
from app.slack.requests import Kind, Request
from app.slack.text import Message
from app.store import Record, StoreError

UNSEEN = (c.Snooze,)
"""Commands that leave no message in the room."""


def sends(make: Callable[[Asked], c.Command]) -> About:
    """Return what a word or a button does that sends one command."""

    async def send(asked: Asked) -> Answer:
        return await do(asked, make(asked))

    return send


def presses(make: Callable[[c.Actor], c.Command]) -> Route:
    """Return what a button does that sends one command to the incident whose id it carries.

    The incident is loaded once, where the command is decided: this is the click that has to be quick.
    """

    async def press(edge: Edge, request: Request) -> Answer:
        incident_id, command = asking.carried_id(request.value), make(c.Actor(request.user))
        try:
            handled = await edge.handler(edge.workspace, incident_id, command, request.receipt)
        except Rejected:
            # What is said of a refusal depends on the incident, and an admin may do what others may not.
            return await do(await asking.carried(edge, request, request.value), command)
        return await _confirm(edge, request, handled.record, command)

    return press


async def do(asked: Asked, command: c.Command) -> Answer:
    """Send `command` to the core, and confirm it, unless it can be seen where it was clicked."""
    return await _confirm(asked.edge, asked.request, (await act(asked, command)).record, command)


async def _confirm(edge: Edge, request: Request, record: Record, command: c.Command) -> Answer:
    if request.surface == "home":
        # It is recorded, whether or not the tab can be read again now.
        with suppress(StoreError):
            return await home.show(edge, request.user)
    in_its_room = request.kind is Kind.CLICK and request.channel == _room_channel(record.incident)
    if in_its_room and not isinstance(command, UNSEEN):
        return Nothing()
    return Say(confirmed(record, command))


async def act(asked: Asked, command: c.Command) -> Handled:
    """Send `command` to the core, and return what became of it. Raises `Refused`."""
    try:
        return await _send(asked, command)
    except Rejected as rejected:
        raise Refused(rejected, asked.record) from rejected


async def _send(asked: Asked, command: c.Command) -> Handled:
    edge, request, record = asked.edge, asked.request, asked.record
    try:
        return await edge.handler(edge.workspace, record.id, command, request.receipt)
    except NotAllowed:
        # Slack is asked who is an admin only where that decides, so that it seldom delays an answer.
        if not await edge.people.is_admin(request.user):
            raise
        return await edge.handler(edge.workspace, record.id, _as_admin(command, asked), request.receipt)


def _as_admin(command: Any, asked: Asked) -> c.Command:
    # `Any`: a type checker cannot know that only commands with a `by` are ever `NotAllowed`.
    by_admin: c.Command = replace(command, by=replace(asked.by, admin=True))
    return by_admin


async def declare(edge: Edge, request: Request, command: c.Declare) -> Message:
    """Declare an incident, and return the words that confirm it."""
    handled = await edge.handler.declare(edge.workspace, command, request.receipt)
    return confirmed(handled.record, command)


def _room_channel(incident: Incident) -> str | None:
    if incident.in_thread and incident.announcement:
        return incident.announcement.channel
    return incident.channel

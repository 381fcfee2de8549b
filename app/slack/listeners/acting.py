"""Doing what somebody asks: one command to the core, and the words that confirm it to that person alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain import commands as c
from app.domain.errors import NotAllowed, Rejected
from app.domain.incident import Incident
from app.domain.playbook import Status
from app.handle import Handled
from app.slack.blocks import answers
from app.slack.listeners import home
from app.slack.listeners.answer import Answer, Nothing, Say
from app.slack.listeners.asking import About, Asked
from app.slack.listeners.edge import Edge
from app.slack.listeners.refusals import Refused
from app.slack.requests import Kind, Request
from app.slack.text import Message, channel_ref, escape, mention, when
from app.store import Record

Done = Callable[[Record], str]


def sends(make: Callable[[Asked], c.Command]) -> About:
    """Return what a word or a button does that sends one command."""

    async def send(asked: Asked) -> Answer:
        return await do(asked, make(asked))

    return send


async def do(asked: Asked, command: c.Command) -> Answer:
    """Send `command` to the core, and confirm it, unless it can be seen where it was clicked."""
    record, request = (await act(asked, command)).record, asked.request
    if request.surface == "home":
        return await home.show(asked.edge, request.user)
    if request.kind is Kind.CLICK and request.channel == _room_channel(record.incident):
        return Nothing()
    return Say(confirmation(record, command))


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
    return confirmation(handled.record, command)


def confirmation(record: Record, command: c.Command) -> Message:
    """Return what the person who sent `command` reads; `record` is the incident as it stands after it."""
    return answers.done(DONE[type(command)](record))


def _room_channel(incident: Incident) -> str | None:
    if incident.in_thread and incident.announcement:
        return incident.announcement.channel
    return incident.channel


def _room(record: Record) -> str:
    if record.incident.wants_channel:
        return "Its channel opens now, and you are invited to it."
    announce = record.rules.severity(record.incident.severity).announce or record.rules.announce
    return f"It lives in a thread of #{escape(announce)}: {escape(record.incident.severity)} has no channel of its own."


def _status(record: Record) -> str:
    return escape(record.rules.status_label(record.incident.status))


def _time(at: datetime | None) -> str:
    return when(at) if at else "the next due time"


def _roles(record: Record) -> str:
    names = {role.id: role.name for role in record.rules.roles}
    held = record.incident.roles.items()
    return ", ".join(f"{escape(names.get(role, role))} {mention(member)}" for role, member in held)


def _tags(incident: Incident) -> str:
    return ", ".join(map(escape, incident.tags)) or "none"


def _draft(record: Record) -> str:
    where = f"The draft of the postmortem is posted in {channel_ref(record)} in a moment."
    match record.incident.status:
        case Status.RESOLVED:
            return where
        case Status.CANCELLED:
            return f"{where} It was a false alarm, so little will be in it."
        case _:
            return f"{where} The incident is still open, so the draft ends with what has happened so far."


DONE: dict[type[c.Command], Done] = {
    c.Declare: lambda record: f"{channel_ref(record)} is declared. {_room(record)}",
    c.Acknowledge: lambda record: f"You acknowledged {channel_ref(record)}. Nobody else is paged for it.",
    c.Decline: lambda record: f"You passed {channel_ref(record)} on. The next step is paged.",
    c.Escalate: lambda record: f"The next step of {channel_ref(record)} is paged now.",
    c.PostUpdate: lambda record: f"Your update is in {channel_ref(record)}.",
    c.Snooze: lambda record: f"Snoozed until {_time(record.incident.snoozed_until)}.",
    c.ChangeSeverity: lambda record: f"{channel_ref(record)} is {escape(record.incident.severity)} now.",
    c.ChangeStatus: lambda record: f"{channel_ref(record)}: {_status(record)}.",
    c.AssignRole: lambda record: f"Roles of {channel_ref(record)}: {_roles(record)}.",
    c.ChangeTags: lambda record: f"Tags of {channel_ref(record)}: {_tags(record.incident)}.",
    c.AddNote: lambda record: f"Your note is in the timeline of {channel_ref(record)}.",
    c.Resolve: lambda record: f"{channel_ref(record)} is resolved. To work on it again: `/incident reopen`",
    c.Cancel: lambda record: f"{channel_ref(record)} is cancelled. To work on it again: `/incident reopen`",
    c.Reopen: lambda record: f"{channel_ref(record)} is open again. Its clocks start anew, and nobody has it yet.",
    c.DraftPostmortem: _draft,
    c.CompletePostmortem: lambda record: f"The postmortem of {channel_ref(record)} is done. Its reminders stop.",
}

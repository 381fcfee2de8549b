"""Shortcuts: declaring from anywhere and from a message, and adding a message to a timeline."""

from collections.abc import Mapping

from app.slack.listeners import noting, opening
from app.slack.listeners.answer import Answer
from app.slack.listeners.asking import Route
from app.slack.listeners.edge import Edge
from app.slack.requests import Request, readable


async def declare(edge: Edge, request: Request) -> Answer:
    """Open the form that declares."""
    return await opening.declaration(edge, request)


async def declare_from(edge: Edge, request: Request) -> Answer:
    """Open the form that declares, with the message's first line as its title; the form remembers the message."""
    title = readable(request.text).partition("\n")[0]
    return await opening.declaration(edge, request, title=title)


SHORTCUTS: Mapping[str, Route] = {
    "declare": declare,
    "declare_from": declare_from,
    "note_from": noting.add,
}

"""From a payload to an answer: read it, send one command, answer the person.

Bolt has six listeners, one for each way in; what was asked is looked up in the tables of this package. A listener
never raises: in Socket Mode that would leave Slack without any acknowledgement.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck

from app.domain.errors import Rejected
from app.slack.blocks import answers
from app.slack.listeners import buttons, commands, forms, home, responders, shortcuts
from app.slack.listeners.answer import Answer, Nothing, Offer, Say
from app.slack.listeners.asking import Route
from app.slack.listeners.edge import Afterwards, Edge
from app.slack.listeners.refusals import Broken, Outdated, Refused
from app.slack.listeners.reply import reply
from app.slack.requests import Kind, Reader, Request
from app.slack.text import sentence
from app.store import Record, StoreError

__all__ = ["ROUTES", "Afterwards", "Edge", "answer", "listener"]

log = structlog.get_logger(__name__)

Listener = Callable[[AsyncAck, dict[str, Any]], Awaitable[None]]

ROUTES: Mapping[Kind, Mapping[str, Route]] = {
    Kind.COMMAND: {"/incident": commands.incident, "/postmortem": commands.postmortem},
    Kind.CLICK: buttons.BUTTONS,
    Kind.SUBMISSION: forms.FORMS,
    Kind.SEARCH: responders.SEARCHES,
    Kind.SHORTCUT: shortcuts.SHORTCUTS,
    Kind.EVENT: home.EVENTS,
}


def listener(edge: Edge, read: Reader) -> Listener:
    """Return the listener for the payloads that `read` understands."""

    async def listen(ack: AsyncAck, body: dict[str, Any]) -> None:
        started = asyncio.get_running_loop().time()
        request = read(body)
        try:
            await reply(edge, request, await answer(edge, request), ack, started)
        except Exception:
            # The one place where everything ends that nobody foresaw. The payload is not logged: it may be private.
            log.exception("a listener failed", kind=request.kind.value, name=request.name, receipt=request.receipt)
            await reply(edge, request, _refusal(edge, Broken()), ack, started)

    return listen


async def answer(edge: Edge, request: Request) -> Answer:
    """Return what the person gets to see. Refusals are answers."""
    route = ROUTES[request.kind].get(request.name.partition(":")[0])
    try:
        return await route(edge, request) if route else _unknown(edge, request)
    except Refused as refused:
        return forms.wrong(request, refused.rejected) or _refusal(edge, refused.rejected, refused.record)
    except Rejected as rejected:
        return forms.wrong(request, rejected) or _refusal(edge, rejected)
    except StoreError as error:
        log.warning("not recorded", error=str(error), kind=request.kind.value, name=request.name)
        return Say(answers.refusal(str(error)))


def _unknown(edge: Edge, request: Request) -> Answer:
    match request.kind:
        case Kind.EVENT:
            return Nothing()
        case Kind.SEARCH:
            return Offer(())
        case _:
            return _refusal(edge, Outdated())


def _refusal(edge: Edge, rejected: Rejected, record: Record | None = None) -> Say:
    return Say(answers.refusal(sentence(rejected, record, edge.now()), record))

"""From a payload to an answer: read it, send one command, answer the person.

Bolt has six listeners, one for each way in; what was asked is looked up in the tables of this package. A listener
never raises: in Socket Mode that would leave Slack without any acknowledgement.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck

from app import failpoints
from app.domain.errors import Rejected
from app.slack.blocks import answers
from app.slack.listeners import buttons, commands, events, forms, responders, shortcuts
from app.slack.listeners.admission import admit
from app.slack.listeners.answer import Answer, Nothing, Offer, Say
from app.slack.listeners.asking import Route
from app.slack.listeners.edge import Afterwards, Edge
from app.slack.listeners.refusals import Broken, Outdated, Refused
from app.slack.listeners.reply import reply
from app.slack.requests import Kind, Reader, Request
from app.slack.text import sentence
from app.store import Record, StoreError, answer_by

__all__ = ["ROUTES", "Afterwards", "Edge", "answer", "listener"]

log = structlog.get_logger(__name__)

# Slack waits 3 s for an answer. Whatever is asked for one, of the database and of Slack, shares these.
ANSWER_WITHIN = 2.4

Listener = Callable[[AsyncAck, dict[str, Any]], Awaitable[None]]

ROUTES: Mapping[Kind, Mapping[str, Route]] = {
    Kind.COMMAND: {"/incident": commands.incident, "/postmortem": commands.postmortem},
    Kind.CLICK: buttons.BUTTONS,
    Kind.SUBMISSION: forms.FORMS,
    Kind.SEARCH: responders.SEARCHES,
    Kind.SHORTCUT: shortcuts.SHORTCUTS,
    Kind.EVENT: events.EVENTS,
}


def listener(edge: Edge, read: Reader) -> Listener:
    """Return the listener for the payloads that `read` understands."""

    async def listen(ack: AsyncAck, body: dict[str, Any]) -> None:
        started = asyncio.get_running_loop().time()
        request = read(body)
        failpoints.reach("request.received")
        try:
            with answer_by(started + ANSWER_WITHIN):
                answered = await answer(edge, request)
            failpoints.reach("request.answered")
            await reply(edge, request, answered, ack, started)
            failpoints.reach("request.acknowledged")
        except Exception:
            # The one place where everything ends that nobody foresaw. The payload is not logged: it may be private.
            log.exception("a listener failed", kind=request.kind.value, name=_routed(request), receipt=request.receipt)
            await reply(edge, request, _refusal(edge, Broken()), ack, started)
        edge.answered(asyncio.get_running_loop().time() - started)

    return listen


async def answer(edge: Edge, request: Request) -> Answer:
    """Return what the person gets to see. Refusals are answers."""
    try:
        return await _route(edge, request)
    except Refused as refused:
        return _refused(edge, request, refused.rejected, refused.record)
    except Rejected as rejected:
        return _refused(edge, request, rejected)
    except StoreError as error:
        log.warning("not recorded", error=str(error), kind=request.kind.value, name=_routed(request))
        return Say(answers.refusal(str(error)))


async def _route(edge: Edge, request: Request) -> Answer:
    route = ROUTES[request.kind].get(_routed(request))
    if route is None:
        return _unknown(edge, request)
    admit(edge, request)
    return await route(edge, request)


def _routed(request: Request) -> str:
    """Return the name under which the tables know the request, empty where they do not."""
    name = request.name.partition(":")[0]
    return name if name in ROUTES[request.kind] else ""


def _refused(edge: Edge, request: Request, rejected: Rejected, record: Record | None = None) -> Answer:
    if request.kind is Kind.EVENT:
        # Nobody asked for anything, so nobody waits for an answer.
        return Nothing()
    if wrong := forms.wrong(request, rejected):
        return wrong
    if request.receipt:
        # A copy of this that comes late must find the same answer, though it would be allowed by then.
        edge.afterwards.start(_remember(edge, request.receipt))
    return _refusal(edge, rejected, record)


async def _remember(edge: Edge, receipt: str) -> None:
    with suppress(StoreError):
        await edge.handler.is_first(edge.workspace, receipt)


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

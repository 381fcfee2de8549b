"""Bringing an answer to the person: in the acknowledgement where Slack takes it there, else once, right after it."""

import asyncio
from urllib.parse import urlsplit

from aiohttp import ClientError
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from app.slack import errors
from app.slack.blocks import answers, modals
from app.slack.listeners.answer import (
    Above,
    Answer,
    Clear,
    Close,
    Nothing,
    Offer,
    Open,
    Publish,
    Replace,
    Say,
    Show,
    View,
    Wrong,
)
from app.slack.listeners.edge import Edge
from app.slack.listeners.refusals import FormTooLate
from app.slack.requests import Kind, Request
from app.slack.text import Message, sentence

# Slack gives up on an answer, and on opening a form, 3 s after the person acted.
OPEN_BY = 2.5
OPEN_WITHIN = 2.0
TELL_WITHIN = 10
HTTP_OK = 200
# An id that Slack does not know, or that did not come, opens no form either, and pressing again brings another.
TOO_LATE = ("expired_trigger_id", "invalid_trigger_id")
# Slack delivered the same press twice, and its first delivery opened the form.
OPEN_ALREADY = "exchanged_trigger_id"
TITLE = "Not done"
SLACK_HOST = "slack.com"
RESPONSE_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})


class NotDelivered(Exception):
    """Slack refused to show an answer."""


async def reply(  # noqa: C901 -- one case for each kind
    edge: Edge, request: Request, answer: Answer, ack: AsyncAck, started: float
) -> None:
    """Acknowledge `request` with `answer`; `started` is when it came in, by the event loop's clock."""
    match answer:
        case Open(view):
            late = await _open(edge, request, view, started)
            await (reply(edge, request, Say(late), ack, started) if late else ack())
        case Say(message):
            await _say(edge, request, message, ack)
        case Replace(message):
            await ack()
            edge.afterwards.start(_replace(edge, request, message))
        case Show(view):
            await ack(response_action="update", view=dict(view))
        case Above(view):
            await ack(response_action="push", view=dict(view))
        case Clear():
            await ack(response_action="clear")
        case Wrong(fields):
            await ack(response_action="errors", errors=dict(fields))
        case Offer(options):
            await ack(options=[dict(option) for option in options])
        case Close(message, response_url):
            await ack()
            if message and answers_people(edge, response_url):
                edge.afterwards.start(_respond(response_url, message))
        case Publish(view):
            await ack()
            edge.afterwards.start(_publish(edge, request.user, view))
        case Nothing():
            await ack()


async def _say(edge: Edge, request: Request, message: Message, ack: AsyncAck) -> None:
    match request.kind:
        case Kind.COMMAND:
            await ack(text=message.text, blocks=message.blocks, response_type="ephemeral")
        case Kind.SUBMISSION:
            await ack(response_action="update", view=modals.told(TITLE, message.text))
        case Kind.SEARCH:
            await ack(options=[])
        case _:
            await ack()
            edge.afterwards.start(tell(edge, request, message))


async def _open(edge: Edge, request: Request, view: View, started: float) -> Message | None:
    """Open a form, and return what the person reads if it came too late."""
    if not request.trigger_id:
        return _too_late()
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout_at(min(started + OPEN_BY, loop.time() + OPEN_WITHIN)):
            await edge.client.views_open(trigger_id=request.trigger_id, view=dict(view))
    except (TimeoutError, ClientError, errors.Paused):
        return _too_late()
    except SlackApiError as error:
        code = errors.code_of(error)
        if code not in (*TOO_LATE, OPEN_ALREADY) and not errors.asks_for_pause(error):
            raise
        return None if code == OPEN_ALREADY else _too_late()
    return None


def _too_late() -> Message:
    return answers.refusal(sentence(FormTooLate()))


async def tell(edge: Edge, request: Request, message: Message) -> None:
    """Tell the person alone: where they pressed, in a dialog where that has no messages, else directly."""
    if answers_people(edge, request.response_url):
        await _respond(request.response_url, message, request.thread_ts)
    elif await _open(edge, request, modals.told(TITLE, message.text), asyncio.get_running_loop().time()):
        await edge.client.chat_postMessage(channel=request.user, text=message.text, blocks=message.blocks)


async def _replace(edge: Edge, request: Request, message: Message) -> None:
    if answers_people(edge, request.response_url):
        await _respond(request.response_url, message, request.thread_ts, replaces=True)
    else:
        await tell(edge, request, message)


def answers_people(edge: Edge, response_url: str) -> bool:
    """Say whether an address is one by which Slack, or the server in its place, takes answers.

    Such addresses come back to Tocsin in forms; it must not be sent to talk to others.
    """
    try:
        address, api = urlsplit(response_url), urlsplit(edge.client.base_url)
    except ValueError:
        return False
    in_its_place = api.hostname != SLACK_HOST and address.hostname == api.hostname
    return in_its_place or (address.scheme == "https" and address.netloc in RESPONSE_HOSTS)


async def _respond(
    response_url: str, message: Message, thread_ts: str | None = None, *, replaces: bool = False
) -> None:
    # slack_sdk would send again after a broken connection, and the person would read it twice.
    webhook = AsyncWebhookClient(response_url, timeout=TELL_WITHIN, retry_handlers=[])
    body = {"text": message.text, "blocks": message.blocks, "response_type": "ephemeral", "replace_original": replaces}
    in_thread = {"thread_ts": thread_ts} if thread_ts else {}
    answer = await webhook.send_dict(body | in_thread)
    if answer.status_code != HTTP_OK:
        raise NotDelivered(f"response_url answered {answer.status_code}")


async def _publish(edge: Edge, user: str, view: View) -> None:
    await edge.client.views_publish(user_id=user, view=dict(view))

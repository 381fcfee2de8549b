"""Hands what Slack sends to Bolt, and answers what Slack would never send.

Bolt takes every payload for what it should be. Where a user is a number or `actions` is no list, it raises before any
listener has run, and shows the payload in its log. Nothing here raises, and no line of the log tells what was sent.
"""

import asyncio
import json
import logging
import random
import re
import time
import traceback
from binascii import a2b_qp
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import PurePath
from typing import Any

import structlog
from aiohttp import ClientError, ClientWebSocketResponse
from slack_bolt import BoltResponse
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from starlette.requests import Request
from starlette.responses import Response

from app import failpoints

log = structlog.get_logger(__name__)

PING_EVERY = 10.0
CROWDED = "too_many_websockets"
FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0
FORM = re.compile(rb"payload=([\w.~*+%-]+)", re.ASCII)
ESCAPES = 2
"""How many characters an escape is longer than what it stands for."""
ENVELOPE_ID = re.compile(r'"envelope_id"\s*:\s*"([\w-]{1,100})"')


async def over_http(bolt: AsyncApp, request: Request, body: bytes) -> Response:
    """Answer a request whose signature was found genuine: 200, or 400 for what Slack never sends."""
    return to_starlette_response(await _dispatch(bolt, lambda: to_async_bolt_request(request, unwrapped(body))))


def unwrapped(body: bytes) -> bytes:
    """Return the JSON that a form carries as its one field `payload`; any other body as it is.

    Bolt takes either. Left to itself it undoes the escapes in pure Python, one by one and twice, which takes longer
    than all else that it does: a click comes with the whole message that was clicked.
    """
    form = FORM.fullmatch(body)
    if form is None:
        return body
    # The escapes of quoted-printable are those of a form, but for the sign that begins them.
    escaped = form[1].replace(b"+", b"%20").replace(b"%", b"=")
    payload = a2b_qp(escaped)
    whole = len(payload) == len(escaped) - ESCAPES * escaped.count(b"=")
    return payload if whole and payload.startswith(b"{") else body


async def unreadable(error: Exception) -> BoltResponse:
    """Answer in the place of Bolt's own handler of errors, which would log the payload.

    What Slack may send and Tocsin has no use for is taken with thanks: Slack stops sending to an app that refuses much.
    """
    if isinstance(error, BoltUnhandledRequestError):
        return BoltResponse(status=HTTPStatus.OK, body="")
    return _refused(error)


class Envelopes(SocketModeClient):
    """A connection of Socket Mode on which every envelope is acknowledged, whatever is in it."""

    def __init__(self, bolt: AsyncApp, app_token: str) -> None:
        super().__init__(
            app_token=app_token,
            logger=logging.getLogger("slack_sdk.socket_mode"),
            web_client=bolt.client,
            ping_interval=PING_EVERY,
        )
        self._bolt = bolt
        self._under_way: set[asyncio.Task[None]] = set()
        self._crowded = 0
        self._connect_at = 0.0
        self._broken: ClientWebSocketResponse | None = None
        self.socket_mode_request_listeners.append(self._take)

    def was_cut_off(self) -> bool:
        """Say, once of each connection, whether it ended without a word: slack_sdk looks only every ten seconds.

        Whatever Slack sends meanwhile, a click among it, finds nobody.
        """
        session = self.current_session
        if session is None or session is self._broken or not (session.closed and self.auto_reconnect_enabled):
            return False
        self._broken = session
        return True

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 -- as slack_sdk has it
        """Connect anew, as soon as that makes sense."""
        await asyncio.sleep(self._connect_at - asyncio.get_running_loop().time())
        await super().connect_to_new_endpoint(force)

    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        """Take a frame; where Slack says that there are too many connections, come back later, and not all at once."""
        if message.get("type") == "disconnect" and message.get("reason") == CROWDED:
            self._crowded += 1
            wait = min(FIRST_WAIT * 2**self._crowded, LONGEST_WAIT) * random.uniform(0.5, 1)  # noqa: S311 -- no secret
            self._connect_at = asyncio.get_running_loop().time() + wait
            log.warning("Slack has too many connections of this app, connecting again later", seconds=round(wait))
            if self.current_session:
                await self.current_session.close()
            # Whichever notices the closed connection first makes the next one.
            await self.connect_to_new_endpoint()
            return
        if message.get("envelope_id"):
            self._crowded = 0
        await super().run_message_listeners(message, raw_message)

    async def process_message(self) -> None:
        """Begin to answer the next frame; one that Slack would never send is acknowledged at once."""
        frame = await self.message_queue.get()
        try:
            message = _read(frame)
        except (ValueError, RecursionError) as error:
            _refused(error)
            work = self._acknowledge_unread(frame)
        else:
            work = self.run_message_listeners(message, frame)
        task = asyncio.create_task(work)
        # asyncio itself holds tasks weakly.
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _take(self, _: AsyncBaseSocketModeClient, envelope: SocketModeRequest) -> None:
        def request() -> AsyncBoltRequest:
            return AsyncBoltRequest(mode="socket_mode", body=envelope.payload, headers=build_headers(envelope))

        started = time.time()
        response = await _dispatch(self._bolt, request)
        if response.status != HTTPStatus.OK:
            # Slack would send it again, and it would read no better.
            response = BoltResponse(status=HTTPStatus.OK, body="")
        with _while_connected():
            await send_async_response(self, envelope, response, started)
            failpoints.reach("request.sent")

    async def _acknowledge_unread(self, frame: str) -> None:
        if envelope := ENVELOPE_ID.search(frame):
            with _while_connected():
                await self.send_socket_mode_response(SocketModeResponse(envelope_id=envelope[1]))


async def _dispatch(bolt: AsyncApp, request: Callable[[], AsyncBoltRequest]) -> BoltResponse:
    try:
        return await bolt.async_dispatch(request())
    except Exception as error:  # noqa: BLE001 -- Bolt reads the payload in there, and raises whatever that raises
        return _refused(error)


def _refused(error: Exception) -> BoltResponse:
    # Neither the error's words nor its traceback: both may quote the payload.
    log.warning("Slack sent something that cannot be read", kind=type(error).__name__, where=_place(error))
    return BoltResponse(status=HTTPStatus.BAD_REQUEST, body="")


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _read(frame: str) -> dict[str, Any]:
    """Return a frame of Socket Mode. Raises `ValueError` and `RecursionError` for what cannot be one."""
    message = json.loads(frame)
    if not isinstance(message, dict):
        raise ValueError("no object")  # noqa: TRY004 -- as json does for what is no JSON
    if "envelope_id" in message and not isinstance(message.get("payload"), dict):
        raise ValueError("no payload")
    return message


@contextmanager
def _while_connected() -> Iterator[None]:
    try:
        yield
    except (ClientError, ConnectionError) as error:
        log.warning("the connection went before an answer did", kind=type(error).__name__)

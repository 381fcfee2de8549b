"""How Slack reaches Tocsin: Socket Mode, watched, or HTTP behind a verifier of its own."""

import asyncio
import hashlib
import hmac
import re
import time
from collections.abc import Callable
from contextlib import suppress

import structlog
from aiohttp import ClientError, WSMessage
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message

from app.slack.errors import FAILURES, TOKEN, code_of
from app.slack.manifest import EVENTS_PATH

log = structlog.get_logger(__name__)

# The client pings every 10 s, so that silence for this long means that it has lost its way.
SILENCE = 60.0
CLOSE_WITHIN = 5.0
REFUSED = TOKEN | {"not_allowed_token_type", "no_permission"}

CLOCK_SKEW = 5 * 60
BODY_LIMIT = 1024 * 1024
TIMESTAMP = re.compile(rb"[0-9]{1,12}")


class SocketMode:
    """A connection to Slack that is made anew when nothing has been heard on it for `silence` seconds.

    slack_sdk reconnects by itself on all that it notices; this is for what it does not.
    """

    def __init__(self, bolt: AsyncApp, app_token: str, silence: float = SILENCE) -> None:
        self._bolt, self._app_token, self._silence = bolt, app_token, silence
        self._heard_at = 0.0
        self._last_pong: float | None = None
        self._handler: AsyncSocketModeHandler | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect. Raises `SlackApiError` if Slack does not take the app-level token; waits while it is away."""
        handler = self._new_handler()
        try:
            # slack_sdk would ask again for ever.
            opened = await self._bolt.client.apps_connections_open(app_token=self._app_token)
            handler.client.wss_uri = opened["url"]
        except FAILURES as error:
            if code_of(error) in REFUSED:
                raise
        await handler.connect_async()  # type: ignore[no-untyped-call]
        self._watch = asyncio.create_task(self._keep_watch())

    async def stop(self) -> None:
        """Disconnect."""
        if self._watch:
            self._watch.cancel()
        await self._close()

    @property
    def silent_for(self) -> float:
        """For how many seconds nothing has come over the connection."""
        return asyncio.get_running_loop().time() - self._heard_at

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(self._silence / 4)
            self._note_pong()
            if self.silent_for > self._silence:
                log.warning("Socket Mode fell silent, connecting anew", seconds=round(self.silent_for))
                await self._close()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._silence):
                        await self._new_handler().connect_async()  # type: ignore[no-untyped-call]

    def _new_handler(self) -> AsyncSocketModeHandler:
        self._handler = AsyncSocketModeHandler(self._bolt, self._app_token)
        self._handler.client.on_message_listeners.append(self._hear)
        self._last_pong = None
        self._heard_at = asyncio.get_running_loop().time()
        return self._handler

    async def _hear(self, _: WSMessage) -> None:
        self._heard_at = asyncio.get_running_loop().time()

    def _note_pong(self) -> None:
        # The client sets this to the time of a ping that was answered; to now, before the first was.
        pong = self._handler.client.last_ping_pong_time if self._handler else None
        if None not in (pong, self._last_pong) and pong != self._last_pong:
            self._heard_at = asyncio.get_running_loop().time()
        self._last_pong = pong

    async def _close(self) -> None:
        if self._handler:
            with suppress(TimeoutError, ClientError, OSError):
                async with asyncio.timeout(CLOSE_WITHIN):
                    await self._handler.close_async()  # type: ignore[no-untyped-call]


def endpoint(bolt: AsyncApp, signing_secret: str, now: Callable[[], float] = time.time) -> Route:
    """Return the one address that Slack calls for everything."""
    handler, secret = AsyncSlackRequestHandler(bolt), signing_secret.encode()

    async def events(request: Request) -> Response:
        body = await _read(request)
        if body is None:
            return Response(status_code=413)
        timestamp, signature = _header(request, b"x-slack-request-timestamp"), _header(request, b"x-slack-signature")
        if not is_genuine(secret, timestamp, signature, body, now()):
            return Response(status_code=401)
        try:
            return await handler.handle(_with_body(request, body))
        except ValueError:
            # It is neither UTF-8 nor JSON.
            return Response(status_code=400)

    return Route(EVENTS_PATH, events, methods=["POST"])


def is_genuine(secret: bytes, timestamp: bytes, signature: bytes, body: bytes, now: float) -> bool:
    """Say whether Slack signed this within the last five minutes. Takes any bytes, and never raises.

    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    if not TIMESTAMP.fullmatch(timestamp) or abs(now - int(timestamp)) > CLOCK_SKEW:
        return False
    expected = hmac.new(secret, b"v0:" + timestamp + b":" + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(b"v0=" + expected.encode(), signature)


async def _read(request: Request) -> bytes | None:
    """Return the body, or nothing as soon as it is longer than anything that Slack sends."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            return None
    return bytes(body)


def _header(request: Request, name: bytes) -> bytes:
    return next((value for key, value in request.headers.raw if key == name), b"")


def _with_body(request: Request, body: bytes) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, receive)

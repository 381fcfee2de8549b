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
from slack_bolt.async_app import AsyncApp
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from app.slack.dispatch import Envelopes, over_http
from app.slack.errors import FAILURES, TOKEN, code_of
from app.slack.manifest import EVENTS_PATH

log = structlog.get_logger(__name__)

# The client pings every 10 s, so that silence for this long means that it has lost its way.
SILENCE = 60.0
LOOK_EVERY = 0.5
"""How often, in seconds, it is looked whether the connection still stands."""
CLOSE_WITHIN = 5.0
REFUSED = TOKEN | {"not_allowed_token_type", "no_permission"}

CLOCK_SKEW = 5 * 60
BODY_LIMIT = 1024 * 1024
READ_WITHIN = 10.0
TIMESTAMP = re.compile(rb"[0-9]{1,12}")


class SocketMode:
    """A connection to Slack that is made anew when nothing has been heard on it for `silence` seconds.

    slack_sdk reconnects by itself on all that it notices; this is for what it does not.
    """

    def __init__(self, bolt: AsyncApp, app_token: str, silence: float = SILENCE) -> None:
        self._bolt, self._app_token, self._silence = bolt, app_token, silence
        self._heard_at: float | None = None
        self._tried_at = 0.0
        self._last_pong: float | None = None
        self._client: Envelopes | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect. Raises `SlackApiError` if Slack does not take the app-level token; waits while it is away."""
        client = self._new_client()
        try:
            # slack_sdk would ask again for ever.
            opened = await self._bolt.client.apps_connections_open(app_token=self._app_token)
            client.wss_uri = opened["url"]
        except FAILURES as error:
            if code_of(error) in REFUSED:
                raise
        # The client tries one address for ever, and Slack takes each for a minute or so: the watch brings a new one.
        self._watch = asyncio.create_task(self._keep_watch())
        await client.connect()  # type: ignore[no-untyped-call]

    async def stop(self) -> None:
        """Disconnect."""
        if self._watch:
            self._watch.cancel()
        await self._close()

    @property
    def silent_for(self) -> float | None:
        """For how many seconds nothing has come from Slack, over any connection; nothing where nothing ever came."""
        return None if self._heard_at is None else asyncio.get_running_loop().time() - self._heard_at

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(min(LOOK_EVERY, self._silence / 4))
            self._note_pong()
            if self._client and self._client.was_cut_off():
                await self._mend(self._client)
            silent = asyncio.get_running_loop().time() - max(self._tried_at, self._heard_at or 0.0)
            if silent > self._silence:
                log.warning("Socket Mode fell silent, connecting anew", seconds=round(silent))
                await self._close()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._silence):
                        await self._new_client().connect()  # type: ignore[no-untyped-call]

    async def _mend(self, client: Envelopes) -> None:
        log.info("the connection broke without a word, connecting anew")
        try:
            async with asyncio.timeout(self._silence):
                await client.connect_to_new_endpoint()
        except Exception as error:  # noqa: BLE001 -- slack_sdk raises whatever it makes of an answer, and the watch goes on
            log.warning("could not connect anew yet", kind=type(error).__name__)

    def _new_client(self) -> Envelopes:
        self._client = Envelopes(self._bolt, self._app_token)
        self._client.on_message_listeners.append(self._hear)
        self._last_pong = None
        self._tried_at = asyncio.get_running_loop().time()
        return self._client

    async def _hear(self, _: WSMessage) -> None:
        self._heard_at = asyncio.get_running_loop().time()

    def _note_pong(self) -> None:
        # The client sets this to the time of a ping that was answered; to now, before the first was.
        pong = self._client.last_ping_pong_time if self._client else None
        if None not in (pong, self._last_pong) and pong != self._last_pong:
            self._heard_at = asyncio.get_running_loop().time()
        self._last_pong = pong

    async def _close(self) -> None:
        if self._client:
            with suppress(TimeoutError, ClientError, OSError):
                async with asyncio.timeout(CLOSE_WITHIN):
                    await self._client.close()  # type: ignore[no-untyped-call]


def endpoint(
    bolt: AsyncApp,
    signing_secret: str,
    now: Callable[[], float] = time.time,
    heard: Callable[[], None] | None = None,
    within: float = READ_WITHIN,
) -> Route:
    """Return the one address that Slack calls for everything.

    `heard` is told of each genuine call; `within` is how many seconds the body of one may take to come.
    """
    secret = signing_secret.encode()

    async def events(request: Request) -> Response:
        try:
            body = await _read(request, within)
        except (ClientDisconnect, TimeoutError):
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413)
        timestamp, signature = _header(request, b"x-slack-request-timestamp"), _header(request, b"x-slack-signature")
        if not is_genuine(secret, timestamp, signature, body, now()):
            return Response(status_code=401)
        if heard:
            heard()
        return await over_http(bolt, request, body)

    return Route(EVENTS_PATH, events, methods=["POST"])


def is_genuine(secret: bytes, timestamp: bytes, signature: bytes, body: bytes, now: float) -> bool:
    """Say whether Slack signed this within the last five minutes. Takes any bytes, and never raises.

    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    if not TIMESTAMP.fullmatch(timestamp) or abs(now - int(timestamp)) > CLOCK_SKEW:
        return False
    expected = hmac.new(secret, b"v0:" + timestamp + b":" + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(b"v0=" + expected.encode(), signature)


async def _read(request: Request, within: float) -> bytes | None:
    """Return the body, or nothing as soon as it is longer than anything that Slack sends.

    Raises `ClientDisconnect` or `TimeoutError` where it does not come whole.
    """
    body = bytearray()
    async with asyncio.timeout(within):
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_LIMIT:
                return None
    return bytes(body)


def _header(request: Request, name: bytes) -> bytes:
    return next((value for key, value in request.headers.raw if key == name), b"")

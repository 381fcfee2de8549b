"""The client of Slack's Web API: sends nothing twice by itself, and nothing at all where Slack asked for a pause."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from app.outbox import SetBack
from app.slack import errors

CALL_WITHIN = 30
KEPT_FOR = 5.0
"""A connection is used again within so many seconds: few, since a post that goes into one which Slack is just closing
has to be looked up before it is made again."""
POST = "chat.postMessage"
EVERYWHERE = ""
AT_LARGE = 3
"""So many channels paused at once, and it is the method that Slack counts, not the channels."""
ASKED_AGAIN = timedelta(seconds=1)
Counted = tuple[str, str]
"""What Slack counts calls under: the method, and for posts the channel."""


class Client(AsyncWebClient):
    """A client that keeps Slack's pauses, for all who share it.

    Slack counts calls by method, and posts by channel too. While a pause lasts, a call raises `Paused` and asks nobody.
    After it one call goes first, and the others follow once that is taken. A pause moves with a clock that is set back:
    it ends when it would have ended.
    """

    def __init__(self, token: str | None, api_url: str, now: Callable[[], datetime]) -> None:
        super().__init__(token=token, base_url=api_url, timeout=CALL_WITHIN, retry_handlers=[])
        self._now = now
        self._paused_until: dict[Counted, datetime] = {}
        self._going_first: set[Counted] = set()
        self._set_back = SetBack()

    def keep_connections(self) -> None:
        """Use a connection for several calls from now on, until `close`: most of a short call is its handshake."""
        connections = TCPConnector(limit=0, keepalive_timeout=KEPT_FOR)
        within = ClientTimeout(total=self.timeout)
        self.session = ClientSession(connector=connections, timeout=within, cookie_jar=DummyCookieJar())

    async def close(self) -> None:
        """Let go of the connections that were kept."""
        if self.session:
            await self.session.close()

    def pause(self, method: str, channel: str = EVERYWHERE) -> timedelta | None:
        """Return for how long `method` must not be called; nothing where it may be. `channel` is for posts alone."""
        now = self._now()
        self.follow(now)
        paused = [one for one in _under(method, channel) if one in self._paused_until]
        until = max((self._paused_until[one] for one in paused), default=now)
        if until > now:
            return until - now
        return ASKED_AGAIN if self._going_first.intersection(paused) else None

    def follow(self, now: datetime) -> None:
        """Take note of what time it is; the sooner a clock that was set back is noticed, the truer the pauses are."""
        if back := self._set_back.by(now):
            self._paused_until = {one: until - back for one, until in self._paused_until.items()}

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        """Call a method. Raises `Paused` besides what the call raises."""
        channel = _channel(arguments) if api_method == POST else EVERYWHERE
        if after := self.pause(api_method, channel):
            raise errors.Paused(after)
        first = self._paused_until.keys() & set(_under(api_method, channel))
        self._going_first |= first
        try:
            answer = await super().api_call(api_method, **arguments)
        except SlackApiError as error:
            if errors.asks_for_pause(error):
                self._keep_pause(api_method, channel, errors.pause(error))
            raise
        else:
            self._paused_until = {one: until for one, until in self._paused_until.items() if one not in first}
            return answer
        finally:
            self._going_first -= first

    def _keep_pause(self, method: str, channel: str, after: timedelta) -> None:
        now = self._now()
        self.follow(now)
        self._paused_until[method, channel] = now + after
        if sum(one == method and until > now for (one, _), until in self._paused_until.items()) >= AT_LARGE:
            self._paused_until[method, EVERYWHERE] = now + after


def _under(method: str, channel: str) -> list[Counted]:
    return [(method, channel), (method, EVERYWHERE)]


def _channel(arguments: Mapping[str, Any]) -> str:
    given = arguments.get("json") or arguments.get("params") or {}
    return str(given.get("channel") or EVERYWHERE)

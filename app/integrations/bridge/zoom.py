"""Zoom, by its API and a Server-to-Server OAuth app.

https://developers.zoom.us/docs/internal-apps/s2s-oauth/ (tokens, which are good for an hour) and
https://developers.zoom.us/docs/api/meetings/ (create, list and delete meetings; a hundred a day for each host).

A meeting carries the delivery's key at the beginning of its agenda, by which it is looked up among those of its host.
Only scheduled meetings are listed, so a bridge is one that begins now.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from app.handle import Now
from app.integrations.answers import REFUSES_US, OtherSide
from app.integrations.bridge.calls import Call, topic
from app.integrations.proof import Proof, disproof, unheard
from app.line import PUBLIC, Answer, Fence, Line, one_line
from app.line.credentials import basic
from app.outbox import Away, Dead, Doubtful, Failed
from app.store import Record

SCHEDULED = 2
LASTS = timedelta(hours=2)
EARLY = timedelta(minutes=5)
"""A token is fetched anew so long before it ends."""
SHORTEST = timedelta(minutes=1)
LISTED = 300
MOST_PAGES = 5


@dataclass(frozen=True, slots=True)
class Account:
    """Which app asks, whose meetings they are, and where Zoom is."""

    account_id: str
    client_id: str
    secret: SecretStr
    host: str
    api: str
    tokens: str


@dataclass(frozen=True, slots=True)
class Token:
    """What lets us in, until then."""

    header: SecretStr
    until: datetime


class Zoom:
    """Opens meetings of one host."""

    name = "Zoom"

    def __init__(self, account: Account, fence: Fence = PUBLIC, now: Now = lambda: datetime.now(UTC)) -> None:
        allowed = basic(account.client_id, account.secret)
        self._account = account
        self._now = now
        self._token: Token | None = None
        self._one_at_a_time = asyncio.Lock()
        self._tokens = Line(account.tokens, headers={"Authorization": allowed}, fence=fence)
        self._line = Line(account.api, fence=fence)
        self._side = OtherSide(
            self.name,
            "ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET",
            (account.secret, allowed),
            "ZOOM_API_URL or ZOOM_TOKEN_URL",
        )

    async def open(self, key: str, record: Record) -> Call | Failed:
        """Schedule a meeting that begins now; people need not wait for its host."""
        body = {
            "topic": topic(record),
            "agenda": f"{mark(key)} Opened by Tocsin for {record.incident.name}",
            "type": SCHEDULED,
            "start_time": f"{self._now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "timezone": "UTC",
            "duration": int(LASTS.total_seconds() // 60),
            "settings": {"join_before_host": True, "jbh_time": 0, "waiting_room": False},
        }
        answer = await self._ask("POST", f"users/{self._host}/meetings", "open a meeting in Zoom", body)
        if not isinstance(answer, Answer):
            return answer
        return _call(answer.read()) or Doubtful("Zoom does not say where the meeting is")

    async def find(self, key: str, _record: Record) -> Sequence[Call] | Failed:
        """Return the host's meetings whose agenda begins with `key`."""
        found = []
        async for page in self._pages():
            if not isinstance(page, Answer):
                return page
            meetings = self._side.found(page, "meetings")
            if not isinstance(meetings, list):
                return meetings
            ours = (one for one in meetings if _is_of(one, key))
            found += [call for one in ours if (call := _call(one))]
        return found

    async def end(self, call: Call) -> Failed | None:
        """Delete a meeting; one that is gone is gone."""
        gone = (HTTPStatus.NOT_FOUND,)
        answer = await self._ask("DELETE", f"meetings/{quote(call.id, safe='')}", "delete a second meeting", also=gone)
        return None if isinstance(answer, Answer) else answer

    async def away(self) -> str | None:
        """Ask for the host."""
        answer = await self._ask("GET", f"users/{self._host}", "ask Zoom for the host")
        return answer.reason if isinstance(answer, Away | Doubtful) else None

    async def prove(self) -> list[Proof]:
        """Look whether we get a token, and whether the host is there, whose meetings we see."""
        path = f"users/{self._host}/meetings?type=scheduled&page_size=1"
        answer = await self._ask("GET", path, f"look at the meetings of {self._account.host}")
        if isinstance(answer, Answer):
            return [Proof(ok=True, says=f"Zoom shows us the meetings of {self._account.host}; none was opened.")]
        mend = "See ZOOM_HOST, and give the app the scopes to list, write and delete meetings of the account's users"
        return [disproof(answer.reason, mend) if isinstance(answer, Dead) else unheard(self.name, answer)]

    async def close(self) -> None:
        """Let go of every connection."""
        await self._tokens.close()
        await self._line.close()

    @property
    def _host(self) -> str:
        return quote(self._account.host, safe="")

    async def _pages(self) -> AsyncIterator[Answer | Failed]:
        following = ""
        for _ in range(MOST_PAGES):
            more = f"&next_page_token={quote(following, safe='')}" if following else ""
            path = f"users/{self._host}/meetings?type=scheduled&page_size={LISTED}{more}"
            page = await self._ask("GET", path, "look for a meeting in Zoom")
            yield page
            following = str(page.read().get("next_page_token") or "") if isinstance(page, Answer) else ""
            if not following:
                return

    async def _ask(
        self, method: str, path: str, what: str, body: object = None, also: Sequence[int] = ()
    ) -> Answer | Failed:
        answer = await self._asked(method, path, what, body, also)
        if isinstance(answer, Answer) and answer.status == HTTPStatus.UNAUTHORIZED:
            # The token was taken back before its time. Whoever is refused so has done nothing.
            self._token = None
            answer = await self._asked(method, path, what, body, also)
        if isinstance(answer, Answer) and answer.status == HTTPStatus.UNAUTHORIZED:
            return self._side.refusal(answer, what)
        return answer

    async def _asked(self, method: str, path: str, what: str, body: object, also: Sequence[int]) -> Answer | Failed:
        token = await self._fresh()
        if not isinstance(token, Token):
            return token
        asking = self._line.ask(method, path, json=body, headers={"Authorization": token.header})
        return await self._side.hear(asking, what, also=(HTTPStatus.UNAUTHORIZED, *also))

    async def _fresh(self) -> Token | Failed:
        async with self._one_at_a_time:
            if self._token and self._now() < self._token.until:
                return self._token
            form = {"grant_type": "account_credentials", "account_id": self._account.account_id}
            # What Zoom says of wrong credentials is a bad request.
            refuses_us = (*REFUSES_US, HTTPStatus.BAD_REQUEST)
            asking = self._tokens.ask("POST", form=form)
            answer = await self._side.hear(asking, "get a token from Zoom", refuses_us=refuses_us)
            if not isinstance(answer, Answer):
                return Away(answer.reason) if isinstance(answer, Doubtful) else answer
            self._token = _token(answer.read(), self._now())
            return self._token or Away("Zoom gives us no token. See ZOOM_TOKEN_URL")


def mark(key: str) -> str:
    """Return how the agenda of the meeting begins that was opened under that key."""
    return f"tocsin:{key}"


def _is_of(meeting: Mapping[str, Any], key: str) -> bool:
    said = str(meeting.get("agenda") or "").split()
    return bool(said) and said[0] == mark(key)


def _call(meeting: Mapping[str, Any]) -> Call | None:
    url, known = meeting.get("join_url"), meeting.get("id")
    return Call(one_line(str(known)), one_line(str(url))) if url and known else None


def _token(said: Mapping[str, Any], now: datetime) -> Token | None:
    token, lasts = said.get("access_token"), said.get("expires_in")
    if not isinstance(token, str) or not token:
        return None
    good_for = timedelta(seconds=lasts) if isinstance(lasts, int) else SHORTEST
    return Token(SecretStr(f"Bearer {token}"), now + max(good_for - EARLY, SHORTEST))

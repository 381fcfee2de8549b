"""How a vendor is called: one request, to the address that the settings name, with a limit on everything.

Redirects are not followed, since only the settings say where something goes. What is longer than a mebibyte is read no
further. A request goes out once: all retrying belongs to the outbox.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import httpx

Json = Mapping[str, Any]

ANSWER_WITHIN = timedelta(seconds=8)
"""Less than the outbox waits for a delivery, so that what becomes of it is known in time."""
CONNECT_WITHIN = timedelta(seconds=4)
MOST_READ = 1024 * 1024
LONGEST_PAUSE = timedelta(minutes=5)
"""Whatever the other side asks for: nobody waits for a page until tomorrow."""


class Unreachable(Exception):
    """No connection came about: nothing was sent, for certain."""


class Unanswered(Exception):
    """The request went out, and what became of it is unknown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said. `pause` is how long it asks to wait, where it does."""

    status: int
    body: bytes
    pause: timedelta | None = None

    def read(self) -> Json:
        """Return the body as an object of JSON; an empty one where it is none."""
        try:
            read = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return read if isinstance(read, dict) else {}


class Line:
    """A line to one address, kept open between requests."""

    def __init__(self, address: str, within: timedelta = ANSWER_WITHIN) -> None:
        self.address = address
        self._within = within.total_seconds()
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(self._within, connect=CONNECT_WITHIN.total_seconds()),
            headers={"User-Agent": "Tocsin", "Accept": "application/json", "Accept-Encoding": "identity"},
            follow_redirects=False,
            # A proxy that the environment names is used, as it is for Slack, but never to reach this machine itself.
            trust_env=not on_this_machine(address),
        )

    async def post(self, body: Json) -> Answer:
        """Send `body` as JSON, and return the answer. Raises `Unreachable` or `Unanswered`."""
        try:
            async with asyncio.timeout(self._within):
                return await self._post(body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.UnsupportedProtocol) as error:
            raise Unreachable from error
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise Unanswered from error

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def _post(self, body: Json) -> Answer:
        async with self._client.stream("POST", self.address, json=body) as response:
            read = bytearray()
            # Raw: what a server compresses although it was asked not to could unfold to any size.
            async for part in response.aiter_raw():
                read += part
                if len(read) > MOST_READ:
                    break
            pause = _pause(response.headers.get("Retry-After", ""))
            return Answer(response.status_code, bytes(read[:MOST_READ]), pause)


def on_this_machine(address: str) -> bool:
    """Say whether an address leads to this machine itself."""
    host = httpx.URL(address).host
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _pause(said: str) -> timedelta | None:
    if not (said.isascii() and said.isdecimal()):
        return None
    return min(timedelta(seconds=int(said[:9])), LONGEST_PAUSE)

"""One request, to the address that the settings name, with a limit on everything.

Redirects are not followed, since only the settings say where something goes. What is longer than a mebibyte is read no
further. A request goes out once: all retrying belongs to the outbox.
"""

import asyncio
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from json import dumps, loads
from types import MappingProxyType
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx
from pydantic import SecretStr

from app import failpoints
from app.line.fence import CONNECT_WITHIN, ON_THIS_MACHINE, PUBLIC, Fence, Fenced, Nowhere, Pinned

Json = Mapping[str, Any]
Headers = Mapping[str, str | SecretStr]

ANSWER_WITHIN = timedelta(seconds=8)
"""Less than the outbox waits for a delivery, so that what becomes of it is known in time."""
NO_SUCH_PROXY = (
    "the proxy that HTTPS_PROXY or ALL_PROXY names is of no kind that Tocsin can use: give one that begins with http://"
)
MOST_READ = 1024 * 1024
FOR_BROWSERS = frozenset({"text/html", "application/xhtml+xml"})
BEGINS_A_PAGE = (b"<!doctype html", b"<html")
BYTE_ORDER = b"\xef\xbb\xbf"
NOT_TRUSTED = "its certificate is not one that this machine trusts"
DISTRUST = {
    "certificate has expired": "its certificate has expired",
    "certificate is not yet valid": "its certificate is not valid yet, by the clock of this machine",
    "mismatch, certificate is not valid for": "its certificate is for another name",
}
"""What OpenSSL says of certificates, and what that means."""
LONGEST_PAUSE = timedelta(minutes=5)
"""Whatever the other side asks for: nobody waits for a page until tomorrow."""
# Without compression: what unfolds to any size is never unfolded here.
SAID_OF_US = {"User-Agent": "Tocsin", "Accept": "application/json", "Accept-Encoding": "identity"}
NO_MORE: Headers = MappingProxyType({})
SENDABLE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?|")
"""What may stand in a header."""
NOTHING_WAS_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.LocalProtocolError,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Unreachable(Exception):
    """No connection came about: nothing was sent, for certain. It says why, in words."""


class Unanswered(Exception):
    """The request went out, and what became of it is unknown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said. `pause` is how long it asks to wait, where it does; `whole` if all of it was read.

    `kind` is what the other side calls it: "application/json".
    """

    status: int
    body: bytes
    pause: timedelta | None = None
    whole: bool = True
    kind: str = ""

    @property
    def is_good(self) -> bool:
        """Say whether the other side did what it was asked."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def leads_elsewhere(self) -> bool:
        """Say whether the other side names another address; nobody goes there."""
        return HTTPStatus.MULTIPLE_CHOICES <= self.status < HTTPStatus.BAD_REQUEST

    @property
    def is_web_page(self) -> bool:
        """Say whether it is a page for a browser. What many servers merely call so, "ok" or nothing at all, is none."""
        begins = self.body.removeprefix(BYTE_ORDER).lstrip()[:20].lower()
        return begins.startswith(b"<" if self.kind in FOR_BROWSERS else BEGINS_A_PAGE)

    def read(self) -> Json:
        """Return the body as an object of JSON; an empty one where it is none."""
        read = self.json()
        return read if isinstance(read, dict) else {}

    def json(self) -> object:
        """Return what the body says; nothing where that is no JSON, or was not read to its end."""
        try:
            return loads(self.body)
        except (ValueError, RecursionError):
            return None


class Line:
    """A line to one system, kept open between requests.

    `headers` go with every request; a secret stays one until it is sent.
    """

    def __init__(
        self,
        address: str,
        *,
        headers: Headers = NO_MORE,
        within: timedelta = ANSWER_WITHIN,
        fence: Fence = PUBLIC,
    ) -> None:
        self.address = address
        self._headers = {**SAID_OF_US, **headers}
        self._fence = fence
        self._within = within.total_seconds()
        self._client: httpx.AsyncClient | None = None

    async def ask(
        self,
        method: str,
        path: str = "",
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        query: Mapping[str, str | Sequence[str]] | None = None,
        headers: Headers = NO_MORE,
    ) -> Answer:
        """Send one request to the address, joined with `path`, and return the answer.

        What stands in `path` beside our own words must be quoted; `content` is sent as it is. Raises `Unreachable` or
        `Unanswered`.
        """
        try:
            async with asyncio.timeout(self._within):
                with _in_our_words():
                    url = _joined(self.address, path, query)
                    self._fence.admits(url)
                    content = content if json is None else dumps(json).encode()
                    request = httpx.Request(
                        method, url, headers=self._said(headers, json=json), content=content, data=form
                    )
                    return await self._send(request)
        except TimeoutError as error:
            raise Unanswered from error

    async def post(self, body: Json) -> Answer:
        """Send `body` as JSON, and return the answer. Raises `Unreachable` or `Unanswered`."""
        return await self.ask("POST", json=body)

    async def close(self) -> None:
        """Close every connection."""
        if self._client:
            await self._client.aclose()
            self._client = None

    def _said(self, headers: Headers, *, json: object) -> dict[str, str]:
        typed = {} if json is None else {"Content-Type": "application/json"}
        return {name: _plain(name, value) for name, value in {**self._headers, **typed, **headers}.items()}

    async def _send(self, request: httpx.Request) -> Answer:
        if self._client is None:
            self._client = _client(self.address, self._fence, self._within)
        failpoints.reach("line.asking")
        response = await self._client.send(request, stream=True)
        try:
            read = bytearray()
            # Raw: what a server compresses although it was asked not to could unfold to any size.
            async for part in response.aiter_raw():
                read += part
                if len(read) > MOST_READ:
                    break
        finally:
            await response.aclose()
        failpoints.reach("line.answered")
        pause = _pause(response.headers.get("Retry-After", ""))
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Answer(response.status_code, bytes(read[:MOST_READ]), pause, whole=len(read) <= MOST_READ, kind=kind)


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except Fenced as error:
        raise Unreachable(str(error)) from error
    except httpx.InvalidURL as error:
        raise Unreachable("its address is none") from error
    except NOTHING_WAS_SENT as error:
        raise Unreachable(_why(error)) from error
    except (httpx.HTTPError, OSError) as error:
        raise Unanswered from error


def _why(error: httpx.HTTPError) -> str:
    said = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return distrust(said)
    if isinstance(error, httpx.ProxyError):
        return "the proxy does not let us through"
    return said if isinstance(error.__cause__, Nowhere) else "nobody answers at its address"


def distrust(said: str) -> str:
    """Return why a certificate is not trusted, of which OpenSSL says something."""
    return next((words for mark, words in DISTRUST.items() if mark in said), NOT_TRUSTED)


def _client(address: str, fence: Fence, within: float) -> httpx.AsyncClient:
    # A proxy that the environment names is used, as it is for Slack, but never to reach this machine itself. It is the
    # proxy that looks names up then, and that decides where they may lead.
    proxy = _proxy(httpx.URL(address))
    try:
        transport = httpx.AsyncHTTPTransport(verify=trust(), proxy=proxy)
    except (ValueError, ImportError) as error:
        # It may hold a password: what it is, is not told.
        raise Unreachable(NO_SUCH_PROXY) from error
    return httpx.AsyncClient(
        transport=transport if proxy else Pinned(fence, transport),
        timeout=httpx.Timeout(within, connect=CONNECT_WITHIN.total_seconds()),
        follow_redirects=False,
        trust_env=False,
    )


def _proxy(url: httpx.URL) -> str | None:
    if url.host in ON_THIS_MACHINE or proxy_bypass(url.host):
        return None
    found = getproxies()
    proxy = found.get(url.scheme) or found.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


@cache
def trust() -> ssl.SSLContext:
    """Return whom Tocsin trusts to be who they say; made once, since that takes longer than a request."""
    return httpx.create_ssl_context()


def _joined(address: str, path: str, query: Mapping[str, str | Sequence[str]] | None) -> httpx.URL:
    url = httpx.URL(f"{address.rstrip('/')}/{path.lstrip('/')}" if path else address)
    return url.copy_merge_params(query) if query else url


def _plain(name: str, value: str | SecretStr) -> str:
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not SENDABLE.fullmatch(plain):
        raise Unreachable(f"what its setting holds cannot be sent as {name}: no header may have such a character")
    return plain


def on_this_machine(address: str) -> bool:
    """Say whether an address names this machine itself, plainly."""
    return httpx.URL(address).host in ON_THIS_MACHINE


def _pause(said: str) -> timedelta | None:
    if not (said.isascii() and said.isdecimal()):
        return None
    return min(timedelta(seconds=int(said[:9])), LONGEST_PAUSE)

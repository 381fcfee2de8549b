"""What may be called: a public address, over https, unless somebody allowed the host, or means this very machine.

A name is looked up here, what it leads to is judged, and then exactly that address is connected to. So it does not
help that a name leads somewhere else the next time it is asked (DNS rebinding), nor how an address is written. The
certificate is still checked against the name. What a redirect names is never called.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from itertools import zip_longest

import httpx

from app.line.addresses import Address, is_public, literal

CONNECT_WITHIN = timedelta(seconds=4)
IN_ALL = timedelta(seconds=6)
"""So long it may take to connect to one of several addresses: less than anybody waits for an answer."""
ON_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
"""How an address names this machine plainly; nothing else that leads here is meant so."""

HOST = re.compile(r"[\w.:-]+", re.ASCII)

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""Returns the addresses that a name leads to. Raises `OSError` where it leads nowhere."""


class Fenced(Exception):
    """One sentence that says why an address is not called. It holds no part of a secret address but its host."""


class Nowhere(Exception):
    """Nothing is known by that name."""


async def by_the_system(name: str, port: int) -> Sequence[Address]:
    """Look a name up as this machine does; what is written like an address in an odd way is one here too."""
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(where[0])) for *_, where in found))


@dataclass(frozen=True, slots=True)
class Fence:
    """Says whom Tocsin may call. `allowed` are hosts that need not be public: names, or addresses as they are written.

    `resolve` looks names up.
    """

    allowed: frozenset[str] = frozenset()
    resolve: Resolve = by_the_system

    def admits(self, url: httpx.URL) -> None:
        """Look at what can be seen of an address before a name is looked up. Raises `Fenced`."""
        host = _host(url)
        if url.userinfo:
            raise Fenced("a name or password stands in front of its host: leave it out")
        if not (url.scheme == "https" or (url.scheme == "http" and host in ON_THIS_MACHINE)):
            raise Fenced("its address does not begin with https://")
        if not HOST.fullmatch(host):
            raise Fenced("its address names no host")
        if (address := _written(host)) and not self._may_be(host, address):
            raise _inside(host)

    async def lead(self, url: httpx.URL) -> Sequence[Address]:
        """Return the addresses that may be connected to for `url`, in order. Raises `Fenced` or `Nowhere`."""
        self.admits(url)
        host = _host(url)
        if address := literal(host):
            return [address]
        try:
            async with asyncio.timeout(CONNECT_WITHIN.total_seconds()):
                found = await self.resolve(host, url.port or _PORTS[url.scheme])
        except (OSError, UnicodeError) as error:
            raise Nowhere(f"nothing is known by the name {host}") from error
        if may := [one for one in found if self._may_be(host, one)]:
            return _in_turns(may)
        raise _inside(host)

    def _may_be(self, host: str, address: Address) -> bool:
        if host in ON_THIS_MACHINE:
            return address.is_loopback
        return host in self.allowed or is_public(address)


PUBLIC = Fence()
"""Nothing but what is public, and this machine where it is named plainly."""

_PORTS = {"https": 443, "http": 80}


def shares(addresses: Sequence[Address]) -> Iterator[tuple[Address, float]]:
    """Yield each address with the seconds that connecting to it may take, as long as there is time for it.

    Where the first ones swallow what is sent to them, the last one is still tried.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + IN_ALL.total_seconds()
    for place, address in enumerate(addresses):
        if (left := until - clock()) > 0:
            yield address, min(CONNECT_WITHIN.total_seconds(), left / (len(addresses) - place))


def _in_turns(addresses: Sequence[Address]) -> list[Address]:
    # Many a network has IPv6 that leads nowhere, and some have no IPv4: one of each in turn (RFC 8305, section 4).
    first = [one for one in addresses if one.version == addresses[0].version]
    second = [one for one in addresses if one.version != addresses[0].version]
    return [one for pair in zip_longest(first, second) for one in pair if one]


class Pinned(httpx.AsyncBaseTransport):
    """Connects to the addresses that the fence found good, and to nothing else."""

    def __init__(self, fence: Fence, inner: httpx.AsyncBaseTransport) -> None:
        """Take the `inner` transport, which makes the connections."""
        self._fence = fence
        self._inner = inner
        self._answered: dict[str, Address] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the first address that can be connected to; the one that answered last comes first."""
        host = _host(request.url)
        refused: httpx.ConnectError | httpx.ConnectTimeout | None = None
        try:
            lead = await self._fence.lead(request.url)
        except Nowhere as error:
            raise httpx.ConnectError(str(error), request=request) from error
        last = self._answered.get(host)
        for address, seconds in shares(sorted(lead, key=lambda one: one != last)):
            try:
                response = await self._inner.handle_async_request(_to(request, host, address, seconds))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                refused = error
            else:
                self._answered[host] = address
                return response
        raise refused or httpx.ConnectError("the name leads nowhere", request=request)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


def _to(request: httpx.Request, host: str, address: Address, seconds: float) -> httpx.Request:
    limits = request.extensions.get("timeout", {}) | {"connect": seconds}
    # The Host header stays; the certificate is checked against the name, and not against the number.
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions | {"sni_hostname": host, "timeout": limits},
    )


def _host(url: httpx.URL) -> str:
    # As it is looked up: a name in other letters is one of ASCII there.
    return url.raw_host.decode("ascii")


def _written(host: str) -> Address | None:
    """Return the address that stands in `host`, however it is written: 127.1, 0x7f000001, 2130706433."""
    if address := literal(host):
        return address
    try:
        return ip_address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _inside(host: str) -> Fenced:
    return Fenced(f"{host} leads to no public address; if that is meant, name it in TOCSIN_ALLOWED_HOSTS")

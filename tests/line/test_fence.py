"""Whom Tocsin may call: what is public, what is allowed, and nothing that only looks so."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest

from app.line import Fence, Line, Unreachable
from app.line.addresses import Address, is_public
from app.line.fence import Fenced, Pinned, shares
from app.line.line import on_this_machine

INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "0.0.0.0",  # noqa: S104 - nobody listens here
    "255.255.255.255",
    "224.0.0.1",
    "240.0.0.1",
    "100.64.0.1",
    "100.100.100.200",  # Alibaba's metadata
    "169.254.169.254",  # the metadata of most clouds
    "169.254.170.2",
    "192.0.0.192",  # Oracle's
    "168.63.129.16",  # Azure's
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.7",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",  # Amazon's, by IPv6
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "2001:0:a9fe:a9fe::1",
    "2002:a9fe:a9fe::1",
    "2002:5db8:d822::1",
    "::a9fe:a9fe",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
]
PUBLIC = ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::5db8:d822"]
ODD = ["2852039166", "0xa9fea9fe", "127.1", "0x7f.1", "017700000001", "[::ffff:7f00:1]", "[::]"]
"""Other ways to write an address inside."""


@dataclass
class Names:
    """Leads a name to these addresses, in turn: the first time it is asked to the first, and so on."""

    turns: Sequence[Sequence[str]]
    asked: list[str] = field(default_factory=list)

    async def resolve(self, name: str, _port: int) -> Sequence[Address]:
        self.asked.append(name)
        found = self.turns[min(len(self.asked), len(self.turns)) - 1]
        if not found:
            raise OSError("nothing by that name")
        return [ip_address(one) for one in found]


@dataclass
class Network(httpx.AsyncBaseTransport):
    """Answers every request, but those to addresses where nobody is, and remembers where each went."""

    silent: frozenset[str] = frozenset()
    reached: list[httpx.Request] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.reached.append(request)
        if request.url.host in self.silent:
            raise httpx.ConnectError("nobody is there", request=request)
        return httpx.Response(200)


async def calls(url: str, fence: Fence, network: Network) -> httpx.Response:
    async with httpx.AsyncClient(transport=Pinned(fence, network)) as client:
        return await client.get(url)


@pytest.mark.parametrize("address", INSIDE)
async def test_what_leads_inside_is_called_neither_as_an_address_nor_by_a_name(address: str) -> None:
    assert not is_public(ip_address(address))
    network = Network()
    with pytest.raises(Fenced, match="TOCSIN_ALLOWED_HOSTS"):
        await calls("https://hooks.example/", Fence(resolve=Names([[address]]).resolve), network)
    assert network.reached == []


@pytest.mark.parametrize("address", PUBLIC)
async def test_what_is_public_is_called(address: str) -> None:
    network = Network()
    await calls("https://hooks.example/x", Fence(resolve=Names([[address]]).resolve), network)
    assert [ip_address(request.url.host) for request in network.reached] == [ip_address(address)]


@pytest.mark.parametrize("host", [*ODD, *(f"[{one}]" if ":" in one else one for one in INSIDE if "%" not in one)])
async def test_however_it_is_written_an_address_inside_is_not_called(host: str) -> None:
    if host in {"127.0.0.1", "[::1]"}:
        pytest.skip("this machine, named plainly")
    with pytest.raises(Unreachable, match="TOCSIN_ALLOWED_HOSTS"):
        await Line(f"https://{host}/").ask("GET")


async def test_a_name_that_leads_elsewhere_the_next_time_is_connected_to_where_it_was_judged() -> None:
    names, network = Names([["93.184.216.34"], ["127.0.0.1"]]), Network()
    fence = Fence(resolve=names.resolve)
    await calls("https://rebind.example/", fence, network)
    with pytest.raises(Fenced):
        await calls("https://rebind.example/", fence, network)
    assert [request.url.host for request in network.reached] == ["93.184.216.34"]
    assert names.asked == ["rebind.example"] * 2


async def test_of_a_name_that_leads_inside_and_outside_only_what_is_outside_is_called() -> None:
    network = Network()
    fence = Fence(resolve=Names([["127.0.0.1", "169.254.169.254", "1.1.1.1"]]).resolve)
    await calls("https://both.example/", fence, network)
    assert [request.url.host for request in network.reached] == ["1.1.1.1"]


async def test_where_nobody_is_at_the_first_address_the_next_one_is_called() -> None:
    network = Network(silent=frozenset({"1.1.1.1"}))
    fence = Fence(resolve=Names([["1.1.1.1", "1.0.0.1"]]).resolve)
    assert (await calls("https://two.example/", fence, network)).status_code == 200
    assert [request.url.host for request in network.reached] == ["1.1.1.1", "1.0.0.1"]


async def test_addresses_that_swallow_what_is_sent_leave_time_for_the_last_one() -> None:
    network = Network(silent=frozenset({"2606:4700::1", "2606:4700::2"}))
    fence = Fence(resolve=Names([["2606:4700::1", "2606:4700::2", "1.1.1.1"]]).resolve)
    async with httpx.AsyncClient(transport=Pinned(fence, network)) as client:
        assert [(await client.get("https://two.example/")).status_code for _ in range(2)] == [200, 200]
    # One of each family in turn; from then on the one that answered comes first.
    assert [one.url.host for one in network.reached] == ["2606:4700::1", "1.1.1.1", "1.1.1.1"]
    limits = [one.extensions["timeout"]["connect"] for one in network.reached]
    assert limits == pytest.approx([2, 3, 2], abs=0.1)
    everywhere = [seconds for _, seconds in shares([ip_address("1.1.1.1")] * 6)]
    assert everywhere == pytest.approx([1, 1.2, 1.5, 2, 3, 4], abs=0.1)


async def test_the_host_that_was_meant_is_named_and_its_certificate_is_the_one_that_counts() -> None:
    network = Network()
    await calls("https://hooks.example:8443/x", Fence(resolve=Names([["1.1.1.1"]]).resolve), network)
    [request] = network.reached
    assert request.headers["Host"] == "hooks.example:8443"
    assert request.extensions["sni_hostname"] == "hooks.example"


async def test_a_host_that_somebody_allowed_may_be_inside() -> None:
    network = Network()
    fence = Fence(frozenset({"jira.internal", "10.0.0.7"}), Names([["10.0.0.8"]]).resolve)
    await calls("https://jira.internal/", fence, network)
    await calls("https://10.0.0.7/", fence, network)
    assert [request.url.host for request in network.reached] == ["10.0.0.8", "10.0.0.7"]
    with pytest.raises(Fenced):
        await calls("https://other.internal/", fence, network)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
async def test_this_machine_is_called_where_it_is_named_plainly(host: str) -> None:
    network = Network()
    await calls(f"http://{host}:8700/", Fence(), network)
    assert ip_address(network.reached[0].url.host).is_loopback
    assert on_this_machine(f"http://{host}:8700/")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "http://127.0.0.2/",
        "http://localhost.example/",
        "ftp://example.com/",
        "https://me:secret@example.com/",
        "http://127.0.0.1:80@example.com/",
        "https://example.com@127.0.0.1/",
        "https://:@example.com/",
        "example.com",
        "https://",
        "https://0251.0376.0251.0376/",
        "https://exa mple.com/",
        "",
    ],
)
async def test_an_address_that_is_not_plainly_safe_is_not_called_and_its_secret_is_not_told(url: str) -> None:
    names = Names([["1.1.1.1"]])
    with pytest.raises(Unreachable) as refused:
        await Line(url, fence=Fence(resolve=names.resolve)).ask("GET")
    assert names.asked == []
    assert "secret" not in str(refused.value)


async def test_a_name_in_other_letters_is_looked_up_and_shown_as_it_goes_out() -> None:
    names, network = Names([["1.1.1.1"]]), Network()
    await calls("https://püñk.example/", Fence(resolve=names.resolve), network)
    assert names.asked == [network.reached[0].extensions["sni_hostname"]] == ["xn--pk-zja7b.example"]


async def test_a_name_that_leads_nowhere_is_told() -> None:
    with pytest.raises(Unreachable, match=r"nothing is known by the name gone\.example"):
        await Line("https://gone.example/", fence=Fence(resolve=Names([[]]).resolve)).ask("GET")


async def test_a_name_that_is_looked_up_for_ever_is_given_up() -> None:
    async def never(_name: str, _port: int) -> Sequence[Address]:
        raise TimeoutError

    with pytest.raises(Unreachable, match="nothing is known"):
        await Line("https://slow.example/", fence=Fence(resolve=never)).ask("GET")


@pytest.fixture
def certified(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of hooks.example that nobody else has signed, and its key."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=hooks.example"
    named = ["-addext", "subjectAltName=DNS:hooks.example", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*make.split(), *named], check=True, capture_output=True)
    return certificate, key


@pytest.fixture
async def encrypted(certified: tuple[Path, Path]) -> AsyncIterator[tuple[int, Path]]:
    """A server on this machine that shows a certificate of hooks.example: its port, and the certificate."""
    certificate, key = certified
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1], certificate
    server.close()
    await server.wait_closed()


async def test_over_tls_the_address_is_pinned_and_the_certificate_is_that_of_the_name(
    encrypted: tuple[int, Path],
) -> None:
    port, certificate = encrypted
    inner = httpx.AsyncHTTPTransport(verify=ssl.create_default_context(cafile=str(certificate)))
    fence = Fence(frozenset({"hooks.example", "other.example"}), Names([["127.0.0.1"]]).resolve)
    async with httpx.AsyncClient(transport=Pinned(fence, inner)) as client:
        assert (await client.get(f"https://hooks.example:{port}/")).status_code == 204
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await client.get(f"https://other.example:{port}/")

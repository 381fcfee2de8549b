"""One request: what goes out, what is read of the answer, and what is never followed or unfolded."""

import asyncio
import gzip
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from app.integrations.answers import OtherSide
from app.line import MOST_READ, Line, Unanswered, Unreachable, distrust, trust
from app.outbox import Away
from tests.serving import Serve, serving

SECRET = SecretStr("s3cret-token")


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Return a function that starts a server which answers each request with a handler, and returns its address."""
    async with serving("/api/") as start:
        yield start


async def test_a_request_carries_what_it_is_given_and_nothing_that_asks_for_compression(serve: Serve) -> None:
    came: list[tuple[str, str, dict[str, str], bytes]] = []

    async def answer(request: web.Request) -> web.Response:
        came.append((request.method, request.path_qs, dict(request.headers), await request.read()))
        return web.json_response([1, 2], status=201, headers={"Retry-After": "7"})

    line = Line(await serve(answer), headers={"Authorization": SECRET})
    query = {"q": "a b&c", "ids[]": ["1", "2"]}
    heard = await line.ask("PUT", "things/1", json={"a": "\ud800é"}, query=query, headers={"X": "y"})
    await line.ask("POST", "token", form={"grant": "account"})
    await line.close()
    assert (heard.status, heard.json(), heard.read(), heard.pause) == (201, [1, 2], {}, timedelta(seconds=7))
    method, path, headers, body = came[0]
    assert (method, path) == ("PUT", "/api/things/1?q=a+b%26c&ids%5B%5D=1&ids%5B%5D=2")
    assert (headers["Authorization"], headers["X"], headers["Accept-Encoding"]) == ("s3cret-token", "y", "identity")
    assert (body, headers["Content-Type"]) == (b'{"a": "\\ud800\\u00e9"}', "application/json")
    assert came[1][3] == b"grant=account"


@pytest.mark.parametrize(
    ("kind", "body", "shown"),
    [
        ("text/html; charset=utf-8", "<p>Sign in", True),
        ("TEXT/HTML", "\ufeff\n <!-- a login -->", True),
        ("application/octet-stream", "<!doctype HTML><p>Sign in", True),
        ("text/html", "ok", False),
        ("text/html", "", False),
        ("application/json", "{}", False),
        ("application/xml", "<done/>", False),
    ],
)
async def test_a_web_page_is_told_from_what_a_server_merely_calls_one(
    serve: Serve, kind: str, body: str, *, shown: bool
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body.encode(), headers={"Content-Type": kind})

    line = Line(await serve(answer))
    heard = await line.ask("GET")
    await line.close()
    assert (heard.is_good, heard.is_web_page) == (True, shown)


@pytest.fixture
def expired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """Return what a server of this machine shows whose certificate is trusted, and was valid until yesterday."""
    key, asked, certificate = (tmp_path / name for name in ("key.pem", "asked.pem", "certificate.pem"))
    ask = "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost"
    sign = "openssl x509 -req -days -1 -copy_extensions copyall"
    named = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(asked)]
    signed = ["-in", str(asked), "-signkey", str(key), "-out", str(certificate)]
    for command in ([*ask.split(), *named], [*sign.split(), *signed]):
        subprocess.run(command, check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    trust.cache_clear()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    yield context
    trust.cache_clear()


async def test_an_expired_certificate_is_told_as_such_and_nothing_is_sent(expired: ssl.SSLContext) -> None:
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=expired)
    line = Line(f"https://localhost:{server.sockets[0].getsockname()[1]}/")
    jira = OtherSide("Jira", "JIRA_API_TOKEN", (), "JIRA_URL")
    became = await jira.hear(line.post({}), "open a ticket")
    await line.close()
    server.close()
    await server.wait_closed()
    assert became == Away("Jira cannot be reached: its certificate has expired")
    assert heard == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("certificate verify failed: certificate has expired (_ssl.c:1006)", "has expired"),
        ("certificate verify failed: certificate is not yet valid (_ssl.c:1006)", "not valid yet, by the clock"),
        ("verify failed: Hostname mismatch, certificate is not valid for 'a.example'.", "for another name"),
        ("verify failed: IP address mismatch, certificate is not valid for '10.0.0.1'.", "for another name"),
        ("certificate verify failed: self-signed certificate (_ssl.c:1006)", "not one that this machine trusts"),
    ],
)
def test_why_a_certificate_is_not_trusted_is_told_in_words(said: str, words: str) -> None:
    assert words in distrust(said)


async def test_a_redirect_is_not_followed(serve: Serve) -> None:
    came: list[str] = []

    async def away(request: web.Request) -> web.Response:
        came.append(request.path)
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    line = Line(await serve(away))
    assert (await line.ask("GET")).leads_elsewhere
    await line.close()
    assert came == ["/api/"]


async def test_an_answer_without_an_end_is_read_to_a_mebibyte(serve: Serve) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    line = Line(await serve(endless))
    heard = await line.ask("GET")
    await line.close()
    assert (len(heard.body), heard.whole) == (MOST_READ, False)


async def test_what_is_compressed_though_nobody_asked_is_not_unfolded(serve: Serve) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"})

    line = Line(await serve(answer))
    heard = await line.ask("GET")
    await line.close()
    assert (heard.body, heard.read()) == (bomb, {})


async def test_an_answer_that_drips_is_given_up(serve: Serve) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.02)

    line = Line(await serve(drip), within=timedelta(seconds=0.2))
    with pytest.raises(Unanswered):
        await line.ask("GET")
    await line.close()


@pytest.mark.parametrize("value", ["hush\nhush", "hush\r\nX-Evil: 1", "hushé", "hush\x00", " hush", "hush "])
async def test_a_secret_that_no_header_may_hold_is_not_sent_and_not_told(value: str) -> None:
    with pytest.raises(Unreachable, match="cannot be sent as Authorization") as refused:
        await Line("http://127.0.0.1:1/", headers={"Authorization": SecretStr(value)}).ask("GET")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("proxy", ["socks5://u:pw@127.0.0.1:1", "socks4://127.0.0.1:1", "nonsense://x"])
async def test_a_proxy_of_an_unknown_kind_is_said_and_its_password_is_not(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(Unreachable, match="the proxy that HTTPS_PROXY or ALL_PROXY names") as refused:
        await Line("https://api.example.com").ask("GET")
    assert "pw" not in str(refused.value)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY"])
async def test_a_proxy_that_the_environment_names_is_used_but_not_for_this_machine(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=204)

    monkeypatch.setenv(name, "http://127.0.0.1:1")
    here = Line(await serve(answer))
    assert (await here.ask("GET")).status == 204
    await here.close()
    outside = Line("https://hooks.example/")
    with pytest.raises(Unreachable, match="nobody answers"):
        await outside.ask("GET")
    await outside.close()
    with pytest.raises(Unreachable, match="TOCSIN_ALLOWED_HOSTS"):
        await Line("https://169.254.169.254/").ask("GET")

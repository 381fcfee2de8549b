import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from aiohttp import web
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from starlette.applications import Starlette
from structlog.testing import capture_logs

from app.slack.app import client
from app.slack.connect import BODY_LIMIT, SocketMode, endpoint, is_genuine
from tests.slack import payloads
from tests.slack.workplace import Workplace, workplace

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1_700_000_000.0


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path, connected=False) as place:
        yield place


def sign(body: bytes, timestamp: bytes = b"1700000000", secret: str = SECRET) -> bytes:
    return b"v0=" + hmac.new(secret.encode(), b"v0:" + timestamp + b":" + body, hashlib.sha256).hexdigest().encode()


def test_the_example_of_slacks_page_is_genuine() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signature = b"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert is_genuine(SECRET.encode(), b"1531420618", signature, body, 1531420618.0)


@pytest.mark.parametrize("skew", [-301, 301, 10**9])
def test_what_is_five_minutes_off_is_not_genuine(skew: float) -> None:
    assert is_genuine(SECRET.encode(), b"1700000000", sign(b"x"), b"x", NOW + skew / abs(skew) * 299)
    assert not is_genuine(SECRET.encode(), b"1700000000", sign(b"x"), b"x", NOW + skew)


@given(timestamp=st.binary(max_size=30), signature=st.binary(max_size=80), body=st.binary(max_size=200))
@example(timestamp=b"nan", signature=b"v0=", body=b"")
@example(timestamp=b"9" * 30, signature=b"v0=\xff", body=b"\xff")
@example(timestamp=b"1700000000", signature=b"", body=b"x")
def test_no_forgery_is_genuine_and_none_raises(timestamp: bytes, signature: bytes, body: bytes) -> None:
    assert not is_genuine(SECRET.encode(), timestamp, signature, body, NOW)


@given(body=st.binary(max_size=200), flip=st.integers(0, 255))
def test_a_changed_signature_is_no_signature(body: bytes, flip: int) -> None:
    signature = bytearray(sign(body))
    assert is_genuine(SECRET.encode(), b"1700000000", bytes(signature), body, NOW)
    signature[flip % len(signature)] ^= 1
    assert not is_genuine(SECRET.encode(), b"1700000000", bytes(signature), body, NOW)


async def send(at_work: Workplace, body: bytes, headers: dict[bytes, bytes] | None = None) -> httpx.Response:
    """Send a request to the web application; signed unless `headers` are given."""
    stamp = str(int(time.time())).encode()
    signed = {b"x-slack-request-timestamp": stamp, b"x-slack-signature": sign(body, stamp)}
    form = {b"content-type": b"application/x-www-form-urlencoded"}
    transport = httpx.ASGITransport(Starlette(routes=[endpoint(at_work.bolt, SECRET)]))
    async with httpx.AsyncClient(transport=transport, base_url="https://tocsin.example.org") as client:
        given_headers = list((form | (signed if headers is None else headers)).items())
        return await client.post("/slack/events", content=body, headers=given_headers)


async def test_a_signed_command_is_answered_in_the_response(at_work: Workplace) -> None:
    answer = await send(at_work, urlencode(payloads.command("declare SEV1 Payment API down")).encode())
    assert answer.status_code == 200
    assert answer.json()["text"].startswith("incident-1 is declared.")
    assert answer.json()["response_type"] == "ephemeral"


async def test_slack_may_check_the_address(at_work: Workplace) -> None:
    answer = await send(at_work, b'{"type": "url_verification", "challenge": "abc", "token": "t"}')
    assert answer.json() == {"challenge": "abc"}


HEADERS = st.fixed_dictionaries(
    {
        b"x-slack-request-timestamp": st.one_of(st.integers().map(lambda n: str(n).encode()), st.binary(max_size=20)),
        b"x-slack-signature": st.binary(max_size=80),
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.binary(max_size=100), headers=HEADERS)
async def test_forgeries_are_turned_away(at_work: Workplace, body: bytes, headers: dict[bytes, bytes]) -> None:
    assert (await send(at_work, body, headers)).status_code == 401


@pytest.mark.parametrize("headers", [{}, {b"x-slack-signature": b"v0=1"}, {b"x-slack-request-timestamp": b"1"}])
async def test_missing_headers_are_turned_away(at_work: Workplace, headers: dict[bytes, bytes]) -> None:
    assert (await send(at_work, b"x", headers)).status_code == 401


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{", b"payload=%7B", b'{"a": '])
async def test_what_slack_never_sends_is_a_bad_request(at_work: Workplace, body: bytes) -> None:
    assert (await send(at_work, body)).status_code == 400


async def test_a_body_that_is_too_long_is_not_read(at_work: Workplace) -> None:
    assert (await send(at_work, b"x" * (BODY_LIMIT + 1))).status_code == 413
    assert (await send(at_work, b"x=" + b"y" * (BODY_LIMIT - 2))).status_code != 413


async def test_only_posts_are_taken(at_work: Workplace) -> None:
    transport = httpx.ASGITransport(Starlette(routes=[endpoint(at_work.bolt, SECRET)]))
    async with httpx.AsyncClient(transport=transport, base_url="https://tocsin.example.org") as client:
        assert (await client.get("/slack/events")).status_code == 405


async def test_a_wrong_app_token_is_told_at_start(at_work: Workplace) -> None:
    socket = SocketMode(at_work.bolt, "xapp-wrong")
    with pytest.raises(SlackApiError, match="invalid_auth"):
        await socket.start()
    await socket.stop()


async def test_a_slack_that_is_away_at_start_is_waited_for(at_work: Workplace) -> None:
    await at_work.control("fault", method="apps.connections.open", kind="server_error", times=1)
    socket = SocketMode(at_work.bolt, at_work.sandbox.app_token)
    await socket.start()
    assert await at_work.types("help")
    await socket.stop()


async def test_an_address_that_slack_takes_no_more_is_not_tried_for_ever() -> None:
    places = count(1)
    reached = asyncio.Event()

    async def opened(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": f"ws://127.0.0.1:{port}/{next(places)}"})

    async def connected(request: web.Request) -> web.StreamResponse:
        if request.match_info["place"] == "1":
            return web.Response(status=403)
        reached.set()
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        return socket

    slack = web.Application()
    slack.add_routes([web.post("/api/apps.connections.open", opened), web.get("/{place}", connected)])
    runner = web.AppRunner(slack)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    bolt = AsyncApp(client=client("xoxb-1", f"http://127.0.0.1:{port}/api/"), signing_secret=SECRET)
    socket = SocketMode(bolt, "xapp-1", silence=0.4)
    starting = asyncio.create_task(socket.start())
    async with asyncio.timeout(20):
        await reached.wait()
    starting.cancel()
    await socket.stop()
    await runner.cleanup()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html", "<html>Bad gateway</html>"),
        ("text/plain", "busy"),
        ("application/json", "["),
        ("application/json", "[]"),
    ],
)
async def test_a_broken_connection_is_watched_on_though_slack_answers_nonsense(kind: str, body: str) -> None:
    asked, again = count(1), asyncio.Event()

    async def opened(_: web.Request) -> web.Response:
        if next(asked) == 2:
            return web.Response(text=body, content_type=kind)
        return web.json_response({"ok": True, "url": f"ws://127.0.0.1:{port}/socket"})

    async def connected(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if next(connections) > 1:
            again.set()
            await socket.receive()
        elif request.transport:
            request.transport.abort()
        return socket

    connections = count(1)
    slack = web.Application()
    slack.add_routes([web.post("/api/apps.connections.open", opened), web.get("/socket", connected)])
    runner = web.AppRunner(slack)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    bolt = AsyncApp(client=client("xoxb-1", f"http://127.0.0.1:{port}/api/"), signing_secret=SECRET)
    socket = SocketMode(bolt, "xapp-1", silence=1.0)
    await socket.start()
    async with asyncio.timeout(6):
        await again.wait()
    await socket.stop()
    await runner.cleanup()


async def test_commands_come_over_the_socket(at_work: Workplace) -> None:
    socket = SocketMode(at_work.bolt, at_work.sandbox.app_token)
    await socket.start()
    assert await at_work.types("help")
    assert socket.silent_for is not None
    assert socket.silent_for < 5
    await socket.stop()


async def test_an_attempt_to_connect_is_no_word_from_slack(at_work: Workplace) -> None:
    socket = SocketMode(at_work.bolt, at_work.sandbox.app_token)
    assert socket.silent_for is None
    client = socket._new_client()
    assert socket.silent_for is None
    await client.close()  # type: ignore[no-untyped-call]


async def answers(at_work: Workplace) -> bool:
    told = await at_work.control("command", user="support", channel="general", command="/incident", text="help")
    await asyncio.sleep(0.05)
    return bool(told["ok"])


@pytest.mark.slow
async def test_a_connection_that_slack_refreshes_is_made_anew(at_work: Workplace) -> None:
    socket = SocketMode(at_work.bolt, at_work.sandbox.app_token)
    await socket.start()
    await at_work.control("fault", kind="disconnect", times=1)
    assert any([await answers(at_work) for _ in range(40)])
    await socket.stop()


@pytest.mark.slow
async def test_a_silent_connection_is_made_anew(at_work: Workplace) -> None:
    socket = SocketMode(at_work.bolt, at_work.sandbox.app_token, silence=0.4)
    await socket.start()
    with capture_logs() as logged:
        await asyncio.sleep(1)
    assert "Socket Mode fell silent, connecting anew" in [line["event"] for line in logged]
    assert await at_work.types("help")
    await socket.stop()

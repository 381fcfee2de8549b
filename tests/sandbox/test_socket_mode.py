"""Socket Mode, by raw websockets and by Bolt."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from app.sandbox import Sandbox
from tests.sandbox.hands import PATIENCE, Hands, Json, Start, client_of, connected

COMMAND = {"user": "on-call", "channel": "general", "command": "/incident", "text": ""}


class App:
    """Raw websockets in place of an app."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session
        self.sockets: list[aiohttp.ClientWebSocketResponse] = []

    async def open(self) -> tuple[aiohttp.ClientWebSocketResponse, Json]:
        """Open a websocket and return it with its hello."""
        client = AsyncWebClient(base_url=self.sandbox.api_url, retry_handlers=[])
        address = (await client.apps_connections_open(app_token=self.sandbox.app_token))["url"]
        socket = await self.session.ws_connect(address)
        self.sockets.append(socket)
        return socket, await socket.receive_json()


@pytest.fixture
async def sandbox(start: Start, manifest: Json) -> Sandbox:
    """A sandbox whose app is told of events."""
    return await start(manifest)


@pytest.fixture
async def app(sandbox: Sandbox) -> AsyncIterator[App]:
    async with aiohttp.ClientSession() as session:
        yield App(sandbox, session)


async def frame(socket: aiohttp.ClientWebSocketResponse, seconds: float = 2) -> Json:
    async with asyncio.timeout(seconds):
        received: Json = await socket.receive_json()
        return received


async def acknowledge(socket: aiohttp.ClientWebSocketResponse, envelope: Json, **payload: Any) -> None:
    answer = {"envelope_id": envelope["envelope_id"]}
    await socket.send_json(answer | ({"payload": payload} if payload else {}))


async def test_a_connection_is_greeted_and_its_ticket_is_used_up(app: App) -> None:
    socket, hello = await app.open()
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"] == {"app_id": "A0TOCSIN"}
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await app.session.ws_connect(socket._response.url)


async def test_each_envelope_goes_to_one_connection(app: App, hands: Hands) -> None:
    first, _ = await app.open()
    second, _ = await app.open()

    async def answer(socket: aiohttp.ClientWebSocketResponse) -> str:
        envelope = await frame(socket)
        await acknowledge(socket, envelope, text="done")
        return str(envelope["envelope_id"])

    taken = asyncio.gather(answer(first), answer(second))
    for _ in range(2):
        assert (await hands("command", **COMMAND))["response"] == {"text": "done"}
    assert len(set(await taken)) == 2


@pytest.mark.slow
async def test_an_unacknowledged_event_comes_again_to_another_connection(app: App, hands: Hands) -> None:
    first, _ = await app.open()
    await hands("open", user="on-call", **{"with": "tocsin"})
    await hands("message", user="on-call", channel="tocsin", text="hello")
    original = await frame(first)
    second, _ = await app.open()
    again = await frame(second)
    await acknowledge(second, again)
    assert (original["type"], original["retry_attempt"], original["retry_reason"]) == ("events_api", 0, "")
    assert (again["retry_attempt"], again["retry_reason"]) == (1, "timeout")
    assert again["payload"]["event_id"] == original["payload"]["event_id"]
    assert again["payload"]["event"]["text"] == "hello"
    with pytest.raises(TimeoutError):
        await frame(second, PATIENCE * 1.5)


async def test_an_event_waits_for_a_connection(app: App, hands: Hands) -> None:
    await hands("message", user="on-call", channel="tocsin", text="hello")
    await asyncio.sleep(0.05)
    socket, _ = await app.open()
    envelope = await frame(socket)
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (1, "connection_failed")
    await acknowledge(socket, envelope)


async def test_an_event_is_given_up_after_three_retries(start: Start, manifest: Json) -> None:
    sandbox = await start(manifest, patience=0.05)
    hands = Hands.on(sandbox)
    async with hands.session, aiohttp.ClientSession() as session:
        socket, _ = await App(sandbox, session).open()
        await hands("message", user="on-call", channel="tocsin", text="hello")
        attempts = [(await frame(socket))["retry_attempt"] for _ in range(4)]
        assert attempts == [0, 1, 2, 3]
        with pytest.raises(TimeoutError):
            await frame(socket, 0.2)


@pytest.mark.slow
async def test_a_command_does_not_come_again(app: App, hands: Hands) -> None:
    socket, _ = await app.open()
    assert (await hands("command", **COMMAND))["error"] == "operation_timeout"
    await frame(socket)
    with pytest.raises(TimeoutError):
        await frame(socket, PATIENCE * 1.5)


async def test_a_refreshed_connection_may_still_acknowledge(app: App, hands: Hands) -> None:
    socket, _ = await app.open()
    answered = asyncio.create_task(hands("command", **COMMAND))
    envelope = await frame(socket)
    await hands("fault", kind="disconnect", times=1)
    parting = await frame(socket)
    await acknowledge(socket, envelope, text="late")
    assert (parting["type"], parting["reason"]) == ("disconnect", "refresh_requested")
    assert (await answered)["response"] == {"text": "late"}
    closing = await socket.receive()
    assert closing.type is aiohttp.WSMsgType.CLOSE


async def test_nonsense_on_a_socket_is_passed_over(app: App, hands: Hands) -> None:
    socket, _ = await app.open()
    for nonsense in ("?", "[]", '{"envelope_id": "unknown"}', "{}"):
        await socket.send_str(nonsense)
    answered = asyncio.create_task(hands("command", **COMMAND))
    await acknowledge(socket, await frame(socket), text="well")
    assert (await answered)["ok"]


async def test_bolt_comes_back_after_a_refresh_and_misses_nothing(sandbox: Sandbox, hands: Hands) -> None:
    app = AsyncApp(client=client_of(sandbox), process_before_response=True)
    heard: list[str] = []

    @app.event("message")
    async def message(event: Json) -> None:
        heard.append(event["text"])

    @app.command("/incident")
    async def incident(ack: AsyncAck) -> None:
        await ack("here")

    async with connected(app, sandbox):
        await hands("fault", kind="disconnect", times=2)
        await hands("message", user="on-call", channel="tocsin", text="hello")
        async with asyncio.timeout(5):
            while not (heard and (await hands("command", **COMMAND))["ok"]):  # noqa: ASYNC110 - what is waited for happens in Bolt
                await asyncio.sleep(0.05)
    assert set(heard) == {"hello"}


async def test_only_what_the_manifest_subscribes_to_is_told(app: App, hands: Hands, sandbox: Sandbox) -> None:
    socket, _ = await app.open()
    client = client_of(sandbox)
    room = (await client.conversations_create(name="incident-1"))["channel"]["id"]
    await client.conversations_invite(channel=room, users="U0ONCALL")
    said = (await client.chat_postMessage(channel=room, text="hello"))["ts"]
    await client.pins_add(channel=room, timestamp=said)
    await hands("react", user="on-call", channel=room, ts=said, name="eyes")
    await hands("message", user="on-call", channel=room, text="<@U0TOCSIN> hello")
    await client.chat_delete(channel=room, ts=said)
    told = []
    for _ in range(10):
        envelope = await frame(socket)
        await acknowledge(socket, envelope)
        event = envelope["payload"]["event"]
        told.append((event["type"], event.get("subtype")))
    assert sorted(told, key=str) == [
        ("app_mention", None),
        ("channel_created", None),
        ("member_joined_channel", None),
        ("member_joined_channel", None),
        ("message", "channel_join"),
        ("message", "channel_join"),
        ("message", "message_deleted"),
        ("message", None),
        ("message", None),
        ("reaction_added", None),
    ]


async def test_what_is_said_where_the_bot_is_not_is_not_told(app: App, hands: Hands) -> None:
    socket, _ = await app.open()
    await hands("message", user="on-call", channel="general", text="hello <@U0TOCSIN>")
    with pytest.raises(TimeoutError):
        await frame(socket, 0.1)


async def test_opening_the_home_tab_waits_until_the_app_heard(sandbox: Sandbox, hands: Hands) -> None:
    app = AsyncApp(client=client_of(sandbox), process_before_response=True)

    @app.event("app_home_opened")
    async def opened(event: Json) -> None:
        await app.client.views_publish(user_id=event["user"], view={"type": "home", "blocks": []})

    async with connected(app, sandbox):
        await hands("home", user="vp")
    assert list((await hands.state())["homes"]) == ["U0VPENG"]

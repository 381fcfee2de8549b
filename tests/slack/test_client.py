"""The client keeps Slack's pauses: what Slack wants to be left alone in is not asked, by anybody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from app.sandbox import MovableClock, Sandbox
from app.slack import errors
from app.slack.app import client as client_of
from app.slack.client import POST, Client
from app.slack.people import People
from tests import shipped

GENERAL = "general"


class Place:
    """A Slack, a client, and what the client asked for."""

    def __init__(self, sandbox: Sandbox, client: Client, http: aiohttp.ClientSession) -> None:
        self.sandbox, self.client, self.http = sandbox, client, http

    async def fault(self, method: str, **how: Any) -> None:
        """Let the next call of a method go wrong."""
        async with self.http.post("_control/fault", json={"method": method, "kind": "ratelimited"} | how) as answer:
            assert (await answer.json())["ok"]

    async def calls(self) -> list[str]:
        """Return the methods that were called so far."""
        async with self.http.get("_control/calls") as answer:
            return [call["method"] for call in await answer.json()]


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    sandbox = Sandbox(shipped.manifest(), clock=MovableClock())
    await sandbox.start()
    client = client_of(sandbox.bot_token, sandbox.api_url, sandbox.clock.now)
    try:
        async with aiohttp.ClientSession(sandbox.url) as http:
            yield Place(sandbox, client, http)
    finally:
        await sandbox.stop()


async def test_a_paused_method_is_not_called_until_the_pause_is_over(place: Place) -> None:
    await place.fault("users.info", seconds=7)
    with pytest.raises(SlackApiError):
        await place.client.users_info(user="U0ONCALL")
    with pytest.raises(errors.Paused) as paused:
        await place.client.users_info(user="U0SECOND")
    assert timedelta(seconds=6) < paused.value.after <= timedelta(seconds=7)
    await place.client.auth_test()
    assert await place.calls() == ["users.info", "auth.test"]
    place.sandbox.clock.move(7)
    assert (await place.client.users_info(user="U0SECOND"))["ok"]


async def test_people_are_not_looked_up_in_a_pause(place: Place) -> None:
    await place.fault("users.info", seconds=7)
    people = People(place.client, frozenset())
    assert [await people.name("U0ONCALL"), await people.name("U0ONCALL")] == ["U0ONCALL"] * 2
    assert await place.calls() == ["users.info"]


async def test_posts_are_paused_by_channel(place: Place) -> None:
    await place.fault(POST, seconds=7)
    with pytest.raises(SlackApiError):
        await place.client.chat_postMessage(channel="C1", text="one")
    assert place.client.pause(POST, "C1")
    assert place.client.pause(POST, "C2") is None


async def test_where_many_channels_are_paused_all_posts_are(place: Place) -> None:
    await place.fault(POST, times=3, seconds=7)
    for channel in ("C1", "C2", "C3"):
        with pytest.raises(SlackApiError):
            await place.client.chat_postMessage(channel=channel, text="one")
    with pytest.raises(errors.Paused):
        await place.client.chat_postMessage(channel="C4", text="one")
    place.sandbox.clock.move(8)
    assert place.client.pause(POST, "C4") is None


@pytest.mark.parametrize("said", ["", "soon", "-5", "1e3", "²", "9" * 40, "0"])
async def test_a_pause_of_unreadable_length_is_kept_all_the_same(place: Place, said: str) -> None:
    await place.fault("users.info", retry_after=said)
    with pytest.raises(SlackApiError):
        await place.client.users_info(user="U0ONCALL")
    pause = place.client.pause("users.info")
    assert pause
    assert timedelta(0) < pause <= timedelta(minutes=5)


async def test_after_a_pause_one_goes_first(place: Place) -> None:
    await place.fault("users.info", seconds=7)
    with pytest.raises(SlackApiError):
        await place.client.users_info(user="U0ONCALL")
    place.sandbox.clock.move(8)
    await place.fault("users.info", seconds=7)
    asked = await asyncio.gather(
        *(place.client.users_info(user=member) for member in ("U0ONCALL", "U0SECOND", "U0CTO")), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in asked) == ["Paused", "Paused", "SlackApiError"]
    assert await place.calls() == ["users.info"] * 2
    place.sandbox.clock.move(8)
    assert (await place.client.users_info(user="U0ONCALL"))["ok"]
    everybody = await asyncio.gather(*(place.client.users_info(user=member) for member in ("U0SECOND", "U0CTO")))
    assert all(one["ok"] for one in everybody)


@pytest.mark.parametrize("ahead", [3600, 60])
async def test_a_pause_ends_when_it_would_have_though_the_clock_is_set_back(place: Place, ahead: float) -> None:
    place.sandbox.clock.move(ahead)
    await place.fault(POST, seconds=7)
    with pytest.raises(SlackApiError):
        await place.client.chat_postMessage(channel="C1", text="one")
    place.sandbox.clock.move(-ahead)
    pause = place.client.pause(POST, "C1")
    assert pause
    assert timedelta(seconds=6) < pause <= timedelta(seconds=7)
    place.sandbox.clock.move(7)
    assert place.client.pause(POST, "C1") is None


class Keeping:
    """An end of Slack that counts the connections it is asked over, and can close them."""

    def __init__(self) -> None:
        self.opened: list[asyncio.StreamWriter] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer every call on a connection."""
        self.opened.append(writer)
        with suppress(asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n"
                writer.write(head + b'{"ok":true}')
        writer.close()


@pytest.fixture
async def keeping() -> AsyncIterator[tuple[Keeping, Client]]:
    slack = Keeping()
    async with await asyncio.start_server(slack.answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = client_of("xoxb-1", f"http://127.0.0.1:{port}/api/")
        client.keep_connections()
        yield slack, client
        await client.close()


async def test_calls_that_follow_each_other_go_over_one_connection(keeping: tuple[Keeping, Client]) -> None:
    slack, client = keeping
    for _ in range(3):
        assert (await client.api_call("auth.test"))["ok"]
    assert len(slack.opened) == 1


async def test_a_connection_that_slack_has_closed_is_not_used_again(keeping: tuple[Keeping, Client]) -> None:
    slack, client = keeping
    await client.api_call("auth.test")
    slack.opened[0].close()
    await slack.opened[0].wait_closed()
    await asyncio.sleep(0.01)
    assert (await client.api_call("auth.test"))["ok"]
    assert len(slack.opened) == 2


async def test_calls_go_on_after_the_kept_connections_were_let_go(keeping: tuple[Keeping, Client]) -> None:
    slack, client = keeping
    await client.api_call("auth.test")
    await client.close()
    assert (await client.api_call("auth.test"))["ok"]
    assert len(slack.opened) == 2

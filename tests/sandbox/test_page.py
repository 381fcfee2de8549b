"""The page's own routes, and who may use the server."""

import asyncio
import json

import aiohttp
import pytest

from app.sandbox import Sandbox
from app.sandbox.server import PAGE
from tests.sandbox.hands import Hands


@pytest.mark.skipif(not (PAGE / "index.html").exists(), reason="there is no page here")
async def test_the_page_is_served(sandbox: Sandbox, hands: Hands) -> None:
    async with hands.session.get("/") as response:
        assert "text/html" in response.headers["Content-Type"]
    async with hands.session.get("/page.js") as response:
        assert response.status == 200
    async with hands.session.get("/../server.py") as response:
        assert response.status == 404


async def test_the_stream_tells_of_each_change(sandbox: Sandbox, hands: Hands) -> None:
    async with hands.session.get("/_page/stream") as stream:
        first = await version(stream)
        await hands("message", user="on-call", channel="general", text="hello")
        assert await version(stream) > first


async def test_a_stream_does_not_hold_up_the_end(sandbox: Sandbox, hands: Hands) -> None:
    async with hands.session.get("/_page/stream") as stream:
        await version(stream)
        async with asyncio.timeout(2):
            await sandbox.stop()
        assert sandbox.slack.closed


@pytest.mark.parametrize("headers", [{"Origin": "https://example.com"}, {"Host": "example.com"}, {"Origin": "null"}])
async def test_other_sites_are_turned_away(hands: Hands, headers: dict[str, str]) -> None:
    async with hands.session.get("/_control/state", headers=headers) as response:
        assert response.status == 403


async def test_the_page_itself_is_let_in(sandbox: Sandbox, hands: Hands) -> None:
    async with hands.session.get("/_control/state", headers={"Origin": sandbox.url.rstrip("/")}) as response:
        assert response.status == 200


async def test_the_state_names_what_people_can_do(hands: Hands) -> None:
    state = await hands.state()
    assert [member["name"] for member in state["members"]] == [
        "on-call",
        "secondary",
        "manager",
        "vp",
        "cto",
        "support",
    ]
    assert state["commands"][0] == {"command": "/incident", "description": "Incidents", "usage_hint": "[words]"}
    assert [shortcut["type"] for shortcut in state["shortcuts"]] == ["global", "message"]
    assert [group["handle"] for group in state["usergroups"]] == ["platform-on-call", "engineering-managers"]


async def version(stream: aiohttp.ClientResponse) -> int:
    async with asyncio.timeout(2):
        line = await stream.content.readline()
        await stream.content.readline()
    return int(json.loads(line.removeprefix(b"data: "))["version"])

"""Over HTTP in place of Socket Mode: Slack calls, and Tocsin verifies who called."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from app.sandbox import Sandbox
from app.slack.manifest import EVENTS_PATH, manifest
from tests.acceptance.workspace import ON_CALL, Town, clock_at, settings, tocsin, working_hours


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture
def address() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
async def slack(tmp_path: Path, address: str) -> AsyncIterator[Town]:
    """A workspace that calls Tocsin over HTTP."""
    sandbox = Sandbox(manifest(), clock=clock_at(working_hours()), request_url=address + EVENTS_PATH)
    await sandbox.start()
    secret, port = SecretStr(sandbox.signing_secret), int(address.rsplit(":", 1)[1])
    chosen = settings(sandbox, tmp_path, slack_app_token=None, slack_signing_secret=secret, port=port)
    async with aiohttp.ClientSession(sandbox.url) as session:
        async with tocsin(sandbox, chosen) as bot:
            yield Town(session, sandbox, bot)
        await sandbox.stop()
        await asyncio.sleep(0)


async def test_a_command_a_click_and_a_form_work_as_over_socket_mode(slack: Town) -> None:
    await slack.declares()
    await slack.presses(ON_CALL, (await slack.room(ON_CALL)).posts[0], "incident.acknowledge")
    assert (await slack.incident()).incident.acknowledged_by == ON_CALL
    await slack.types(ON_CALL, "resolve", channel="incident-1")
    at = int(slack.now.timestamp())
    assert "detected_at" in await slack.fills(ON_CALL, started_at=at - 60, detected_at=at - 120)
    assert await slack.fills(ON_CALL, started_at=at - 120, detected_at=at - 60) == {}
    assert not (await slack.incident()).incident.is_open
    assert await slack.calls("apps.connections.open") == []


async def test_a_caller_who_is_not_slack_is_turned_away(slack: Town, address: str) -> None:
    async with aiohttp.ClientSession(address) as stranger:
        async with stranger.post(EVENTS_PATH, data={"command": "/incident", "text": "declare SEV1 A lie"}) as response:
            assert response.status == 401
        async with stranger.get("/healthz") as response:
            assert (response.status, (await response.json())["status"]) == (200, "ok")
    assert await slack.run(lambda tx: tx.latest("T0SANDBOX", 1)) == []


async def test_with_socket_mode_and_a_port_it_says_that_it_is_up(tmp_path: Path, address: str) -> None:
    sandbox = Sandbox(manifest())
    await sandbox.start()
    port = int(address.rsplit(":", 1)[1])
    async with (
        tocsin(sandbox, settings(sandbox, tmp_path, port=port)),
        aiohttp.ClientSession(address) as platform,
        platform.get("/healthz") as response,
    ):
        assert response.status == 200
    await sandbox.stop()

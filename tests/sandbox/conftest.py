"""A sandbox for each test, Slack's own client for it, a member's hands, and a bot on Bolt."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from app.sandbox import Sandbox
from tests.sandbox.hands import MANIFEST, PATIENCE, QUIET, Connect, Hands, Json, Start, client_of, connected


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Return a function that starts a sandbox, stopped after the test."""
    running: list[Sandbox] = []

    async def begin(manifest: Json = QUIET, **options: Any) -> Sandbox:
        sandbox = Sandbox(manifest, **({"patience": PATIENCE} | options))
        running.append(sandbox)
        await sandbox.start()
        return sandbox

    yield begin
    for sandbox in running:
        await sandbox.stop()


@pytest.fixture
async def sandbox(start: Start) -> Sandbox:
    """A sandbox whose app is told of no events."""
    return await start()


@pytest.fixture
def client(sandbox: Sandbox) -> AsyncWebClient:
    return client_of(sandbox)


@pytest.fixture
async def hands(sandbox: Sandbox) -> AsyncIterator[Hands]:
    members = Hands.on(sandbox)
    async with members.session:
        yield members


@pytest.fixture
async def connect(sandbox: Sandbox) -> AsyncIterator[Connect]:
    """Return a function that connects a Bolt app over Socket Mode, disconnected after the test."""
    async with AsyncExitStack() as open_sockets:

        async def open_socket(app: AsyncApp) -> None:
            await open_sockets.enter_async_context(connected(app, sandbox))

        yield open_socket


@pytest.fixture
def bolt(client: AsyncWebClient) -> AsyncApp:
    """A Bolt app without listeners."""
    return AsyncApp(client=client, process_before_response=True)


@pytest.fixture
def quiet() -> Json:
    """The manifest of an app that is told of no events."""
    return QUIET


@pytest.fixture
def manifest() -> Json:
    """The manifest of an app that is told of events."""
    return MANIFEST

"""What the sandbox's tests share: the manifest of an app, and a member's hands."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from app.sandbox import Sandbox
from app.sandbox.scopes import NEEDED

Json = dict[str, Any]

# Slack's three seconds, shortened.
PATIENCE = 0.5

MANIFEST: Json = {
    "display_information": {"name": "Tocsin"},
    "features": {
        "app_home": {"home_tab_enabled": True},
        "slash_commands": [
            {"command": "/incident", "description": "Incidents", "usage_hint": "[words]", "should_escape": True},
            {"command": "/raw", "description": "Text as typed"},
        ],
        "shortcuts": [
            {"name": "Declare", "type": "global", "callback_id": "declare", "description": "From anywhere"},
            {"name": "Declare", "type": "message", "callback_id": "declare_from", "description": "From a message"},
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": sorted(
                {scope for kinds in NEEDED.values() for scopes in kinds.values() for scope in scopes}
                | {"commands", "chat:write.public"}
            )
        }
    },
    "settings": {
        "event_subscriptions": {
            "bot_events": [
                "app_home_opened",
                "app_mention",
                "channel_created",
                "member_joined_channel",
                "message.channels",
                "message.im",
                "reaction_added",
            ]
        },
        "socket_mode_enabled": True,
    },
}

QUIET = MANIFEST | {"settings": {}}


@dataclass
class Hands:
    """What a member or a script does by control requests."""

    session: aiohttp.ClientSession

    @classmethod
    def on(cls, sandbox: Sandbox) -> "Hands":
        """Return hands in a sandbox; the caller closes their session."""
        return cls(aiohttp.ClientSession(sandbox.url))

    async def __call__(self, act: str, **wish: Any) -> Json:
        """Ask for an act and return its answer, a failure included."""
        async with self.session.post(f"/_control/{act}", json=wish) as response:
            answer: Json = await response.json()
            assert response.status == (200 if answer["ok"] else 400)
            return answer

    async def state(self) -> Json:
        """Return the state."""
        async with self.session.get("/_control/state") as response:
            state: Json = await response.json()
            return state

    async def channel(self, name: str) -> Json:
        """Return one channel of the state, by id or name."""
        return next(c for c in (await self.state())["channels"] if name in {c["id"], c["name"]})

    async def last(self, name: str) -> Json:
        """Return the last message of a channel."""
        message: Json = (await self.channel(name))["messages"][-1]
        return message

    async def calls(self, method: str) -> list[Json]:
        """Return the arguments of the calls of one method so far."""
        async with self.session.get("/_control/calls") as response:
            return [call["args"] for call in await response.json() if call["method"] == method]


Start = Callable[..., Awaitable[Sandbox]]
Connect = Callable[[AsyncApp], Awaitable[None]]


def client_of(sandbox: Sandbox) -> AsyncWebClient:
    """Return Slack's client as the bot uses it."""
    return AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])


@asynccontextmanager
async def connected(app: AsyncApp, sandbox: Sandbox) -> AsyncIterator[None]:
    """Keep a Bolt app connected over Socket Mode."""
    handler = AsyncSocketModeHandler(app, sandbox.app_token, ping_interval=1)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]

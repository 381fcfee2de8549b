"""Tocsin's edge at work: the real listeners, handler and store, and the Slack on this machine."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import aiohttp
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from app.domain import commands as c
from app.domain.playbook import Playbook
from app.handle import Handler
from app.playbooks import message_folders
from app.sandbox import Sandbox
from app.slack import app as slack_app
from app.slack.blocks import card
from app.slack.connect import SocketMode
from app.slack.listeners import Edge
from app.slack.people import People
from app.slack.words import Words
from app.store import Record, Store
from tests import shipped

SUPPORT, ON_CALL, SECOND, CTO = "U0SUPPORT", "U0ONCALL", "U0SECOND", "U0CTO"
TODAY = date(2026, 11, 21)


@dataclass
class Workplace:
    """What a test has at hand. `recorded` counts commits, `retried` keeps the keys of deliveries to try again."""

    sandbox: Sandbox
    bolt: AsyncApp
    edge: Edge
    http: aiohttp.ClientSession
    retried: list[str] = field(default_factory=list)

    async def control(self, act: str, **wish: Any) -> dict[str, Any]:
        """Play a member."""
        async with self.http.post(f"{self.sandbox.url}_control/{act}", json=wish) as answer:
            told: dict[str, Any] = await answer.json()
        await self.edge.afterwards.finish()
        return told

    async def state(self) -> dict[str, Any]:
        """Return the whole workspace."""
        async with self.http.get(f"{self.sandbox.url}_control/state") as answer:
            told: dict[str, Any] = await answer.json()
        return told

    async def calls(self, method: str) -> list[dict[str, Any]]:
        """Return what was sent to a method so far."""
        async with self.http.get(f"{self.sandbox.url}_control/calls") as answer:
            return [call["args"] for call in await answer.json() if call["method"] == method]

    async def types(
        self, text: str, *, user: str = SUPPORT, channel: str = "general", command: str = "/incident"
    ) -> str:
        """Type a command, and return the text of the answer."""
        told = await self.control("command", user=user, channel=channel, command=command, text=text)
        assert told["ok"], told
        return str((told["response"] or {}).get("text", ""))

    async def fills(self, values: Mapping[str, Any], *, user: str = SUPPORT) -> dict[str, Any]:
        """Fill in and send off the member's form."""
        return await self.control("submit", user=user, values=dict(values))

    async def presses(self, posted: "Posted", action: str, *, user: str = ON_CALL, value: str | None = None) -> str:
        """Press a button of a message, and return what the member alone is told."""
        before = set(await self._whispers(user))
        chosen = {"value": value} if value else {}
        told = await self.control("click", user=user, channel=posted.channel, ts=posted.ts, action_id=action, **chosen)
        assert told["ok"], told
        return "\n".join(text for key, text in (await self._whispers(user)).items() if key not in before)

    async def form(self, user: str = SUPPORT) -> dict[str, Any]:
        """Return the form that the member sees."""
        view: dict[str, Any] = (await self.state())["modals"][user][-1]
        return view

    async def declares(self, text: str = "SEV1 Payment API down") -> Record:
        """Declare an incident by command."""
        await self.types(f"declare {text}")
        return (await self.edge.store.run(lambda tx: tx.latest(self.edge.workspace, 1)))[0]

    async def opens_room(self, record: Record) -> "Posted":
        """Give the incident a channel, and post its card there, as the outbox will."""
        channel = (await self.edge.client.conversations_create(name=record.incident.name))["channel"]["id"]
        await self.edge.client.conversations_invite(channel=channel, users=[SUPPORT, ON_CALL, SECOND, CTO])
        await self.does(record, c.RecordChannel(channel, record.incident.name))
        return await self.posts_card(record, channel)

    async def posts_card(self, record: Record, channel: str) -> "Posted":
        """Post the card as it is now."""
        message = card.card(await self.current(record))
        answer = await self.edge.client.chat_postMessage(channel=channel, text=message.text, blocks=message.blocks)
        return Posted(answer["channel"], answer["ts"])

    async def does(self, record: Record, command: c.Command) -> None:
        """Send a command to the core, past Slack."""
        await self.edge.handler(self.edge.workspace, record.id, command)

    async def current(self, record: Record) -> Record:
        """Return the incident as it is stored."""
        stored = await self.edge.store.run(lambda tx: tx.incident(record.id))
        assert stored
        return stored

    async def dispatches(self, payload: Mapping[str, Any]) -> BoltResponse:
        """Hand a payload to Bolt as Socket Mode does."""
        response = await self.bolt.async_dispatch(AsyncBoltRequest(body=dict(payload), mode="socket_mode"))
        await self.edge.afterwards.finish()
        return response

    async def _whispers(self, user: str) -> dict[str, str]:
        messages = [message for room in (await self.state())["channels"] for message in room["messages"]]
        return {one["ts"]: one["text"] for one in messages if one.get("ephemeral_for") == user}


@dataclass(frozen=True)
class Posted:
    """Where a message stands."""

    channel: str
    ts: str


@asynccontextmanager
async def workplace(
    folder: Path,
    playbook: str = "default",
    *,
    connected: bool = True,
    edited: Callable[[Playbook], Playbook] = lambda same: same,
) -> AsyncIterator[Workplace]:
    """Start everything but the outbox and the clock, with a playbook that ships, or what is `edited` in it."""
    sandbox = Sandbox(shipped.manifest())
    await sandbox.start()
    shipped_source = shipped.source(playbook, TODAY)
    source = replace(shipped_source, playbook=edited(shipped_source.playbook))
    store = Store.open(f"sqlite:///{folder / 'tocsin.db'}")
    client = slack_app.client(sandbox.bot_token, sandbox.api_url, sandbox.clock.now)
    identity = await slack_app.identify(client)
    retried: list[str] = []

    async def retry(key: str) -> bool:
        if key == "explode":
            raise RuntimeError("nobody foresaw this")
        retried.append(key)
        return key != "gone"

    edge = Edge(
        client=client,
        handler=Handler(store, source.playbook, sandbox.clock.now, lambda: None),
        store=store,
        words=Words(message_folders(source)),
        playbook=source.playbook,
        people=People(client, frozenset()),
        workspace=identity.workspace,
        now=sandbox.clock.now,
        retry_delivery=retry,
    )
    bolt = slack_app.build(edge, identity)
    socket = SocketMode(bolt, sandbox.app_token)
    try:
        async with aiohttp.ClientSession() as http:
            if connected:
                await socket.start()
            yield Workplace(sandbox, bolt, edge, http, retried)
    finally:
        await edge.afterwards.finish()
        await socket.stop()
        store.close()
        await sandbox.stop()
        # aiohttp closes its sockets one turn of the loop later.
        await asyncio.sleep(0)


def moment(text: str) -> datetime:
    """Return a time of the day on which the tests play."""
    return datetime.fromisoformat(f"{TODAY}T{text}").replace(tzinfo=UTC)

"""A Slack that answers every call after a given delay, notes when it came, and speaks Socket Mode.

It refuses nothing and keeps nothing; `app.sandbox` is the one that does.
"""

import asyncio
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self

from aiohttp import WSMsgType, web

from benchmarks.prepared import ANNOUNCE, WORKSPACE

Json = dict[str, Any]
HOST = "127.0.0.1"
PATIENCE = 60.0


@dataclass(slots=True)
class Call:
    """One call of the Web API: when it came and when it was answered, by the monotonic clock."""

    method: str
    arguments: Json
    came_at: float
    answered_at: float = 0.0
    answer: Json = field(default_factory=dict)


class FakeSlack:
    """Listens on loopback. `calls` are those that were answered."""

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.calls: list[Call] = []
        self._numbers = count(1)
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._socket: web.WebSocketResponse | None = None
        self._connected = asyncio.Event()
        self._acknowledged: dict[str, asyncio.Future[float]] = {}
        self._awaited: list[tuple[Callable[[Call], bool], asyncio.Future[Call]]] = []

    @property
    def api_url(self) -> str:
        """The Web API's address."""
        return f"http://{HOST}:{self._port}/api/"

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.add_routes([web.route("*", "/api/{method}", self._answer), web.get("/socket", self._connect)])
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._socket:
            await self._socket.close()
        if self._runner:
            await self._runner.cleanup()

    async def connected(self) -> None:
        """Wait until somebody has connected by Socket Mode."""
        async with asyncio.timeout(PATIENCE):
            await self._connected.wait()

    async def send(self, kind: str, payload: Json, pause: float = 0.0) -> float:
        """Send an envelope, and return the seconds until it was acknowledged, after a pause of so many."""
        assert self._socket  # noqa: S101 -- `connected` was waited for
        envelope_id = str(uuid.uuid4())
        answer = self._acknowledged[envelope_id] = asyncio.get_running_loop().create_future()
        envelope = {"envelope_id": envelope_id, "type": kind, "accepts_response_payload": True, "payload": payload}
        text = json.dumps(envelope)
        began = time.monotonic()
        await self._socket.send_str(text)
        async with asyncio.timeout(PATIENCE):
            took: float = await answer - began
        await asyncio.sleep(pause)
        return took

    def expect(self, wanted: Callable[[Call], bool]) -> asyncio.Future[Call]:
        """Return the next call, from now on, of which `wanted` is true, as soon as it is answered."""
        found: asyncio.Future[Call] = asyncio.get_running_loop().create_future()
        self._awaited.append((wanted, found))
        return found

    async def quiet(self, seconds: float) -> None:
        """Wait until nothing has been called for so long."""
        while self.calls and time.monotonic() - self.calls[-1].answered_at < seconds:  # noqa: ASYNC110 -- silence
            await asyncio.sleep(seconds / 4)

    async def _answer(self, request: web.Request) -> web.Response:
        call = Call(request.match_info["method"], await _arguments(request), time.monotonic())
        if self.delay:
            await asyncio.sleep(self.delay)
        call.answer = {"ok": True, **self._said(call)}
        call.answered_at = time.monotonic()
        self.calls.append(call)
        for wanted, found in tuple(self._awaited):
            if not found.done() and wanted(call):
                found.set_result(call)
        self._awaited = [one for one in self._awaited if not one[1].done()]
        return web.json_response(call.answer)

    def _said(self, call: Call) -> Json:  # noqa: PLR0911 -- one case for each method
        match call.method:
            case "auth.test":
                return {"team_id": WORKSPACE, "user_id": "U0TOCSIN", "bot_id": "B0TOCSIN", "team": "Benchmark"}
            case "apps.connections.open":
                return {"url": f"ws://{HOST}:{self._port}/socket"}
            case "conversations.create":
                return {"channel": {"id": f"C0MADE{next(self._numbers):06}", "name": call.arguments["name"]}}
            case "chat.postMessage" | "chat.update":
                channel = str(call.arguments["channel"])
                at = call.arguments.get("ts") or f"{time.time():.0f}.{next(self._numbers):06}"
                return {"channel": channel.replace("U0", "D0", 1), "ts": at}
            case "chat.getPermalink":
                return {"permalink": f"http://{HOST}/archives/{call.arguments['channel']}"}
            case "users.conversations":
                return {"channels": [{"id": ANNOUNCE, "name": "incidents", "creator": "U0TOCSIN", "created": 0}]}
            case "users.info":
                return {"user": {"id": call.arguments["user"], "name": "somebody"}}
            case "bookmarks.list":
                return {"bookmarks": []}
            case _:
                return {}

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        self._socket = web.WebSocketResponse()
        await self._socket.prepare(request)
        await self._socket.send_json({"type": "hello", "num_connections": 1, "debug_info": {}})
        self._connected.set()
        async for frame in self._socket:
            if frame.type is WSMsgType.TEXT:
                self._acknowledge(time.monotonic(), frame.data)
        return self._socket

    def _acknowledge(self, at: float, text: str) -> None:
        if not text.startswith("{"):
            return
        answer = self._acknowledged.pop(json.loads(text).get("envelope_id", ""), None)
        if answer and not answer.done():
            answer.set_result(at)


async def _arguments(request: web.Request) -> Json:
    sent = await (request.json() if request.content_type == "application/json" else request.post())
    return {**request.query, **sent}

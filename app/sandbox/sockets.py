"""Socket Mode: envelopes to the app over its websockets.

Each envelope goes to one connection. The app acknowledges it by its id, and may answer in the acknowledgement.
Slack's page: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import json
import secrets
import uuid
from itertools import count

from aiohttp import WSMsgType, web

from app.sandbox.delivery import EVENT_ATTEMPTS, PayloadKind, Undelivered
from app.sandbox.seed import APP_ID
from app.sandbox.workspace import Json

HEARTBEAT_SECONDS = 30.0
CONNECTION_SECONDS = 18_060
# How long a close waits for the app to say goodbye: one that was killed never does.
CLOSE_SECONDS = 1.0


class Sockets:
    """The app's open websockets, and what was sent over them and awaits its acknowledgement."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._tickets: set[str] = set()
        self._connections: list[web.WebSocketResponse] = []
        self._turn = count()
        self._opened = asyncio.Event()
        self._unanswered: dict[str, asyncio.Future[Json | None]] = {}
        self._disconnects = 0
        self._reason = ""
        self._farewells: set[asyncio.Task[None]] = set()

    def ticket(self) -> str:
        """Return a ticket that opens one websocket."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return ticket

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket for as long as it is open."""
        ticket = request.match_info["ticket"]
        if ticket not in self._tickets:
            raise web.HTTPNotFound
        self._tickets.remove(ticket)
        connection = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, timeout=CLOSE_SECONDS)
        await connection.prepare(request)
        self._join(connection)
        try:
            await connection.send_json(self._hello())
            if self._disconnects > 0:
                self._disconnects -= 1
                self._bid_farewell(connection)
            async for frame in connection:
                if frame.type is WSMsgType.TEXT:
                    self._acknowledge(frame.data)
        finally:
            self._part(connection)
        return connection

    async def ask(self, kind: PayloadKind, payload: Json) -> Json | None:
        """Send to one connection and return the acknowledgement's payload."""
        answer: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        envelope = self._envelope(kind, payload, accepts_response_payload=True)
        try:
            if not await self._send(envelope, answer):
                raise Undelivered("dispatch_failed")
            return await asyncio.wait_for(answer, self._patience)
        except TimeoutError:
            raise Undelivered("operation_timeout") from None
        finally:
            self._unanswered.pop(envelope["envelope_id"], None)

    async def tell(self, event: Json) -> None:
        """Send an event until it is acknowledged, to whichever connection is open by then."""
        answer: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        reason, sent = "", set()
        for attempt in range(EVENT_ATTEMPTS):
            envelope = self._envelope("events_api", event, retry_attempt=attempt, retry_reason=reason)
            sent.add(envelope["envelope_id"])
            reason = "timeout"
            if not await self._send(envelope, answer):
                reason = "connection_failed"
                await self._opened.wait()
                continue
            await asyncio.wait({answer}, timeout=self._patience)
            if answer.done():
                break
        for envelope_id in sent:
            self._unanswered.pop(envelope_id, None)

    def disconnect(self, times: int, reason: str = "refresh_requested") -> None:
        """Ask the app to go and close its connections, `times` times: those open now, then each that opens next."""
        self._disconnects += times
        self._reason = reason
        if self._connections:
            self._disconnects -= 1
        for connection in tuple(self._connections):
            self._bid_farewell(connection)

    async def close(self) -> None:
        """Close every connection without a word, as a server that goes away does."""
        for task in tuple(self._farewells):
            task.cancel()
        for connection in tuple(self._connections):
            await connection.close()

    def _join(self, connection: web.WebSocketResponse) -> None:
        self._connections.append(connection)
        self._opened.set()

    def _part(self, connection: web.WebSocketResponse) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
        if not self._connections:
            self._opened.clear()

    def _bid_farewell(self, connection: web.WebSocketResponse) -> None:
        # From here on it takes acknowledgements but gets no envelope, as Slack drains a connection that it refreshes.
        self._part(connection)
        task = asyncio.create_task(self._refresh(connection))
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)

    async def _refresh(self, connection: web.WebSocketResponse) -> None:
        await self._write(connection, {"type": "disconnect", "reason": self._reason, "debug_info": _DEBUG})
        await asyncio.sleep(self._patience / 3)
        await connection.close()

    async def _send(self, envelope: Json, answer: "asyncio.Future[Json | None]") -> bool:
        """Send to the connection whose turn it is, or to another that still lives; say whether one took it."""
        self._unanswered[envelope["envelope_id"]] = answer
        for _ in range(len(self._connections)):
            if not self._connections:
                break
            connection = self._connections[next(self._turn) % len(self._connections)]
            if await self._write(connection, envelope):
                return True
            self._part(connection)
        return False

    async def _write(self, connection: web.WebSocketResponse, frame: Json) -> bool:
        try:
            await connection.send_json(frame)
        except ConnectionError:
            return False
        return True

    def _acknowledge(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except json.JSONDecodeError:
            return
        answer = self._unanswered.get(frame.get("envelope_id", "")) if isinstance(frame, dict) else None
        if answer is not None and not answer.done():
            payload = frame.get("payload")
            answer.set_result(payload if isinstance(payload, dict) else None)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "connection_info": {"app_id": APP_ID},
            "num_connections": len(self._connections),
            "debug_info": _DEBUG | {"approximate_connection_time": CONNECTION_SECONDS},
        }

    @staticmethod
    def _envelope(kind: PayloadKind, payload: Json, **more: object) -> Json:
        return {
            "envelope_id": str(uuid.uuid4()),
            "type": kind,
            "accepts_response_payload": False,
            "payload": payload,
            **more,
        }


_DEBUG: Json = {"host": "sandbox"}

"""What all fake vendors share: they keep what they are told, refuse as the vendor does, and fail when asked to.

A fault befalls one request each, in the order in which the faults were asked for:

    ratelimited   429, nothing is done
    unauthorized  as if the credentials were wrong, nothing is done
    server_error  500, nothing is done
    error_after   it is done, and answered with 500
    drop_after    it is done, and the connection is cut before the answer
    late          the connection is cut at once, and it is done `pause` seconds later
    slow          it is done, `pause` seconds later, and answered
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import Message, Receive, Scope, Send

Fault = Literal["ratelimited", "unauthorized", "server_error", "error_after", "drop_after", "late", "slow"]
KINDS: Mapping[str, Fault] = {kind: kind for kind in get_args(Fault)}
READING = ("GET", "HEAD", "OPTIONS")
MOST_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Heard:
    """One request that came: how, where, and what came with it."""

    method: str
    path: str
    query: str
    body: bytes
    headers: Mapping[str, str]


class Fake(ABC):
    """One vendor on this machine. It serves `routes` below its `name`; nobody there sees what it is mounted under."""

    name: ClassVar[str]
    """What it is called in addresses."""

    def __init__(self) -> None:
        self.faults: deque[tuple[Fault, str]] = deque()
        """What befalls the next requests, and with which method; an empty one is any that changes something."""
        self.down = False
        """Whether it answers 503 to everything."""
        self.pause = 0.3
        self.heard: deque[Heard] = deque(maxlen=MOST_REMEMBERED)
        self.changed: Callable[[], None] = _nobody_looks
        """Called after each request that may have changed what it keeps."""
        self._site = Starlette(routes=self.routes())
        self._late: set[asyncio.Task[None]] = set()

    @abstractmethod
    def routes(self) -> Sequence[BaseRoute]:
        """Return where it can be reached."""

    def settings(self, url: str) -> Mapping[str, Any]:  # noqa: ARG002 -- for those that are connected by it
        """Return the settings that connect a Tocsin to it, by their names; `url` is its own address."""
        return {}

    @abstractmethod
    def snapshot(self) -> dict[str, Any]:
        """Return what it keeps, for the sandbox's page."""

    @abstractmethod
    def admits(self, request: Request) -> bool:
        """Say whether a request comes with the right credentials."""

    def unauthorized(self) -> Response:
        """Return how it refuses wrong credentials."""
        return JSONResponse({"message": "Unauthorized"}, 401)

    def ratelimited(self) -> Response:
        """Return how it refuses who asks too often."""
        return JSONResponse({"message": "Too many requests"}, 429, headers={"Retry-After": "1"})

    def failed(self) -> Response:
        """Return how it says that something broke."""
        return JSONResponse({"message": "Internal server error"}, 500)

    def fail(self, *faults: Fault, method: str = "") -> None:
        """Let the next requests go wrong, one for each fault; of that method only, if one is given."""
        self.faults.extend((fault, method) for fault in faults)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        request = Request(scope, receive)
        body = await request.body()
        self.heard.append(Heard(request.method, request.url.path, request.url.query, body, dict(request.headers)))
        await self._answer(request, body, send)
        if request.method not in READING:
            self.changed()

    async def close(self) -> None:
        """Do at once what was still to be done late."""
        if self._late:
            await asyncio.wait(self._late)

    async def _answer(self, request: Request, body: bytes, send: Send) -> None:
        fault = self._befalls(request.method)
        if self.down:
            await _say(JSONResponse({"message": "Service unavailable"}, 503), request, send)
        elif fault == "unauthorized" or not self.admits(request):
            await _say(self.unauthorized(), request, send)
        elif fault == "ratelimited":
            await _say(self.ratelimited(), request, send)
        elif fault == "server_error":
            await _say(self.failed(), request, send)
        elif fault == "error_after":
            await self._do(request, body, _to_nobody)
            await _say(self.failed(), request, send)
        elif fault == "drop_after":
            await self._do(request, body, _to_nobody)
            await _cut(send)
        elif fault == "late":
            self._later(request, body)
            await _cut(send)
        else:
            await asyncio.sleep(self.pause if fault == "slow" else 0)
            await self._do(request, body, send)

    def _befalls(self, method: str) -> Fault | None:
        for place, (fault, only) in enumerate(self.faults):
            if only == method or (not only and method not in READING):
                del self.faults[place]
                return fault
        return None

    async def _do(self, request: Request, body: bytes, send: Send) -> None:
        await self._site(request.scope, _again(body), send)

    def _later(self, request: Request, body: bytes) -> None:
        async def late() -> None:
            await asyncio.sleep(self.pause)
            await self._do(request, body, _to_nobody)
            self.changed()

        task = asyncio.create_task(late())
        self._late.add(task)
        task.add_done_callback(self._late.discard)


def _again(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _say(response: Response, request: Request, send: Send) -> None:
    await response(request.scope, request.receive, send)


async def _cut(send: Send) -> None:
    # Less is sent than was promised: the server below closes the connection then.
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})


async def _to_nobody(_: Message) -> None:
    """Send what is answered to nobody."""


def _nobody_looks() -> None:
    """Tell nobody."""

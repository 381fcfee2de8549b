"""The HTTP server: whatever web application it is given, on one port, started and stopped with the bot."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route

GRACE = 3
EVERYWHERE = "0.0.0.0"  # noqa: S104 -- a platform's router reaches it from outside


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Signals are the bot's: it stops the server in its turn.
        yield


async def _healthz(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


def site(routes: list[BaseRoute]) -> Starlette:
    """Return the web application: `routes`, and `/healthz`, which says that the process is up."""
    return Starlette(routes=[*routes, Route("/healthz", _healthz)])


class PortTaken(Exception):
    """The port, on which something else listens."""


class HttpServer:
    """Serves one web application on one port."""

    def __init__(self, application: Starlette, port: int, host: str = EVERYWHERE) -> None:
        self._address = (host, port)
        settings = uvicorn.Config(
            application, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACE
        )
        self._server = _Server(settings)
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen; returns once it does. Raises `PortTaken`."""
        try:
            listening = socket.create_server(self._address)
        except OSError as error:
            raise PortTaken(str(self._address[1])) from error
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started and not self._serving.done():  # noqa: ASYNC110 -- uvicorn has no such event
            await asyncio.sleep(0.01)
        if self._serving.done():
            self._serving.result()

    async def stop(self) -> None:
        """Finish what is being answered, and listen no more."""
        self._server.should_exit = True
        if self._serving:
            await self._serving

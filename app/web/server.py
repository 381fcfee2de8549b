"""The HTTP server: whatever routes it is given, on one port, started and stopped with the bot."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

GRACE = 3
EVERYWHERE = "0.0.0.0"  # noqa: S104 -- a platform's router reaches it from outside


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Signals are the bot's: it stops the server in its turn.
        yield


class PortTaken(Exception):
    """The port, on which something else listens."""


class HttpServer:
    """Serves `routes` on one port."""

    def __init__(self, routes: Sequence[BaseRoute], port: int, host: str = EVERYWHERE) -> None:
        self._address = (host, port)
        self._site = Starlette(routes=routes)
        settings = uvicorn.Config(
            self._site, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACE
        )
        self._server = _Server(settings)
        self._serving: asyncio.Task[None] | None = None

    def add(self, route: BaseRoute) -> None:
        """Serve one more address, also while it listens."""
        self._site.router.routes.append(route)

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

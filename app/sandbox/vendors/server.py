"""Serves all fake vendors on one port of this machine, each below its name."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from app.sandbox.vendors.fake import Fake

HOST = "127.0.0.1"
F = TypeVar("F", bound=Fake)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told_to_stop = asyncio.Event()

    async def main_loop(self) -> None:
        """Wait to be stopped, and then stop at once: tests start many of these."""
        await self.on_tick(0)
        await self.told_to_stop.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Signals belong to whoever runs the sandbox.
        yield


class Vendors:
    """The fake vendors on this machine. `port` 0 takes a free one."""

    def __init__(self, fakes: Sequence[Fake], port: int = 0) -> None:
        self.fakes = {fake.name: fake for fake in fakes}
        self._listening = socket.create_server((HOST, port))
        site = Starlette(routes=[Mount(f"/{name}", app=fake) for name, fake in self.fakes.items()])
        # A connection that is cut is an error to uvicorn, and meant here.
        settings = uvicorn.Config(
            site, log_config=None, log_level="critical", access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = _Server(settings)
        self._serving: asyncio.Task[None] | None = None

    def url(self, name: str) -> str:
        """Return the address of a vendor, without a slash at its end."""
        return f"http://{HOST}:{self._listening.getsockname()[1]}/{name}"

    def of(self, kind: type[F]) -> F:
        """Return the fake of that kind."""
        fake = self.fakes[kind.name]
        if not isinstance(fake, kind):
            raise TypeError(f"{kind.name} is played by {type(fake).__name__}")
        return fake

    def when_changed(self, tell: Callable[[], None]) -> None:
        """Let `tell` be called whenever something may have changed."""
        for fake in self.fakes.values():
            fake.changed = tell

    def settings(self) -> dict[str, Any]:
        """Return the settings that connect a Tocsin to all of them."""
        return {
            name: value for fake in self.fakes.values() for name, value in fake.settings(self.url(fake.name)).items()
        }

    def snapshot(self) -> dict[str, Any]:
        """Return what each of them keeps, by name, and whether it is down."""
        return {name: {"down": fake.down, **fake.snapshot()} for name, fake in self.fakes.items()}

    async def start(self) -> None:
        """Listen; returns once it does."""
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._listening]))
        while not self._server.started and not self._serving.done():  # noqa: ASYNC110 -- uvicorn has no such event
            await asyncio.sleep(0.005)
        if self._serving.done():
            self._serving.result()

    async def stop(self) -> None:
        """Listen no more."""
        self._server.told_to_stop.set()
        if self._serving:
            await self._serving
        for fake in self.fakes.values():
            await fake.close()
        self._listening.close()

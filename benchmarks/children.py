"""The processes that are measured: started, listened to, stopped."""

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from app.slack.manifest import EVENTS_PATH
from benchmarks.slack import FakeSlack

IN_TIME = 900.0
STOP_WITHIN = 12.0
LOOK_EVERY = 0.002
LOG_TAIL = 2000
SIGNING_SECRET = "benchmark-signing-secret"  # noqa: S105 -- signs nothing but these benchmarks' clicks
UNSIGNED = f"POST {EVENTS_PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()
TOCSIN_RUN = ("-c", "from app.cli import main; main()", "run")
TOCSIN_RUN_TELLING = (
    "-c",
    "import time; from app.cli import main; print(f'{{\"imported\": {time.monotonic()}}}', flush=True); main()",
    "run",
)
"""The same, which first says when, by the machine's monotonic clock, its imports were done."""


class Failed(Exception):
    """A process that is measured ended, or fell silent; with the end of its log."""


class Child:
    """A Python process that prints one line of JSON for each thing it has to say."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process = process
        self._log = log

    async def says(self) -> dict[str, Any]:
        """Return the next thing that it says. Raises `Failed`."""
        assert self.process.stdout  # noqa: S101 -- it was asked for
        try:
            async with asyncio.timeout(IN_TIME):
                line = await self.process.stdout.readline()
            said: dict[str, Any] = json.loads(line)
        except (TimeoutError, ValueError) as error:
            raise self.failure() from error
        return said

    async def hears(self, line: str) -> None:
        """Tell it something."""
        assert self.process.stdin  # noqa: S101 -- it was asked for
        self.process.stdin.write(f"{line}\n".encode())
        await self.process.stdin.drain()

    async def serves(self, port: int) -> float:
        """Wait until it takes what Slack sends to `port`; return when, by the monotonic clock. Raises `Failed`."""
        until = time.monotonic() + IN_TIME
        while time.monotonic() < until and self.process.returncode is None:
            if await _refuses_the_unsigned(port):
                return time.monotonic()
            await asyncio.sleep(LOOK_EVERY)
        raise self.failure()

    async def ends(self) -> None:
        """Wait until it has ended by itself. Raises `Failed` where that was not well."""
        async with asyncio.timeout(IN_TIME):
            if await self.process.wait():
                raise self.failure()

    def failure(self) -> Failed:
        """Return what to raise where it did not do what it should have."""
        return Failed(f"status {self.process.returncode}: …{self._log.read_text()[-LOG_TAIL:]}")

    async def stop(self, *, at_once: bool = False) -> None:
        """End it, and wait until it has ended."""
        if self.process.returncode is None:
            if at_once:
                self.process.kill()
            else:
                self.process.terminate()
        try:
            async with asyncio.timeout(STOP_WITHIN):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


@asynccontextmanager
async def child(
    folder: Path, *arguments: str, settings: Mapping[str, str] | None = None, at_once: bool = False
) -> AsyncIterator[Child]:
    """Run Python with `arguments` in `folder`; at the end it is told to stop, or killed where that may be `at_once`."""
    log = folder / "log"
    environment = {**os.environ, **(settings or {})}
    with log.open("a") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *arguments),
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    running = Child(process, log)
    try:
        yield running
    finally:
        await running.stop(at_once=at_once)


@asynccontextmanager
async def on_one_core(folder: Path, *arguments: str, settings: Mapping[str, str] | None = None) -> AsyncIterator[Child]:
    """Run Python in the same way, on the first core alone, so that whoever measures it is not in its way."""
    async with child(folder, *arguments, settings=settings) as running:
        os.sched_setaffinity(running.process.pid, {min(os.sched_getaffinity(0))})
        yield running


@contextmanager
def on_the_other_cores() -> Iterator[None]:
    """Keep this process off the first core, where there are others."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, mine - {min(mine)} or mine)
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


def over_http(slack: FakeSlack, database: str, port: int) -> dict[str, str]:
    """Return the settings of a Tocsin that Slack calls."""
    return _settings(slack, database) | {"SLACK_SIGNING_SECRET": SIGNING_SECRET, "PORT": str(port)}


def over_socket(slack: FakeSlack, database: str) -> dict[str, str]:
    """Return the settings of a Tocsin that connects to Slack."""
    return _settings(slack, database) | {"SLACK_APP_TOKEN": "xapp-benchmark"}


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _refuses_the_unsigned(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(UNSIGNED)
        status = (await reader.readline()).split(b" ")[1:2]
        writer.close()
    except OSError:
        return False
    return status == [b"401"]


def _settings(slack: FakeSlack, database: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": "xoxb-benchmark",
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": database,
        "TOCSIN_LOG_LEVEL": "warning",
        # Whatever the shell has set otherwise stays out of it.
        **dict.fromkeys(("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "PORT", "TOCSIN_PLAYBOOK", "TOCSIN_ADMINS"), ""),
    }

"""The process under test, as seen from outside."""

import asyncio
import multiprocessing
import os
import signal
import socket
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from app.config import Settings
from app.playbooks import Source
from tests.chaos import child
from tests.waiting import IN_TIME

forks = multiprocessing.get_context("forkserver")
# What each process would import for itself otherwise: the program that started it too, and what httpx leaves for later.
forks.set_forkserver_preload(["tests.chaos.warm", "tests.chaos.random_kills", "pytest"])


class Killed(Exception):
    """The process is dead."""


class Subject:
    """One life of a Tocsin. Its end is noticed at once: the connection that its orders go over breaks."""

    def __init__(self, process: ForkServerProcess, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer

    @classmethod
    async def born(cls, settings: Settings, source: Source, folder: Path) -> "Subject":
        """Begin a life."""
        ours, theirs = socket.socketpair()
        process = forks.Process(target=child.live, args=(settings, source, folder, theirs), daemon=True)
        process.start()
        theirs.close()
        reader, writer = await asyncio.open_connection(sock=ours)
        return cls(process, reader, writer)

    async def works(self) -> None:
        """Let it do all that there is to do at this time; raises `Killed` where it dies meanwhile."""
        try:
            self._writer.write(b"work\n")
            async with asyncio.timeout(IN_TIME):
                done = await self._reader.readline()
        except ConnectionError:
            done = b""
        if done != child.DONE:
            raise Killed

    async def dies(self) -> None:
        """Return once it is dead by its own doing."""
        await self._reader.read()

    def gets(self, what: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process.pid
        # It may have died by itself, and been taken note of by the server that forked it.
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, what)

    async def ends(self, how: signal.Signals) -> int:
        """Send it a signal, and return its exit status once it is dead."""
        self.gets(how)
        async with asyncio.timeout(IN_TIME):
            await asyncio.to_thread(self._process.join)
        self._writer.close()
        status = self._process.exitcode
        assert status is not None
        return status

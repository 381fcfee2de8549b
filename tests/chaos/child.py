"""The process under test: a Tocsin that does at once, when it is told to, what it would do in the next minute.

It is forked from a server that has imported all this, so that its life begins after some milliseconds.
"""

import asyncio
import logging
import os
import socket
from contextlib import suppress
from pathlib import Path

from app import failpoints, logs
from app.bot import Bot
from app.config import Settings
from app.playbooks import Source
from app.store import NotRecorded, StoreError
from tests.chaos.fuse import Fuse

log = logging.getLogger(__name__)

DONE = b"done\n"
FAILED = 3
BUSY = 4
"""The machine was so busy that the database did not answer in time, so that it did not start."""
TRIES = 10


def live(settings: Settings, source: Source, folder: Path, control: socket.socket) -> None:
    """Run a Tocsin until it is told to stop, or killed."""
    with (folder / "log").open("ab", buffering=0) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    logs.configure(settings.log_level)
    failpoints.arm(Fuse(folder).burn)
    asyncio.run(_live(settings, source, control))


async def _live(settings: Settings, source: Source, control: socket.socket) -> None:
    bot = Bot(settings, source=source)
    orders = asyncio.create_task(_take_orders(bot, control))
    try:
        await bot.run_until_told()
    except NotRecorded:
        os._exit(BUSY)
    orders.cancel()


async def _take_orders(bot: Bot, control: socket.socket) -> None:
    """Do each order, and end with whoever gives them, even in the middle of one."""
    reader, writer = await asyncio.open_connection(sock=control)
    orders: set[asyncio.Task[None]] = set()
    while await reader.readline():
        task = asyncio.create_task(_do(bot, writer))
        orders.add(task)
        task.add_done_callback(orders.discard)
    os._exit(FAILED)


async def _do(bot: Bot, writer: asyncio.StreamWriter) -> None:
    try:
        await _work_at_last(bot)
    except Exception:
        log.exception("the work could not be done")
        os._exit(FAILED)
    # Whoever gave the order may be gone.
    with suppress(ConnectionError):
        writer.write(DONE)
        await writer.drain()


async def _work_at_last(bot: Bot) -> None:
    """Do it, although a busy machine may keep the disk waiting longer than a work waits for it."""
    for _ in range(TRIES):
        with suppress(StoreError):
            return await work(bot)
    return await work(bot)


async def work(bot: Bot) -> None:
    """Do all that there is to do at this time of the clock."""
    await bot.clock.tick()
    await bot.outbox.recover()
    await bot.outbox.tell_unconfirmed()
    await bot.outbox.tell_outages()
    await bot.outbox.sweep()
    if bot.edge:
        await bot.edge.afterwards.finish()
    await bot.outbox.settle()
    while await bot.outbox.circuits.try_again(bot.now()):
        await bot.outbox.settle()

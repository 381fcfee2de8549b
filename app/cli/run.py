"""`tocsin run`: Tocsin in a real workspace."""

import asyncio
import gc

import uvloop

from app import config, logs
from app.bot import Bot

GARBAGE = 10_000
"""How many things are made before it is looked which of them are garbage."""


def run() -> None:
    """Run Tocsin in the workspace that the settings name, until it is told to stop (SIGTERM or Ctrl-C)."""
    settings = config.load()
    logs.configure(settings.log_level, secrets=settings.secrets)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(settings))


def collect_seldom() -> None:
    """Let the garbage collector hold up as little as it can, once all is there that stays."""
    # It walks no more through what is there by now, which would hold up every answer for a tenth of a second from time
    # to time.
    gc.freeze()
    # Nor does it look at nearly every answer whether what has just been made is garbage already.
    gc.set_threshold(GARBAGE)


async def _run(settings: config.Settings) -> None:
    bot = Bot(settings)
    collect_seldom()
    await bot.run_until_told()

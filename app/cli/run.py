"""`tocsin run`: Tocsin in a real workspace."""

import asyncio
import gc

from app import config, logs
from app.bot import Bot

GARBAGE = 10_000
"""How many things are made before it is looked which of them are garbage."""


def run() -> None:
    """Run Tocsin in the workspace that the settings name, until it is told to stop (SIGTERM or Ctrl-C)."""
    settings = config.load()
    logs.configure(settings.log_level, secrets=settings.secrets)
    asyncio.run(_run(settings))


async def _run(settings: config.Settings) -> None:
    bot = Bot(settings)
    # What is there by now stays. The garbage collector walks through it no more, which would hold up every answer for
    # a tenth of a second from time to time.
    gc.freeze()
    # Nor does it look at nearly every answer whether what has just been made is garbage already.
    gc.set_threshold(GARBAGE)
    await bot.run_until_told()

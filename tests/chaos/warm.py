"""What the server does before it forks: it lives through a whole life itself, once for all those that it brings forth.

By then everything is imported, every template compiled, every statement worded. What is there stays: no garbage
collector walks through it in a child, which would make a copy of it all.
"""

import asyncio
import gc
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from app.cli.run import collect_seldom
from app.line import trust
from tests.acceptance.workspace import MANAGER, ON_CALL, town
from tests.chaos import child
from tests.databases import in_memory

LIFE = (
    (ON_CALL, "ack"),
    (ON_CALL, "update The database restarts"),
    (ON_CALL, "severity SEV2"),
    (MANAGER, "escalate"),
    (ON_CALL, "note The disk is full"),
    (ON_CALL, "postmortem"),
)


async def _live(folder: Path) -> None:
    async with town(folder) as there:
        record = await there.declares()
        for who, what in LIFE:
            word, _, rest = what.partition(" ")
            await there.types(who, f"{word} {record.incident.number} {rest}".strip())
        await there.types(ON_CALL, f"resolve {record.incident.number}")
        await there.fills(ON_CALL, root_cause="A full disk")
        await child.work(there.bot)
        async with httpx.AsyncClient(verify=trust()) as client:
            await client.get(there.sandbox.url)


with TemporaryDirectory(dir=in_memory()) as warm:
    asyncio.run(_live(Path(warm)))
gc.collect()
collect_seldom()

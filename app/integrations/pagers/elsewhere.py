"""What people did with a page in the pager itself, brought to the incident that the page is about."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.alerts.notice import There
from app.domain import commands as c
from app.handle import Handler
from app.store import Store

log = logging.getLogger(__name__)

KNOWN_WITHIN = 2.0
"""Seconds to find out who somebody is: longer, and it is told by the name that the pager has for them."""
ACKNOWLEDGED = "acknowledged"

Who = Callable[[str], Awaitable[str | None]]
"""Returns the member with an e-mail address, if there is one."""


class People(Protocol):
    """A pager that can say what somebody's e-mail address is."""

    async def address_of(self, person: str) -> str:
        """Return the address of somebody by their id there; nothing where it does not say."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Takes note of what people did in pagers. `people` are those that can say who somebody is, by their way.

    What no person did is the pager's echo of what Tocsin told it, and changes nothing.
    """

    store: Store
    handler: Handler
    who: Who
    people: Mapping[str, People]

    async def take(self, acts: Sequence[There]) -> None:
        """Take note of each. Raises `StoreError` where the database does not."""
        for act in acts:
            if act.person or act.email:
                await self._take(act)

    async def _take(self, act: There) -> None:
        found = await self.store.run(lambda tx: tx.rung(act.key))
        if found is None:
            return
        workspace, incident_id = found
        command = self._command(act, await self._member(act))
        # The pager may tell it twice.
        once = f"there:{act.way}:{act.incident}:{act.did}:{act.at.isoformat() if act.at else ''}"
        await self.handler(workspace, incident_id, command, once)

    def _command(self, act: There, by: str | None) -> c.Command:
        if act.did == ACKNOWLEDGED:
            at = act.at or self.handler.now()
            return c.AcknowledgeElsewhere(act.way, act.key, at, by, act.name or act.email)
        return c.NoteElsewhere(act.way, act.key, act.did, by, act.name or act.email, act.to)

    async def _member(self, act: There) -> str | None:
        try:
            async with asyncio.timeout(KNOWN_WITHIN):
                address = act.email or await self._address(act)
                return await self.who(address.lower()) if address else None
        except TimeoutError:
            log.warning("it could not be found out in time who acted in %s; their name there is told", act.way)
            return None

    async def _address(self, act: There) -> str:
        people = self.people.get(act.way)
        return await people.address_of(act.person) if people else ""

"""The sink of the outbox for bridges."""

from collections.abc import Sequence

from app.domain import commands as c
from app.integrations.bridge.calls import Call, Calls
from app.integrations.proof import Proof
from app.outbox import Outcome, Sent
from app.store import Delivery, Record


class BridgeSink:
    """Opens calls."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    async def deliver(self, delivery: Delivery, record: Record) -> Outcome:
        """Open a call for the incident."""
        if delivery.repeated and not delivery.lookup and (found := await self.find(delivery, record)):
            # Whoever retries one that was given up has not looked.
            return found
        opened = await self.calls.open(delivery.key, record)
        return _there(opened) if isinstance(opened, Call) else opened

    async def find(self, delivery: Delivery, record: Record) -> Outcome | None:
        """Look for the call that an earlier attempt may have opened."""
        found = await self.calls.find(delivery.key, record)
        if isinstance(found, Sequence):
            return _there(found[0]) if found else None
        return found

    async def sweep(self, delivery: Delivery, record: Record) -> Outcome:
        """End each further copy of a call."""
        found = await self.calls.find(delivery.key, record)
        if not isinstance(found, Sequence):
            return found
        kept = str((delivery.result or {}).get("call") or (found[0].id if found else ""))
        for copy in found:
            if copy.id != kept and (failed := await self.calls.end(copy)):
                return failed
        return Sent()

    async def away(self) -> str | None:
        """Ask whether it is there."""
        return await self.calls.away()

    async def prove(self) -> list[Proof]:
        """Look whether calls can be opened."""
        return await self.calls.prove()

    async def close(self) -> None:
        """Let go of it."""
        await self.calls.close()


def _there(call: Call) -> Sent:
    return Sent({"call": call.id}, (c.RecordBridge(call.url),))

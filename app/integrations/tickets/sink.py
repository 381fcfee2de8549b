"""The sink of the outbox for tickets."""

from collections.abc import Awaitable, Callable, Sequence

from app.domain import commands as c
from app.domain import effects as f
from app.domain.incident import Incident
from app.domain.tracking import find
from app.integrations.proof import Proof
from app.integrations.tickets.tracker import Opened, Tracker, issue
from app.outbox import Outcome, Sent
from app.store import Delivery, Record

Called = Callable[[str], Awaitable[str]]
"""Returns how people call a member."""


class TicketSink:
    """Opens tickets. `link` returns where people find an incident; `called` is given once Slack is known."""

    def __init__(self, tracker: Tracker, link: Callable[[Record], str | None]) -> None:
        self.tracker = tracker
        self.link = link
        self.called: Called | None = None

    async def deliver(self, delivery: Delivery, record: Record) -> Outcome:
        """Open the ticket that is asked for."""
        number = _number(delivery)
        wanted = issue(record, number, self.link(record), await self._owner(record.incident, number))
        if wanted is None:
            return Sent({"skipped": "there is no such follow-up"})
        if delivery.repeated and not delivery.lookup and (found := await self.find(delivery, record)):
            # Whoever retries one that was given up has not looked.
            return found
        opened = await self.tracker.open(delivery.key, wanted)
        return _there(number, opened) if isinstance(opened, Opened) else opened

    async def _owner(self, incident: Incident, number: int) -> str:
        item = find(incident.follow_ups, number)
        return await self.called(item.owner) if self.called and item and item.owner else ""

    async def find(self, delivery: Delivery, _record: Record) -> Outcome | None:
        """Look for the ticket that an earlier attempt may have opened."""
        found = await self.tracker.find(delivery.key)
        if isinstance(found, Sequence):
            return _there(_number(delivery), found[0]) if found else None
        return found

    async def sweep(self, delivery: Delivery, _record: Record) -> Outcome:
        """Let each further copy of a ticket say that it is one: a ticket is deleted by people alone."""
        found = await self.tracker.find(delivery.key)
        if not isinstance(found, Sequence):
            return found
        kept = str((delivery.result or {}).get("ticket") or (found[0].key if found else ""))
        for copy in found:
            if copy.key != kept and (failed := await self.tracker.disown(copy, kept)):
                return failed
        return Sent()

    async def away(self) -> str | None:
        """Ask the tracker whether it is there."""
        return await self.tracker.away()

    async def prove(self) -> list[Proof]:
        """Look whether tickets can be opened."""
        return await self.tracker.prove()

    async def close(self) -> None:
        """Let go of the tracker."""
        await self.tracker.close()


def _number(delivery: Delivery) -> int:
    match delivery.effect:
        case f.OpenTicket(number=number):
            return number
        case effect:
            raise TypeError(f"{type(effect).__name__} does not go by the tracker")


def _there(number: int, opened: Opened) -> Sent:
    return Sent({"ticket": opened.key}, (c.RecordTicket(number, opened.key, opened.url),))

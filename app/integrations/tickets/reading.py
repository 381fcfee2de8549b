"""Reads back how far tickets are: now and then, a few requests each time."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.domain import commands as c
from app.domain.errors import Rejected
from app.domain.incident import Incident
from app.domain.playbook import Playbook
from app.domain.tracking import THE_INCIDENT, Ticket
from app.handle import Now, handle
from app.integrations.tickets.tracker import State, Tracker
from app.store import Conflict, Store, Transaction

log = logging.getLogger(__name__)

LOOKED_AT = 200
"""How many incidents, the newest ones with tickets, are looked at."""
AT_ONCE = 100
MOST = 500


@dataclass(frozen=True, slots=True)
class Held:
    """A ticket that is not done, and whose it is."""

    incident_id: int
    number: int
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class TicketStates:
    """Reads the states of tickets, and lets their incidents know."""

    store: Store
    tracker: Tracker
    playbook: Playbook
    now: Now

    async def refresh(self) -> None:
        """Read the state of each ticket that is not done, as far as the tracker answers."""
        held = (await self.store.run(_held, urgent=False))[:MOST]
        for begin in range(0, len(held), AT_ONCE):
            some = held[begin : begin + AT_ONCE]
            found = await self.tracker.states([one.ticket.key for one in some])
            if not isinstance(found, Mapping):
                log.info("the states of tickets could not be read: %s", found.reason)
                return
            await self._note(some, found)

    async def _note(self, held: Sequence[Held], found: Mapping[str, State]) -> None:
        for one in held:
            state = found.get(one.ticket.key)
            if state and (state.name, state.done) != (one.ticket.state, one.ticket.done):
                await self._learn(one, c.RecordTicketState(one.number, state.name, state.done))

    async def _learn(self, held: Held, command: c.RecordTicketState) -> None:
        def learn(tx: Transaction) -> None:
            handle(tx, held.incident_id, command, self.playbook, self.now())

        try:
            await self.store.run(learn, urgent=False)
        except (Conflict, Rejected) as error:
            # It is read again the next time.
            log.info("the state of %s could not be noted: %s", held.ticket.key, error)


def _held(tx: Transaction) -> list[Held]:
    records = (tx.incident(incident_id) for incident_id in tx.with_tickets(LOOKED_AT))
    return [held for record in records if record for held in _unfinished(record.id, record.incident)]


def _unfinished(incident_id: int, incident: Incident) -> Iterator[Held]:
    tickets = ((THE_INCIDENT, incident.ticket), *((one.number, one.ticket) for one in incident.follow_ups))
    return (Held(incident_id, number, ticket) for number, ticket in tickets if ticket and not ticket.done)

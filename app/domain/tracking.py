"""Tickets, and follow-ups: what is promised to be done, who does it, and how far it is.

A follow-up is kept here in any case. Where a tracker is connected, each has a ticket there, whose state is read back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.domain import commands as c
from app.domain import events as e
from app.domain.asked import required
from app.domain.errors import AlreadyDone, NoSuchFollowUp, NotDone, TooManyFollowUps
from app.domain.replacing import replace

THE_INCIDENT = 0
"""What stands in place of a follow-up's number where a ticket is that of the incident itself."""
MOST = 100
LONGEST = 500
HINT = "Write it after the word: `/incident follow-up @name add an alert for the queue`"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the tracker holds: its key there, its address, and its state as it was last read."""

    key: str
    url: str
    state: str = ""
    done: bool = False


@dataclass(frozen=True, slots=True)
class FollowUpItem:
    """Something that is to be done so that it does not happen again; `owner` is the member who does it."""

    number: int
    text: str
    by: str
    added_at: datetime
    owner: str | None = None
    ticket: Ticket | None = None
    done_at: datetime | None = None
    done_by: str | None = None

    @property
    def is_done(self) -> bool:
        """Say whether somebody marked it as done, or its ticket is."""
        return self.done_at is not None or (self.ticket is not None and self.ticket.done)


Items = tuple[FollowUpItem, ...]


def find(items: Items, number: int) -> FollowUpItem | None:
    """Return the follow-up of that number."""
    return next((one for one in items if one.number == number), None)


def add(items: Items, command: c.AddFollowUps, now: datetime) -> list[e.Event]:
    """Take down each of the texts that says something."""
    texts = [" ".join(text.split())[:LONGEST] for text in command.texts]
    required("".join(texts), "The follow-up", HINT)
    said = [text for text in texts if text]
    if len(items) + len(said) > MOST:
        raise TooManyFollowUps(most=MOST)
    return [
        e.FollowUpAdded(now, command.by.id, number, text, command.owner)
        for number, text in enumerate(said, start=len(items) + 1)
    ]


def complete(items: Items, command: c.CompleteFollowUp, now: datetime) -> list[e.Event]:
    """Mark one as done."""
    one = _known(items, command.number)
    if one.is_done:
        raise AlreadyDone(number=one.number)
    return [e.FollowUpDone(now, command.by.id, one.number, one.text)]


def take_up(items: Items, command: c.ReopenFollowUp, now: datetime) -> list[e.Event]:
    """Say that one is not done after all; what its ticket says is for the tracker alone."""
    one = _known(items, command.number)
    if one.done_at is None:
        raise NotDone(number=one.number)
    return [e.FollowUpReopened(now, command.by.id, one.number, one.text)]


def _known(items: Items, number: int) -> FollowUpItem:
    one = find(items, number)
    if one is None:
        raise NoSuchFollowUp(number=number, count=len(items))
    return one


def ticket_of(number: int, ticket: Ticket | None, items: Items) -> Ticket | None:
    """Return the ticket of the follow-up of that number, or of the incident itself."""
    if number == THE_INCIDENT:
        return ticket
    one = find(items, number)
    return one.ticket if one else None


def record_ticket(command: c.RecordTicket, ticket: Ticket | None, items: Items, now: datetime) -> list[e.Event]:
    """Note that it has a ticket, unless that is known."""
    if ticket_of(command.number, ticket, items):
        return []
    return [e.TicketOpened(now, command.key, command.url, command.number, _text(command.number, items))]


def record_state(command: c.RecordTicketState, ticket: Ticket | None, items: Items, now: datetime) -> list[e.Event]:
    """Note how far its ticket is, unless that is known."""
    known = ticket_of(command.number, ticket, items)
    if known is None or (known.state, known.done) == (command.state, command.done):
        return []
    text = _text(command.number, items)
    return [e.TicketMoved(now, known.key, command.number, command.state, command.done, text)]


def _text(number: int, items: Items) -> str:
    one = find(items, number)
    return one.text if one else ""


def added(items: Items, event: e.FollowUpAdded) -> Items:
    """Return the follow-ups, with the one that `event` took down."""
    return (*items, FollowUpItem(event.number, event.text, event.by, event.at, event.owner))


def marked(items: Items, number: int, by: str | None, at: datetime | None) -> Items:
    """Return the follow-ups, one of them marked as done by somebody; by nobody, as not done."""
    return _with(items, number, done_at=at, done_by=by)


def with_ticket(items: Items, number: int, ticket: Ticket) -> Items:
    """Return the follow-ups, one of them with its ticket as it stands now."""
    return _with(items, number, ticket=ticket)


def _with(items: Items, number: int, **changed: object) -> Items:
    return tuple(replace(one, **changed) if one.number == number else one for one in items)


def unfinished(items: Items) -> Iterator[FollowUpItem]:
    """Yield what is still to be done."""
    return (one for one in items if not one.is_done)

"""What must be so at any moment, whenever the process was killed: one function that looks whether it is.

The tests call it after each kill, `tocsin doctor` at any time. It reads, and mends nothing. Each incident is read in a
transaction of its own, so that a running Tocsin waits for none of it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Protocol, TypeVar

from app.domain import effects as f
from app.domain import events as e
from app.domain.evolve import declared, evolve
from app.domain.incident import Incident
from app.domain.playbook import Rules
from app.domain.timers import REPEAT, STEP, UPDATE, URGENT, timers
from app.store import DeliveryState, Transaction
from app.store.inspection import Entry, Ledger, Parcel
from app.store.reading import UNREADABLE

T = TypeVar("T")

LONGEST_WAIT = timedelta(hours=24)
AHEAD = timedelta(minutes=1)
"""As much may a clock have been set back since."""
ENDED = (DeliveryState.SENT, DeliveryState.DEAD)


class Reads(Protocol):
    """An open store, as far as the audit needs one."""

    async def run(self, work: Callable[[Transaction], T], *, urgent: bool = True) -> T:
        """Return what `work` returns."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message that Tocsin posted: its `ts`, the key of its delivery, and whether it says that it may be repeated."""

    ts: str
    key: str
    says_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """A conversation in Slack that is not archived.

    `ours` says that Tocsin made it. `messages` are Tocsin's, those in threads too, from the `ts` `since` on; nothing
    where they were not read.
    """

    id: str
    name: str
    ours: bool
    messages: tuple[Seen, ...] | None = None
    since: str = "0"


@dataclass(frozen=True, slots=True)
class Sight:
    """What Slack shows: all channels that Tocsin is in, and those of its messages that were read."""

    rooms: tuple[Room, ...]


async def violations(store: Reads, workspace: str, now: datetime, slack: Sight | None = None) -> list[str]:
    """Return what is not as it must be, a sentence for each; with `slack`, also what does not fit to what it shows."""
    found = [f"The database file is damaged: {each}" for each in await store.run(Transaction.integrity, urgent=False)]
    ledgers: list[Ledger] = []
    for incident_id in await store.run(lambda tx: tx.incident_ids(workspace), urgent=False):
        try:
            ledger = await store.run(_reading(incident_id), urgent=False)
        except UNREADABLE as error:
            found.append(f"The incident with the id {incident_id} cannot be read: {error}")
            continue
        if ledger:
            ledgers.append(ledger)
            found += [f"{ledger.record.incident.name}: {sentence}" for sentence in _alone(ledger, now)]
    return [*found, *_together(ledgers), *(_in_slack(ledgers, slack) if slack else ())]


def _reading(incident_id: int) -> Callable[[Transaction], Ledger | None]:
    return lambda tx: tx.ledger(incident_id)


def _alone(ledger: Ledger, now: datetime) -> Iterator[str]:
    yield from _timers(ledger)
    yield from _story(ledger, now)
    yield from _pages(ledger)
    for parcel in ledger.parcels:
        what = f"the delivery {parcel.delivery.key} ({type(parcel.delivery.effect).__name__})"
        for sentence in _parcel(parcel, ledger.record.incident, now):
            yield f"{what} {sentence}"


def _timers(ledger: Ledger) -> Iterator[str]:
    derived = timers(ledger.record.incident, ledger.record.rules)
    for name in sorted(derived.keys() | ledger.timers.keys()):
        by_rules, stored = derived.get(name), ledger.timers.get(name)
        if by_rules != stored:
            yield f"the timer {name} is due {_at(by_rules)} by the rules, and {_at(stored)} by the store."
    if ledger.trouble:
        # It was put off on purpose, and says why.
        return
    pages = [due for name, due in derived.items() if name.startswith(URGENT)]
    for what, kept, soonest in (
        ("timer", ledger.next_due, min(derived.values(), default=None)),
        ("page", ledger.next_page, min(pages, default=None)),
    ):
        if kept != soonest:
            yield f"its next {what} is due {_at(soonest)}, and the clock will look for it {_at(kept)}."


def _story(ledger: Ledger, now: datetime) -> Iterator[str]:
    record = ledger.record
    incident: Incident | None = None
    if not ledger.entries or not isinstance(ledger.entries[0].event, e.Declared):
        yield "its timeline does not begin with its declaration."
        return
    # What happened before the incident took other rules fell due by those that it had then.
    adopted = max((entry.version for entry in ledger.entries if isinstance(entry.event, e.RulesAdopted)), default=0)
    for version, saved in groupby(ledger.entries, lambda entry: entry.version):
        together = list(saved)
        if [entry.place for entry in together] != list(range(len(together))):
            yield f"its timeline has a gap in what was saved as version {version}."
        # A page that was passed on is not due by itself, and neither is what its step does beside.
        passed_on = any(isinstance(entry.event, e.PageRefused) for entry in together)
        before = incident
        for entry in together:
            if incident and before and version > adopted and not passed_on:
                yield from _out_of_time(entry.event, (before, incident), record.rules)
            if entry.event.at > now + AHEAD:
                yield f"{type(entry.event).__name__} is said to have happened {_at(entry.event.at)}, which is to come."
            incident = _after(incident, entry)
    if ledger.entries[0].version != 1 or ledger.entries[-1].version > record.version:
        yield f"its timeline does not go from version 1 to {record.version}."
    if incident != record.incident:
        yield "its timeline does not add up to what is stored of it."


def _after(incident: Incident | None, entry: Entry) -> Incident:
    if incident is None:
        assert isinstance(entry.event, e.Declared)  # noqa: S101 -- the caller has looked
        return declared(entry.event)
    return evolve(incident, entry.event)


def _out_of_time(event: e.Event, states: Sequence[Incident], rules: Rules) -> Iterator[str]:
    if isinstance(event, e.Paged) and not states[-1].is_open:
        yield f"step {event.label} paged {_at(event.at)}, when it was over."
    names = _fired_by(event, states[-1])
    dues = [due for state in states for name, due in timers(state, rules).items() if name in names]
    if names and (not dues or min(dues) > event.at):
        yield f"{type(event).__name__} happened {_at(event.at)}, and was due {_at(min(dues, default=None))}."


def _fired_by(event: e.Event, incident: Incident) -> tuple[str, ...]:
    """Return the timers of which one must have been due; none for what people do."""
    match event:
        case e.Paged(by=None, step=step):
            return (STEP + step, REPEAT)
        case e.ChannelsNotified(by=None, step=step) | e.SeverityChanged(by=None, step=step):
            return (STEP + step,) if step else ()
        case e.Nudged():
            return (UPDATE,)
        case _:
            # Whatever fires once is remembered with the time it was due.
            fired = evolve(incident, event).fired
            return tuple(name for name, due in fired.items() if incident.fired.get(name) != due)


def _pages(ledger: Ledger) -> Iterator[str]:
    paged = [(entry, entry.event) for entry in ledger.entries if isinstance(entry.event, e.Paged)]
    times = Counter((event.step, event.label, event.at) for _, event in paged)
    for (_, label, at), count in times.items():
        if count > 1:
            yield f"step {label} paged {count} times {_at(at)}."
    sent = Counter(
        (parcel.version, parcel.place, parcel.delivery.effect.member)
        for parcel in ledger.parcels
        if isinstance(parcel.delivery.effect, f.Page)
    )
    for entry, event in paged:
        for member in event.members:
            if member != event.by and sent[entry.version, entry.place, member] != 1:
                count = sent[entry.version, entry.place, member]
                yield f"step {event.label} paged {member} {_at(event.at)}, and {count} deliveries were made of it."


def _parcel(parcel: Parcel, incident: Incident, now: datetime) -> Iterator[str]:
    delivery, state = parcel.delivery, parcel.delivery.state
    if state is DeliveryState.DEAD and not delivery.reason:
        yield "is dead and says no reason."
    if state in ENDED and parcel.ended_at is None:
        yield f"is {state} and does not say since when."
    if (state is DeliveryState.SENDING) != (delivery.token is not None and parcel.lease_until is not None):
        yield f"is {state}, which does not fit to its claim."
    if state in (DeliveryState.WAITING, DeliveryState.UNKNOWN) and delivery.not_before > now + LONGEST_WAIT:
        yield f"waits until {_at(delivery.not_before)}."
    if state is DeliveryState.UNKNOWN and not delivery.repeated:
        yield "may have arrived, and would not say so when it is made again."
    if state is DeliveryState.WAITING and parcel.held and parcel.needs in incident.ready:
        yield f"waits for the {parcel.needs}, which is there."


def _together(ledgers: Sequence[Ledger]) -> Iterator[str]:
    numbers = [ledger.record.incident.number for ledger in ledgers]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"The incidents do not count from 1 to {len(numbers)} without a gap."
    homes = defaultdict(list)
    for ledger in ledgers:
        if ledger.record.incident.channel:
            homes[ledger.record.incident.channel].append(ledger.record.incident.name)
    for channel, names in homes.items():
        if len(names) > 1:
            yield f"{' and '.join(names)} have one channel, {channel}."


def _in_slack(ledgers: Sequence[Ledger], slack: Sight) -> Iterator[str]:
    yield from _channels(ledgers, slack)
    parcels = {parcel.delivery.key: parcel for ledger in ledgers for parcel in ledger.parcels}
    copies = _copies(slack.rooms)
    for key, seen in copies.items():
        if key not in parcels:
            yield f"Slack shows a message of the delivery {key}, which the store does not know."
        else:
            yield from _shown(parcels[key], seen)
    read = {room.id: room.since for room in slack.rooms if room.messages is not None}
    for key, parcel in parcels.items():
        if key not in copies and _should_stand(parcel, read):
            kind = type(parcel.delivery.effect).__name__
            yield f"The delivery {key} ({kind}) was made, and Slack shows nothing of it."


def _channels(ledgers: Sequence[Ledger], slack: Sight) -> Iterator[str]:
    homes = {ledger.record.incident.channel: ledger.record.incident.name for ledger in ledgers}
    announced = {channel for ledger in ledgers for channel in _announce_channels(ledger)}
    for room in slack.rooms:
        if room.ours and room.id not in homes and not announced & {room.id, room.name}:
            yield f"Tocsin made the channel {room.name} ({room.id}), and no incident has it."


def _announce_channels(ledger: Ledger) -> Iterator[str]:
    rules, announcement = ledger.record.rules, ledger.record.incident.announcement
    yield from (rules.announce_channel(severity.id) for severity in rules.severities)
    if announcement:
        yield announcement.channel


def _copies(rooms: Iterable[Room]) -> Mapping[str, list[Seen]]:
    copies: dict[str, list[Seen]] = defaultdict(list)
    for room in rooms:
        for message in room.messages or ():
            copies[message.key].append(message)
    return copies


def _shown(parcel: Parcel, seen: list[Seen]) -> Iterator[str]:
    delivery = parcel.delivery
    what = f"the delivery {delivery.key} ({type(delivery.effect).__name__})"
    if len(seen) > 1 and delivery.state is DeliveryState.SENT and parcel.sweep_at is None:
        yield f"Slack shows {len(seen)} copies of {what}, and none is to be swept away."
    said = [one for one in seen if one.says_repeated]
    if said and not delivery.repeated:
        yield f"Slack shows {what} as possibly repeated, and it was not."
    if isinstance(delivery.effect, f.Page) and len(seen) - len(said) > 1:
        yield f"Slack shows {len(seen)} copies of {what}, and more than one does not say that it may be repeated."


def _should_stand(parcel: Parcel, read: Mapping[str, str]) -> bool:
    result = parcel.delivery.result or {}
    since, ts = read.get(result.get("channel", "")), result.get("ts")
    return parcel.delivery.state is DeliveryState.SENT and since is not None and ts is not None and ts >= since


def _at(moment: datetime | None) -> str:
    return f"at {moment:%Y-%m-%d %H:%M:%S.%f} UTC" if moment else "never"

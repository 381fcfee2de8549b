"""The one way an incident changes: load, decide, fold, react and save, in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app import failpoints
from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain import merging
from app.domain.decide import decide
from app.domain.errors import Rejected
from app.domain.evolve import declared, evolve
from app.domain.incident import Incident
from app.domain.playbook import Playbook, Roster
from app.domain.react import react
from app.domain.timers import timers
from app.store import Change, Conflict, Record, Store, Transaction

TRIES = 5
EDITS = (f.EditCard, f.EditAnnouncement)

Now = Callable[[], datetime]
Caused = tuple[int, f.Effect]
"""An effect, and the place of its event among those that happened together."""


class NoSuchIncident(Rejected):
    """There is no incident {name}. To see those that are open: `/incident list`."""


class AnsweredBefore(Rejected):
    """Slack sent this twice, and it was answered the first time. For what can be done now, type `/incident`."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a command: the incident as it stands now, and what happened.

    `repeated` says that the same receipt was handled before, so that nothing happened this time.
    """

    record: Record
    events: tuple[e.Event, ...]
    repeated: bool = False


def change(record: Record, command: c.Command, playbook: Playbook, roster: Roster, now: datetime) -> Change:
    """Return what `command` makes of a stored incident, ready to be saved. Raises `Rejected`."""
    events = decide(record.incident, command, record.rules, roster, now)
    incident, effects = _follow(record.incident, events, playbook)
    if isinstance(command, c.AdoptRules):
        record = replace(record, rules=command.rules)
    return Change(record, incident, events, _joined(effects), timers(incident, record.rules))


def tell_stuck(
    record: Record, timers_before: Mapping[str, datetime], playbook: Playbook, now: datetime
) -> Change | None:
    """Return what tells people that `record` cannot be decided, if it is time to; its timers stay as they are.

    Nothing of what may have failed is asked again: neither what falls due, nor when.
    """
    events = decide(record.incident, c.RecordStuck(), record.rules, {}, now)
    incident, effects = _follow(record.incident, events, playbook)
    return Change(record, incident, events, _joined(effects), timers_before) if events else None


def declare(tx: Transaction, workspace: str, command: c.Declare, playbook: Playbook, now: datetime) -> Handled:
    """Make an incident, with the next number of its workspace. Raises `Rejected`."""
    rules = playbook.rules
    number, number_in_year = tx.next_numbers(workspace, now.astimezone(ZoneInfo(rules.hours.zone)).year)
    tracked = f.Way.TRACKER in playbook.connected
    numbered = replace(command, number=number, number_in_year=number_in_year, tracked=tracked)
    roster = tx.roster(workspace, playbook.on_call, now)
    events = decide(None, numbered, rules, roster, now)
    while tx.by_name(workspace, _begin(events).name):
        # Two incidents of one minute and service, say.
        numbered = replace(numbered, suffix=max(2, numbered.suffix + 1))
        events = decide(None, numbered, rules, roster, now)
    first = _begin(events)
    incident, following = _follow(first, events[1:], playbook)
    effects = [(0, effect) for effect in react(events[0], first, playbook)]
    effects += [(place + 1, effect) for place, effect in following if not isinstance(effect, EDITS)]
    failpoints.reach("declare.numbered")
    record = tx.insert(workspace, incident, rules)
    failpoints.reach("declare.inserted")
    [saved] = tx.save([Change(record, incident, events, _joined(effects), timers(incident, rules))], now)
    return Handled(saved, tuple(events))


def handle(tx: Transaction, incident_id: int, command: c.Command, playbook: Playbook, now: datetime) -> Handled:
    """Do `command` to a stored incident. Raises `Rejected`, and `Conflict` if somebody else was faster."""
    record = tx.incident(incident_id)
    if record is None:
        raise NoSuchIncident(name=f"#{incident_id}")
    failpoints.reach("handle.loaded")
    if isinstance(command, c.Merge):
        return merge(tx, record, command, playbook, now)
    # Who is on call is known of the playbook that is in use, whatever the incident was declared under.
    roster = tx.roster_on_demand(record.workspace, playbook.on_call, now)
    made = change(record, command, playbook.of(record.rules), roster, now)
    failpoints.reach("handle.decided")
    if made.record.rules is not record.rules:
        tx.adopt(made.record)
    [saved] = tx.save([made], now)
    return Handled(saved, tuple(made.events))


def merge(tx: Transaction, record: Record, command: c.Merge, playbook: Playbook, now: datetime) -> Handled:
    """Merge a stored incident into the one that it is the same as: both change, or neither. Raises `Rejected`."""
    into = tx.by_number(record.workspace, command.number)
    into = into and tx.incident(into.id)
    if into is None:
        raise NoSuchIncident(name=f"#{command.number}")
    roster = tx.roster_on_demand(record.workspace, playbook.on_call, now)
    told = replace(command, into=merging.other(into.incident, into.rules))
    merged = change(record, told, playbook.of(record.rules), roster, now)
    duplicate = c.TakeDuplicate(command.by, merging.other(record.incident, record.rules))
    taken = change(into, duplicate, playbook.of(into.rules), roster, now)
    saved, _ = tx.save([merged, taken], now)
    if record.incident.alerts:
        tx.merge_alerts(record.id, into.id)
        tx.put_tally(record.workspace, into.id, now)
    return Handled(saved, tuple(merged.events))


def _begin(events: list[e.Event]) -> Incident:
    match events[0]:
        case e.Declared() as first:
            return declared(first)
        case other:
            raise TypeError(f"a timeline begins with its declaration, not with {other}")


def _follow(incident: Incident, events: list[e.Event], playbook: Playbook) -> tuple[Incident, list[Caused]]:
    effects: list[Caused] = []
    for place, event in enumerate(events):
        incident = evolve(incident, event)
        effects += [(place, effect) for effect in react(event, incident, playbook)]
    return incident, effects


def _joined(effects: list[Caused]) -> list[Caused]:
    """Return the effects of things that happened together: one edit of a message shows all, one call invites all."""
    rest: list[Caused] = []
    invited: dict[str, None] = {}
    edits: dict[str, Caused] = {}
    for place, effect in effects:
        if isinstance(effect, f.Invite):
            invited |= dict.fromkeys(effect.members)
        elif key := f.route(effect).replaces:
            edits[key] = (effects[-1][0], effect)
        else:
            rest.append((place, effect))
    return [*rest, *([(0, f.Invite(tuple(invited)))] if invited else []), *edits.values()]


class Handler:
    """Takes commands from people and deliveries to the store, each in one transaction on the store's thread.

    `recorded` is called after each commit, so that the outbox looks at once.
    """

    def __init__(self, store: Store, playbook: Playbook, now: Now, recorded: Callable[[], None]) -> None:
        self.store = store
        self.playbook = playbook
        self.now = now
        self.recorded = recorded

    async def declare(self, workspace: str, command: c.Declare, receipt: str | None = None) -> Handled:
        """Make an incident, once for each `receipt`. Raises `Rejected` and `NotRecorded`."""
        return await self.once(
            workspace, receipt, lambda tx: declare(tx, workspace, command, self.playbook, self.now())
        )

    async def __call__(
        self, workspace: str, incident_id: int, command: c.Command, receipt: str | None = None
    ) -> Handled:
        """Do `command` to an incident of `workspace`, once for each `receipt`. Raises `Rejected` and `NotRecorded`."""

        def work(tx: Transaction) -> Handled:
            handled = handle(tx, incident_id, command, self.playbook, self.now())
            if handled.record.workspace != workspace:
                raise NoSuchIncident(name=f"#{incident_id}")
            return handled

        return await self.once(workspace, receipt, work)

    async def is_first(self, workspace: str, receipt: str) -> bool:
        """Say whether nothing came in with this receipt before; from now on, something did. Raises `NotRecorded`.

        For refusals, and for what people ask that is of no incident. A receipt may be empty, as that of a request
        which nothing tells from others: each of them is the first.
        """

        def take(tx: Transaction) -> bool:
            if tx.receipt(workspace, receipt):
                return False
            tx.keep_receipt(workspace, receipt, None, self.now())
            return True

        return not receipt or await self.store.run(take)

    async def once(self, workspace: str, receipt: str | None, work: Callable[[Transaction], Handled]) -> Handled:
        """Do `work` in one transaction, once for each `receipt`. Raises what it raises, and `NotRecorded`."""

        def once(tx: Transaction) -> Handled:
            before = _handled_before(tx, workspace, receipt)
            if before:
                return before
            handled = work(tx)
            failpoints.reach("handle.saved")
            if receipt:
                tx.keep_receipt(workspace, receipt, handled.record.id, self.now())
                failpoints.reach("handle.receipt-kept")
            return handled

        for _ in range(TRIES - 1):
            try:
                handled = await self.store.run(once)
                break
            except Conflict:
                continue
        else:
            handled = await self.store.run(once)
        failpoints.reach("handle.recorded")
        self.recorded()
        return handled


def _handled_before(tx: Transaction, workspace: str, receipt: str | None) -> Handled | None:
    kept = tx.receipt(workspace, receipt) if receipt else None
    if kept is None:
        return None
    record = tx.incident(kept.incident_id) if kept.incident_id is not None else None
    if record is None:
        raise AnsweredBefore
    return Handled(record, (), repeated=True)

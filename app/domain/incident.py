"""What is true of an incident, and how each event changes it.

`evolve` is the only place where an incident changes. Folding the stored timeline through it gives the
stored incident. Every case below keeps that: it reads the event and the incident, nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce
from typing import assert_never

from app.domain import events as e
from app.domain.playbook import Status


@dataclass(frozen=True, slots=True)
class MessageRef:
    """Where a message stands: Slack's id of the conversation, and the message's `ts` in it."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Fired:
    """What became of one escalation step: when it fired first, and whom it reached."""

    at: datetime
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageMessage:
    """A page that was delivered as a direct message, so that it can be kept up to date."""

    member: str
    message: MessageRef


@dataclass(frozen=True, slots=True)
class Ring:
    """An alert that the pager holds, by its `key`, for these responders, from the page of `step` at `paged_at`."""

    key: str
    responders: tuple[str, ...]
    step: str = ""
    paged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What is known once it is over. `started_at`, `detected_at` and `ended_at` are the people's own answers."""

    root_cause: str
    fix: str
    customer_impact: str
    started_at: datetime
    detected_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident. Times are aware and in UTC; people are Slack member ids.

    `severity_since` and `tags` say since when (the first time) each was held. `fired` remembers, for a limit or a
    reminder that fires once, the due time it fired for: a limit that moves later is armed anew. Steps that were overdue
    at `spaced_since` fire one by one. `page_messages` holds the newest page of each member, `rings` the pager's alerts,
    `unconfirmed` the deliveries of pages that did not go out in time, `unreachable` the members whom no page reaches,
    `called` when each member was last to be called, `failures` what kinds of deliveries have died, and why. `stuck_at`
    is when people were told that nothing falls due.
    """

    number: int
    number_in_year: int
    name: str
    title: str
    severity: str
    declared_at: datetime
    declared_by: str | None
    status: Status = Status.INVESTIGATING
    services: str = ""
    impact: str = ""
    source: str | None = None
    detected_at: datetime | None = None
    tags: dict[str, datetime] = field(default_factory=dict)
    severity_since: dict[str, datetime] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)

    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    first_acknowledged_at: datetime | None = None
    unacknowledged_since: datetime | None = None
    identified_at: datetime | None = None
    reopened_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    resolution: Resolution | None = None

    steps: dict[str, Fired] = field(default_factory=dict)
    declined: dict[str, datetime] = field(default_factory=dict)
    escalated_at: datetime | None = None
    escalated_by: str | None = None
    last_step: str | None = None
    last_paged_at: datetime | None = None
    spaced_since: datetime | None = None

    updated_at: datetime | None = None
    promised_at: datetime | None = None
    nudged_at: datetime | None = None
    nudges: int = 0
    snoozed_until: datetime | None = None
    snoozed_due_at: datetime | None = None

    fired: dict[str, datetime] = field(default_factory=dict)
    postmortem_done_at: datetime | None = None

    channel: str | None = None
    channel_refused: str | None = None
    wants_channel: bool = True
    moved: bool = False
    card: MessageRef | None = None
    announcement: MessageRef | None = None
    page_messages: tuple[PageMessage, ...] = ()
    rings: tuple[Ring, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    stuck_at: datetime | None = None
    unreachable: tuple[str, ...] = ()
    called: dict[str, datetime] = field(default_factory=dict)
    failures: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Say whether people still work on it."""
        return self.status.is_open

    @property
    def commander(self) -> str | None:
        """The member who leads, if anybody does."""
        return self.roles.get("commander")

    @property
    def in_thread(self) -> bool:
        """Say whether its room is the thread of the announcement, for want of a channel of its own."""
        return self.channel is None and (not self.wants_channel or self.channel_refused is not None)

    @property
    def paged(self) -> frozenset[str]:
        """Everybody whom the escalation has reached."""
        return frozenset(member for step in self.steps.values() for member in step.members)

    @property
    def everybody_paged(self) -> tuple[str, ...]:
        """The same people, whoever was paged first in front."""
        return tuple(dict.fromkeys(member for step in self.steps.values() for member in step.members))

    @property
    def reached(self) -> tuple[str, ...]:
        """Whom the step that fired last has reached."""
        return self.steps[self.last_step].members if self.last_step else ()

    def has_answered(self, ring: Ring) -> bool:
        """Say whether `ring` need not go on: it is over, or somebody has acknowledged since the page behind it.

        A step that pages although somebody has the incident rings until its own people, or the end, stop it.
        """
        acknowledged = self.acknowledged_at
        return not self.is_open or (acknowledged is not None and (ring.paged_at or acknowledged) <= acknowledged)

    @property
    def ready(self) -> frozenset[str]:
        """What deliveries may rely on by now: `room` (a place to post), `card`, `announcement`."""
        threaded = self.in_thread and self.announcement is not None
        have = {
            "room": self.channel is not None or threaded,
            "card": self.card is not None or threaded,
            "announcement": self.announcement is not None,
        }
        return frozenset(name for name, there in have.items() if there)

    @property
    def clock_started_at(self) -> datetime:
        """When its clocks began: declared, or reopened since."""
        return max(self.declared_at, self.reopened_at or self.declared_at)


def declared(event: e.Declared) -> Incident:
    """Return the incident that a declaration makes."""
    return Incident(
        number=event.number,
        number_in_year=event.number_in_year,
        name=event.name,
        title=event.title,
        severity=event.severity,
        declared_at=event.at,
        declared_by=event.by,
        services=event.services,
        impact=event.impact,
        source=event.source,
        detected_at=event.detected_at,
        tags=dict.fromkeys(event.tags, event.at),
        severity_since={event.severity: event.at},
        wants_channel=event.wants_channel,
    )


def fold(events: Iterable[e.Event], incident: Incident | None = None) -> Incident:
    """Return what is true after all of `events`; the first one is the declaration unless `incident` is given."""
    remaining = iter(events)
    if incident is None:
        first = next(remaining)
        if not isinstance(first, e.Declared):
            raise ValueError("a timeline begins with its declaration")
        incident = declared(first)
    return reduce(evolve, remaining, incident)


def evolve(incident: Incident, event: e.Event) -> Incident:
    """Return what is true of `incident` after `event`."""
    match event:
        case e.Declared():
            return declared(event)
        case e.Paged():
            return _paged(incident, event)
        case e.Acknowledged(at=at, by=by):
            first = incident.first_acknowledged_at or at
            return replace(incident, acknowledged_at=at, acknowledged_by=by, first_acknowledged_at=first)
        case e.Declined(at=at, by=by):
            return replace(incident, declined=incident.declined | {by: at})
        case e.HandedBack(at=at, by=by):
            handed_back = replace(incident, acknowledged_at=None, acknowledged_by=None, unacknowledged_since=at)
            return replace(handed_back, declined=incident.declined | {by: at})
        case e.Escalated(at=at, by=by):
            return replace(incident, escalated_at=at, escalated_by=by)
        case e.UpdatePosted():
            return _updated(incident, event)
        case e.Nudged(at=at, count=count):
            return replace(incident, nudged_at=at, nudges=count)
        case e.Snoozed(until=until, due_at=due_at):
            return replace(incident, snoozed_until=until, snoozed_due_at=due_at)
        case e.LimitWarned(limit=limit, due_at=due_at):
            return _remember(incident, f"{limit}.warning", due_at)
        case e.LimitBroken(limit=limit, due_at=due_at):
            return _remember(incident, f"{limit}.limit", due_at)
        case e.SeverityChanged():
            return _with_severity(incident, event)
        case e.StatusChanged(at=at, after=after):
            return _with_status(incident, Status(after), at)
        case e.RoleAssigned(role=role, member=member):
            return replace(incident, roles=incident.roles | {role: member})
        case e.TagsChanged(at=at, added=added, removed=removed):
            kept = {tag: since for tag, since in incident.tags.items() if tag not in removed}
            return replace(incident, tags=dict.fromkeys(added, at) | kept)
        case e.Resolved(at=at, by=by):
            return replace(incident, status=Status.RESOLVED, closed_at=at, closed_by=by, resolution=_resolution(event))
        case e.Cancelled(at=at, by=by):
            return replace(incident, status=Status.CANCELLED, closed_at=at, closed_by=by)
        case e.Reopened(at=at):
            return _reopened(incident, at)
        case e.CaughtUp(at=at, cut_off=cut_off):
            return incident if cut_off else replace(incident, spaced_since=at)
        case e.PostmortemReminded(timer=timer, due_at=due_at):
            return _remember(incident, timer, due_at)
        case e.PostmortemCompleted(at=at):
            return replace(incident, postmortem_done_at=at)
        case e.ChannelOpened(channel=channel):
            return replace(incident, channel=channel, channel_refused=None, card=None)
        case e.ChannelRefused(reason=reason):
            return replace(incident, channel_refused=reason)
        case e.ChannelLost(reason=reason):
            return replace(incident, channel=None, channel_refused=reason, card=None)
        case e.CardPosted(channel=channel, ts=ts):
            return replace(incident, card=MessageRef(channel, ts))
        case e.Announced(channel=channel, ts=ts):
            return replace(incident, announcement=MessageRef(channel, ts))
        case e.PageConfirmed(member=member, channel=channel, ts=ts, delivery=delivery):
            others = (page for page in incident.page_messages if page.member != member)
            confirmed = _confirmed(incident, delivery)
            reached = tuple(one for one in incident.unreachable if one != member)
            newest = PageMessage(member, MessageRef(channel, ts))
            return replace(confirmed, page_messages=(*others, newest), unreachable=reached)
        case e.PagerRung(key=key, responders=responders, step=step, paged_at=paged_at):
            ring = Ring(key, responders, step, paged_at)
            return replace(_confirmed(incident, key), rings=(*incident.rings, ring))
        case e.Stuck(at=at):
            return replace(incident, stuck_at=at)
        case e.PageUnconfirmed(deliveries=deliveries):
            return replace(incident, unconfirmed=(*incident.unconfirmed, *deliveries))
        case e.PageRefused(member=member, delivery=delivery):
            gone = tuple(dict.fromkeys((*incident.unreachable, member)))
            return replace(_confirmed(incident, delivery), unreachable=gone)
        case e.DeliveryFailed(kind=kind):
            return replace(incident, failures=tuple(dict.fromkeys((*incident.failures, kind))))
        case e.Noted() | e.PostmortemDrafted() | e.InviteIncomplete():
            return incident
        case _:
            assert_never(event)


def _paged(incident: Incident, event: e.Paged) -> Incident:
    before = incident.steps.get(event.step)
    members = dict.fromkeys((*(before.members if before else ()), *event.members))
    fired = Fired(before.at if before else event.at, tuple(members))
    return replace(
        incident,
        steps=incident.steps | {event.step: fired},
        called=incident.called | dict.fromkeys((one for one in event.members if one != event.by), event.at),
        declined={who: at for who, at in incident.declined.items() if who not in event.members},
        last_step=event.step,
        last_paged_at=event.at,
    )


def _confirmed(incident: Incident, delivery: str) -> Incident:
    return replace(incident, unconfirmed=tuple(one for one in incident.unconfirmed if one != delivery))


def _updated(incident: Incident, event: e.UpdatePosted) -> Incident:
    return replace(
        _with_status(incident, Status(event.status), event.at),
        updated_at=event.at,
        promised_at=event.next_due_at,
        nudged_at=None,
        nudges=0,
        snoozed_until=None,
        snoozed_due_at=None,
    )


def _with_severity(incident: Incident, event: e.SeverityChanged) -> Incident:
    return replace(
        incident,
        severity=event.after,
        severity_since={event.after: event.at} | incident.severity_since,
        promised_at=event.promised_at,
        spaced_since=event.at,
        wants_channel=event.opens_channel or incident.wants_channel,
        moved=event.opens_channel or incident.moved,
    )


def _with_status(incident: Incident, status: Status, at: datetime) -> Incident:
    known = status in (Status.IDENTIFIED, Status.MONITORING)
    identified_at = incident.identified_at or (at if known else None)
    return replace(incident, status=status, identified_at=identified_at)


def _remember(incident: Incident, timer: str, due_at: datetime) -> Incident:
    return replace(incident, fired=incident.fired | {timer: due_at})


def _resolution(event: e.Resolved) -> Resolution:
    return Resolution(
        root_cause=event.root_cause,
        fix=event.fix,
        customer_impact=event.customer_impact,
        started_at=event.started_at,
        detected_at=event.detected_at,
        ended_at=event.ended_at,
    )


def _reopened(incident: Incident, at: datetime) -> Incident:
    return replace(
        incident,
        status=Status.INVESTIGATING,
        reopened_at=at,
        closed_at=None,
        closed_by=None,
        resolution=None,
        acknowledged_at=None,
        acknowledged_by=None,
        unacknowledged_since=at,
        promised_at=None,
        nudged_at=None,
        nudges=0,
        snoozed_until=None,
        snoozed_due_at=None,
        postmortem_done_at=None,
    )

"""What is true of an incident. How each event changes it is said in `evolve`."""

from dataclasses import dataclass, field
from datetime import datetime

from app.domain.alerts import Tally
from app.domain.checklists import Ticks
from app.domain.effects import Way
from app.domain.playbook import OPEN_STATUSES, Status
from app.domain.reference import Inject
from app.domain.tracking import FollowUpItem, Ticket


@dataclass(frozen=True, slots=True)
class MessageRef:
    """Where a message stands: Slack's id of the conversation, and the message's `ts` in it."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another incident: its number, its name, and its channel where it has one."""

    number: int
    name: str
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Fired:
    """What became of one escalation step: when it fired first, whom it reached, and when pagers last rang for it."""

    at: datetime
    members: tuple[str, ...]
    rung_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PageMessage:
    """A page that was delivered as a direct message, so that it can be kept up to date."""

    member: str
    message: MessageRef


@dataclass(frozen=True, slots=True)
class Ring:
    """An alert that a pager holds, by its `key`, for these responders, from the page of `step` at `paged_at`.

    `replaced_by` is the key of the alert that rings in its place. One that a monitor opened `by_monitor` itself has no
    responders that are known here. Where nobody knows whether it rings, `perhaps` it does.
    """

    key: str
    responders: tuple[str, ...]
    step: str = ""
    paged_at: datetime | None = None
    way: Way = Way.PAGERDUTY
    replaced_by: str = ""
    by_monitor: bool = False
    perhaps: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What customers were told last: the fields are those of `CustomersTold`."""

    at: datetime
    by: str
    headline: str
    body: str
    status: str
    impact: str
    components: tuple[str, ...] = ()
    episode: int = 1
    worded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OnPage:
    """A public incident on a status page: the page's own id of it, its `episode`, and where people find it."""

    page: str
    episode: int
    url: str = ""


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
class Given:
    """When a role was given to whoever plays it, and by whom."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident. Times are aware and in UTC; people are Slack member ids.

    `severity_since` and `tags` say since when (the first time) each was held; `reached_statuses` and `milestones` when
    each was reached since it was declared or reopened, `room_at` when it had a room, and `given` when, and by whose
    word, each of the `roles` went to whoever plays it. `fired` remembers, for a limit or a reminder that fires once,
    the due time it fired for: a limit that moves later is armed anew. Steps that were overdue at `spaced_since` fire
    one by one. `page_messages` holds the newest page of each member, `rings` the pager's alerts, `unconfirmed` the
    deliveries of pages that did not go out in time, `away` the ways by which nothing goes, `unreachable` the members
    whom no page reaches, `called` when each member was last to be called, `failures` what kinds of deliveries have
    died, and why. `stuck_at` is when people were told that nothing falls due. `checklists` says where each list that
    was posted stands, `ticks` what is ticked in it. `noted` are the messages that stand in the timeline, `briefed` who
    came late and was briefed, `joined` who came with the `duplicates` that were merged into it. `told` is what
    customers were told last, the last of so many `tellings`; `customers_asked_at` is when the next word was asked for,
    and `on_page` where it stands. `tracked` says that Tocsin opens its ticket; `document` and `bridge` are addresses,
    and `publishing` and `bridge_asked` say that one is asked for.
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
    given: dict[str, Given] = field(default_factory=dict)

    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_name: str = ""
    acknowledged_way: str = ""
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

    reached_statuses: dict[str, datetime] = field(default_factory=dict)
    monitoring_since: datetime | None = None
    room_at: datetime | None = None
    milestones: dict[str, datetime] = field(default_factory=dict)

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
    away: tuple[str, ...] = ()
    stuck_at: datetime | None = None
    unreachable: tuple[str, ...] = ()
    called: dict[str, datetime] = field(default_factory=dict)
    failures: tuple[str, ...] = ()

    told: Told | None = None
    tellings: int = 0
    customers_asked_at: datetime | None = None
    on_page: OnPage | None = None

    noted: tuple[str, ...] = ()
    briefed: tuple[str, ...] = ()

    ticks: Ticks = field(default_factory=dict)
    checklists: dict[str, MessageRef] = field(default_factory=dict)

    private: bool = False
    drill: bool = False
    drill_name: str = ""
    injects: tuple[Inject, ...] = ()
    merged_into: Elsewhere | None = None
    duplicates: tuple[Elsewhere, ...] = ()
    joined: tuple[str, ...] = ()

    alerts: Tally | None = None
    runbook: str = ""

    tracked: bool = False
    ticket: Ticket | None = None
    follow_ups: tuple[FollowUpItem, ...] = ()
    document: str = ""
    publishing: bool = False
    bridge: str = ""
    bridge_asked: bool = False

    @property
    def is_open(self) -> bool:
        """Say whether people still work on it."""
        return self.status.is_open

    def reached_status_at(self, status: str) -> datetime | None:
        """Return when it first came as far as that open status, since it was declared or reopened."""
        further = OPEN_STATUSES[OPEN_STATUSES.index(Status(status)) :] if status in OPEN_STATUSES else ()
        return min((self.reached_statuses[one] for one in further if one in self.reached_statuses), default=None)

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
        if not self.is_open or acknowledged is None:
            return not self.is_open
        return ring.by_monitor or (ring.paged_at or acknowledged) <= acknowledged

    @property
    def live_rings(self) -> tuple[Ring, ...]:
        """The alerts that no other one has taken the place of."""
        return tuple(ring for ring in self.rings if not ring.replaced_by)

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

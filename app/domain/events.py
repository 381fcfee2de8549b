"""What can have happened to an incident. The list of these, in order, is the timeline that people read.

`at` is when it happened (UTC), `by` the member who did it; nobody, where the clock or a delivery did.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain.alerts import Tally
from app.domain.calling import Calling
from app.domain.reference import Inject


@dataclass(frozen=True, slots=True)
class Declared:
    """Somebody said that something is wrong. `source` is the permalink of the message that it came from.

    A `private` incident is known to its own people alone. A `drill` is an exercise: `drill_name` is its id in the
    playbook, where it has one, and `injects` is its script. `tracked` says that a tracker was connected.
    """

    at: datetime
    by: str | None
    number: int
    number_in_year: int
    name: str
    title: str
    severity: str
    services: str = ""
    impact: str = ""
    tags: tuple[str, ...] = ()
    wants_channel: bool = True
    source: str | None = None
    detected_at: datetime | None = None
    private: bool = False
    drill: bool = False
    drill_name: str = ""
    injects: tuple[Inject, ...] = ()
    tracked: bool = False
    runbook: str = ""
    alerts: Tally | None = None


@dataclass(frozen=True, slots=True)
class Paged:
    """One step paged its people.

    `members` are called by direct message, `targets` mentioned in the room; `again` are those of them who had been
    paged before. `unbound` are responders whom nobody plays: the people of the step before stand in for them.
    `pages` are the ids of the responders, for the pager. `why` is the rule in words; `by` the member who asked for the
    step, where it was not a timer. `late` is true on the way back from downtime, when one message tells it all.
    `until_acknowledged` says that an acknowledgement makes the page needless. `skipped` would have been called, and no
    page reaches them. `respond_within` is how soon the step asks for an answer.
    """

    at: datetime
    step: str
    label: str
    responders: tuple[str, ...]
    targets: tuple[str, ...]
    members: tuple[str, ...]
    why: str
    by: str | None = None
    again: tuple[str, ...] = ()
    unbound: tuple[str, ...] = ()
    late: bool = False
    until_acknowledged: bool = False
    pages: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    respond_within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ChannelsNotified:
    """One step said in other channels, by name, how it stands. `why` and `by` as in `Paged`."""

    at: datetime
    step: str
    label: str
    channels: tuple[str, ...]
    why: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody took it: the unacknowledged steps stop.

    Whoever did it in a pager (`way`), and is no member that Tocsin knows, has a `name` and nothing else.
    """

    at: datetime
    by: str | None
    way: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """Somebody who was paged cannot take it."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class HandedBack:
    """Whoever had acknowledged it cannot keep it: the unacknowledged clock starts again."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Escalated:
    """Somebody asked for the next step now."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class UpdatePosted:
    """Everybody was told how it stands. `next_due_at` is the promise for the next one; none means the usual rhythm."""

    at: datetime
    by: str
    status: str
    before: str
    happening: str = ""
    actions: str = ""
    next_steps: str = ""
    next_due_at: datetime | None = None
    no_change: bool = False


@dataclass(frozen=True, slots=True)
class Nudged:
    """An update that was due at `due_at` was asked for, for the `count`-th time, from `members`."""

    at: datetime
    due_at: datetime
    count: int
    members: tuple[str, ...]
    late: bool = False


@dataclass(frozen=True, slots=True)
class Snoozed:
    """The nudge for the update that was due at `due_at` was put off."""

    at: datetime
    by: str
    until: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class LimitWarned:
    """80 % of a limit (`acknowledge` or `resolve`) had passed at `due_at`; it breaks at `breaks_at`."""

    at: datetime
    limit: str
    due_at: datetime
    breaks_at: datetime
    late: bool = False


@dataclass(frozen=True, slots=True)
class LimitBroken:
    """A limit (`acknowledge` or `resolve`) was passed at `due_at`."""

    at: datetime
    limit: str
    due_at: datetime
    late: bool = False


@dataclass(frozen=True, slots=True)
class SeverityChanged:
    """The severity is another one now.

    `opens_channel` says that it asks for a channel where there was none; `promised_at` is what remains of a promise.
    Where a step of the policy did it, `step` is its key and `why` its rule in words.
    """

    at: datetime
    by: str | None
    before: str
    after: str
    opens_channel: bool = False
    promised_at: datetime | None = None
    step: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The status is another one now, without an update."""

    at: datetime
    by: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RoleAssigned:
    """Somebody plays a role from now on."""

    at: datetime
    by: str
    role: str
    member: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Whoever led, `before`, hands over to `member`, who is briefed; `role` is the one that leads."""

    at: datetime
    by: str
    role: str
    member: str
    before: str | None = None


@dataclass(frozen=True, slots=True)
class TagsChanged:
    """Tags came or went; where nobody did it, an alert brought them."""

    at: datetime
    by: str | None
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlertsCounted:
    """There are so many alerts by now; `new` are names that none before had.

    `again` says that all of them had been over before.
    """

    at: datetime
    alerts: Tally
    new: tuple[str, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class AlertsResolved:
    """None of its alerts fires any more."""

    at: datetime
    alerts: Tally


@dataclass(frozen=True, slots=True)
class AlertsFiredAgain:
    """Alerts of these names fire after the end. Unless it is opened again, a new incident follows at `declares_at`."""

    at: datetime
    names: tuple[str, ...]
    declares_at: datetime


@dataclass(frozen=True, slots=True)
class Noted:
    """Somebody wrote something down for the timeline.

    Of a `message` ("channel:ts"), `text` is what its `author` (nobody: an app) said at `said_at`, and `link` leads to
    it.
    """

    at: datetime
    by: str
    text: str
    said_at: datetime | None = None
    author: str | None = None
    link: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Somebody came to the incident late, and is briefed in person."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """It is over. The three times are when it really started, was detected and ended.

    Where a fix should have been watched for longer, `monitor_for` is how long, and `monitored` how long it was.
    """

    at: datetime
    by: str
    root_cause: str
    fix: str
    customer_impact: str
    started_at: datetime
    detected_at: datetime
    ended_at: datetime
    monitor_for: timedelta | None = None
    monitored: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """It was a false alarm."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class CustomersTold:
    """Customers were told: `headline` and `body` are plain text, word for word as they read it.

    `status` and `impact` are in the words of status pages, `components` are named as customers read them. `episode` is
    the public incident that this belongs to: one that goes on after its end is another. It is the `telling`-th word to
    customers. When the next one comes, it may promise as of `worded_at`.
    """

    at: datetime
    by: str
    headline: str
    body: str
    status: str
    impact: str
    components: tuple[str, ...] = ()
    episode: int = 1
    telling: int = 1
    worded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CustomersAsked:
    """The next word to customers, or the first, is due at `due_at`: `members` were asked for it."""

    at: datetime
    due_at: datetime
    members: tuple[str, ...]
    late: bool = False


@dataclass(frozen=True, slots=True)
class MergedInto:
    """It is the same as the incident of that number, and goes on there; `channel` is that incident's."""

    at: datetime
    by: str
    number: int
    name: str
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class DuplicateMerged:
    """The incident of that number is the same as this one; its people, `members`, come here."""

    at: datetime
    by: str
    number: int
    name: str
    title: str
    channel: str | None = None
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Injected:
    """A drill brought up the next thing of its script, the one of that `number`, which was due at `due_at`."""

    at: datetime
    number: int
    say: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class RulesAdopted:
    """The incident is run by the playbook as it is now: `changes` says in words what that changes.

    `steps` says under which key each step that has fired goes on, where that is another one. `last_step` is the one
    that is paged again until somebody acknowledges. `fired` are what had fired by the old rules, with the due times of
    the new ones, so that nothing fires twice.
    """

    at: datetime
    by: str
    playbook: str
    changes: tuple[str, ...] = ()
    steps: dict[str, str] = field(default_factory=dict)
    last_step: str | None = None
    fired: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reopened:
    """It was not over after all."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """Tocsin had been away since `away_since`; `missed` names the timers that fell due meanwhile, with their times.

    `updates` is how many updates fell due, of which one is asked for now. `cut_off` means that Tocsin kept time, and
    that Slack took no messages: what fell due then is told only now.
    """

    at: datetime
    away_since: datetime
    missed: dict[str, datetime]
    updates: int = 0
    cut_off: bool = False


@dataclass(frozen=True, slots=True)
class PostmortemReminded:
    """The reminder `timer` of the postmortem, which is due at `postmortem_due_at`, fell due at `due_at`.

    `late` means that the one at the due time itself came with it, and speaks for both.
    """

    at: datetime
    timer: str
    due_at: datetime
    postmortem_due_at: datetime
    late: bool = False


@dataclass(frozen=True, slots=True)
class MilestoneReached:
    """Somebody said that a milestone, which was due at `due_at`, is reached."""

    at: datetime
    by: str
    milestone: str
    title: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class MilestoneMissed:
    """A milestone that was due at `due_at` is not reached."""

    at: datetime
    milestone: str
    title: str
    due_at: datetime
    late: bool = False


@dataclass(frozen=True, slots=True)
class MonitoringOver:
    """At `due_at` the fix had been watched for as long as its severity asks."""

    at: datetime
    due_at: datetime
    late: bool = False


@dataclass(frozen=True, slots=True)
class FollowUpDue:
    """A checklist of what is to be done after the resolution came due at `due_at`, and is not done."""

    at: datetime
    checklist: str
    title: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class DraftDue:
    """Something wanted before the postmortem, the draft of that `timer`, came due at `due_at`.

    `late` means that the postmortem itself came due with it, and speaks for both.
    """

    at: datetime
    timer: str
    title: str
    due_at: datetime
    late: bool = False


@dataclass(frozen=True, slots=True)
class PostmortemDrafted:
    """Somebody asked for a draft of the postmortem."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class PostmortemCompleted:
    """Somebody marked the postmortem as done."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ItemTicked:
    """Somebody did what one item of a checklist asks for; `title` is that of the list."""

    at: datetime
    by: str
    checklist: str
    title: str
    item: str


@dataclass(frozen=True, slots=True)
class ItemUnticked:
    """Somebody took the tick of an item back."""

    at: datetime
    by: str
    checklist: str
    title: str
    item: str


@dataclass(frozen=True, slots=True)
class FollowUpAdded:
    """Somebody wrote down what is to be done, for `owner` to do."""

    at: datetime
    by: str
    number: int
    text: str
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class FollowUpDone:
    """Somebody did what a follow-up asks for."""

    at: datetime
    by: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class FollowUpReopened:
    """A follow-up is not done after all."""

    at: datetime
    by: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class PublishingAsked:
    """Somebody asked that the postmortem be kept where documents are."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class BridgeAsked:
    """Somebody asked for a call that people join."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ChannelOpened:
    """The channel of the incident exists; `after_all` where it had been refused before."""

    at: datetime
    channel: str
    name: str
    after_all: bool = False


@dataclass(frozen=True, slots=True)
class ChannelRefused:
    """The channel cannot be made; the incident goes on in the thread of its announcement.

    `delivery` is the key of what tried to make it.
    """

    at: datetime
    reason: str
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class ChannelLost:
    """The channel was archived or deleted: the incident goes on in the thread of its announcement."""

    at: datetime
    channel: str
    reason: str


@dataclass(frozen=True, slots=True)
class CardPosted:
    """The card stands in the channel."""

    at: datetime
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Announced:
    """The announcement stands in the announce channel."""

    at: datetime
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class ChecklistPosted:
    """A checklist of the playbook stands in Slack."""

    at: datetime
    checklist: str
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class PageConfirmed:
    """A page reached Slack for `member`, by the delivery of that key."""

    at: datetime
    step: str
    member: str
    channel: str
    ts: str
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class PagerRung:
    """A pager took the page of a step, under `key`; `perhaps` where nobody knows whether it did.

    `paged_at` is when the page was decided, where that is known. Where it took it only `partly`, it has not taken it
    for all whom it was told of.
    """

    at: datetime
    step: str
    key: str
    responders: tuple[str, ...]
    perhaps: bool = False
    paged_at: datetime | None = None
    way: str = "pagerduty"
    partly: bool = False


@dataclass(frozen=True, slots=True)
class PageAdopted:
    """A monitor had paged by itself before, through the pager of that `way`, under `key`: Tocsin rings nobody again."""

    at: datetime
    way: str
    key: str


@dataclass(frozen=True, slots=True)
class HappenedThere:
    """Somebody did something with a page in the pager itself: `did` is resolved, reassigned, escalated and the like.

    `by` is the member, where they are known in Slack, else `name` says who. `to` are the names of those it went to.
    """

    at: datetime
    way: str
    did: str
    by: str | None = None
    name: str = ""
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """A word to customers stands on the status page, which calls that public `episode` `page`.

    `missing` are names of components that the status page does not have.
    """

    at: datetime
    page: str
    episode: int
    url: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Somebody ended or deleted the public incident `page` on the status page itself; `reason` says which."""

    at: datetime
    page: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """The clock cannot work out what falls due, so that nothing happens by itself; it goes on trying."""

    at: datetime


@dataclass(frozen=True, slots=True)
class WayAway:
    """Nothing goes by `way` for now, and something of the incident waits for it; `reason` is in words.

    `waiting` says in words what waits, `instead` by which other ways pages go on, where this one pages. It `is_told`
    where nothing waits but pages of which people have read already that they are late, why, and how they go on.
    """

    at: datetime
    way: str
    reason: str
    waiting: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class WayBack:
    """What waited for `way` has gone out, or waits no more."""

    at: datetime
    way: str


@dataclass(frozen=True, slots=True)
class PageUnconfirmed:
    """Pages have not gone out a minute after they were decided, and are still tried: those of `deliveries`.

    `way` is how they were to go: to `members` by Slack, or to the responders by a pager; `reason` is in words. `pages`
    are those that were to go by a pager.
    """

    at: datetime
    deliveries: tuple[str, ...]
    way: str
    responders: tuple[str, ...]
    members: tuple[str, ...]
    reason: str
    pages: tuple[Calling, ...] = ()


@dataclass(frozen=True, slots=True)
class PageRefused:
    """A page cannot reach `member`, who is gone, say; `reason` is in words.

    `passed_on` says that the next step of the policy is paged instead, since this one reaches nobody else.
    """

    at: datetime
    step: str
    member: str
    responders: tuple[str, ...]
    reason: str
    delivery: str = ""
    passed_on: bool = False


@dataclass(frozen=True, slots=True)
class TicketOpened:
    """The tracker holds a ticket: of the follow-up of that `number`, which says `text`; with 0, of the incident."""

    at: datetime
    key: str
    url: str
    number: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class TicketMoved:
    """The tracker says that a ticket, of what `TicketOpened` says, stands otherwise now."""

    at: datetime
    key: str
    number: int
    state: str
    done: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class DocumentPublished:
    """The postmortem stands where documents are kept; published `again`, it took the place of what stood there.

    `blanks` names what in it only people can fill in.
    """

    at: datetime
    url: str
    again: bool = False
    blanks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BridgeOpened:
    """People can join a call at `url`."""

    at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class DeliveryFailed:
    """Something could not be done in Slack, or elsewhere, and will not be tried again by itself.

    `delivery` is its key and `effect` its kind; `what` and `reason` are words for people. `again` says that the same
    kind has failed for the same reason before. `pages` are those that a pager refused.
    """

    at: datetime
    delivery: str
    what: str
    reason: str
    effect: str = ""
    again: bool = False
    pages: tuple[Calling, ...] = ()

    @property
    def kind(self) -> str:
        """What failed, and why."""
        return f"{self.effect}: {self.reason}"


@dataclass(frozen=True, slots=True)
class InviteIncomplete:
    """Some of the people who should be in the channel could not be invited: member -> Slack's reason."""

    at: datetime
    delivery: str
    asked: int
    failed: dict[str, str]


Learned = (
    ChannelOpened
    | ChannelRefused
    | ChannelLost
    | CardPosted
    | Announced
    | ChecklistPosted
    | PageConfirmed
    | PagerRung
    | PageAdopted
    | HappenedThere
    | Published
    | Withdrawn
    | Stuck
    | WayAway
    | WayBack
    | PageUnconfirmed
    | PageRefused
    | TicketOpened
    | TicketMoved
    | DocumentPublished
    | BridgeOpened
    | DeliveryFailed
    | InviteIncomplete
)
"""What deliveries learned of the world outside."""

OfTime = (
    Nudged
    | CustomersAsked
    | LimitWarned
    | LimitBroken
    | Injected
    | CaughtUp
    | PostmortemReminded
    | MilestoneMissed
    | MonitoringOver
    | FollowUpDue
    | DraftDue
)
"""What time alone brings about."""

Event = (
    Declared
    | Paged
    | ChannelsNotified
    | Acknowledged
    | Declined
    | HandedBack
    | Escalated
    | UpdatePosted
    | Snoozed
    | SeverityChanged
    | StatusChanged
    | RoleAssigned
    | HandedOver
    | TagsChanged
    | AlertsCounted
    | AlertsResolved
    | AlertsFiredAgain
    | Noted
    | Arrived
    | Resolved
    | Cancelled
    | CustomersTold
    | MergedInto
    | DuplicateMerged
    | RulesAdopted
    | Reopened
    | MilestoneReached
    | PostmortemDrafted
    | PostmortemCompleted
    | ItemTicked
    | ItemUnticked
    | FollowUpAdded
    | FollowUpDone
    | FollowUpReopened
    | PublishingAsked
    | BridgeAsked
    | OfTime
    | Learned
)

"""What people, the clock and finished deliveries can ask of an incident."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.alerts import Tally
from app.domain.calling import Calling
from app.domain.playbook import Rules
from app.domain.reference import Inject


@dataclass(frozen=True, slots=True)
class Actor:
    """A member who acts; `admin` as the workspace or the settings say."""

    id: str
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Declare:
    """Say that something is wrong.

    Nobody declares what an alert does: `alerts` are its alerts, `detected_at` is when the first of them began, and
    `runbook` the one that is offered; `paged` are the ways by which a monitor has paged already, each with its key.
    `handle` fills in the two numbers, a `suffix` where the name is another incident's, and whether it is `tracked`:
    whether a tracker is connected.
    """

    by: Actor | None
    title: str
    severity: str
    services: str = ""
    impact: str = ""
    tags: tuple[str, ...] = ()
    source: str | None = None
    private: bool = False
    drill: bool = False
    drill_name: str = ""
    injects: tuple[Inject, ...] = ()
    number: int = 0
    number_in_year: int = 0
    suffix: int = 0
    tracked: bool = False
    detected_at: datetime | None = None
    runbook: str = ""
    alerts: Tally | None = None
    paged: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Take it."""

    by: Actor


@dataclass(frozen=True, slots=True)
class Decline:
    """Say "I can't take it": the next step fires; whoever had acknowledged hands it back."""

    by: Actor


@dataclass(frozen=True, slots=True)
class Escalate:
    """Fire the next step now."""

    by: Actor


@dataclass(frozen=True, slots=True)
class PostUpdate:
    """Tell everybody how it stands. Without `status` it stays what it is."""

    by: Actor
    status: str | None = None
    happening: str = ""
    actions: str = ""
    next_steps: str = ""
    next_due_at: datetime | None = None
    no_change: bool = False


@dataclass(frozen=True, slots=True)
class Snooze:
    """Put the next nudge off."""

    by: Actor


@dataclass(frozen=True, slots=True)
class ChangeSeverity:
    """Make it another severity."""

    by: Actor
    severity: str


@dataclass(frozen=True, slots=True)
class ChangeStatus:
    """Make it another open status."""

    by: Actor
    status: str


@dataclass(frozen=True, slots=True)
class TakeCommand:
    """Lead it, as long as nobody does."""

    by: Actor


@dataclass(frozen=True, slots=True)
class AssignRole:
    """Give a role to a member."""

    by: Actor
    role: str
    member: str


@dataclass(frozen=True, slots=True)
class HandOff:
    """Hand command over to `member`, who is briefed."""

    by: Actor
    member: str


@dataclass(frozen=True, slots=True)
class ChangeTags:
    """Add and remove tags."""

    by: Actor
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddNote:
    """Write something down for the timeline; of a `message`, by its author at its time, with a link to it."""

    by: Actor
    text: str
    said_at: datetime | None = None
    author: str | None = None
    link: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Resolve:
    """Say that it is over. Times left out are filled: started and detected as declared, ended now."""

    by: Actor
    root_cause: str = ""
    fix: str = ""
    customer_impact: str = ""
    started_at: datetime | None = None
    detected_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """Say that it was a false alarm."""

    by: Actor
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """Another incident, as it stands, for a command that is about two of them. `members` are its people."""

    number: int
    name: str
    title: str
    status: str
    is_open: bool
    channel: str | None = None
    merged_into: int | None = None
    private: bool = False
    drill: bool = False
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TellCustomers:
    """Tell customers what the sender confirms: first line, text, public status, impact, and names of components.

    `seen` is how often customers had been told when the sender looked: what was told since, they have not read. The
    text was begun at `worded_at`: when the next word comes, it says as of then.
    """

    by: Actor
    headline: str
    body: str
    status: str
    impact: str
    components: tuple[str, ...] = ()
    seen: int = 0
    worded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """Say that it is the same as the incident of that number, and goes on there. `handle` fills in how that stands."""

    by: Actor
    number: int
    into: Other | None = None


@dataclass(frozen=True, slots=True)
class TakeDuplicate:
    """Take in the people of `duplicate`, which is merged into this one in the same transaction."""

    by: Actor
    duplicate: Other


@dataclass(frozen=True, slots=True)
class AdoptRules:
    """Run it by `rules` from now on: those of the playbook as it is now."""

    by: Actor
    rules: Rules


@dataclass(frozen=True, slots=True)
class Reopen:
    """Say that it was not over after all."""

    by: Actor
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReachMilestone:
    """Say that a milestone, by its id or title, is reached."""

    by: Actor
    milestone: str


@dataclass(frozen=True, slots=True)
class DraftPostmortem:
    """Ask for a draft of the postmortem."""

    by: Actor


@dataclass(frozen=True, slots=True)
class CompletePostmortem:
    """Mark the postmortem as done."""

    by: Actor


@dataclass(frozen=True, slots=True)
class TickItem:
    """Say that one item of a checklist is done; `title` is that of the list."""

    by: Actor
    checklist: str
    title: str
    item: str


@dataclass(frozen=True, slots=True)
class UntickItem:
    """Say that it is not done after all."""

    by: Actor
    checklist: str
    title: str
    item: str


@dataclass(frozen=True, slots=True)
class AddFollowUps:
    """Write down what is to be done so that it does not happen again, each of `texts` a follow-up of its own."""

    by: Actor
    texts: tuple[str, ...]
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class CompleteFollowUp:
    """Say that the follow-up of that number is done."""

    by: Actor
    number: int


@dataclass(frozen=True, slots=True)
class ReopenFollowUp:
    """Say that it is not done after all."""

    by: Actor
    number: int


@dataclass(frozen=True, slots=True)
class PublishPostmortem:
    """Let the postmortem be kept where documents are."""

    by: Actor


@dataclass(frozen=True, slots=True)
class AskBridge:
    """Ask for a call that people join."""

    by: Actor


@dataclass(frozen=True, slots=True)
class CountAlerts:
    """So many alerts there are by now. By the rules of the `worst` of the new ones it is of `severity`, with `tags`.

    Alerts that `moved` to another incident may fire on: that none is left here does not mean that all are over.
    """

    alerts: Tally
    worst: str = ""
    severity: str = ""
    tags: tuple[str, ...] = ()
    moved: bool = False


@dataclass(frozen=True, slots=True)
class FireAgain:
    """Alerts of these names fire again after the end; a new incident is declared at `declares_at` unless it is open."""

    names: tuple[str, ...]
    declares_at: datetime


@dataclass(frozen=True, slots=True)
class Tick:
    """Do what has fallen due. `away_since` is when the clock last ran before this."""

    away_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Tell in one message what could not be told since `since`; `missed` and `updates` as in `CaughtUp`."""

    since: datetime
    missed: dict[str, datetime]
    updates: int = 0


@dataclass(frozen=True, slots=True)
class Arrive:
    """Slack told that `member` came into the incident's channel."""

    member: str


@dataclass(frozen=True, slots=True)
class RecordChannel:
    """A delivery made the channel."""

    channel: str
    name: str


@dataclass(frozen=True, slots=True)
class RecordChannelRefused:
    """A delivery learned that the channel cannot be made."""

    reason: str
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class RecordChannelLost:
    """A delivery learned that `channel`, the incident's, takes nothing any more."""

    channel: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecordCard:
    """A delivery posted the card."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class RecordAnnouncement:
    """A delivery posted the announcement."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class RecordChecklist:
    """A delivery posted a checklist."""

    checklist: str
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A delivery brought a page to its member."""

    step: str
    member: str
    channel: str
    ts: str
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class RecordRing:
    """A delivery made the pager ring under `key`, or `perhaps` did, for a page that was decided at `paged_at`.

    Where it did so only `partly`, there are others whom it is still to ring for, or cannot.
    """

    step: str
    key: str
    responders: tuple[str, ...]
    perhaps: bool = False
    paged_at: datetime | None = None
    way: str = "pagerduty"
    partly: bool = False


@dataclass(frozen=True, slots=True)
class AdoptPage:
    """A monitor has paged by itself, through the pager of that `way`, under `key`."""

    way: str
    key: str


@dataclass(frozen=True, slots=True)
class AcknowledgeElsewhere:
    """Somebody took it in the pager of that `way` itself, `at` that time, by the alert of that `key`.

    `by` is the member, where the pager's person is known in Slack; `name` is what the pager calls them.
    """

    way: str
    key: str
    at: datetime
    by: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class NoteElsewhere:
    """Somebody did something else with the alert of that `key` there; the fields are those of `HappenedThere`."""

    way: str
    key: str
    did: str
    by: str | None = None
    name: str = ""
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordPublished:
    """A delivery published a word to customers: `page` is the status page's own id of that public `episode`.

    `missing` are names of components that the status page does not have.
    """

    page: str
    episode: int
    url: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordWithdrawn:
    """A delivery found that somebody ended or deleted the public incident `page` on the status page itself."""

    page: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecordStuck:
    """The clock cannot work out what falls due."""


@dataclass(frozen=True, slots=True)
class RecordAway:
    """Nothing goes by a way for now; the fields are those of `WayAway`."""

    way: str
    reason: str
    waiting: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class RecordBack:
    """What waited for a way has gone out, and it is there again."""

    way: str


@dataclass(frozen=True, slots=True)
class RecordPageUnconfirmed:
    """Pages have not gone out a minute after they were decided; the fields are those of `PageUnconfirmed`."""

    deliveries: tuple[str, ...]
    way: str
    responders: tuple[str, ...]
    members: tuple[str, ...]
    reason: str
    pages: tuple[Calling, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordPageRefused:
    """A delivery learned that `member`, whom `step` pages as these responders, cannot be reached."""

    step: str
    member: str
    responders: tuple[str, ...]
    reason: str
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class RecordTicket:
    """A delivery opened a ticket: that of the follow-up of that number, or with 0 that of the incident itself."""

    number: int
    key: str
    url: str


@dataclass(frozen=True, slots=True)
class RecordTicketState:
    """The tracker said how far that ticket is; `number` as in `RecordTicket`."""

    number: int
    state: str
    done: bool


@dataclass(frozen=True, slots=True)
class RecordDocument:
    """A delivery published the postmortem, which stands at `url`; `blanks` in it only people can fill in."""

    url: str
    blanks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordBridge:
    """A delivery opened the bridge, which people join at `url`."""

    url: str


@dataclass(frozen=True, slots=True)
class RecordFailure:
    """A delivery is dead; `effect` is its kind, `pages` those that a pager refused by it."""

    delivery: str
    what: str
    reason: str
    effect: str = ""
    pages: tuple[Calling, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordInviteIncomplete:
    """A delivery could not invite everybody."""

    delivery: str
    asked: int
    failed: dict[str, str]


Command = (
    Declare
    | Acknowledge
    | Decline
    | Escalate
    | PostUpdate
    | Snooze
    | ChangeSeverity
    | ChangeStatus
    | TakeCommand
    | AssignRole
    | HandOff
    | ChangeTags
    | AddNote
    | Resolve
    | Cancel
    | TellCustomers
    | Merge
    | TakeDuplicate
    | AdoptRules
    | Reopen
    | ReachMilestone
    | DraftPostmortem
    | CompletePostmortem
    | TickItem
    | UntickItem
    | AddFollowUps
    | CompleteFollowUp
    | ReopenFollowUp
    | PublishPostmortem
    | AskBridge
    | CountAlerts
    | FireAgain
    | Tick
    | CatchUp
    | Arrive
    | RecordChannel
    | RecordChannelRefused
    | RecordChannelLost
    | RecordCard
    | RecordAnnouncement
    | RecordChecklist
    | RecordPage
    | RecordRing
    | AdoptPage
    | AcknowledgeElsewhere
    | NoteElsewhere
    | RecordPublished
    | RecordWithdrawn
    | RecordStuck
    | RecordAway
    | RecordBack
    | RecordPageUnconfirmed
    | RecordPageRefused
    | RecordTicket
    | RecordTicketState
    | RecordDocument
    | RecordBridge
    | RecordFailure
    | RecordInviteIncomplete
)

"""What the world must be told. Each effect becomes one delivery of the outbox, in the transaction that decided it.

An effect names what to say (a message template), never the words: those are made at delivery, from the incident as it
is by then and the event that the effect follows from, which the delivery keeps a note of.
"""

from dataclasses import dataclass, fields
from enum import IntEnum, StrEnum
from typing import get_args


class Urgency(IntEnum):
    """Which deliveries go first: pages, then what gives people a room, then what they read, then the rest."""

    PAGE = 0
    ROOM = 1
    MESSAGE = 2
    TRIM = 3


class Way(StrEnum):
    """By which of the systems outside a delivery goes; each can be away without the others."""

    SLACK = "slack"
    PAGERDUTY = "pagerduty"
    OPSGENIE = "opsgenie"
    WEBHOOK = "webhook"
    EMAIL = "email"
    STATUS_PAGE = "status_page"
    TRACKER = "tracker"
    DOCUMENTS = "documents"
    BRIDGE = "bridge"


CALLED = {
    Way.SLACK: "Slack",
    Way.PAGERDUTY: "PagerDuty",
    Way.OPSGENIE: "Opsgenie",
    Way.WEBHOOK: "the pager's webhook",
    Way.EMAIL: "the mail server",
    Way.STATUS_PAGE: "Statuspage",
    Way.TRACKER: "the tracker",
    Way.DOCUMENTS: "the documents",
    Way.BRIDGE: "the bridge",
}
"""What people call each way."""

PAGING = (Way.PAGERDUTY, Way.OPSGENIE, Way.WEBHOOK, Way.EMAIL)
"""The ways that can page somebody, beside Slack, in the order in which they are tried where nobody says otherwise."""


class Need(StrEnum):
    """What a delivery waits for."""

    ROOM = "room"
    CARD = "card"
    ANNOUNCEMENT = "announcement"


@dataclass(frozen=True, slots=True)
class OpenChannel:
    """Make the incident's channel."""


@dataclass(frozen=True, slots=True)
class Announce:
    """Post the incident in the announce channel; for an incident without a channel this is its card."""


@dataclass(frozen=True, slots=True)
class EditAnnouncement:
    """Bring the post in the announce channel up to date."""


@dataclass(frozen=True, slots=True)
class PostCard:
    """Post the card in the incident's channel."""


@dataclass(frozen=True, slots=True)
class EditCard:
    """Bring the card up to date."""


@dataclass(frozen=True, slots=True)
class PinCard:
    """Pin the card."""


@dataclass(frozen=True, slots=True)
class AddBookmark:
    """Put a bookmark to the card at the top of the channel."""


@dataclass(frozen=True, slots=True)
class SetTopic:
    """Make the channel's topic say severity, title and status."""


@dataclass(frozen=True, slots=True)
class Invite:
    """Bring members into the channel."""

    members: tuple[str, ...]


class Place(StrEnum):
    """Where in an incident's rooms a message goes."""

    ROOM = "room"
    CARD_THREAD = "card thread"
    ANNOUNCEMENT_THREAD = "announcement thread"


@dataclass(frozen=True, slots=True)
class Post:
    """Post a message: the template of that name, about the event behind it. `members` are mentioned."""

    message: str
    place: Place = Place.ROOM
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotifyChannel:
    """Say in another channel, by its name, how it stands, as the `ChannelsNotified` event behind it says."""

    channel: str


@dataclass(frozen=True, slots=True)
class PostChecklist:
    """Post one checklist of the playbook in the card's thread."""

    checklist: str


@dataclass(frozen=True, slots=True)
class EditChecklist:
    """Bring a checklist that was posted up to date with what is ticked."""

    checklist: str


@dataclass(frozen=True, slots=True)
class OfferRunbook:
    """Offer one runbook of the playbook, which seems to be about this incident."""

    runbook: str


@dataclass(frozen=True, slots=True)
class PostPostmortem:
    """Post the draft of the postmortem, with the whole as a file where it is too long; to `member`, or in the room."""

    member: str | None = None


@dataclass(frozen=True, slots=True)
class PostScore:
    """Post how a drill went; to `member`, or in the room."""

    member: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Call one member by direct message, as the `Paged` event behind it says; `again` if they were paged before."""

    member: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class RingPager:
    """Make a phone ring, by one `way`, for these responders (ids of the playbook), as the event behind it says.

    `step` names the step that pages them, where the event is about several.
    """

    responders: tuple[str, ...]
    way: Way = Way.PAGERDUTY
    step: str = ""


@dataclass(frozen=True, slots=True)
class QuietPager:
    """Bring one pager's alerts up to date: acknowledged once somebody has, resolved once it is over."""

    way: Way = Way.PAGERDUTY


@dataclass(frozen=True, slots=True)
class EndRing:
    """End the pager's alert of that key: another one rings in its place."""

    key: str
    responders: tuple[str, ...]
    way: Way = Way.PAGERDUTY


@dataclass(frozen=True, slots=True)
class EditPage:
    """Bring the pages of one member up to date, so that their buttons tell the truth."""

    member: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell one member something by direct message: the template of that name, about the event behind it."""

    member: str
    message: str


@dataclass(frozen=True, slots=True)
class TellSubscribers:
    """Tell everybody who asked for it: one `Tell` each, as the store knows them where this is saved."""

    message: str


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """Open a ticket in the tracker: for the follow-up of that `number`, or with 0 for the incident itself."""

    number: int = 0


@dataclass(frozen=True, slots=True)
class PublishDocument:
    """Keep the postmortem, as it can be drafted by then, where documents are."""


@dataclass(frozen=True, slots=True)
class OpenBridge:
    """Open a call that people join."""


@dataclass(frozen=True, slots=True)
class MailList:
    """Mail one of the playbook's lists, by its id: the template of that name, about the event behind it."""

    list_id: str
    message: str


@dataclass(frozen=True, slots=True)
class PublishStatus:
    """Tell customers on the status page, word for word, what the `CustomersTold` event behind it says."""


Effect = (
    OpenChannel
    | Announce
    | EditAnnouncement
    | PostCard
    | EditCard
    | PinCard
    | AddBookmark
    | SetTopic
    | Invite
    | Post
    | NotifyChannel
    | PostChecklist
    | EditChecklist
    | OfferRunbook
    | PostPostmortem
    | PostScore
    | Page
    | RingPager
    | QuietPager
    | EndRing
    | EditPage
    | Tell
    | PublishStatus
    | TellSubscribers
    | MailList
    | OpenTicket
    | PublishDocument
    | OpenBridge
)


SUBSCRIBED = "subscribed_"
"""How the messages begin that go to subscribers."""
SHARED = ("member:", "page:")
"""How the lanes begin that are the same for all incidents of a workspace: a member's direct messages, a public page."""


@dataclass(frozen=True, slots=True)
class Route:
    """How an effect travels: by which `way`, and how it stands to others.

    Deliveries of one `lane` keep their order; those without one go side by side. A delivery waits until what it
    `needs` is there. Of waiting deliveries that share `replaces`, only the newest is made. What is not `repeatable`
    shows twice when it is done twice: after an unknown outcome it is looked up before it is tried again. Nothing waits
    for that but what `goes_on` from what was sent before it in its lane.
    """

    urgency: Urgency
    lane: str | None = None
    needs: Need | None = None
    replaces: str | None = None
    repeatable: bool = True
    way: Way = Way.SLACK
    goes_on: bool = False


def route(effect: Effect) -> Route:
    """Say how `effect` travels. Lanes are named within one incident, but for those that `SHARED` names."""
    return _ALWAYS.get(type(effect)) or _route(effect)


def _route(effect: Effect) -> Route:
    match effect:
        case Page(member=member):
            return Route(Urgency.PAGE, lane=f"member:{member}", repeatable=False)
        case RingPager(way=way):
            # A pager takes the delivery's key: told twice, it rings once. No page waits for that of another step.
            return Route(Urgency.PAGE, way=way)
        case QuietPager(way=way):
            return Route(Urgency.ROOM, replaces=f"pager:{way}", way=way)
        case EndRing(way=way):
            return Route(Urgency.TRIM, way=way)
        case OpenTicket(number=number):
            # A second one that is asked for meanwhile is needless once the first is found.
            lane = f"ticket:{number}"
            return Route(Urgency.MESSAGE, lane, replaces=lane, repeatable=False, way=Way.TRACKER, goes_on=True)
        case PublishDocument():
            # It takes the place of what stands there under its title: done twice, it is there once.
            return Route(Urgency.MESSAGE, lane="document", replaces="document", way=Way.DOCUMENTS)
        case OpenBridge():
            return Route(Urgency.ROOM, "bridge", replaces="bridge", repeatable=False, way=Way.BRIDGE, goes_on=True)
        case OpenChannel():
            return Route(Urgency.ROOM)
        case Announce():
            return Route(Urgency.ROOM, lane="announce", repeatable=False)
        case PostCard():
            return Route(Urgency.ROOM, needs=Need.ROOM, repeatable=False)
        case Invite():
            return Route(Urgency.ROOM, needs=Need.ROOM)
        case PublishStatus():
            # What customers read first must stand there first, and incidents share the components of the page.
            return Route(Urgency.MESSAGE, lane="page:status", repeatable=False, way=Way.STATUS_PAGE, goes_on=True)
        case MailList(list_id=list_id):
            return Route(Urgency.MESSAGE, lane=f"mail:{list_id}", repeatable=False, way=Way.EMAIL)
        case Tell(message=message) if message.startswith(SUBSCRIBED):
            # It leads to the room, and can only be clicked where that was there first.
            return Route(Urgency.MESSAGE, needs=Need.ROOM, repeatable=False)
        case Tell() | TellSubscribers() | PostPostmortem(member=str()) | PostScore(member=str()):
            return Route(Urgency.MESSAGE, repeatable=False)
        case Post(place=Place.ROOM) | PostPostmortem() | PostScore():
            return Route(Urgency.MESSAGE, lane="room", needs=Need.ROOM, repeatable=False)
        case Post(place=Place.CARD_THREAD) | PostChecklist() | OfferRunbook():
            return Route(Urgency.MESSAGE, lane="thread", needs=Need.CARD, repeatable=False)
        case Post():
            return Route(Urgency.MESSAGE, lane="announce", needs=Need.ANNOUNCEMENT, repeatable=False)
        case NotifyChannel(channel=channel):
            return Route(Urgency.MESSAGE, lane=f"channel:{channel}", repeatable=False)
        case EditAnnouncement():
            return Route(Urgency.TRIM, needs=Need.ANNOUNCEMENT, replaces="announcement")
        case EditCard():
            return Route(Urgency.TRIM, needs=Need.CARD, replaces="card")
        case EditPage(member=member):
            return Route(Urgency.TRIM, replaces=f"page:{member}")
        case EditChecklist(checklist=checklist):
            return Route(Urgency.TRIM, replaces=f"checklist:{checklist}")
        case SetTopic():
            return Route(Urgency.TRIM, needs=Need.ROOM, replaces="topic")
        case PinCard():
            return Route(Urgency.TRIM, needs=Need.CARD)
        case AddBookmark():
            # Two that look at once what is missing would both add it.
            return Route(Urgency.TRIM, lane="bookmarks", needs=Need.CARD)


_ALWAYS: dict[type[Effect], Route] = {one: _route(one()) for one in get_args(Effect) if not fields(one)}
"""How those travel that say nothing but what they are; asked several times for each incident that is due."""

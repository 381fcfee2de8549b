"""What can become of an attempt, and the sink, which makes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from app.domain import commands as c
from app.domain import effects as f
from app.store import Delivery, Record

IN_WORDS: dict[type[f.Effect], str] = {
    f.OpenChannel: "open the channel",
    f.Announce: "announce the incident",
    f.EditAnnouncement: "keep the announcement up to date",
    f.PostCard: "post the card",
    f.EditCard: "keep the card up to date",
    f.PinCard: "pin the card",
    f.AddBookmark: "add a bookmark to the card",
    f.SetTopic: "set the topic",
    f.Invite: "invite people",
    f.Post: "post a message",
    f.PostChecklist: "post a checklist",
    f.EditChecklist: "bring a checklist up to date",
    f.OfferRunbook: "offer a runbook",
    f.PostPostmortem: "post the postmortem",
    f.NotifyChannel: "tell another channel",
    f.PostScore: "post how the drill went",
    f.Page: "page somebody",
    f.RingPager: "page people",
    f.QuietPager: "quiet pages that are answered",
    f.EndRing: "end a page that another one replaces",
    f.EditPage: "keep a page up to date",
    f.Tell: "send a direct message",
    f.PublishStatus: "tell customers on Statuspage",
    f.TellSubscribers: "tell subscribers",
    f.MailList: "mail a list",
    f.OpenTicket: "open a ticket",
    f.PublishDocument: "publish the postmortem",
    f.OpenBridge: "open the bridge",
}
"""What each effect wanted to do, for people."""
SAID = {kind.__name__: words for kind, words in IN_WORDS.items()}
"""The same by the names that effects are stored under."""


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived. `result` is kept with the delivery; `learned` is what the incident should know of it."""

    result: dict[str, Any] = field(default_factory=dict)
    learned: tuple[c.Command, ...] = ()


@dataclass(frozen=True, slots=True)
class Later:
    """It did not arrive, for certain; try again, after `after` where the other side says so.

    Where it was not even `tried`, the attempt does not count. `learned` is what the incident should know before the
    next one, and `kept` what the next attempt finds as the delivery's result. What is only about this one thing, and
    not `of_all` that goes the same way, keeps nothing else waiting.
    """

    reason: str
    after: timedelta | None = None
    tried: bool = True
    learned: tuple[c.Command, ...] = ()
    of_all: bool = True
    kept: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """Others go before it to the same place, and it was not tried: its turn comes at `turn` (UTC)."""

    turn: datetime


@dataclass(frozen=True, slots=True)
class Away:
    """The other side cannot be reached, or takes nothing from us: nothing was done, and nothing will be for now.

    The delivery waits, and with it all that goes the same way, until the sink says that the other side is back.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Nobody knows whether it arrived. It is looked up, or tried again, `after` a while, where that is said.

    `learned` is what the incident should know before.
    """

    reason: str
    after: timedelta | None = None
    learned: tuple[c.Command, ...] = ()


@dataclass(frozen=True, slots=True)
class Dead:
    """It cannot arrive. `what` could not be done, for `reason`: both are read by people.

    `learned` takes the place of telling them, where the incident goes on another way.
    """

    what: str
    reason: str
    learned: tuple[c.Command, ...] = ()


Failed = Later | Away | Doubtful | Dead
Outcome = Sent | Queued | Failed


class Sink(Protocol):
    """One system of the world, as the outbox sees it. Nothing here raises; every answer is an outcome."""

    async def deliver(self, delivery: Delivery, record: Record) -> Outcome:
        """Do it."""

    async def find(self, delivery: Delivery, record: Record) -> Outcome | None:
        """Look for what an earlier attempt may have done: `Sent` if it is there, nothing if it is not."""

    async def sweep(self, delivery: Delivery, record: Record) -> Outcome:
        """Take away second copies of it."""

    async def away(self) -> str | None:
        """Ask whether the other side is there and takes what we send: nothing if it does, else why not, in words."""


def wanted(effect: f.Effect) -> str:
    """Return what an effect wants to do, for people."""
    return IN_WORDS[type(effect)]

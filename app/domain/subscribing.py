"""Subscribers: members who asked to be told, by direct message, of the incidents that fit what they named."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain import effects as f
from app.domain import events as e
from app.domain.errors import Rejected
from app.domain.incident import Incident
from app.domain.links import every_service
from app.domain.news import news

MOST_OF_ONE = 20
"""How much one member may subscribe to."""
MOST_MEMBERS = 500
"""How many members may subscribe: so many messages a Slack workspace takes within minutes."""
LONGEST_VALUE = 80


class TooManySubscriptions(Rejected):
    """You are subscribed to {count} things, as many as one may have. Let go of one in `/incident subscriptions`."""


class TooManySubscribers(Rejected):
    """{count} members are subscribed, as many as can be told in time. Follow the announce channel instead."""


class Subject(StrEnum):
    """What a subscription names incidents by."""

    ALL = "all"
    SEVERITY = "severity"
    SERVICE = "service"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one member wants to be told of: all incidents, or those of one severity, service or tag."""

    member: str
    subject: Subject = Subject.ALL
    value: str = ""

    def fits(self, incident: Incident) -> bool:
        """Say whether it names `incident`; whoever was told of it at one severity is told what became of it."""
        match self.subject:
            case Subject.ALL:
                return True
            case Subject.SEVERITY:
                return self.value in {incident.severity, *incident.severity_since}
            case Subject.SERVICE:
                return self.value.casefold() in {one.casefold() for one in every_service(incident.services)}
            case Subject.TAG:
                return self.value in incident.tags


def check_room(wanted: Subscription, known: Collection[Subscription]) -> None:
    """Raise `Rejected` where `wanted` would be one too many among those that are `known`."""
    own = [one for one in known if one.member == wanted.member]
    if len(own) >= MOST_OF_ONE and wanted not in own:
        raise TooManySubscriptions(count=MOST_OF_ONE)
    if not own and len({one.member for one in known}) >= MOST_MEMBERS:
        raise TooManySubscribers(count=MOST_MEMBERS)


def to_subscribers(event: e.Event, incident: Incident) -> list[f.Effect]:
    """Return what subscribers must be told about `event`. What is private or a drill is none of theirs."""
    message = "" if incident.private or incident.drill else news(event)
    return [f.TellSubscribers(f"{f.SUBSCRIBED}{message}")] if message else []


def is_to_subscriber(effect: f.Effect) -> bool:
    """Say whether `effect` tells one subscriber; nobody else need know where it does not reach them."""
    return isinstance(effect, f.Tell) and effect.message.startswith(f.SUBSCRIBED)


def one_by_one(
    effects: Sequence[tuple[int, f.Effect]],
    events: Sequence[e.Event],
    incident: Incident,
    subscriptions: Collection[Subscription],
) -> Iterator[tuple[int, f.Effect]]:
    """Yield `effects`, each with the place of its event, with one `Tell` for every subscriber who is to be told.

    Whoever did it knows, and whoever is paged for the incident reads it there.
    """
    fitting = dict.fromkeys(one.member for one in subscriptions if one.fits(incident))
    for place, effect in effects:
        if isinstance(effect, f.TellSubscribers):
            knows = {getattr(events[place], "by", None), *incident.paged}
            yield from ((place, f.Tell(one, effect.message)) for one in fitting if one not in knows)
        else:
            yield place, effect

"""What goes into the store and comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.effects import Effect
from app.domain.events import Event
from app.domain.incident import Incident
from app.domain.playbook import Rules


@dataclass(frozen=True, slots=True)
class Record:
    """An incident as it is stored; `version` counts its saves."""

    id: int
    workspace: str
    version: int
    incident: Incident
    rules: Rules


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be stored of one incident: what it is `after` the events, and what follows from them.

    Each effect comes with the index, in `events`, of the event that it follows from. `timers` are all of them, by name.
    """

    record: Record
    after: Incident
    events: Sequence[Event]
    effects: Sequence[tuple[int, Effect]]
    timers: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class PutOff:
    """An incident that the clock could not decide: why, and when it is tried again."""

    id: int
    workspace: str
    reason: str
    until: datetime


class DeliveryState(StrEnum):
    """Where a delivery stands. `UNKNOWN` is one that may have reached Slack or not."""

    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of the outbox: `effect` is to be made, because of `event`.

    `key` is fixed before the first attempt. `token` names the claim; only with it can be said what became of the row.
    `lookup` says that an earlier attempt's outcome is unknown and is to be looked up, `repeated` that it ever was.
    """

    id: int
    key: str
    workspace: str
    incident_id: int | None
    effect: Effect
    event: Event | None
    state: DeliveryState
    token: str | None
    lookup: bool
    attempts: int
    repeated: bool
    created_at: datetime
    not_before: datetime
    result: dict[str, Any] | None
    reason: str | None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A delivery as people look at it: also one whose effect this version cannot read. `incident` is a name."""

    key: str
    workspace: str
    state: DeliveryState
    way: str
    kind: str
    incident: str | None
    created_at: datetime
    not_before: datetime
    attempts: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row of the outbox that this version cannot read: as much of it as can be made out.

    `kind` is the name of its effect, `way` that of the way it goes by, as they are stored. Of the `effect` and the
    `event` behind it, what cannot be read is none.
    """

    id: int
    key: str
    workspace: str
    incident_id: int | None
    kind: str
    way: str
    is_page: bool
    repeated: bool
    effect: Effect | None
    event: Event | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Something that came in and was handled, and the incident that it was about."""

    incident_id: int | None
    seen_at: datetime

"""What is stored of alerts, as it goes into the store and comes out of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.alerts import Proposal
from app.domain.hearing import Heard


@dataclass(frozen=True, slots=True)
class KeptBody:
    """Something that a monitor sent, as it came, and what became of it in words; `heard` says how often it came."""

    id: int
    workspace: str
    source: str
    body: bytes
    received_at: datetime
    heard: int
    waiting: bool
    became: str


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """What is known of one alert, and the incident or the suggestion in which it counts."""

    key: str
    group_key: str
    name: str
    heard: Heard
    incident_id: int | None = None
    suggestion_id: int | None = None


@dataclass(frozen=True, slots=True)
class KeptGroup:
    """Alerts that belong together, with what was made of them last.

    At `again_at` an incident is declared of `proposal`, unless the last one is open by then.
    """

    key: str
    source: str
    incident_id: int | None = None
    suggestion_id: int | None = None
    again_at: datetime | None = None
    proposal: Proposal | None = None


class SuggestionState(StrEnum):
    """What became of a suggestion. `OVER` means that its alerts ended before anybody did anything."""

    OPEN = "open"
    OVER = "over"
    DECLARED = "declared"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An incident that alerts suggest; `channel` and `ts` are where its message stands, once it does.

    `key` is in the metadata of that message. `attempts` counts those of the version that is to be told, and `told` is
    the one that was.
    """

    id: int
    key: str
    workspace: str
    source: str
    proposal: Proposal
    state: SuggestionState
    by: str | None
    incident_id: int | None
    seen: int
    firing: int
    created_at: datetime
    changed_at: datetime
    channel: str | None
    ts: str | None
    version: int
    told: int
    attempts: int

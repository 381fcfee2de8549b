"""What a playbook holds beside its rules: contacts, tools, targets, drills, reviews, lists of addresses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody outside whom people call on: a vendor, say. `purpose` is for what."""

    id: str
    name: str
    purpose: str = ""
    email: str = ""
    phone: str = ""
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the whole that customers know by that name; what people call it in an incident stands in `services`."""

    name: str
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """A system in which people look. `url` is a template: `{service}`, `{from_ms}` and so on stand for the incident.

    Of a known `kind`, `url` is where the tool begins, and the rest follows from its `query` and `datasource`.
    """

    id: str
    name: str
    url: str
    group: str = ""
    note: str = ""
    kind: str = ""
    query: str = ""
    datasource: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a metric should be: `below` or `above` that value, a time, or a number; of a hundred where `percent`.

    `severities` empty means all of them. A target without either is told in words alone: its `note`.
    """

    metric: str
    below: timedelta | float | None = None
    above: timedelta | float | None = None
    percent: bool = False
    severities: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """How much of the time may fail: what `objective` (percent) leaves of the time `over` which it holds.

    Incidents of `severities` use it up; empty means those of every severity.
    """

    objective: float
    over: timedelta
    severities: tuple[str, ...] = ()

    @property
    def allowance(self) -> timedelta:
        """How long it may be down."""
        return self.over * round(100 - self.objective, 9) / 100


class Period(StrEnum):
    """How often something comes round."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Inject:
    """Something that a drill brings up: `say` is posted `after` its declaration."""

    after: timedelta
    say: str


@dataclass(frozen=True, slots=True)
class DrillScript:
    """A drill that runs by itself: what is declared, and what comes up when."""

    title: str
    severity: str
    services: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    injects: tuple[Inject, ...] = ()
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drill:
    """An exercise that falls due each month, quarter or year."""

    id: str
    title: str
    every: Period
    steps: tuple[str, ...] = ()
    severity: str | None = None
    script: DrillScript | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """Something to go through each month, quarter or year: the runbooks, say."""

    title: str
    every: Period


DECLARED, UPDATED, SEVERITY_CHANGED, RESOLVED = "declared", "updated", "severity_changed", "resolved"
CUSTOMERS_TOLD = "customers_told"
"""What a mailing list can be told of. `RESOLVED` is the end of an incident, whichever it is, or that it goes on."""


@dataclass(frozen=True, slots=True)
class MailingList:
    """Addresses that get mail at the moments `when`, for incidents that have had one of `severities` (none: of any).

    A list that is told `CUSTOMERS_TOLD` reads what a person has confirmed, and nothing else; nobody on it sees who else
    is there.
    """

    id: str
    to: tuple[str, ...]
    when: tuple[str, ...]
    severities: tuple[str, ...] = ()

    @property
    def is_of_customers(self) -> bool:
        """Say whether those on it are outside."""
        return CUSTOMERS_TOLD in self.when

    def names(self, severities: Iterable[str]) -> bool:
        """Say whether the list is for incidents that have had these severities."""
        return not self.severities or any(one in self.severities for one in severities)

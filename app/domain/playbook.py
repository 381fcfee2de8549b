"""How an organisation responds: severities, limits, escalation steps, responders and roles.

`Rules` is the part that an incident keeps from its declaration on: no edit of the playbook changes it
under people's feet. `Playbook` adds what is read as it is now: checklists, wording, tags.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.hours import BusinessHours

WARN_AT = 0.8


class Status(StrEnum):
    """Where an incident stands. `RESOLVED` and `CANCELLED` (a false alarm) are closed, the others open."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Say whether people still work on an incident of this status."""
        return self not in (Status.RESOLVED, Status.CANCELLED)


OPEN_STATUSES = tuple(status for status in Status if status.is_open)


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take: `after` a duration, or, without one, until the end of the next business day."""

    after: timedelta | None = None

    def due(self, since: datetime, hours: BusinessHours) -> datetime:
        """Return when the limit, counted from `since`, is reached (UTC)."""
        if self.after is not None:
            return since + self.after
        return hours.end_of_next_business_day(since)

    def warning(self, since: datetime, hours: BusinessHours) -> datetime:
        """Return when 80 % of the limit has passed; in business time where the limit is told in it."""
        if self.after is not None:
            return since + self.after * WARN_AT
        return hours.point_between(since, self.due(since, hours), WARN_AT)


class Trigger(StrEnum):
    """What makes an escalation step fire."""

    DECLARED = "declared"
    NEXT_BUSINESS_HOUR = "next_business_hour"
    UNACKNOWLEDGED = "unacknowledged"
    OPEN = "open"
    UNDIAGNOSED = "undiagnosed"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a step.

    `after` counts for `UNACKNOWLEDGED`, `OPEN` and `UNDIAGNOSED`; `None` there means the limit of the
    severity itself (`acknowledge_within` for unacknowledged, `resolve_within` for open). `severities`
    empty means every severity.
    """

    trigger: Trigger
    after: timedelta | None = None
    tags: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()

    def names(self, severity: str) -> bool:
        """Say whether this condition holds for incidents of `severity`."""
        return not self.severities or severity in self.severities


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the escalation policy: fires once for an incident, at the first of its conditions."""

    label: str
    pages: tuple[str, ...]
    when: tuple[Condition, ...]

    @property
    def key(self) -> str:
        """Name the row within its playbook; two rows may share a label, never a key."""
        return f"{self.label}:{'+'.join(self.pages)}"


@dataclass(frozen=True, slots=True)
class Severity:
    """How bad an incident is, and what the playbook asks for because of it.

    `own_channel` false means that incidents of this severity live in the announce channel's thread.
    `ticket` true means that the playbook asks for a ticket in place of a page.
    """

    id: str
    name: str
    means: str
    emoji: str = ":large_orange_circle:"
    examples: tuple[str, ...] = ()
    acknowledge_within: Limit | None = None
    resolve_within: Limit | None = None
    update_every: timedelta | None = None
    postmortem_within: timedelta | None = None
    announce: str | None = None
    own_channel: bool = True
    ticket: bool = False


@dataclass(frozen=True, slots=True)
class Responder:
    """Somebody the escalation policy can page, by the part they play: `primary`, `Primary on-call`."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Role:
    """A part that one person plays in an incident. The first role of a playbook is its commander."""

    id: str
    name: str
    briefing: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What an incident is run by from its declaration to its end.

    `severities` stand from highest to lowest, `steps` in the order of the source. `name_template` makes the
    name of an incident (and of its channel): `{number}`, `{number_in_year}`, `{year}` stand for its numbers.
    """

    playbook: str
    title: str
    severities: tuple[Severity, ...]
    steps: tuple[Step, ...]
    responders: tuple[Responder, ...]
    roles: tuple[Role, ...]
    announce: str = "incidents"
    name_template: str = "incident-{number}"
    hours: BusinessHours = field(default_factory=BusinessHours)
    status_labels: Mapping[str, str] = field(default_factory=dict)

    def severity(self, severity_id: str) -> Severity:
        """Return the severity of that id; raises `KeyError` where there is none."""
        for severity in self.severities:
            if severity.id == severity_id:
                return severity
        raise KeyError(severity_id)

    def rank(self, severity_id: str) -> int:
        """Return 0 for the highest severity, 1 for the next, and so on."""
        return [severity.id for severity in self.severities].index(severity_id)

    def responder_name(self, responder_id: str) -> str:
        """Return how people call that responder."""
        return next((one.name for one in self.responders if one.id == responder_id), responder_id)

    def step(self, key: str) -> Step | None:
        """Return the step with that key, or nothing if these rules have none."""
        return next((step for step in self.steps if step.key == key), None)

    def announce_channel(self, severity_id: str) -> str:
        """Return where incidents of that severity are announced."""
        return self.severity(severity_id).announce or self.announce

    def status_label(self, status: Status) -> str:
        """Return the word that this playbook shows for `status`."""
        return self.status_labels.get(status.value, status.value.capitalize())

    @property
    def commander(self) -> Role:
        """The role that leads."""
        return self.roles[0]


@dataclass(frozen=True, slots=True)
class Checklist:
    """Things to go through, in order, from the moment `when`: `declared`, or the incident reaching that status."""

    id: str
    title: str
    items: tuple[str, ...]
    when: str = "declared"


@dataclass(frozen=True, slots=True)
class Playbook:
    """A whole playbook: its rules, and what is read as it stands now."""

    rules: Rules
    tags: tuple[str, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    agenda: tuple[tuple[str, int], ...] = ()

    @property
    def name(self) -> str:
        """The name by which settings and people call this playbook."""
        return self.rules.playbook

    def checklists_at(self, moment: str) -> tuple[Checklist, ...]:
        """Return the checklists that begin at `moment`: `declared` or a status."""
        return tuple(one for one in self.checklists if one.when == moment)


@dataclass(frozen=True, slots=True)
class Bound:
    """Who a responder is in this workspace: what Slack mentions, and the members whom that reaches.

    `targets` are ids of members (`U…`, `W…`) and user groups (`S…`); `members` are the groups opened up.
    """

    targets: tuple[str, ...]
    members: tuple[str, ...]


Roster = Mapping[str, Bound]

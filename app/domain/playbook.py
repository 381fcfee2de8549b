"""How an organisation responds: severities, limits, escalation steps, responders and roles.

`Rules` is the part that an incident keeps from its declaration on: no edit of the playbook changes it
under people's feet. `Playbook` adds what is read as it is now: checklists, wording, tags.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from app.domain.alerts import AlertRule
from app.domain.effects import Way
from app.domain.hours import BusinessHours
from app.domain.limits import Limit
from app.domain.on_call import OnCall
from app.domain.reference import Component, Contact, Drill, ErrorBudget, MailingList, Review, Target, Tool
from app.domain.runbook import Runbook


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
    """One row of the escalation policy: fires once for an incident, at the first of its conditions.

    It calls the responders it `pages`, who are asked to answer within `respond_within`; says so in the channels it
    `notifies`; and makes the incident `severity`. It does at least one of the three.
    """

    label: str
    pages: tuple[str, ...]
    when: tuple[Condition, ...]
    notifies: tuple[str, ...] = ()
    severity: str | None = None
    respond_within: timedelta | None = None

    @property
    def key(self) -> str:
        """Name the row within its playbook; two rows may share a label, never a key."""
        does = self.pages or (*(f"#{one}" for one in self.notifies), *([f"={self.severity}"] if self.severity else []))
        return f"{self.label}:{'+'.join(does)}"


@dataclass(frozen=True, slots=True)
class Severity:
    """How bad an incident is, and what the playbook asks for because of it.

    `own_channel` false means that incidents of this severity live in the announce channel's thread, `channel` names
    their channels in place of the playbook's template. `ticket` true means that the playbook asks for a ticket in place
    of a page. `thresholds` are measurements that tell it. For `monitor_for` people watch a fix before it is resolved.
    `tell_customers_every` is how often customers are told how it stands.
    """

    id: str
    name: str
    means: str
    emoji: str = ":large_orange_circle:"
    examples: tuple[str, ...] = ()
    acknowledge_within: Limit | None = None
    resolve_within: Limit | None = None
    update_every: Limit | None = None
    postmortem_within: Limit | None = None
    announce: str | None = None
    own_channel: bool = True
    ticket: bool = False
    thresholds: tuple[str, ...] = ()
    monitor_for: timedelta | None = None
    channel: str | None = None
    tell_customers_every: Limit | None = None


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
class Milestone:
    """Something to be reached `within` a time; by itself, where `reached` names the room or a status."""

    id: str
    title: str
    within: timedelta
    severities: tuple[str, ...] = ()
    reached: str | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A checklist of that id, with so many `items`, that comes due `after` the resolution."""

    id: str
    title: str
    after: timedelta
    items: int
    severities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """Something written that is wanted `within` a time of the resolution, before the postmortem is due."""

    title: str
    within: timedelta
    severities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What an incident is run by from its declaration to its end.

    `severities` stand from highest to lowest, `steps` in the order of the source. `name_template` makes the name of an
    incident, and `channel_template` from that the name of its channel.
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
    channel_template: str = "{name}"
    milestones: tuple[Milestone, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    drafts: tuple[Draft, ...] = ()

    def severity(self, severity_id: str) -> Severity:
        """Return the severity of that id; raises `KeyError` where there is none."""
        for severity in self.severities:
            if severity.id == severity_id:
                return severity
        raise KeyError(severity_id)

    def rank(self, severity_id: str) -> int:
        """Return 0 for the highest severity, 1 for the next, and so on."""
        return [severity.id for severity in self.severities].index(severity_id)

    def briefing(self, role_id: str) -> str:
        """Return what whoever takes that role should know and do."""
        return next((role.briefing for role in self.roles if role.id == role_id), "")

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
    """Things to go through, in order, from the moment `when`: `declared`, or the incident reaching that status.

    `severities` empty means every severity. `due` is for a list that comes due so long after the resolution.
    """

    id: str
    title: str
    items: tuple[str, ...]
    when: str = "declared"
    severities: tuple[str, ...] = ()
    due: timedelta | None = None

    def names(self, severity: str) -> bool:
        """Say whether this list is for incidents of `severity`."""
        return not self.severities or severity in self.severities


@dataclass(frozen=True, slots=True)
class Playbook:
    """A whole playbook: its rules, and what is read as it stands now.

    `connected` are the ways that the settings connect: nothing is told by others. `pages_by` says, for each responder,
    by which ways beside Slack a page goes, the next one where one fails; `apart` whom a way reaches by a route of their
    own, which no monitor has rung; `page_by` what the playbook wishes of the ways, and `emails` the addresses by
    responder. Incidents of the severities in `bridges` get a bridge by themselves.
    `components` are the parts of the whole that customers know, as a status page lists them.
    `others` are playbooks, by name, that open incidents may have been declared under before this one came into use.
    """

    rules: Rules
    tags: tuple[str, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    agenda: tuple[tuple[str, int], ...] = ()
    on_call: Mapping[str, OnCall] = field(default_factory=dict)
    contacts: tuple[Contact, ...] = ()
    tools: tuple[Tool, ...] = ()
    metrics: tuple[Target, ...] = ()
    error_budget: ErrorBudget | None = None
    drills: tuple[Drill, ...] = ()
    reviews: tuple[Review, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    runbooks: tuple[Runbook, ...] = ()
    alerts: tuple[AlertRule, ...] = ()
    components: tuple[Component, ...] = ()
    connected: frozenset[Way] = frozenset({Way.SLACK})
    pages_by: Mapping[str, tuple[Way, ...]] = field(default_factory=dict)
    apart: Mapping[Way, frozenset[str]] = field(default_factory=dict)
    page_by: Mapping[str, tuple[Way, ...]] = field(default_factory=dict)
    emails: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mailing: tuple[MailingList, ...] = ()
    bridges: tuple[str, ...] = ()
    others: Mapping[str, "Playbook"] = field(default_factory=dict, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The name by which settings and people call this playbook."""
        return self.rules.playbook

    def of(self, rules: Rules) -> "Playbook":
        """Return the playbook that an incident with these rules is run by: this one, unless it is known as another."""
        return self if rules.playbook == self.name else self.others.get(rules.playbook, self)

    def checklist(self, checklist_id: str) -> Checklist | None:
        """Return the checklist of that id, or nothing if the playbook has none such by now."""
        return next((one for one in self.checklists if one.id == checklist_id), None)

    def runbook(self, runbook_id: str) -> Runbook | None:
        """Return the runbook of that id, or nothing if the playbook has none such by now."""
        return next((one for one in self.runbooks if one.id == runbook_id), None)

    def checklists_at(self, moment: str, severity: str) -> tuple[Checklist, ...]:
        """Return the checklists that begin at `moment` (`declared` or a status) in incidents of `severity`."""
        return tuple(one for one in self.checklists if one.when == moment and one.names(severity))


@dataclass(frozen=True, slots=True)
class Bound:
    """Who a responder is in this workspace: what Slack mentions, and the members whom that reaches.

    `targets` are ids of members (`U…`, `W…`) and user groups (`S…`); `members` are the groups opened up.
    `deputies` are those whose turn comes next; `skipped` those who would be called, and whom no page reaches.
    """

    targets: tuple[str, ...]
    members: tuple[str, ...]
    deputies: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


Roster = Mapping[str, Bound]

"""Where the domain's tests begin: two playbooks written out by hand, people, times, and a clock that can be played."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Self, TypeVar

from app.domain import commands as c
from app.domain import events as e
from app.domain.commands import Actor
from app.domain.decide import decide
from app.domain.evolve import fold
from app.domain.hours import BusinessHours
from app.domain.incident import Incident
from app.domain.limits import Limit
from app.domain.playbook import (
    Bound,
    Checklist,
    Condition,
    Playbook,
    Responder,
    Role,
    Roster,
    Rules,
    Severity,
    Step,
    Trigger,
)
from app.domain.runbook import Runbook
from app.domain.timers import timers

START = datetime(2026, 3, 4, 10, tzinfo=UTC)
"""A Wednesday, in business hours."""

Kind = TypeVar("Kind")


def at(*, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
    """Return the moment that long after the declaration."""
    return START + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


# --- people ---

ANN = Actor("U_ANN")  # declares; plays no part in the playbook
BOB = Actor("U_BOB")  # nobody to the playbook
ADMIN = Actor("U_ADMIN", admin=True)
PRIMARY = Actor("U_PRIMARY")
SECONDARY = Actor("U_SECONDARY")
MANAGER = Actor("U_MANAGER")
VP = Actor("U_VP")
CTO = Actor("U_CTO")
HEAD = Actor("U_HEAD")


def bound(*members: str, group: str | None = None) -> Bound:
    return Bound((group,) if group else members, members)


ROSTER: Roster = {
    "primary": bound(PRIMARY.id),
    "secondary": bound(SECONDARY.id),
    "manager": bound(MANAGER.id),
    "vp": bound(VP.id),
    "cto": bound(CTO.id),
    "head": bound(HEAD.id),
}
NOBODY: Roster = {}


def roster_of(*responders: str) -> Roster:
    """Return the roster in which those alone are bound."""
    return {one: ROSTER[one] for one in responders}


# --- playbooks ---


def when(trigger: Trigger, *severities: str, after: timedelta | None = None) -> Condition:
    return Condition(trigger, after, (), severities)


def tagged(*tags: str, severities: tuple[str, ...] = ()) -> Condition:
    return Condition(Trigger.TAG, None, tags, severities)


NEXT_BUSINESS_DAY = Limit()
ROLES = (Role("commander", "Incident commander"), Role("scribe", "Scribe"))

DEFAULT = Rules(
    playbook="default",
    title="Default",
    severities=(
        Severity(
            "SEV1",
            "Critical",
            "Everything is down",
            acknowledge_within=Limit(minutes(5)),
            resolve_within=Limit(hours(1)),
            update_every=Limit(minutes(15)),
            postmortem_within=Limit(hours(72)),
        ),
        Severity(
            "SEV2",
            "High",
            "Much is down",
            acknowledge_within=Limit(minutes(15)),
            resolve_within=Limit(hours(4)),
            update_every=Limit(minutes(30)),
            postmortem_within=Limit(hours(72)),
        ),
        Severity(
            "SEV3",
            "Medium",
            "Something is down",
            acknowledge_within=Limit(hours(1)),
            resolve_within=Limit(hours(24)),
            update_every=Limit(hours(2)),
        ),
        Severity("SEV4", "Low", "Something looks odd", acknowledge_within=NEXT_BUSINESS_DAY),
    ),
    steps=(
        Step("1", ("primary",), (when(Trigger.DECLARED, "SEV1", "SEV2", "SEV3"),)),
        Step("2", ("secondary",), (when(Trigger.UNACKNOWLEDGED, "SEV1", "SEV2", "SEV3"),)),
        Step("3", ("manager",), (when(Trigger.DECLARED, "SEV1"), when(Trigger.OPEN, "SEV2", after=hours(1)))),
        Step("4", ("head",), (when(Trigger.OPEN, "SEV1", after=hours(1)), tagged("security-breach", "data-loss"))),
    ),
    responders=(
        Responder("primary", "Primary on-call"),
        Responder("secondary", "Secondary on-call"),
        Responder("manager", "Incident manager"),
        Responder("head", "Head of engineering"),
    ),
    roles=ROLES,
)

MULTI_SERVICE = Rules(
    playbook="multi-service",
    title="Multi-service",
    severities=(
        Severity(
            "SEV1",
            "Critical",
            "Complete outage or loss of data",
            acknowledge_within=Limit(minutes(15)),
            resolve_within=Limit(hours(2)),
            update_every=Limit(minutes(15)),
            postmortem_within=Limit(hours(72)),
        ),
        Severity(
            "SEV2",
            "High",
            "Major feature down",
            acknowledge_within=Limit(minutes(30)),
            update_every=Limit(minutes(30)),
            postmortem_within=Limit(hours(72)),
        ),
        Severity(
            "SEV3", "Medium", "Minor feature down", acknowledge_within=Limit(hours(2)), update_every=Limit(hours(2))
        ),
        Severity("SEV4", "Low", "Cosmetic", acknowledge_within=NEXT_BUSINESS_DAY, own_channel=False, ticket=True),
    ),
    steps=(
        Step(
            "1",
            ("primary",),
            (when(Trigger.DECLARED, "SEV1", "SEV2"), when(Trigger.NEXT_BUSINESS_HOUR, "SEV3")),
        ),
        Step(
            "2",
            ("secondary",),
            (
                when(Trigger.UNACKNOWLEDGED, "SEV1", "SEV2", after=minutes(15)),
                when(Trigger.OPEN, "SEV1", after=minutes(30)),
                when(Trigger.OPEN, "SEV2", after=minutes(60)),
            ),
        ),
        Step("3", ("manager",), (when(Trigger.DECLARED, "SEV1"),)),
        Step("4", ("vp",), (when(Trigger.OPEN, "SEV1", after=hours(2)),)),
        Step("5", ("cto",), (when(Trigger.OPEN, "SEV1", after=hours(4)),)),
    ),
    responders=(
        Responder("primary", "Primary on-call"),
        Responder("secondary", "Secondary on-call"),
        Responder("manager", "Engineering manager"),
        Responder("vp", "VP Engineering"),
        Responder("cto", "CTO"),
    ),
    roles=ROLES,
    name_template="incident-{year}-{number_in_year:03d}",
)

UNDIAGNOSED = replace(
    DEFAULT,
    steps=(
        DEFAULT.steps[0],
        Step("2", ("manager",), (when(Trigger.UNDIAGNOSED, "SEV1", "SEV2", after=minutes(15)), tagged("data-loss"))),
    ),
)
"""As `default`, with a step for an incident that nobody understands."""

PLAYBOOK = Playbook(
    DEFAULT,
    tags=("data-loss", "security-breach"),
    checklists=(
        Checklist("triage", "Triage", ("Look",)),
        Checklist("verification", "Verification", ("Look again",), when="monitoring"),
    ),
    runbooks=(Runbook("payments", "Payment API down", "1. Look at the gateway", alerts=("PaymentsDown",)),),
)


def in_zone(rules: Rules, zone: str, **changes: object) -> Rules:
    return replace(rules, hours=BusinessHours(zone, **changes))  # type: ignore[arg-type]


# --- incidents ---


def declare(severity: str = "SEV1", *, tags: tuple[str, ...] = (), title: str = "Payment API down") -> c.Declare:
    return c.Declare(ANN, title, severity, tags=tags, number=12, number_in_year=7)


def declared(
    severity: str = "SEV1",
    rules: Rules = DEFAULT,
    *,
    tags: tuple[str, ...] = (),
    roster: Roster = ROSTER,
    now: datetime = START,
) -> Incident:
    """Return a fresh incident, its first pages made."""
    return fold(decide(None, declare(severity, tags=tags), rules, roster, now))


class Story:
    """One incident in virtual time: the clock ticks at every due time, and nowhere else."""

    def __init__(self, rules: Rules, roster: Roster, command: c.Declare, now: datetime) -> None:
        self.rules = rules
        self.roster = roster
        self.now = now
        self.events = decide(None, command, rules, roster, now)
        self.incident = fold(self.events)

    def until(self, moment: datetime) -> Self:
        """Let the clock run to `moment`, which it still handles."""
        while (due := self.next_due()) and due <= moment:
            self.now = max(due, self.now)
            self.do(c.Tick())
        self.now = moment
        return self

    def do(self, command: c.Command, moment: datetime | None = None) -> Self:
        """Let the clock run to `moment`, and then do `command`."""
        if moment:
            self.until(moment)
        happened = decide(self.incident, command, self.rules, self.roster, self.now)
        self.events += happened
        self.incident = fold(happened, self.incident)
        return self

    def away_until(self, moment: datetime) -> Self:
        """Let Tocsin be down from now to `moment`, and tick once then."""
        away_since, self.now = self.now, moment
        return self.do(c.Tick(away_since=away_since))

    def next_due(self) -> datetime | None:
        return min(timers(self.incident, self.rules).values(), default=None)

    def all(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events if isinstance(event, kind)]

    def last(self, kind: type[Kind]) -> Kind:
        return self.all(kind)[-1]

    @property
    def pages(self) -> list[tuple[float, str]]:
        """Every page: minutes since the start, and the label of the step."""
        return [(since_start(one.at), one.label) for one in self.all(e.Paged)]

    @property
    def nudges(self) -> list[float]:
        return [since_start(one.at) for one in self.all(e.Nudged)]

    @property
    def limits(self) -> list[tuple[float, str, str]]:
        """Every warning and every broken limit: minutes since the start, which limit, and what happened to it."""
        found = []
        for event in self.events:
            if isinstance(event, e.LimitWarned | e.LimitBroken):
                what = "warned" if isinstance(event, e.LimitWarned) else "broken"
                found.append((since_start(event.at), event.limit, what))
        return found


def play(
    rules: Rules,
    severity: str = "SEV1",
    *,
    tags: tuple[str, ...] = (),
    roster: Roster = ROSTER,
    now: datetime = START,
) -> Story:
    """Begin a story with a declaration."""
    return Story(rules, roster, declare(severity, tags=tags), now)


def since_start(moment: datetime) -> float:
    return (moment - START) / minutes(1)


def every(step: float, first: float, last: float, label: str) -> list[tuple[float, str]]:
    """Return one page of `label` every `step` minutes from `first` to `last`."""
    return [(minute, label) for minute in _range(first, last, step)]


def _range(first: float, last: float, step: float) -> Iterable[float]:
    while first <= last:
        yield first
        first += step


def due(incident: Incident, rules: Rules) -> Mapping[str, float]:
    """Return the timers, in minutes since the start."""
    return {name: since_start(moment) for name, moment in timers(incident, rules).items()}


def acknowledge(by: Actor = PRIMARY) -> c.Acknowledge:
    return c.Acknowledge(by)


def update(by: Actor = PRIMARY, happening: str = "Still looking", *, due: datetime | None = None) -> c.PostUpdate:
    return c.PostUpdate(by, happening=happening, next_due_at=due)


def resolve(by: Actor = PRIMARY) -> c.Resolve:
    return c.Resolve(by, root_cause="A full disk", fix="A bigger disk")

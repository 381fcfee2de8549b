"""Drills: the script that runs on the clock, and the score at the end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain import events as e
from app.domain.evolve import declared, evolve
from app.domain.incident import Incident
from app.domain.limits import Limit
from app.domain.playbook import Rules
from app.domain.reference import Target
from app.domain.timers import ACKNOWLEDGE, INJECT, limit_due, update_due

DETECTION = "mttd"
"""The metric whose target says how soon a drill should be detected."""


def injected(due: Iterable[str], incident: Incident, now: datetime) -> Iterator[e.Injected]:
    """Yield what the script brings up now: those of its timers that are `due`, in their order."""
    among = frozenset(due)
    for number, inject in enumerate(incident.injects, 1):
        if f"{INJECT}{number}" in among:
            yield e.Injected(now, number, inject.say, incident.declared_at + inject.after)


@dataclass(frozen=True, slots=True)
class Mark:
    """How one thing went: how long it `took` (nothing: it never came), and how long it may have taken."""

    took: timedelta | None
    within: timedelta | None = None

    @property
    def kept(self) -> bool | None:
        """Say whether it was in time; nothing where nothing was asked for."""
        if self.within is None:
            return None
        return self.took is not None and self.took <= self.within


@dataclass(frozen=True, slots=True)
class Score:
    """How a drill went, against what its severity asks for."""

    detection: Mark
    acknowledgement: Mark
    first_update: Mark
    resolution: Mark
    promises: int = 0
    promises_kept: int = 0

    @property
    def passed(self) -> bool:
        """Say whether nothing that was asked for was missed."""
        marks = (self.detection, self.acknowledgement, self.first_update, self.resolution)
        return self.promises_kept == self.promises and all(mark.kept is not False for mark in marks)


def score(timeline: Iterable[e.Event], rules: Rules, targets: Iterable[Target] = ()) -> Score:
    """Return how a drill went whose `timeline` this is, by playing it again.

    A severity sets no limit for the detection; one of the playbook's `targets` may.
    """
    first, *events = timeline
    if not isinstance(first, e.Declared):
        raise TypeError("a timeline begins with its declaration")
    incident = declared(first)
    acknowledge_by, update_by = limit_due(incident, rules, ACKNOWLEDGE), update_due(incident, rules)
    updates: list[bool] = []
    first_updated_at: datetime | None = None
    for event in events:
        due = update_due(incident, rules) if isinstance(event, e.UpdatePosted | e.Resolved) else None
        if due and (isinstance(event, e.UpdatePosted) or due <= event.at):
            updates.append(event.at <= due)
        if isinstance(event, e.UpdatePosted) and first_updated_at is None:
            first_updated_at = event.at
        incident = evolve(incident, event)
    resolution = incident.resolution
    resolve_within = rules.severity(first.severity).resolve_within
    return Score(
        detection=Mark(
            resolution.detected_at - resolution.started_at if resolution else None, _detect_within(targets, first)
        ),
        acknowledgement=_mark(incident, incident.first_acknowledged_at, acknowledge_by),
        first_update=_mark(incident, first_updated_at, update_by),
        resolution=_mark(incident, incident.closed_at, _due(resolve_within, first.at, rules)),
        promises=len(updates),
        promises_kept=sum(updates),
    )


def _detect_within(targets: Iterable[Target], first: e.Declared) -> timedelta | None:
    for target in targets:
        named = not target.severities or first.severity in target.severities
        if target.metric == DETECTION and named and isinstance(target.below, timedelta):
            return target.below
    return None


def _mark(incident: Incident, at: datetime | None, due: datetime | None) -> Mark:
    since, ended = incident.declared_at, incident.closed_at
    # What was over before it was due was not missed.
    was_due = due and not (at is None and ended and ended < due)
    return Mark(at - since if at else None, due - since if due and was_due else None)


def _due(limit: Limit | None, since: datetime, rules: Rules) -> datetime | None:
    return limit.due(since, rules.hours) if limit else None

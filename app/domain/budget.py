"""The error budget: how long things may be down, and how much of that incidents have used up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.incident import Incident
from app.domain.metrics import is_counted, is_false_alarm
from app.domain.reference import ErrorBudget

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Spent:
    """What is left of a budget. `down` holds each incident with its part of the time, the longest first."""

    budget: ErrorBudget
    since: datetime
    used: timedelta
    down: tuple[tuple[Incident, timedelta], ...]

    @property
    def left(self) -> timedelta:
        """What may still be used; below nothing where it is overdrawn."""
        return self.budget.allowance - self.used

    @property
    def availability(self) -> float:
        """How much of the time it worked, of a hundred."""
        return 100 * (1 - self.used / self.budget.over)


def spent(budget: ErrorBudget, incidents: Iterable[Incident], now: datetime) -> Spent:
    """Return what incidents have used of a budget in the time before `now` over which it holds.

    An incident is down from the start to the end that its resolution tells, while it is open from its detection until
    `now`. Where two are down at once, that time is used once.
    """
    since = now - budget.over
    down = [(one, span) for one in incidents if _uses(budget, one) and (span := _down(one, since, now))]
    longest = sorted(((one, end - start) for one, (start, end) in down), key=lambda part: -part[1])
    return Spent(budget, since, together([span for _, span in down]), tuple(longest))


def _uses(budget: ErrorBudget, incident: Incident) -> bool:
    of_severity = not budget.severities or incident.severity in budget.severities
    return of_severity and is_counted(incident) and not is_false_alarm(incident)


def _down(incident: Incident, since: datetime, now: datetime) -> Span | None:
    known = incident.resolution
    began = known.started_at if known else min(incident.detected_at or incident.declared_at, incident.declared_at)
    ended = known.ended_at if known else now
    start, end = max(began, since), min(ended, now)
    return (start, end) if start < end else None


def together(spans: Sequence[Span]) -> timedelta:
    """Return how long it is that at least one of the spans lasts."""
    whole = timedelta()
    until: datetime | None = None
    for start, end in sorted(spans):
        begun = start if until is None else max(start, until)
        if end > begun:
            whole += end - begun
            until = end
    return whole

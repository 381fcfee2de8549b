"""How incidents go, taken together: mean times, counts and shares, beside what the playbook wants of them.

Drills and merged duplicates are no incidents of their own, so nothing here counts them. False alarms count in their own
rate, and in nothing else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.domain.incident import Incident
from app.domain.measures import measures, times
from app.domain.playbook import Status
from app.domain.reference import Target

Value = timedelta | float | None
HUNDRED = 100
MEAN_TIMES = ("mttd", "mtta", "mtti", "mttr")


@dataclass(frozen=True, slots=True)
class Row:
    """One metric: its value, of the incidents of `severities` (empty: all), and what it should be.

    `counted` is of how many incidents the value is known. `met` is nothing where there is no value, or no target.
    """

    metric: str
    severities: tuple[str, ...]
    value: Value
    counted: int
    target: Target | None
    met: bool | None


@dataclass(frozen=True, slots=True)
class Report:
    """All metrics of some incidents; `mix` is how many there were of each severity."""

    count: int
    false_alarms: int
    mix: Mapping[str, int]
    rows: tuple[Row, ...]


def report(
    incidents: Iterable[Incident],
    severities: Sequence[str],
    targets: Sequence[Target],
    others: Mapping[str, float] | None = None,
) -> Report:
    """Return the metrics of `incidents`; `severities` are the playbook's, from the highest to the lowest.

    `others` are values of metrics that follow from something else.
    """
    counted = [one for one in incidents if is_counted(one)]
    real = [one for one in counted if not is_false_alarm(one)]
    held = [one.severity for one in real]
    known = [*severities, *sorted(set(held) - set(severities))]
    mix = {severity: held.count(severity) for severity in known}
    return Report(len(real), len(counted) - len(real), mix, tuple(_rows(counted, targets, others or {})))


def is_counted(incident: Incident) -> bool:
    """Say whether an incident counts at all."""
    return not incident.drill and incident.merged_into is None


def is_false_alarm(incident: Incident) -> bool:
    """Say whether it was none."""
    return incident.status is Status.CANCELLED


def _rows(counted: Sequence[Incident], targets: Sequence[Target], others: Mapping[str, float]) -> Iterator[Row]:
    for metric in dict.fromkeys((*METRICS, *others, *(one.metric for one in targets))):
        wanted = [one for one in targets if one.metric == metric]
        is_known = metric in METRICS or metric in others
        if is_known and all(one.severities for one in wanted):
            yield _row(metric, counted, None, others)
        for target in wanted:
            yield _row(metric, counted, target, others)


def _row(metric: str, counted: Sequence[Incident], target: Target | None, others: Mapping[str, float]) -> Row:
    severities = target.severities if target else ()
    among = [one for one in counted if not severities or one.severity in severities]
    value, known = METRICS[metric](among) if metric in METRICS else (others.get(metric), len(among))
    return Row(metric, severities, value, known, target, is_met(value, target))


def is_met(value: Value, target: Target | None) -> bool | None:
    """Say whether a value is what it should be; nothing where that makes no sense."""
    if target is None:
        return None
    sides = [(value, target.below)] * (target.below is not None) + [(target.above, value)] * (target.above is not None)
    compared = [_is_less(*side) for side in sides]
    return all(compared) if compared and None not in compared else None


def _is_less(one: Value, other: Value) -> bool | None:
    match one, other:
        case timedelta() as time, timedelta() as limit:
            return time < limit
        case (int() | float() as number, int() | float() as most):
            return number < most
        case _:
            return None


def _mean(name: str) -> "Measure":
    def mean(incidents: Sequence[Incident]) -> tuple[Value, int]:
        real = (one for one in incidents if not is_false_alarm(one))
        known = [value for one in real if (value := measures(times(one))[name.upper()]) is not None]
        return (sum(known, timedelta()) / len(known) if known else None), len(known)

    return mean


def _frequency(incidents: Sequence[Incident]) -> tuple[Value, int]:
    real = [one for one in incidents if not is_false_alarm(one)]
    return float(len(real)), len(real)


def _false_positive_rate(incidents: Sequence[Incident]) -> tuple[Value, int]:
    return _share(incidents, is_false_alarm)


def _escalation_rate(incidents: Sequence[Incident]) -> tuple[Value, int]:
    return _share([one for one in incidents if not is_false_alarm(one)], was_escalated)


def _share(incidents: Sequence[Incident], holds: Callable[[Incident], bool]) -> tuple[Value, int]:
    if not incidents:
        return None, 0
    return HUNDRED * sum(map(holds, incidents)) / len(incidents), len(incidents)


def was_escalated(incident: Incident) -> bool:
    """Say whether more people were called than at first: by a later step, or because somebody asked for them."""
    fired = [step.at for step in incident.steps.values()]
    return incident.escalated_at is not None or any(at > min(fired) for at in fired)


Measure = Callable[[Sequence[Incident]], tuple[Value, int]]

METRICS: Mapping[str, Measure] = {
    **{name: _mean(name) for name in MEAN_TIMES},
    "frequency": _frequency,
    "false_positive_rate": _false_positive_rate,
    "escalation_rate": _escalation_rate,
}
"""What Tocsin can say of incidents. What else a playbook has a target for is measured elsewhere."""

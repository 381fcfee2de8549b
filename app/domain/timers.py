"""What must happen, by when? Derived from the incident and its rules; nothing starts or cancels a timer.

Times count from the latest of: declared, reopened, and the moment the incident first held a severity that the
condition names. A severity whose first page waits for business hours starts its clocks at that first page.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from app.domain.incident import Incident
from app.domain.playbook import Condition, Limit, Rules, Status, Step, Trigger

LATER = datetime.max.replace(tzinfo=UTC)
REPEAT_AT_LEAST = timedelta(minutes=5)
SPACING = timedelta(minutes=5)
REMIND_BEFORE = timedelta(hours=24)
AT_ONCE = (Trigger.DECLARED, Trigger.NEXT_BUSINESS_HOUR, Trigger.TAG)

REPEAT = "repeat"
UPDATE = "update"
ACKNOWLEDGE = "acknowledge"
RESOLVE = "resolve"
STEP = "step:"
POSTMORTEM_REMINDER = "postmortem.reminder"
POSTMORTEM_DUE = "postmortem.due"
URGENT = (STEP, REPEAT)

Timer = tuple[str, datetime]


def timers(incident: Incident, rules: Rules) -> dict[str, datetime]:
    """Return when each thing that is still to come falls due (UTC), by the timer's name."""
    if not incident.is_open:
        return dict(_not_yet_fired(incident, _postmortem(incident, rules)))
    steps = dict(_steps(incident, rules))
    # A step that fires is a page too: the last one is repeated only where none comes before that.
    repeat = ((name, at) for name, at in _repeat(incident, rules) if at < min(steps.values(), default=LATER))
    once = _not_yet_fired(incident, _limits(incident, rules))
    return {**steps, **dict((*repeat, *_update(incident, rules), *once))}


def counted_from(incident: Incident, severities: Iterable[str] = ()) -> datetime:
    """Return when the clocks of conditions that name `severities` (none: all) began."""
    named = tuple(severities)
    held = [since for severity, since in incident.severity_since.items() if not named or severity in named]
    return max(incident.clock_started_at, min(held, default=incident.declared_at))


def work_began(incident: Incident, rules: Rules, severities: Iterable[str] = ()) -> datetime:
    """Return the same, moved to the start of business hours where the severity's first page waits for them."""
    start = counted_from(incident, severities)
    return rules.hours.next_open(start) if waits_for_business_hours(incident.severity, rules) else start


def waits_for_business_hours(severity: str, rules: Rules) -> bool:
    """Say whether the first page of `severity` waits for business hours."""
    waits = False
    # Asked many times for each incident that is due, and nearly always answered by the first step.
    for step in rules.steps:
        for condition in step.when:
            if condition.trigger is Trigger.DECLARED and condition.names(severity):
                return False
            waits = waits or (condition.trigger is Trigger.NEXT_BUSINESS_HOUR and condition.names(severity))
    return waits


def first_condition(incident: Incident, rules: Rules, step: Step) -> tuple[datetime, Condition] | None:
    """Return the condition of `step` that comes true first, and when; nothing if none can."""
    dues = ((condition_due(incident, rules, condition), condition) for condition in step.when)
    reachable = [(at, condition) for at, condition in dues if at is not None]
    return min(reachable, key=lambda pair: pair[0], default=None)


def condition_due(incident: Incident, rules: Rules, condition: Condition) -> datetime | None:
    """Return when `condition` comes true for this incident as it stands; nothing if it does not."""
    if not condition.names(incident.severity) or _cannot_come(incident, condition):
        return None
    severity = rules.severity(incident.severity)
    began = work_began(incident, rules, condition.severities)
    match condition.trigger:
        case Trigger.DECLARED:
            return counted_from(incident, condition.severities)
        case Trigger.NEXT_BUSINESS_HOUR:
            return rules.hours.next_open(began)
        case Trigger.TAG:
            carried = [incident.tags[tag] for tag in condition.tags if tag in incident.tags]
            return max(min(carried), counted_from(incident, condition.severities)) if carried else None
        case Trigger.UNACKNOWLEDGED:
            waiting_since = _unacknowledged_since(incident, began)
            return _after(condition, severity.acknowledge_within, waiting_since, rules) if waiting_since else None
        case Trigger.OPEN:
            return _after(condition, severity.resolve_within, began, rules)
        case Trigger.UNDIAGNOSED:
            return _after(condition, None, began, rules) if incident.status is Status.INVESTIGATING else None


def _cannot_come(incident: Incident, condition: Condition) -> bool:
    """Say, before any time is worked out, whether it is plain that `condition` does not come true."""
    match condition.trigger:
        case Trigger.UNACKNOWLEDGED:
            return incident.acknowledged_at is not None
        case Trigger.TAG:
            return incident.tags.keys().isdisjoint(condition.tags)
        case _:
            return False


def _after(condition: Condition, limit: Limit | None, since: datetime, rules: Rules) -> datetime | None:
    wanted = Limit(condition.after) if condition.after is not None else limit
    return wanted.due(since, rules.hours) if wanted else None


def _unacknowledged_since(incident: Incident, began: datetime) -> datetime | None:
    if incident.acknowledged_at is not None:
        return None
    return max(began, incident.unacknowledged_since or began)


def _steps(incident: Incident, rules: Rules) -> Iterator[Timer]:
    for step in rules.steps:
        if step.key in incident.steps:
            continue
        first = first_condition(incident, rules, step)
        if first:
            yield STEP + step.key, _spaced(incident, *first)


def _spaced(incident: Incident, due: datetime, condition: Condition) -> datetime:
    # What was overdue when Tocsin came back, or when the severity changed, does not fire all at once.
    since, paged = incident.spaced_since, incident.last_paged_at
    if since is None or due > since or condition.trigger in AT_ONCE or paged is None or paged < since:
        return due
    return max(due, paged + SPACING)


def _repeat(incident: Incident, rules: Rules) -> Iterator[Timer]:
    if incident.acknowledged_at is not None:
        return
    limit = rules.severity(incident.severity).acknowledge_within
    waiting_since = _unacknowledged_since(incident, work_began(incident, rules, (incident.severity,)))
    if incident.last_paged_at and incident.reached and waiting_since and limit and limit.after is not None:
        yield REPEAT, max(incident.last_paged_at, waiting_since) + max(limit.after, REPEAT_AT_LEAST)


def update_due(incident: Incident, rules: Rules) -> datetime | None:
    """Return when the next status update is due; nothing where the severity asks for none and none was promised."""
    every = rules.severity(incident.severity).update_every
    if incident.promised_at or every is None:
        return incident.promised_at
    began = work_began(incident, rules, (incident.severity,))
    return max(incident.updated_at or began, began) + every


def _update(incident: Incident, rules: Rules) -> Iterator[Timer]:
    due = update_due(incident, rules)
    every = rules.severity(incident.severity).update_every
    if due and incident.nudged_at is None:
        yield UPDATE, due
    elif due and incident.nudged_at and every:
        snoozed = incident.snoozed_until
        yield UPDATE, snoozed if snoozed and snoozed > incident.nudged_at else incident.nudged_at + every


def limit_due(incident: Incident, rules: Rules, limit: str) -> datetime | None:
    """Return when the `acknowledge` or `resolve` limit is reached; nothing where there is none or it is kept."""
    found = _limit(incident, rules, limit)
    return found[0].due(found[1], rules.hours) if found else None


def _limit(incident: Incident, rules: Rules, limit: str) -> tuple[Limit, datetime] | None:
    if limit == ACKNOWLEDGE and incident.acknowledged_at is not None:
        return None
    severity = rules.severity(incident.severity)
    began = work_began(incident, rules, (incident.severity,))
    since = _unacknowledged_since(incident, began) if limit == ACKNOWLEDGE else began
    within = severity.acknowledge_within if limit == ACKNOWLEDGE else severity.resolve_within
    return (within, since) if within and since else None


def _limits(incident: Incident, rules: Rules) -> Iterator[Timer]:
    for name in (ACKNOWLEDGE, RESOLVE):
        found = _limit(incident, rules, name)
        if found:
            limit, since = found
            yield f"{name}.warning", limit.warning(since, rules.hours)
            yield f"{name}.limit", limit.due(since, rules.hours)


def postmortem_due(incident: Incident, rules: Rules) -> datetime | None:
    """Return when the postmortem is due; nothing where the severity asks for none or it is done."""
    within = rules.severity(incident.severity).postmortem_within
    if within is None or incident.resolution is None or incident.closed_at is None or incident.postmortem_done_at:
        return None
    return incident.closed_at + within


def _postmortem(incident: Incident, rules: Rules) -> Iterator[Timer]:
    due = postmortem_due(incident, rules)
    if due and incident.closed_at:
        yield POSTMORTEM_REMINDER, due - min(REMIND_BEFORE, (due - incident.closed_at) / 2)
        yield POSTMORTEM_DUE, due


def _not_yet_fired(incident: Incident, upcoming: Iterable[Timer]) -> Iterator[Timer]:
    return ((name, at) for name, at in upcoming if incident.fired.get(name) != at)

"""What must happen, by when? Derived from the incident and its rules; nothing starts or cancels a timer.

Since when each time counts, `clocks` says. What a playbook does not use costs nothing here: this is worked out twice
for each incident that is due.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from app.domain import customers, follow_ups, milestones, monitoring
from app.domain.clocks import counted_from, work_began
from app.domain.concerning import concerning
from app.domain.incident import Incident
from app.domain.limits import Limit
from app.domain.playbook import Condition, Rules, Status, Step, Trigger

LATER = datetime.max.replace(tzinfo=UTC)
REPEAT_AT_LEAST = timedelta(minutes=5)
SPACING = timedelta(minutes=5)
REMIND_BEFORE = timedelta(hours=24)
AT_ONCE = (Trigger.DECLARED, Trigger.NEXT_BUSINESS_HOUR, Trigger.TAG)

REPEAT = "repeat"
UPDATE = "update"
INJECT = "inject:"
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
        after = _not_yet_fired(incident, _after_the_end(incident, rules))
        return dict((*after, *customers.timers(incident, rules)))
    began = work_began(incident, rules, (incident.severity,))
    found = dict(_steps(incident, rules))
    # A step that fires is a page too: the last one is repeated only where none comes before that.
    found.update([(name, at) for name, at in _repeat(incident, rules, began) if at < _next_page(found, rules)])
    found.update(_update(incident, rules, began))
    found.update(customers.timers(incident, rules))
    found.update(_not_yet_fired(incident, _once(incident, rules, began)))
    return found


def first_condition(incident: Incident, rules: Rules, step: Step) -> tuple[datetime, Condition] | None:
    """Return the condition of `step` that comes true first, and when; nothing if none can."""
    return _first_of(step.when, incident, rules)


def _first_of(conditions: Iterable[Condition], incident: Incident, rules: Rules) -> tuple[datetime, Condition] | None:
    first: tuple[datetime, Condition] | None = None
    for condition in conditions:
        at = condition_due(incident, rules, condition)
        if at is not None and (first is None or at < first[0]):
            first = (at, condition)
    return first


def condition_due(incident: Incident, rules: Rules, condition: Condition) -> datetime | None:
    """Return when `condition` comes true for this incident as it stands; nothing if it does not."""
    if not _can_come(incident, condition):
        return None
    if condition.trigger is Trigger.DECLARED:
        return counted_from(incident, condition.severities)
    severity = rules.severity(incident.severity)
    began = work_began(incident, rules, condition.severities)
    match condition.trigger:
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


def _can_come(incident: Incident, condition: Condition) -> bool:
    """Say, before any time is worked out, whether `condition` may come true."""
    trigger = condition.trigger
    if trigger is Trigger.UNACKNOWLEDGED and incident.acknowledged_at is not None:
        return False
    if trigger is Trigger.TAG and incident.tags.keys().isdisjoint(condition.tags):
        return False
    return not condition.severities or incident.severity in condition.severities


def _after(condition: Condition, limit: Limit | None, since: datetime, rules: Rules) -> datetime | None:
    if condition.after is not None:
        return since + condition.after
    return limit.due(since, rules.hours) if limit else None


def _unacknowledged_since(incident: Incident, began: datetime) -> datetime | None:
    if incident.acknowledged_at is not None:
        return None
    return max(began, incident.unacknowledged_since or began)


def _steps(incident: Incident, rules: Rules) -> Iterator[Timer]:
    for step, key, conditions in concerning(rules, incident.severity).steps:
        if key in incident.steps or _is_moot(incident, step):
            continue
        first = _first_of(conditions, incident, rules)
        if first:
            yield STEP + key, _spaced(incident, *first)


def _is_moot(incident: Incident, step: Step) -> bool:
    # A severity that the incident has held before is one that people have taken back.
    return not step.pages and not step.notifies and step.severity in incident.severity_since


def _next_page(steps: Mapping[str, datetime], rules: Rules) -> datetime:
    pages = (steps.get(STEP + step.key, LATER) for step in rules.steps if step.pages)
    return min(pages, default=LATER)


def _spaced(incident: Incident, due: datetime, condition: Condition) -> datetime:
    # What was overdue when Tocsin came back, or when the severity changed, does not fire all at once.
    since, paged = incident.spaced_since, incident.last_paged_at
    if since is None or due > since or condition.trigger in AT_ONCE or paged is None or paged < since:
        return due
    return max(due, paged + SPACING)


def _repeat(incident: Incident, rules: Rules, began: datetime) -> Iterator[Timer]:
    waiting_since = _unacknowledged_since(incident, began)
    limit = rules.severity(incident.severity).acknowledge_within
    if incident.last_paged_at and incident.reached and waiting_since and limit and limit.after is not None:
        yield REPEAT, max(incident.last_paged_at, waiting_since) + max(limit.after, REPEAT_AT_LEAST)


def update_due(incident: Incident, rules: Rules) -> datetime | None:
    """Return when the next status update is due; nothing where the severity asks for none and none was promised."""
    return _update_due(incident, rules, work_began(incident, rules, (incident.severity,)))


def _update_due(incident: Incident, rules: Rules, began: datetime) -> datetime | None:
    every = rules.severity(incident.severity).update_every
    if incident.promised_at or every is None:
        return incident.promised_at
    return every.again(max(incident.updated_at or began, began), rules.hours)


def _update(incident: Incident, rules: Rules, began: datetime) -> Iterator[Timer]:
    due = _update_due(incident, rules, began)
    every = rules.severity(incident.severity).update_every
    if due and incident.nudged_at is None:
        yield UPDATE, due
    elif due and incident.nudged_at and every:
        snoozed = incident.snoozed_until
        again = every.again(incident.nudged_at, rules.hours)
        yield UPDATE, snoozed if snoozed and snoozed > incident.nudged_at else again


def limit_due(incident: Incident, rules: Rules, limit: str) -> datetime | None:
    """Return when the `acknowledge` or `resolve` limit is reached; nothing where there is none or it is kept."""
    found = _limit(incident, rules, limit, work_began(incident, rules, (incident.severity,)))
    return found[0].due(found[1], rules.hours) if found else None


def _limit(incident: Incident, rules: Rules, limit: str, began: datetime) -> tuple[Limit, datetime] | None:
    severity = rules.severity(incident.severity)
    since = _unacknowledged_since(incident, began) if limit == ACKNOWLEDGE else began
    within = severity.acknowledge_within if limit == ACKNOWLEDGE else severity.resolve_within
    return (within, since) if within and since else None


def _injects(incident: Incident) -> Iterator[Timer]:
    for number, inject in enumerate(incident.injects, 1):
        at = incident.declared_at + inject.after
        # What was to come up while it was closed is passed over.
        if at >= incident.clock_started_at:
            yield f"{INJECT}{number}", at


def _limits(incident: Incident, rules: Rules, began: datetime) -> Iterator[Timer]:
    for name in (ACKNOWLEDGE, RESOLVE):
        found = _limit(incident, rules, name, began)
        if found:
            limit, since = found
            yield f"{name}.warning", limit.warning(since, rules.hours)
            yield f"{name}.limit", limit.due(since, rules.hours)


def postmortem_due(incident: Incident, rules: Rules) -> datetime | None:
    """Return when the postmortem is due; nothing where the severity asks for none, it is done, or it was a drill."""
    within = rules.severity(incident.severity).postmortem_within
    if within is None or incident.resolution is None or incident.closed_at is None or incident.postmortem_done_at:
        return None
    if incident.drill:
        return None
    return within.due(incident.closed_at, rules.hours)


def _once(incident: Incident, rules: Rules, began: datetime) -> Iterator[Timer]:
    yield from _limits(incident, rules, began)
    if incident.injects:
        yield from _injects(incident)
    if rules.milestones:
        yield from milestones.timers(incident, rules)
    if incident.monitoring_since:
        yield from monitoring.timers(incident, rules)


def _after_the_end(incident: Incident, rules: Rules) -> Iterator[Timer]:
    yield from _postmortem(incident, rules)
    if rules.follow_ups or rules.drafts:
        yield from follow_ups.timers(incident, rules)


def titled_timer(name: str, rules: Rules) -> str:
    """Return the title of the milestone, follow-up list or draft that a timer is of; nothing for other timers."""
    titles = {milestones.MILESTONE + one.id: one.title for one in rules.milestones}
    titles |= {follow_ups.FOLLOW_UP + one.id: one.title for one in rules.follow_ups}
    titles |= {timer: draft.title for timer, draft in follow_ups.drafts(rules)}
    return titles.get(name, "")


def _postmortem(incident: Incident, rules: Rules) -> Iterator[Timer]:
    due = postmortem_due(incident, rules)
    if due and incident.closed_at:
        yield POSTMORTEM_REMINDER, due - min(REMIND_BEFORE, (due - incident.closed_at) / 2)
        yield POSTMORTEM_DUE, due


def _not_yet_fired(incident: Incident, upcoming: Iterable[Timer]) -> Iterator[Timer]:
    return ((name, at) for name, at in upcoming if incident.fired.get(name) != at)

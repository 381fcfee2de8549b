"""What time does: steps, repeated pages, limits, nudges and reminders that have fallen due."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.domain import commands as c
from app.domain import customers, follow_ups, milestones, monitoring
from app.domain import events as e
from app.domain.drills import injected
from app.domain.durations import in_words
from app.domain.escalation import due_steps, last_step, page
from app.domain.evolve import fold
from app.domain.incident import Incident
from app.domain.playbook import Roster, Rules
from app.domain.timers import (
    ACKNOWLEDGE,
    POSTMORTEM_DUE,
    POSTMORTEM_REMINDER,
    REPEAT,
    RESOLVE,
    STEP,
    UPDATE,
    limit_due,
    postmortem_due,
    timers,
    update_due,
)

LATE = timedelta(minutes=1)


def tick(incident: Incident, command: c.Tick, rules: Rules, roster: Roster, now: datetime) -> list[e.Event]:
    """Return what has fallen due by `now`.

    A tick more than a minute late means that Tocsin was away: one message then tells all, the lowest step that is due
    fires at once, and each further one follows 5 minutes after the page before it.
    """
    due = _due(incident, rules, now)
    if not due:
        return []
    if not incident.is_open:
        return list(_reminders(due, incident, rules, now))
    late = min(due.values()) < now - LATE
    events: list[e.Event] = [_caught_up(due, incident, command, rules, now)] if late else []
    return [*events, *_fall_due(fold(events, incident), due, rules, roster, now, late=late)]


def made_due(
    before: Incident | None,
    incident: Incident,
    rules: Rules,
    roster: Roster,
    now: datetime,
    *,
    before_by: Rules | None = None,
) -> list[e.Event]:
    """Return what a change, from `before` to `incident`, makes due: a step, or a limit of the severity that it took.

    What was due before the change is left to the tick, which knows whether Tocsin was away. What the change itself
    moves into the past happens here, so that the next tick does not take it for downtime. `before_by` are the rules of
    before, where the change is one of rules.
    """
    if not incident.is_open:
        return []
    waiting = _due(before, before_by or rules, now) if before else {}
    due = {name: at for name, at in _due(incident, rules, now).items() if name not in waiting}
    return _fall_due(incident, due, rules, roster, now, late=False)


def with_what_falls_due(
    incident: Incident | None, event: e.Event, rules: Rules, roster: Roster, now: datetime
) -> list[e.Event]:
    """Return `event`, and what it makes due."""
    return [event, *made_due(incident, fold([event], incident), rules, roster, now)]


def _due(incident: Incident, rules: Rules, now: datetime) -> dict[str, datetime]:
    return {name: at for name, at in timers(incident, rules).items() if at <= now}


def _fall_due(
    incident: Incident, due: dict[str, datetime], rules: Rules, roster: Roster, now: datetime, *, late: bool
) -> list[e.Event]:
    # What fell due by the old severity is told before a step makes it another.
    changing = {name for name in (STEP + step.key for step in rules.steps if step.severity) if name in due}
    events: list[e.Event] = list(due_steps(incident, rules, roster, now, among=due.keys() - changing, late=late))
    if REPEAT in due:
        events += _repeated_page(fold(events, incident), rules, roster, now, late=late)
    events += _limits(due, incident, rules, now, late=late)
    events += injected(due, incident, now)
    if UPDATE in due:
        events.append(_nudge(fold(events, incident), rules, now, late=late))
    if customers.CUSTOMERS in due:
        events += customers.asked(due, fold(events, incident), rules, now, late=late)
    if changing:
        events += due_steps(fold(events, incident), rules, roster, now, among=changing, late=late)
    if rules.milestones:
        events += milestones.missed(due, fold(events, incident), rules, now, late=late)
    events += monitoring.over(due, now, late=late)
    return with_consequences(incident, events, rules, roster, now)


def with_consequences(
    incident: Incident, events: list[e.Event], rules: Rules, roster: Roster, now: datetime
) -> list[e.Event]:
    """Return `events`, and what another severity among them makes due."""
    if any(isinstance(event, e.SeverityChanged) for event in events):
        return [*events, *made_due(incident, fold(events, incident), rules, roster, now)]
    return events


def _caught_up(
    due: dict[str, datetime], incident: Incident, command: c.Tick, rules: Rules, now: datetime
) -> e.CaughtUp:
    first = min(due.values())
    away_since = min(first, command.away_since) if command.away_since else first
    every = rules.severity(incident.severity).update_every
    updates = 0
    if UPDATE in due:
        updates = 1 + ((now - due[UPDATE]) // every.after if every and every.after else 0)
    return e.CaughtUp(at=now, away_since=away_since, missed=due, updates=updates)


def _repeated_page(incident: Incident, rules: Rules, roster: Roster, now: datetime, *, late: bool) -> Iterator[e.Event]:
    due = timers(incident, rules).get(REPEAT)
    step = last_step(incident, rules)
    if due and due <= now and step and incident.last_paged_at:
        waited = in_words(now - incident.last_paged_at)
        why = f"unacknowledged {waited} after its last page"
        yield page(incident, step, rules, roster, now, why=why, late=late, until_acknowledged=True)


def _limits(
    due: dict[str, datetime], incident: Incident, rules: Rules, now: datetime, *, late: bool
) -> Iterator[e.Event]:
    for limit in (ACKNOWLEDGE, RESOLVE):
        broken, warned = f"{limit}.limit" in due, f"{limit}.warning" in due
        breaks_at = limit_due(incident, rules, limit) if broken or warned else None
        if breaks_at is None:
            continue
        if warned:
            # A warning that comes with the breach itself is remembered, and not said.
            yield e.LimitWarned(now, limit, due[f"{limit}.warning"], breaks_at, late=late or broken)
        if broken:
            yield e.LimitBroken(now, limit, breaks_at, late=late)


def _nudge(incident: Incident, rules: Rules, now: datetime, *, late: bool) -> e.Nudged:
    count = incident.nudges + 1
    leader = incident.commander or incident.acknowledged_by
    asked = (leader,) if leader else (incident.reached or tuple(filter(None, [incident.declared_by])))
    reached = incident.reached if count > 1 else ()
    due_at = update_due(incident, rules) or now
    return e.Nudged(now, due_at, count, tuple(dict.fromkeys((*asked, *reached))), late=late)


def _reminders(due: dict[str, datetime], incident: Incident, rules: Rules, now: datetime) -> Iterator[e.Event]:
    postmortem_due_at = postmortem_due(incident, rules)
    reached = [timer for timer in (POSTMORTEM_REMINDER, POSTMORTEM_DUE) if timer in due]
    for timer in reached:
        if postmortem_due_at:
            silent = timer != reached[-1]
            yield e.PostmortemReminded(now, timer, due[timer], postmortem_due_at, late=silent)
    yield from follow_ups.reminders(due, rules, now, postmortem_due=POSTMORTEM_DUE in due)
    yield from customers.asked(due, incident, rules, now, late=False)

"""The escalation policy at work: which step is next, which are due, and whom a step reaches."""

from collections.abc import Collection, Container, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain

from app.domain import events as e
from app.domain.actions import beside_paging
from app.domain.durations import in_words
from app.domain.evolve import evolve
from app.domain.incident import Incident
from app.domain.limits import Limit
from app.domain.playbook import Bound, Condition, Roster, Rules, Step, Trigger
from app.domain.roster import present
from app.domain.timers import STEP, first_condition, timers


def steps_to_come(incident: Incident, rules: Rules) -> Iterator[Step]:
    """Yield the steps that page, have not fired, and that time could fire at this severity; tags fire theirs alone."""
    for step in rules.steps:
        by_time = (one for one in step.when if one.trigger is not Trigger.TAG)
        if step.pages and step.key not in incident.steps and any(one.names(incident.severity) for one in by_time):
            yield step


def _reachable_now(incident: Incident, rules: Rules, roster: Roster) -> Iterator[Step]:
    # A step that fired while nobody was bound to it has paged nobody: once somebody is, it comes first.
    for step in rules.steps:
        fired = incident.steps.get(step.key)
        if fired and not fired.members and _bound(step, roster):
            yield step


def due_steps(
    incident: Incident, rules: Rules, roster: Roster, now: datetime, *, among: Collection[str], late: bool
) -> Iterator[e.Event]:
    """Yield what each step does that is due at `now` and whose timer is `among` those, in the order of the policy.

    Each may move what is due after it (see the spacing in `timers`), so they are taken one at a time.
    """
    if not any(name.startswith(STEP) for name in among):
        return
    while step := _first_due(incident, rules, now, among):
        for event in _fired(incident, step, rules, roster, now, late=late):
            incident = evolve(incident, event)
            yield event


def _first_due(incident: Incident, rules: Rules, now: datetime, among: Container[str]) -> Step | None:
    due = {name for name, at in timers(incident, rules).items() if at <= now and name in among}
    return next((step for step in rules.steps if STEP + step.key in due), None)


def page(
    incident: Incident,
    step: Step,
    rules: Rules,
    roster: Roster,
    now: datetime,
    *,
    why: str,
    by: str | None = None,
    late: bool = False,
    until_acknowledged: bool = False,
) -> e.Paged:
    """Return the page of `step`: its responders' people, or, where nobody plays them, those of the step before."""
    bound = _bound(step, roster)
    unbound = tuple(one for one in step.pages if one not in roster or not roster[one].members)
    members = _others(by, _distinct(member for one in bound for member in one.members) or incident.reached)
    targets = _distinct(target for one in bound for target in one.targets) or incident.reached
    return e.Paged(
        at=now,
        step=step.key,
        label=step.label,
        responders=tuple(rules.responder_name(responder) for responder in step.pages),
        targets=targets,
        members=members,
        why=rule_in_words(step, rules, why),
        by=by,
        again=tuple(member for member in members if member in incident.paged),
        unbound=tuple(rules.responder_name(responder) for responder in unbound),
        late=late,
        until_acknowledged=until_acknowledged,
        pages=step.pages,
        skipped=_distinct(member for one in bound for member in one.skipped),
        respond_within=step.respond_within,
    )


def rule_in_words(step: Step, rules: Rules, why: str) -> str:
    """Return which row of the policy does something, and `why`: "fintech, step 2, open 45 min"."""
    return f"{rules.playbook}, step {step.label}, {why}"


def _bound(step: Step, roster: Roster) -> list[Bound]:
    return [roster[responder] for responder in step.pages if responder in roster and roster[responder].members]


def next_page(incident: Incident, rules: Rules, roster: Roster, now: datetime, *, by: str) -> e.Paged | None:
    """Return the page that `by` asks for: of the next step, of the last one where none is left, or none at all."""
    step = next(chain(_reachable_now(incident, rules, roster), steps_to_come(incident, rules)), None)
    if step:
        return page(incident, step, rules, roster, now, why="asked for", by=by)
    last = last_step(incident, rules)
    return page(incident, last, rules, roster, now, why="no further step is left, asked for", by=by) if last else None


def relief(incident: Incident, rules: Rules, roster: Roster, now: datetime, *, by: str) -> e.Paged | None:
    """Return the first page that reaches somebody else than `by`, who cannot take it.

    Where none does, a step that nobody is bound to is at least named in the room; nothing where `by` is all there is.
    """
    last = last_step(incident, rules)
    steps = [*steps_to_come(incident, rules), *([last] if last else [])]
    pages = [page(incident, step, rules, roster, now, why="passed on", by=by) for step in steps]
    others = (paged for paged in pages if set(paged.members) - {by})
    unbound = (paged for paged in pages if not paged.members)
    return next(others, None) or next(unbound, None)


def instead(incident: Incident, step_key: str, rules: Rules, roster: Roster, now: datetime) -> e.Paged | None:
    """Return the page of whoever is next in line, or of the first step to come, where that step can reach nobody.

    Nothing where somebody has acknowledged, or nobody else is left.
    """
    step, fired = rules.step(step_key), incident.steps.get(step_key)
    gone = set(incident.unreachable)
    if not incident.is_open or incident.acknowledged_at or fired is None or not gone.issuperset(fired.members):
        return None
    label = step.label if step else step_key
    in_line = _next_in_line(incident, step, rules, roster, now) if step else None
    if in_line and not gone.issuperset(in_line.members):
        return in_line
    pages = (
        page(incident, one, rules, roster, now, why=f"step {label} reaches nobody", until_acknowledged=True)
        for one in steps_to_come(incident, rules)
    )
    return next((paged for paged in pages if not gone.issuperset(paged.members)), None)


def _next_in_line(incident: Incident, step: Step, rules: Rules, roster: Roster, now: datetime) -> e.Paged:
    gone = dict.fromkeys(incident.unreachable, "")
    here = {one: present(bound, gone) for one, bound in roster.items()}
    paged = page(incident, step, rules, here, now, why="next in line", until_acknowledged=True)
    # The pager rings for whoever plays the responder: it has rung already, or is still to.
    return replace(paged, pages=())


def last_step(incident: Incident, rules: Rules) -> Step | None:
    """Return the step that fired last."""
    return rules.step(incident.last_step) if incident.last_step else None


def _others(by: str | None, members: tuple[str, ...]) -> tuple[str, ...]:
    # Whoever asks for help is not the help, unless there is nobody else.
    return tuple(member for member in members if member != by) or members


def _distinct(ids: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


def _fired(
    incident: Incident, step: Step, rules: Rules, roster: Roster, now: datetime, *, late: bool
) -> Iterator[e.Event]:
    first = first_condition(incident, rules, step)
    why = condition_in_words(first[1], incident, rules) if first else "due"
    until_acknowledged = first is not None and first[1].trigger is Trigger.UNACKNOWLEDGED
    if step.pages:
        yield page(incident, step, rules, roster, now, why=why, late=late, until_acknowledged=until_acknowledged)
    yield from beside_paging(incident, step, rules, now, why=rule_in_words(step, rules, why))


def with_rest_of_step(incident: Incident, paged: e.Paged, rules: Rules, now: datetime) -> list[e.Event]:
    """Return a page that somebody asked for, and what its step does beside, if it fires with it."""
    step = rules.step(paged.step)
    if step is None or paged.step in incident.steps:
        return [paged]
    return [paged, *beside_paging(evolve(incident, paged), step, rules, now, why=paged.why, by=paged.by)]


def condition_in_words(condition: Condition, incident: Incident, rules: Rules) -> str:
    """Return the condition as people say it: "unacknowledged 15 min", "tag data-loss"."""
    severity = rules.severity(incident.severity)
    match condition.trigger:
        case Trigger.DECLARED:
            return f"{incident.severity} declared"
        case Trigger.NEXT_BUSINESS_HOUR:
            return f"{incident.severity} in business hours"
        case Trigger.TAG:
            return "tag " + ", ".join(tag for tag in condition.tags if tag in incident.tags)
        case Trigger.UNACKNOWLEDGED:
            return f"unacknowledged {_limit_in_words(condition, severity.acknowledge_within)}"
        case Trigger.OPEN:
            return f"open {_limit_in_words(condition, severity.resolve_within)}"
        case Trigger.UNDIAGNOSED:
            return f"still investigating after {_limit_in_words(condition, None)}"


def _limit_in_words(condition: Condition, limit: Limit | None) -> str:
    if condition.after is not None or limit is None:
        return in_words(condition.after) if condition.after is not None else ""
    return limit.in_words if limit.after is not None else f"past {limit.in_words}"

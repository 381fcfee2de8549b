"""Escalation steps that do nothing, or not what they look like."""

from collections.abc import Iterator
from difflib import get_close_matches

from app.domain.limits import Limit
from app.domain.playbook import Condition, Playbook, Rules, Severity, Step, Trigger
from app.playbooks.suspicions.oddity import Oddity, listed

LIMITS = {Trigger.UNACKNOWLEDGED: "acknowledge_within", Trigger.OPEN: "resolve_within"}
ALIKE = 0.75
"""How much of two tags must agree to take one for the other."""


def never_fires(playbook: Playbook) -> Iterator[Oddity]:
    """Find steps, and conditions of steps, that can never come true or never come first."""
    for at, step in enumerate(playbook.rules.steps):
        dead = [_dead(condition, playbook.rules) for condition in step.when]
        if all(dead):
            yield Oddity(("escalation", at), f"step {step.label} can never fire: {dead[0]}", _cure(step.when[0]))
            continue
        for position, condition in enumerate(step.when):
            path = ("escalation", at, "when", position)
            if reason := dead[position]:
                yield Oddity(path, f"can never come true: {reason}", _cure(condition))
            elif earlier := _always_later(position, step, playbook.rules):
                yield Oddity(path, f"can never come first: {earlier}", "leave it out, or name other severities")


def raises_nothing(playbook: Playbook) -> Iterator[Oddity]:
    """Find steps that make an incident the severity that it has, or a lower one."""
    rules = playbook.rules
    for at, step in enumerate(rules.steps):
        held = [one for one in rules.severities if any(condition.names(one.id) for condition in step.when)]
        if step.severity is None or any(rules.rank(one.id) > rules.rank(step.severity) for one in held):
            continue
        names = listed(one.id for one in held)
        problem = f"raises nothing: it holds for {names}, which {step.severity} is not above"
        yield Oddity(("escalation", at, "severity"), problem, "name a higher severity, or lower ones for the step")


def misspelt_tags(playbook: Playbook) -> Iterator[Oddity]:
    """Find tags that no step waits for, and that look like one that a step does."""
    waited = {tag for step in playbook.rules.steps for condition in step.when for tag in condition.tags}
    for at, tag in enumerate(playbook.tags):
        near = get_close_matches(tag, waited, n=1, cutoff=ALIKE) if tag not in waited else []
        if near:
            advice = f"write one of the two everywhere, or let a step wait for {tag} too"
            yield Oddity(("tags", at), f"no step waits for {tag}, and one does for {near[0]}", advice)


def _dead(condition: Condition, rules: Rules) -> str:
    """Say why `condition` never comes true; nothing where it can."""
    missing = LIMITS.get(condition.trigger) if condition.after is None else None
    named = [one for one in rules.severities if condition.names(one.id)]
    if missing is None or any(_limit(condition, one) for one in named):
        return ""
    return f"{listed(one.id for one in named)} {'has' if len(named) == 1 else 'have'} no {missing}"


def _cure(condition: Condition) -> str:
    missing = LIMITS.get(condition.trigger, "")
    return f"give a severity {missing}, or write a duration in its place"


def _limit(condition: Condition, severity: Severity) -> Limit | None:
    own = severity.acknowledge_within if condition.trigger is Trigger.UNACKNOWLEDGED else severity.resolve_within
    return Limit(condition.after) if condition.after is not None else own


def _always_later(position: int, step: Step, rules: Rules) -> str:
    """Say which other conditions of `step` always come before that one; nothing where it can come first."""
    condition = step.when[position]
    named = [one for one in rules.severities if condition.names(one.id)]
    if condition.trigger is Trigger.DECLARED or not named:
        return ""
    first = {one.id: _fires_before(condition, position, step, one) for one in named}
    return f"for {listed(first)} the step has fired {next(iter(first.values()))}" if all(first.values()) else ""


def _fires_before(condition: Condition, position: int, step: Step, severity: Severity) -> str:
    for other_position, other in enumerate(step.when):
        if other_position == position or not other.names(severity.id):
            continue
        if other.trigger is Trigger.DECLARED:
            return "at the declaration"
        if other.trigger is condition.trigger and _is_sooner(other, condition, severity):
            return "by then"
    return ""


def _is_sooner(other: Condition, condition: Condition, severity: Severity) -> bool:
    one, two = _limit(other, severity), _limit(condition, severity)
    if condition.trigger not in LIMITS or one is None or two is None or one.after is None or two.after is None:
        return False
    return one.after < two.after

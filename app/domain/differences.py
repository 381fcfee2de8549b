"""What one version of a playbook's rules changes in another, line by line, as people say it."""

import calendar
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from app.domain.durations import in_words
from app.domain.limits import Limit
from app.domain.playbook import Condition, Milestone, Rules, Severity, Step, Trigger

NONE = "none"

Shown = Mapping[str, str]
"""What something asks for, in words, by the name of it."""


def differences(before: Rules, after: Rules) -> tuple[str, ...]:
    """Return what becomes of `before`: severities, steps, milestones, what comes due later, roles; empty if nothing."""
    return (
        *_between({"Playbook": {"name": before.playbook}}, {"Playbook": {"name": after.playbook}}),
        *_between(_severities(before), _severities(after)),
        *_between(_steps(before), _steps(after)),
        *_between(_milestones(before), _milestones(after)),
        *_between(_after_the_end(before), _after_the_end(after)),
        *_between(_rest(before), _rest(after)),
    )


def _between(before: Mapping[str, Shown], after: Mapping[str, Shown]) -> Iterator[str]:
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield f"{name}: gone"
        elif name not in before:
            yield f"{name}: new, {_all(after[name])}"
        else:
            yield from _changed(name, before[name], after[name])


def _changed(name: str, before: Shown, after: Shown) -> Iterator[str]:
    for what, now in after.items():
        if before.get(what, NONE) != now:
            yield f"{name}: {what} {before.get(what, NONE)} becomes {now}"


def _all(shown: Shown) -> str:
    return ", ".join(f"{what} {said}" for what, said in shown.items() if said != NONE)


def _severities(rules: Rules) -> dict[str, Shown]:
    return {severity.id: _severity(severity, rules) for severity in rules.severities}


def _severity(severity: Severity, rules: Rules) -> Shown:
    return {
        "acknowledge within": _limit(severity.acknowledge_within),
        "resolve within": _limit(severity.resolve_within),
        "update every": _limit(severity.update_every),
        "tell customers every": _limit(severity.tell_customers_every),
        "postmortem within": _limit(severity.postmortem_within),
        "monitor for": in_words(severity.monitor_for) if severity.monitor_for else NONE,
        "announced in": f"#{rules.announce_channel(severity.id)}",
        "own channel": "yes" if severity.own_channel else "no",
    }


def _limit(limit: Limit | None) -> str:
    return limit.in_words if limit else NONE


def _steps(rules: Rules) -> dict[str, Shown]:
    shown: dict[str, Shown] = {}
    for step in rules.steps:
        name = f"Step {step.label}"
        # Two rows may share a label.
        place = f" ({sum(other.startswith(name) for other in shown) + 1})" if name in shown else ""
        shown[name + place] = _step(step, rules)
    return shown


def _step(step: Step, rules: Rules) -> Shown:
    return {
        "pages": ", ".join(map(rules.responder_name, step.pages)) or NONE,
        "notifies": ", ".join(f"#{channel}" for channel in step.notifies) or NONE,
        "makes it": step.severity or NONE,
        "asks for an answer within": in_words(step.respond_within) if step.respond_within else NONE,
        "when": " or ".join(map(_condition, step.when)),
    }


TRIGGERS: Mapping[Trigger, Callable[[Condition], str]] = {
    Trigger.DECLARED: lambda _: "declared",
    Trigger.NEXT_BUSINESS_HOUR: lambda _: "in business hours",
    Trigger.UNACKNOWLEDGED: lambda one: f"unacknowledged {_after(one, 'past its limit')}",
    Trigger.OPEN: lambda one: f"open {_after(one, 'past its limit')}",
    Trigger.UNDIAGNOSED: lambda one: f"undiagnosed {_after(one, '')}".strip(),
    Trigger.TAG: lambda one: f"tagged {', '.join(one.tags)}",
}


def _condition(condition: Condition) -> str:
    names = f" ({', '.join(condition.severities)})" if condition.severities else ""
    return f"{TRIGGERS[condition.trigger](condition)}{names}"


def _after(condition: Condition, otherwise: str) -> str:
    return in_words(condition.after) if condition.after is not None else otherwise


def _milestones(rules: Rules) -> dict[str, Shown]:
    return {f"Milestone {one.title}": _milestone(one) for one in rules.milestones}


def _milestone(milestone: Milestone) -> Shown:
    return {
        "within": in_words(milestone.within),
        "severities": ", ".join(milestone.severities) or "all",
        "reached by": milestone.reached or "people",
    }


def _after_the_end(rules: Rules) -> dict[str, Shown]:
    lists = {f"List {one.title}": _later(one.after, one.severities) for one in rules.follow_ups}
    return lists | {f"Draft {one.title}": _later(one.within, one.severities) for one in rules.drafts}


def _later(after: timedelta, severities: tuple[str, ...]) -> Shown:
    return {"due after": in_words(after), "severities": ", ".join(severities) or "all"}


def _rest(rules: Rules) -> dict[str, Shown]:
    roles = {f"Role {role.name}": {"": "asked for"} for role in rules.roles}
    return {**roles, "Business hours": {"are": _hours(rules)}}


def _hours(rules: Rules) -> str:
    hours = rules.hours
    days = ", ".join(calendar.day_abbr[day] for day in sorted(hours.days))
    return f"{hours.opens:%H:%M} to {hours.closes:%H:%M} {hours.zone}, {days}, less {len(hours.holidays)} holidays"

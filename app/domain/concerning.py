"""What of the rules concerns incidents of one severity.

It is asked several times for each incident that is due, and is the same for thousands of them: so it is worked out once
for each rules that are in use, and kept.
"""

from dataclasses import dataclass

from app.domain.playbook import Condition, Rules, Step, Trigger

MOST = 256
"""Of so many rules, no more is kept."""


@dataclass(frozen=True, slots=True)
class Concerning:
    """The `steps` that may come, each with its key and those of its conditions that name the severity.

    `waits` says that its first page waits for business hours.
    """

    steps: tuple[tuple[Step, str, tuple[Condition, ...]], ...]
    waits: bool


_known: dict[int, tuple[Rules, dict[str, Concerning]]] = {}


def concerning(rules: Rules, severity: str) -> Concerning:
    """Return what of `rules` concerns incidents of `severity`."""
    # Rules that are kept stay, so that no others get their id.
    of, by_severity = _known.get(id(rules)) or _keep(rules)
    found = by_severity.get(severity)
    return found or by_severity.setdefault(severity, _work_out(of, severity))


def _keep(rules: Rules) -> tuple[Rules, dict[str, Concerning]]:
    if len(_known) >= MOST:
        _known.clear()
    return _known.setdefault(id(rules), (rules, {}))


def _work_out(rules: Rules, severity: str) -> Concerning:
    named = ((step, tuple(one for one in step.when if one.names(severity))) for step in rules.steps)
    steps = tuple((step, step.key, conditions) for step, conditions in named if conditions)
    triggers = {one.trigger for *_, conditions in steps for one in conditions}
    return Concerning(steps, Trigger.NEXT_BUSINESS_HOUR in triggers and Trigger.DECLARED not in triggers)

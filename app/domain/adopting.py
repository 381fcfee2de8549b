"""A changed playbook reaches an open incident: what it would change, and what of the past stays as it was."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from app.domain import commands as c
from app.domain import events as e
from app.domain.differences import differences
from app.domain.errors import NothingToAdopt, SeverityGone
from app.domain.evolve import evolve
from app.domain.incident import Incident
from app.domain.playbook import Roster, Rules
from app.domain.tick import made_due
from app.domain.timers import URGENT, timers


def adopt(incident: Incident, command: c.AdoptRules, rules: Rules, roster: Roster, now: datetime) -> list[e.Event]:
    """Run `incident` by the rules of `command`: what has fired stays fired, what is due by them now happens now."""
    new = command.rules
    check_adoptable(incident, rules, new)
    steps = _renamed(incident, new)
    adopted = e.RulesAdopted(
        now, command.by.id, new.playbook, differences(rules, new), steps, _last_step(incident, steps, new)
    )
    adopted = replace(adopted, fired=_fired_before(incident, evolve(incident, adopted), new, now))
    after = evolve(incident, adopted)
    return [adopted, *made_due(incident, after, new, roster, now, before_by=rules)]


def check_adoptable(incident: Incident, rules: Rules, new: Rules) -> None:
    """Raise `Rejected` where `new` would change nothing, or has no place for the incident."""
    if new == rules:
        raise NothingToAdopt(incident=incident.name, playbook=rules.playbook)
    known = [severity.id for severity in new.severities]
    # What its timeline tells of the severities that it held is told by its rules.
    for severity in (incident.severity, *incident.severity_since):
        if severity not in known:
            raise SeverityGone(incident=incident.name, severity=severity, known=", ".join(known))


def _renamed(incident: Incident, new: Rules) -> dict[str, str]:
    """Return under which key a step that has fired goes on: a row of its label that pages others does not fire anew."""
    kept = {step.key for step in new.steps}
    fresh = [step for step in new.steps if step.key not in incident.steps]
    renamed: dict[str, str] = {}
    for key in incident.steps:
        same = (one for one in fresh if one.label == key.partition(":")[0] and one.key not in renamed.values())
        if key not in kept and (step := next(same, None)):
            renamed[key] = step.key
    return renamed


def _last_step(incident: Incident, renamed: dict[str, str], new: Rules) -> str | None:
    kept = {step.key for step in new.steps}
    # The one that fired last comes first; where it is gone, the one before it is paged again in its place.
    before = sorted(incident.steps, key=lambda key: (key == incident.last_step, incident.steps[key].at), reverse=True)
    return next((key for key in (renamed.get(one, one) for one in before) if key in kept), None)


def _fired_before(incident: Incident, after: Incident, new: Rules, now: datetime) -> dict[str, datetime]:
    return {name: at for name, at in _due(after, new, now) if name in incident.fired}


def _due(incident: Incident, rules: Rules, now: datetime) -> Iterator[tuple[str, datetime]]:
    for name, at in timers(incident, rules).items():
        if at <= now and not name.startswith(URGENT):
            yield name, at

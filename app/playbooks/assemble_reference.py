"""What people look up in a checked playbook.yml, and who is on call, as the domain's values."""

from collections.abc import Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo

from app.domain import on_call, reference
from app.domain.effects import Way
from app.playbooks import language
from app.playbooks.language import reference as written
from app.playbooks.language import responders

HANDOVER = time(9)


def contacts(file: language.PlaybookFile) -> tuple[reference.Contact, ...]:
    """Return whom people call on outside."""
    return tuple(
        reference.Contact(key, one.name, one.for_, one.email, one.phone, one.url or "", one.note)
        for key, one in file.contacts.items()
    )


def tools(file: language.PlaybookFile) -> tuple[reference.Tool, ...]:
    """Return the systems in which people look."""
    return tuple(
        reference.Tool(key, one.name, one.url, one.group, one.note, one.kind or "", one.query, one.datasource)
        for key, one in file.tools.items()
    )


def components(file: language.PlaybookFile) -> tuple[reference.Component, ...]:
    """Return the parts that customers know."""
    return tuple(reference.Component(one.name, tuple(one.services)) for one in file.status_page.components)


def metrics(file: language.PlaybookFile) -> tuple[reference.Target, ...]:
    """Return what should be measured, and what it should be."""
    return tuple(map(_target, file.metrics))


def _target(one: written.Metric) -> reference.Target:
    bound = one.below or one.above
    return reference.Target(
        metric=one.metric,
        below=one.below.value if one.below else None,
        above=one.above.value if one.above else None,
        percent=bound.percent if bound else False,
        severities=tuple(one.severities),
        note=one.note,
    )


def error_budget(file: language.PlaybookFile) -> reference.ErrorBudget | None:
    """Return how much of the time may fail, where the playbook says so."""
    budget = file.error_budget
    return reference.ErrorBudget(budget.objective, budget.over, tuple(budget.severities)) if budget else None


def drills(file: language.PlaybookFile, scripts: Mapping[str, written.DrillScript]) -> tuple[reference.Drill, ...]:
    """Return the exercises; `scripts` are the files of those that run by themselves, by name."""
    return tuple(
        reference.Drill(
            id=key,
            title=one.title,
            every=reference.Period(one.every),
            steps=tuple(one.steps),
            severity=one.severity,
            script=_script(scripts[one.script]) if one.script else None,
        )
        for key, one in file.drills.items()
    )


def _script(one: written.DrillScript) -> reference.DrillScript:
    return reference.DrillScript(
        title=one.title,
        severity=one.severity,
        services=tuple(one.services),
        tags=tuple(one.tags),
        injects=tuple(reference.Inject(inject.after, inject.say) for inject in one.injects),
        steps=tuple(one.steps),
    )


def reviews(file: language.PlaybookFile) -> tuple[reference.Review, ...]:
    """Return what people go through again and again."""
    return tuple(reference.Review(one.title, reference.Period(one.every)) for one in file.reviews)


def plans(file: language.PlaybookFile) -> dict[str, on_call.OnCall]:
    """Return who plays each responder, where the playbook says so."""
    found = {key: _plan(one, file.timezone) for key, one in file.responders.items()}
    return {key: plan for key, plan in found.items() if plan}


def _plan(one: responders.Responder, zone: str) -> on_call.OnCall | None:
    if one.slack:
        return on_call.Fixed(tuple(one.slack))
    if one.rotation:
        return _rotation(one.rotation, one.rotation.timezone or zone)
    if one.calendar:
        return on_call.Calendar(one.calendar.url or "", one.calendar.file or "", one.calendar.people)
    if one.on_call_schedule:
        return on_call.Schedule(Way.PAGERDUTY, one.on_call_schedule.pagerduty)
    return None


def _rotation(one: responders.Rotation, zone: str) -> on_call.Rotation:
    def moment(wall: datetime) -> datetime:
        return wall.replace(tzinfo=ZoneInfo(zone))

    overrides = (on_call.Override(each.member, moment(each.from_), moment(each.until)) for each in one.overrides)
    return on_call.Rotation(
        members=tuple(one.members),
        every=one.every,
        start=one.from_,
        at=one.at or HANDOVER,
        zone=zone,
        overrides=tuple(overrides),
    )

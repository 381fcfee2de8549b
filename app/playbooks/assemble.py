"""A checked playbook.yml, as the domain's `Playbook`."""

from datetime import date, timedelta
from typing import assert_never

from app.domain import playbook as domain
from app.domain.hours import BusinessHours
from app.playbooks import language
from app.playbooks.business_time import public_holidays


def playbook(file: language.PlaybookFile, today: date) -> domain.Playbook:
    """Return the playbook that `file` describes; `today` says for which years holidays are looked up."""
    return domain.Playbook(
        rules=_rules(file, today),
        tags=tuple(file.tags),
        checklists=tuple(
            domain.Checklist(key, one.title, tuple(one.items), one.when) for key, one in file.checklists.items()
        ),
        agenda=tuple((item.topic, item.minutes) for item in file.postmortem.agenda),
    )


def _rules(file: language.PlaybookFile, today: date) -> domain.Rules:
    return domain.Rules(
        playbook=file.name,
        title=file.title,
        severities=tuple(map(_severity, file.severities)),
        steps=tuple(map(_step, file.escalation)),
        responders=tuple(domain.Responder(key, one.name) for key, one in file.responders.items()),
        roles=tuple(domain.Role(key, one.name, one.briefing) for key, one in file.roles.items()),
        announce=file.channels.announce,
        name_template=file.channels.incident,
        hours=_hours(file, today),
        status_labels={str(status): label for status, label in file.statuses.items()},
    )


def _severity(one: language.Severity) -> domain.Severity:
    return domain.Severity(
        id=one.id,
        name=one.name,
        means=one.means,
        emoji=one.emoji,
        examples=tuple(one.examples),
        acknowledge_within=one.acknowledge_within,
        resolve_within=one.resolve_within,
        update_every=one.update_every,
        postmortem_within=one.postmortem_within,
        announce=one.announce,
        own_channel=one.own_channel,
        ticket=one.ticket,
    )


def _step(row: language.Step) -> domain.Step:
    conditions = tuple(_condition(one, tuple(one.severities or row.severities)) for one in row.when)
    return domain.Step(row.step, tuple(row.page), conditions)


def _condition(one: language.Condition, severities: tuple[str, ...]) -> domain.Condition:
    trigger, after = _trigger(one)
    return domain.Condition(trigger, after, tuple(one.tag or ()), severities)


def _trigger(one: language.Condition) -> tuple[domain.Trigger, timedelta | None]:
    if one.unacknowledged is not None:
        return domain.Trigger.UNACKNOWLEDGED, _own_time(one.unacknowledged)
    if one.open is not None:
        return domain.Trigger.OPEN, _own_time(one.open)
    if one.undiagnosed is not None:
        return domain.Trigger.UNDIAGNOSED, one.undiagnosed
    return _moment(one), None


def _moment(one: language.Condition) -> domain.Trigger:
    match one.at:
        case "declared":
            return domain.Trigger.DECLARED
        case "next business hour":
            return domain.Trigger.NEXT_BUSINESS_HOUR
        case None:
            return domain.Trigger.TAG
        case _:
            assert_never(one.at)


def _own_time(written: timedelta | str) -> timedelta | None:
    """Return the time a condition tells; nothing where it names the limit of the severity instead."""
    return written if isinstance(written, timedelta) else None


def _hours(file: language.PlaybookFile, today: date) -> BusinessHours:
    hours = file.business_hours
    return BusinessHours(
        zone=file.timezone,
        opens=hours.opens,
        closes=hours.closes,
        days=hours.days,
        holidays=frozenset(day for one in hours.holidays for day in _days(one, today)),
    )


def _days(holiday: language.Holiday, today: date) -> frozenset[date]:
    if holiday.country:
        return public_holidays(holiday.country, holiday.subdivision, today)
    return frozenset([holiday.date]) if holiday.date else frozenset()

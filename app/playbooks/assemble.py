"""A checked playbook.yml, as the domain's `Playbook`."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import assert_never

from app.domain import playbook as domain
from app.domain.effects import Way
from app.domain.hours import BusinessHours
from app.domain.reference import MailingList
from app.playbooks import assemble_alerts, assemble_reference, language
from app.playbooks.business_time import public_holidays
from app.playbooks.language import hours as working
from app.playbooks.language import reference, rules


def playbook(file: language.PlaybookFile, today: date, scripts: Mapping[str, reference.DrillScript]) -> domain.Playbook:
    """Return the playbook that `file` describes, and the `scripts` of its drills.

    `today` says for which years holidays are looked up.
    """
    return domain.Playbook(
        rules=_rules(file, today),
        tags=tuple(file.tags),
        checklists=tuple(
            domain.Checklist(key, one.title, tuple(one.items), one.when, tuple(one.severities), one.due)
            for key, one in file.checklists.items()
        ),
        agenda=tuple((item.topic, item.minutes) for item in file.postmortem.agenda),
        on_call=assemble_reference.plans(file),
        contacts=assemble_reference.contacts(file),
        tools=assemble_reference.tools(file),
        metrics=assemble_reference.metrics(file),
        error_budget=assemble_reference.error_budget(file),
        drills=assemble_reference.drills(file, scripts),
        reviews=assemble_reference.reviews(file),
        components=assemble_reference.components(file),
        mailing=tuple(
            MailingList(key, tuple(one.to), tuple(one.when), tuple(one.severities)) for key, one in file.mail.items()
        ),
        bridges=tuple(file.bridge.severities),
        links={str(what): url for what, url in file.links.items()},
        alerts=assemble_alerts.rules(file),
        page_by={key: tuple(map(Way, one.page_by)) for key, one in file.responders.items() if one.page_by is not None},
        emails={key: tuple(one.email) for key, one in file.responders.items() if one.email},
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
        channel_template=file.channels.channel,
        milestones=tuple(
            domain.Milestone(key, one.title, one.within, tuple(one.severities), one.reached)
            for key, one in file.milestones.items()
        ),
        follow_ups=tuple(
            domain.FollowUp(key, one.title, one.due, len(one.items), tuple(one.severities))
            for key, one in file.checklists.items()
            if one.due
        ),
        drafts=tuple(domain.Draft(one.title, one.within, tuple(one.severities)) for one in file.postmortem.drafts),
    )


def _severity(one: rules.Severity) -> domain.Severity:
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
        tell_customers_every=one.tell_customers_every,
        announce=one.announce,
        own_channel=one.own_channel,
        ticket=one.ticket,
        thresholds=tuple(one.thresholds),
        monitor_for=one.monitor_for,
        channel=one.channel,
    )


def _step(row: rules.Step) -> domain.Step:
    return domain.Step(
        label=row.step,
        pages=tuple(row.page or ()),
        when=tuple(_condition(one, tuple(one.severities or row.severities)) for one in row.when),
        notifies=tuple(row.notify or ()),
        severity=row.severity,
        respond_within=row.respond_within,
    )


def _condition(one: rules.Condition, severities: tuple[str, ...]) -> domain.Condition:
    trigger, after = _trigger(one)
    return domain.Condition(trigger, after, tuple(one.tag or ()), severities)


def _trigger(one: rules.Condition) -> tuple[domain.Trigger, timedelta | None]:
    if one.unacknowledged is not None:
        return domain.Trigger.UNACKNOWLEDGED, _own_time(one.unacknowledged)
    if one.open is not None:
        return domain.Trigger.OPEN, _own_time(one.open)
    if one.undiagnosed is not None:
        return domain.Trigger.UNDIAGNOSED, one.undiagnosed
    return _moment(one), None


def _moment(one: rules.Condition) -> domain.Trigger:
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


def _days(holiday: working.Holiday, today: date) -> frozenset[date]:
    if holiday.country:
        return public_holidays(holiday.country, holiday.subdivision, today)
    return frozenset([holiday.date]) if holiday.date else frozenset()

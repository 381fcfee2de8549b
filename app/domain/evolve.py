"""How each event changes an incident.

`evolve` is the only place where an incident changes. Folding the stored timeline through it gives the stored incident.
Every case below keeps that: it reads the event and the incident, nothing else.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce

from app.domain import beyond, checklists
from app.domain import events as e
from app.domain.incident import Elsewhere, Fired, Given, Incident, Resolution, Told
from app.domain.learned import learned
from app.domain.playbook import Status
from app.domain.replacing import replace


def declared(event: e.Declared) -> Incident:
    """Return the incident that a declaration makes."""
    return Incident(
        number=event.number,
        number_in_year=event.number_in_year,
        name=event.name,
        title=event.title,
        severity=event.severity,
        declared_at=event.at,
        declared_by=event.by,
        services=event.services,
        impact=event.impact,
        source=event.source,
        detected_at=event.detected_at,
        tags=dict.fromkeys(event.tags, event.at),
        severity_since={event.severity: event.at},
        wants_channel=event.wants_channel,
        private=event.private,
        drill=event.drill,
        drill_name=event.drill_name,
        injects=event.injects,
        alerts=event.alerts,
        runbook=event.runbook,
        tracked=event.tracked,
    )


def fold(events: Iterable[e.Event], incident: Incident | None = None) -> Incident:
    """Return what is true after all of `events`; the first one is the declaration unless `incident` is given."""
    remaining = iter(events)
    if incident is None:
        first = next(remaining)
        if not isinstance(first, e.Declared):
            raise ValueError("a timeline begins with its declaration")
        incident = declared(first)
    return reduce(evolve, remaining, incident)


def evolve(incident: Incident, event: e.Event) -> Incident:
    """Return what is true of `incident` after `event`."""
    match event:
        case e.Declared():
            return declared(event)
        case e.Paged():
            return _paged(incident, event)
        case e.ChannelsNotified(at=at, step=step):
            return _with_step(incident, step, at)
        case e.Acknowledged():
            return _acknowledged(incident, event)
        case e.Declined(at=at, by=by):
            return replace(incident, declined=incident.declined | {by: at})
        case e.HandedBack(at=at, by=by):
            handed_back = replace(_unacknowledged(incident), unacknowledged_since=at)
            return replace(handed_back, declined=incident.declined | {by: at})
        case e.Escalated(at=at, by=by):
            return replace(incident, escalated_at=at, escalated_by=by)
        case e.UpdatePosted():
            return _updated(incident, event)
        case e.Nudged(at=at, count=count):
            return replace(incident, nudged_at=at, nudges=count)
        case e.Snoozed(until=until, due_at=due_at):
            return replace(incident, snoozed_until=until, snoozed_due_at=due_at)
        case e.LimitWarned(limit=limit, due_at=due_at):
            return _remember(incident, f"{limit}.warning", due_at)
        case e.LimitBroken(limit=limit, due_at=due_at):
            return _remember(incident, f"{limit}.limit", due_at)
        case e.SeverityChanged():
            return _with_severity(incident, event)
        case e.StatusChanged(at=at, after=after):
            return _with_status(incident, Status(after), at)
        case e.RoleAssigned():
            return _in_role(incident, event)
        case e.HandedOver(member=member):
            return _in_role(_briefed(incident, member), event)
        case e.Arrived(by=by):
            return _briefed(incident, by)
        case e.Noted(message=message) if message:
            return replace(incident, noted=(*incident.noted, message))
        case e.TagsChanged(at=at, added=added, removed=removed):
            kept = {tag: since for tag, since in incident.tags.items() if tag not in removed}
            return replace(incident, tags=dict.fromkeys(added, at) | kept)
        case e.AlertsCounted(alerts=alerts) | e.AlertsResolved(alerts=alerts):
            return replace(incident, alerts=alerts)
        case e.Resolved(at=at, by=by):
            return replace(incident, status=Status.RESOLVED, closed_at=at, closed_by=by, resolution=_resolution(event))
        case e.Cancelled(at=at, by=by):
            return replace(incident, status=Status.CANCELLED, closed_at=at, closed_by=by)
        case e.CustomersTold():
            return _told(incident, event)
        case e.CustomersAsked(at=at):
            return replace(incident, customers_asked_at=at)
        case e.MergedInto(at=at, by=by, number=number, name=name, channel=channel):
            merged = replace(incident, merged_into=Elsewhere(number, name, channel))
            return replace(merged, status=Status.CANCELLED, closed_at=at, closed_by=by)
        case e.DuplicateMerged():
            return _with_duplicate(incident, event)
        case e.Injected(number=number, due_at=due_at):
            return _remember(incident, f"inject:{number}", due_at)
        case e.RulesAdopted():
            return _adopted(incident, event)
        case e.Reopened(at=at):
            return _reopened(incident, at)
        case e.CaughtUp(at=at, cut_off=cut_off):
            return incident if cut_off else replace(incident, spaced_since=at)
        case e.PostmortemReminded(timer=timer, due_at=due_at) | e.DraftDue(timer=timer, due_at=due_at):
            return _remember(incident, timer, due_at)
        case e.FollowUpDue(checklist=checklist, due_at=due_at):
            return _remember(incident, f"follow_up:{checklist}", due_at)
        case e.MilestoneMissed(milestone=milestone, due_at=due_at):
            return _remember(incident, f"milestone:{milestone}", due_at)
        case e.MilestoneReached(at=at, milestone=milestone):
            return replace(incident, milestones={milestone: at} | incident.milestones)
        case e.MonitoringOver(due_at=due_at):
            return _remember(incident, "monitoring.over", due_at)
        case e.PostmortemCompleted(at=at):
            return replace(incident, postmortem_done_at=at)
        case e.ItemTicked():
            return replace(incident, ticks=checklists.with_tick(incident.ticks, event))
        case e.ItemUnticked():
            return replace(incident, ticks=checklists.without_tick(incident.ticks, event))
        case e.FollowUpAdded() | e.FollowUpDone() | e.FollowUpReopened() | e.PublishingAsked() | e.BridgeAsked():
            return beyond.evolve(incident, event)
        case e.Noted() | e.AlertsFiredAgain() | e.PostmortemDrafted():
            return incident
        case _:
            return learned(incident, event)


def _paged(incident: Incident, event: e.Paged) -> Incident:
    before = incident.steps.get(event.step)
    members = dict.fromkeys((*(before.members if before else ()), *event.members))
    rung_at = before.rung_at if before else None
    fired = Fired(before.at if before else event.at, tuple(members), event.at if event.pages else rung_at)
    return replace(
        incident,
        steps=incident.steps | {event.step: fired},
        called=incident.called | dict.fromkeys((one for one in event.members if one != event.by), event.at),
        declined={who: at for who, at in incident.declined.items() if who not in event.members},
        last_step=event.step,
        last_paged_at=event.at,
    )


def _acknowledged(incident: Incident, event: e.Acknowledged) -> Incident:
    return replace(
        incident,
        acknowledged_at=event.at,
        acknowledged_by=event.by,
        acknowledged_name=event.name,
        acknowledged_way=event.way,
        first_acknowledged_at=incident.first_acknowledged_at or event.at,
    )


def _unacknowledged(incident: Incident) -> Incident:
    return replace(incident, acknowledged_at=None, acknowledged_by=None, acknowledged_name="", acknowledged_way="")


def _updated(incident: Incident, event: e.UpdatePosted) -> Incident:
    return replace(
        _with_status(incident, Status(event.status), event.at),
        updated_at=event.at,
        promised_at=event.next_due_at,
        nudged_at=None,
        nudges=0,
        snoozed_until=None,
        snoozed_due_at=None,
    )


def _told(incident: Incident, event: e.CustomersTold) -> Incident:
    told = Told(
        event.at,
        event.by,
        event.headline,
        event.body,
        event.status,
        event.impact,
        event.components,
        event.episode,
        event.worded_at,
    )
    return replace(incident, told=told, tellings=event.telling, customers_asked_at=None)


def _with_step(incident: Incident, step: str, at: datetime) -> Incident:
    return replace(incident, steps={step: Fired(at, ())} | incident.steps)


def _with_severity(incident: Incident, event: e.SeverityChanged) -> Incident:
    return replace(
        _with_step(incident, event.step, event.at) if event.step else incident,
        severity=event.after,
        severity_since={event.after: event.at} | incident.severity_since,
        promised_at=event.promised_at,
        spaced_since=event.at,
        wants_channel=event.opens_channel or incident.wants_channel,
        moved=event.opens_channel or incident.moved,
    )


def _with_status(incident: Incident, status: Status, at: datetime) -> Incident:
    known = status in (Status.IDENTIFIED, Status.MONITORING)
    identified_at = incident.identified_at or (at if known else None)
    return replace(
        incident,
        status=status,
        identified_at=identified_at,
        reached_statuses={status.value: at} | incident.reached_statuses,
        monitoring_since=(incident.monitoring_since or at) if status is Status.MONITORING else None,
    )


def _with_duplicate(incident: Incident, event: e.DuplicateMerged) -> Incident:
    others = (one for one in incident.duplicates if one.number != event.number)
    return replace(
        incident,
        duplicates=(*others, Elsewhere(event.number, event.name, event.channel)),
        joined=tuple(dict.fromkeys((*incident.joined, *event.members))),
    )


def _briefed(incident: Incident, member: str) -> Incident:
    return replace(incident, briefed=tuple(dict.fromkeys((*incident.briefed, member))))


def _remember(incident: Incident, timer: str, due_at: datetime) -> Incident:
    return replace(incident, fired=incident.fired | {timer: due_at})


def _resolution(event: e.Resolved) -> Resolution:
    return Resolution(
        root_cause=event.root_cause,
        fix=event.fix,
        customer_impact=event.customer_impact,
        started_at=event.started_at,
        detected_at=event.detected_at,
        ended_at=event.ended_at,
    )


def _in_role(incident: Incident, event: e.RoleAssigned | e.HandedOver) -> Incident:
    roles = incident.roles | {event.role: event.member}
    return replace(incident, roles=roles, given=incident.given | {event.role: Given(event.at, event.by)})


def _reopened(incident: Incident, at: datetime) -> Incident:
    return replace(
        _unacknowledged(incident),
        status=Status.INVESTIGATING,
        reopened_at=at,
        closed_at=None,
        closed_by=None,
        resolution=None,
        merged_into=None,
        unacknowledged_since=at,
        promised_at=None,
        nudged_at=None,
        nudges=0,
        snoozed_until=None,
        snoozed_due_at=None,
        postmortem_done_at=None,
        reached_statuses={},
        monitoring_since=None,
        milestones={},
        bridge_asked=False,
        customers_asked_at=None,
    )


def _adopted(incident: Incident, event: e.RulesAdopted) -> Incident:
    steps = {event.steps.get(key, key): fired for key, fired in incident.steps.items()}
    return replace(
        incident,
        steps=steps,
        last_step=event.last_step,
        fired=incident.fired | event.fired,
        spaced_since=event.at,
    )

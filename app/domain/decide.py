"""What happens? The only place that turns a command into events, or refuses it.

Every function here is pure: the same incident, command, rules, roster and time give the same events.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.domain import commands as c
from app.domain import events as e
from app.domain import permissions
from app.domain.durations import in_words
from app.domain.errors import (
    AlreadyAcknowledged,
    AlreadyDeclined,
    AlreadyInRole,
    AlreadySnoozed,
    AlreadyThat,
    JustEscalated,
    MissingText,
    NoStep,
    NotClosed,
    NothingToSnooze,
    NotOpen,
    NotResolvedYet,
    NoUpdatesAsked,
    PromiseInThePast,
    PromiseTooFar,
    TagTooLong,
    TimeInTheFuture,
    TimesOutOfOrder,
    UnknownRole,
    UnknownSeverity,
    UnknownStatus,
)
from app.domain.escalation import instead, next_page, relief
from app.domain.incident import Incident, evolve, fold
from app.domain.learn import learn
from app.domain.names import channel_name
from app.domain.playbook import OPEN_STATUSES, Roster, Rules, Status
from app.domain.tick import made_due, tick
from app.domain.timers import update_due

SNOOZE = timedelta(minutes=15)
PROMISE_AT_MOST = 2
AT_THE_SAME_TIME = timedelta(seconds=10)
LONGEST_TAG = 75

ALWAYS_TAKEN = (
    c.Reopen,
    c.AddNote,
    c.DraftPostmortem,
    c.CompletePostmortem,
    c.AssignRole,
    c.ChangeTags,
    c.Tick,
    c.CatchUp,
    c.RecordChannel,
    c.RecordChannelRefused,
    c.RecordChannelLost,
    c.RecordCard,
    c.RecordAnnouncement,
    c.RecordPage,
    c.RecordRing,
    c.RecordStuck,
    c.RecordPageUnconfirmed,
    c.RecordPageRefused,
    c.RecordFailure,
    c.RecordInviteIncomplete,
)
"""Commands that a closed incident takes too."""


def decide(incident: Incident | None, command: c.Command, rules: Rules, roster: Roster, now: datetime) -> list[e.Event]:
    """Return what happens because of `command`, in order; an empty list means that there is nothing to do.

    Raises `Rejected` with the sentence for the person who asked, and `TypeError` for any command but `Declare` on no
    incident, which only a mistake in the program can send.
    """
    if isinstance(command, c.Declare):
        return declare(command, rules, roster, now)
    if incident is None:
        raise TypeError("every command but Declare is about an incident")
    if not isinstance(command, ALWAYS_TAKEN):
        check_open(incident, rules)
    permissions.check(command, incident, rules, roster)
    return _decide(incident, command, rules, roster, now)


def _decide(incident: Incident, command: c.Command, rules: Rules, roster: Roster, now: datetime) -> list[e.Event]:
    match command:
        case c.Tick():
            return tick(incident, command, rules, roster, now)
        case c.CatchUp(since=since, missed=missed, updates=updates):
            return [e.CaughtUp(now, since, missed, updates, cut_off=True)]
        case c.Acknowledge():
            return acknowledge(incident, command, now)
        case c.Decline():
            return decline(incident, command, rules, roster, now)
        case c.RecordPageRefused():
            return page_refused(incident, command, rules, roster, now)
        case c.Escalate():
            return escalate(incident, command, rules, roster, now)
        case c.PostUpdate():
            return post_update(incident, command, rules, roster, now)
        case c.Snooze():
            return snooze(incident, command, rules, now)
        case c.ChangeSeverity():
            return change_severity(incident, command, rules, roster, now)
        case c.ChangeStatus():
            return change_status(incident, command, rules, roster, now)
        case c.AssignRole():
            return assign_role(incident, command, rules, now)
        case c.ChangeTags():
            return change_tags(incident, command, rules, roster, now)
        case c.AddNote():
            text = _required(command.text, "The note", "Write it after the word: `/incident note restarted the pods`")
            return [e.Noted(now, command.by.id, text)]
        case c.Resolve():
            return resolve(incident, command, now)
        case c.Cancel():
            return [e.Cancelled(now, command.by.id, command.reason.strip())]
        case c.Reopen():
            return reopen(incident, command, rules, now)
        case c.DraftPostmortem():
            return [e.PostmortemDrafted(now, command.by.id)]
        case c.CompletePostmortem():
            return complete_postmortem(incident, command, now)
        case _:
            return learn(incident, command, now)


def declare(command: c.Declare, rules: Rules, roster: Roster, now: datetime) -> list[e.Event]:
    """Make an incident, and page whoever is paged at once."""
    title = _required(command.title, "The title", "Say in a few words what is wrong: Payment API down")
    severity = _severity(command.severity, rules)
    year = now.astimezone(ZoneInfo(rules.hours.zone)).year
    wanted = rules.name_template.format(number=command.number, number_in_year=command.number_in_year, year=year)
    made = e.Declared(
        at=now,
        by=command.by.id,
        number=command.number,
        number_in_year=command.number_in_year,
        name=channel_name(wanted),
        title=title,
        severity=severity,
        services=command.services.strip(),
        impact=command.impact.strip(),
        tags=tuple(dict.fromkeys(command.tags)),
        wants_channel=rules.severity(severity).own_channel,
        source=command.source,
    )
    return _with_what_falls_due(None, made, rules, roster, now)


def acknowledge(incident: Incident, command: c.Acknowledge, now: datetime) -> list[e.Event]:
    """Take it, unless somebody has."""
    _check_unacknowledged(incident)
    return [e.Acknowledged(now, command.by.id)]


def decline(incident: Incident, command: c.Decline, rules: Rules, roster: Roster, now: datetime) -> list[e.Event]:
    """Pass it on: the next step fires. Whoever had acknowledged it hands it back by this."""
    by = command.by.id
    if by in incident.declined:
        raise AlreadyDeclined(at=incident.declined[by])
    if incident.acknowledged_by != by:
        _check_unacknowledged(incident)
        first: e.Event = e.Declined(now, by)
    else:
        first = e.HandedBack(now, by)
    paged = relief(fold([first], incident), rules, roster, now, by=by)
    return [first, paged] if paged else [first]


def page_refused(
    incident: Incident, command: c.RecordPageRefused, rules: Rules, roster: Roster, now: datetime
) -> list[e.Event]:
    """Note that a page cannot reach its member; where its step reaches nobody else, the next one fires at once."""
    refused = e.PageRefused(now, command.step, command.member, command.responders, command.reason, command.delivery)
    paged = instead(evolve(incident, refused), command.step, rules, roster, now)
    return [replace(refused, passed_on=True), paged] if paged else [refused]


def escalate(incident: Incident, command: c.Escalate, rules: Rules, roster: Roster, now: datetime) -> list[e.Event]:
    """Fire the next step now; where none is left, page the last one again."""
    by, at = incident.escalated_by, incident.escalated_at
    if by and at and by != command.by.id and now - at < AT_THE_SAME_TIME:
        raise JustEscalated(by=by, at=at)
    paged = next_page(incident, rules, roster, now, by=command.by.id)
    if paged is None:
        raise NoStep(severity=incident.severity)
    return [e.Escalated(now, command.by.id), paged]


def post_update(
    incident: Incident, command: c.PostUpdate, rules: Rules, roster: Roster, now: datetime
) -> list[e.Event]:
    """Tell everybody how it stands, and start the rhythm of updates anew."""
    status = _open_status(command.status or incident.status)
    happening = command.happening.strip()
    if not command.no_change:
        _required(happening, "What is happening", "One sentence is enough.")
    if command.next_due_at:
        _check_promise(incident, command.next_due_at, rules, now)
    posted = e.UpdatePosted(
        at=now,
        by=command.by.id,
        status=status,
        before=incident.status,
        happening=happening,
        actions=command.actions.strip(),
        next_steps=command.next_steps.strip(),
        next_due_at=command.next_due_at,
        no_change=command.no_change,
    )
    return _with_what_falls_due(incident, posted, rules, roster, now)


def snooze(incident: Incident, command: c.Snooze, rules: Rules, now: datetime) -> list[e.Event]:
    """Put the next nudge off: once for each due time, and never past the next one by the rhythm."""
    every = rules.severity(incident.severity).update_every
    due = update_due(incident, rules)
    if due is None or every is None:
        raise NoUpdatesAsked(severity=incident.severity)
    if incident.nudged_at is None:
        raise NothingToSnooze(at=due)
    if incident.snoozed_due_at == due and incident.snoozed_until:
        raise AlreadySnoozed(at=incident.snoozed_until)
    return [e.Snoozed(now, command.by.id, min(now + SNOOZE, incident.nudged_at + every), due)]


def change_severity(
    incident: Incident, command: c.ChangeSeverity, rules: Rules, roster: Roster, now: datetime
) -> list[e.Event]:
    """Make it another severity; steps of the new one that are due fire with it."""
    severity = _severity(command.severity, rules)
    if severity == incident.severity:
        raise AlreadyThat(incident=incident.name, what="severity", value=severity)
    new = rules.severity(severity)
    raised = rules.rank(severity) < rules.rank(incident.severity)
    promised = incident.promised_at
    if raised and new.update_every:
        # What was due by the old rhythm has been told to people: it is a promise too.
        promised = min(update_due(incident, rules) or now + new.update_every, now + new.update_every)
    changed = e.SeverityChanged(
        at=now,
        by=command.by.id,
        before=incident.severity,
        after=severity,
        opens_channel=new.own_channel and not incident.wants_channel,
        promised_at=promised,
    )
    return _with_what_falls_due(incident, changed, rules, roster, now)


def change_status(
    incident: Incident, command: c.ChangeStatus, rules: Rules, roster: Roster, now: datetime
) -> list[e.Event]:
    """Make it another open status; a step for what nobody understands may fire with it."""
    status = _open_status(command.status)
    if status == incident.status:
        raise AlreadyThat(incident=incident.name, what="status", value=status)
    changed = e.StatusChanged(now, command.by.id, incident.status, status)
    return _with_what_falls_due(incident, changed, rules, roster, now)


def assign_role(incident: Incident, command: c.AssignRole, rules: Rules, now: datetime) -> list[e.Event]:
    """Give a role to a member."""
    if command.role not in {role.id for role in rules.roles}:
        raise UnknownRole(role=command.role, known=", ".join(role.id for role in rules.roles))
    if incident.roles.get(command.role) == command.member:
        name = next(role.name for role in rules.roles if role.id == command.role)
        raise AlreadyInRole(incident=incident.name, member=command.member, role=name)
    return [e.RoleAssigned(now, command.by.id, command.role, command.member)]


def change_tags(
    incident: Incident, command: c.ChangeTags, rules: Rules, roster: Roster, now: datetime
) -> list[e.Event]:
    """Add and remove tags; steps that wait for one of them fire with it."""
    for tag in command.add:
        if len(tag) > LONGEST_TAG:
            raise TagTooLong(longest=LONGEST_TAG, tag=tag)
    added = tuple(tag for tag in dict.fromkeys(command.add) if tag not in incident.tags)
    removed = tuple(tag for tag in dict.fromkeys(command.remove) if tag in incident.tags)
    if not added and not removed:
        tags = ", ".join(incident.tags) or "none"
        raise AlreadyThat(incident=incident.name, what="these tags:", value=tags)
    changed = e.TagsChanged(now, command.by.id, added, removed)
    return _with_what_falls_due(incident, changed, rules, roster, now)


def resolve(incident: Incident, command: c.Resolve, now: datetime) -> list[e.Event]:
    """End it. Times that nobody gave are those that Tocsin knows."""
    started = command.started_at or incident.detected_at or incident.declared_at
    detected = command.detected_at or max(started, incident.detected_at or incident.declared_at)
    ended = command.ended_at or now
    moments = (("The start", started), ("The detection", detected), ("The end", ended))
    for what, at in moments:
        if at > now:
            raise TimeInTheFuture(what=what, at=at)
    _check_order(*moments)
    return [
        e.Resolved(
            at=now,
            by=command.by.id,
            root_cause=command.root_cause.strip(),
            fix=command.fix.strip(),
            customer_impact=command.customer_impact.strip(),
            started_at=started,
            detected_at=detected,
            ended_at=ended,
        )
    ]


def reopen(incident: Incident, command: c.Reopen, rules: Rules, now: datetime) -> list[e.Event]:
    """Open it again: all clocks start anew, and nobody has acknowledged it."""
    if incident.is_open:
        raise NotClosed(incident=incident.name, status=rules.status_label(incident.status))
    return [e.Reopened(now, command.by.id, command.reason.strip())]


def complete_postmortem(incident: Incident, command: c.CompletePostmortem, now: datetime) -> list[e.Event]:
    """Mark the postmortem as done: its reminders stop."""
    if incident.resolution is None:
        raise NotResolvedYet(incident=incident.name)
    if incident.postmortem_done_at:
        raise AlreadyThat(incident=incident.name, what="its postmortem", value="marked as done")
    return [e.PostmortemCompleted(now, command.by.id)]


def _with_what_falls_due(
    incident: Incident | None, event: e.Event, rules: Rules, roster: Roster, now: datetime
) -> list[e.Event]:
    return [event, *made_due(incident, fold([event], incident), rules, roster, now)]


def check_open(incident: Incident, rules: Rules) -> None:
    """Raise `NotOpen` if the incident is resolved or cancelled."""
    if not incident.is_open:
        status = rules.status_label(incident.status).lower()
        raise NotOpen(incident=incident.name, status=status, at=incident.closed_at, by=incident.closed_by)


def _check_unacknowledged(incident: Incident) -> None:
    if incident.acknowledged_by:
        raise AlreadyAcknowledged(incident=incident.name, at=incident.acknowledged_at, by=incident.acknowledged_by)


def _check_promise(incident: Incident, promised: datetime, rules: Rules, now: datetime) -> None:
    every = rules.severity(incident.severity).update_every
    if promised <= now:
        raise PromiseInThePast(at=promised)
    if every and promised > now + PROMISE_AT_MOST * every:
        latest = now + PROMISE_AT_MOST * every
        raise PromiseTooFar(severity=incident.severity, every=in_words(every), latest=latest)


def _check_order(*moments: tuple[str, datetime]) -> None:
    for (earlier, earlier_at), (later, later_at) in pairwise(moments):
        if later_at < earlier_at:
            raise TimesOutOfOrder(
                earlier=earlier.lower(), earlier_at=earlier_at, later=later.capitalize(), later_at=later_at
            )


def _required(text: str, what: str, hint: str) -> str:
    if not text.strip():
        raise MissingText(what=what, hint=hint)
    return text.strip()


def _severity(wanted: str, rules: Rules) -> str:
    for severity in rules.severities:
        if severity.id.casefold() == wanted.strip().casefold():
            return severity.id
    raise UnknownSeverity(severity=wanted, known=", ".join(severity.id for severity in rules.severities))


def _open_status(wanted: str) -> Status:
    for status in OPEN_STATUSES:
        if status.value == wanted.strip().casefold():
            return status
    raise UnknownStatus(status=wanted, known=", ".join(OPEN_STATUSES))

"""What happens? The only place that turns a command into events, or refuses it.

Every function here is pure: the same incident, command, rules, roster and time give the same events.
"""

from datetime import datetime

from app.domain import (
    adopting,
    alerting,
    arriving,
    beyond,
    checklists,
    customers,
    elsewhere,
    handoff,
    merging,
    milestones,
    noting,
    permissions,
)
from app.domain import commands as c
from app.domain import events as e
from app.domain.answering import acknowledge, decline, escalate, page_refused
from app.domain.changing import assign_role, change_severity, change_status, change_tags, take_command
from app.domain.closing import complete_postmortem, reopen, resolve
from app.domain.declaring import declare
from app.domain.errors import AlreadyMerged, NotOpen
from app.domain.incident import Incident
from app.domain.learn import learn
from app.domain.playbook import Roster, Rules
from app.domain.tick import tick
from app.domain.updating import post_update, snooze

ALWAYS_TAKEN = (
    c.Reopen,
    c.AddNote,
    c.DraftPostmortem,
    c.CompletePostmortem,
    c.TellCustomers,
    c.TakeCommand,
    c.AssignRole,
    c.ChangeTags,
    c.TickItem,
    c.UntickItem,
    c.AddFollowUps,
    c.CompleteFollowUp,
    c.ReopenFollowUp,
    c.PublishPostmortem,
    c.Tick,
    c.CatchUp,
    c.Arrive,
    c.CountAlerts,
    c.FireAgain,
    c.RecordChannel,
    c.RecordChannelRefused,
    c.RecordChannelLost,
    c.RecordCard,
    c.RecordAnnouncement,
    c.RecordChecklist,
    c.RecordPage,
    c.RecordRing,
    c.AdoptPage,
    c.AcknowledgeElsewhere,
    c.NoteElsewhere,
    c.RecordPublished,
    c.RecordWithdrawn,
    c.RecordStuck,
    c.RecordAway,
    c.RecordBack,
    c.RecordPageUnconfirmed,
    c.RecordPageRefused,
    c.RecordTicket,
    c.RecordTicketState,
    c.RecordDocument,
    c.RecordBridge,
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
        case c.AcknowledgeElsewhere():
            return elsewhere.acknowledge(incident, command, now)
        case c.NoteElsewhere():
            return elsewhere.note(incident, command, now)
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
        case c.TakeCommand():
            return take_command(incident, command, rules, now)
        case c.AssignRole():
            return assign_role(incident, command, rules, now)
        case c.HandOff():
            return handoff.hand_over(incident, command, rules, now)
        case c.ChangeTags():
            return change_tags(incident, command, rules, roster, now)
        case c.AddNote():
            return noting.note(incident, command, now)
        case c.CountAlerts():
            return alerting.count(incident, command, rules, roster, now)
        case c.FireAgain():
            return alerting.fire_again(incident, command, now)
        case c.Arrive():
            return arriving.arrive(incident, command, now)
        case c.Resolve():
            return resolve(incident, command, rules, now)
        case c.Cancel():
            return [e.Cancelled(now, command.by.id, command.reason.strip())]
        case c.TellCustomers():
            return customers.tell(incident, command, rules, now)
        case c.Merge():
            return merging.merge(incident, command, now)
        case c.TakeDuplicate():
            return merging.take_duplicate(command, now)
        case c.AdoptRules():
            return adopting.adopt(incident, command, rules, roster, now)
        case c.Reopen():
            return reopen(incident, command, rules, now)
        case c.ReachMilestone():
            return milestones.reach(incident, command, rules, now)
        case c.DraftPostmortem():
            return [e.PostmortemDrafted(now, command.by.id)]
        case c.TickItem():
            return checklists.tick(incident.ticks, command, now)
        case c.UntickItem():
            return checklists.untick(incident.ticks, command, now)
        case c.AddFollowUps() | c.CompleteFollowUp() | c.ReopenFollowUp():
            return beyond.follow_up(incident, command, now)
        case c.PublishPostmortem():
            return beyond.publish(incident, command, now)
        case c.AskBridge():
            return beyond.ask_bridge(incident, command, now)
        case c.CompletePostmortem():
            return complete_postmortem(incident, command, now)
        case _:
            return learn(incident, command, now)


def check_open(incident: Incident, rules: Rules) -> None:
    """Raise `NotOpen` if the incident is resolved or cancelled."""
    if incident.merged_into:
        into = incident.merged_into.name
        raise AlreadyMerged(incident=incident.name, into=into, at=incident.closed_at, by=incident.closed_by)
    if not incident.is_open:
        status = rules.status_label(incident.status).lower()
        raise NotOpen(incident=incident.name, status=status, at=incident.closed_at, by=incident.closed_by)

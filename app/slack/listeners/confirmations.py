"""What somebody reads whose command was done: one sentence for each command."""

from collections.abc import Callable, Mapping
from datetime import datetime

from app.domain import commands as c
from app.domain.incident import Incident
from app.domain.playbook import Status
from app.slack.blocks import answers
from app.slack.text import Message, channel_link, channel_ref, escape, mention, outside, when
from app.store import Record


def confirmed(record: Record, command: c.Command) -> Message:
    """Return what the person who sent `command` reads; `record` is the incident as it stands after it."""
    return answers.done(SENTENCES[type(command)](record))


def _kind(incident: Incident) -> str:
    kinds = [*(["private"] if incident.private else []), *(["a drill"] if incident.drill else [])]
    return f" as {' and '.join(kinds)}" if kinds else ""


def _room(record: Record) -> str:
    if record.incident.wants_channel:
        return "Its channel opens now, and you are invited to it."
    severity = record.incident.severity
    announce = escape(record.rules.announce_channel(severity))
    return f"It lives in a thread of #{announce}: {escape(severity)} has no channel of its own."


def _status(record: Record) -> str:
    return escape(record.rules.status_label(record.incident.status))


def _time(at: datetime | None) -> str:
    return when(at) if at else "the next due time"


def _roles(record: Record) -> str:
    names = {role.id: role.name for role in record.rules.roles}
    held = record.incident.roles.items()
    return ", ".join(f"{escape(names.get(role, role))} {mention(member)}" for role, member in held)


def _tags(incident: Incident) -> str:
    return ", ".join(map(escape, incident.tags)) or "none"


def _relief(incident: Incident) -> str:
    if incident.last_paged_at in incident.declined.values():
        return "Whoever is next is paged."
    return "There is nobody else to page: call somebody, or bind more responders with `/incident responders`"


def _merged_into(incident: Incident) -> str:
    into = incident.merged_into
    return channel_link(into.channel, into.name) if into else "another"


def _written_down(record: Record) -> str:
    newest = record.incident.follow_ups[-1].number if record.incident.follow_ups else 0
    return f"Follow-up {newest} of {channel_ref(record)} is written down. All of them: `/incident follow-ups`"


def _draft(record: Record) -> str:
    document = record.incident.document
    published = f" What was published: {outside(document, 'open it')}." if document else ""
    where = f"The draft of the postmortem is posted in {channel_ref(record)} in a moment.{published}"
    match record.incident.status:
        case Status.RESOLVED:
            return where
        case Status.CANCELLED:
            return f"{where} It was a false alarm, so little will be in it."
        case _:
            return f"{where} The incident is still open, so the draft ends with what has happened so far."


SENTENCES: Mapping[type[c.Command], Callable[[Record], str]] = {
    c.Declare: lambda record: f"{channel_ref(record)} is declared{_kind(record.incident)}. {_room(record)}",
    c.Acknowledge: lambda record: (
        f"You acknowledged {channel_ref(record)}. The steps that wait for an acknowledgement stop."
    ),
    c.Decline: lambda record: f"Noted that you cannot take {channel_ref(record)}. {_relief(record.incident)}",
    c.Escalate: lambda record: f"The next step of {channel_ref(record)} is paged now.",
    c.PostUpdate: lambda record: f"Your update is in {channel_ref(record)}.",
    c.Snooze: lambda record: f"Snoozed until {_time(record.incident.snoozed_until)}.",
    c.ChangeSeverity: lambda record: f"{channel_ref(record)} is {escape(record.incident.severity)} now.",
    c.ChangeStatus: lambda record: f"{channel_ref(record)}: {_status(record)}.",
    c.TakeCommand: lambda record: f"You lead {channel_ref(record)} now.",
    c.AssignRole: lambda record: f"Roles of {channel_ref(record)}: {_roles(record)}.",
    c.HandOff: lambda record: f"{mention(record.incident.commander)} leads {channel_ref(record)} now, and is briefed.",
    c.Merge: lambda record: f"{escape(record.incident.name)} is merged into {_merged_into(record.incident)}.",
    c.ReachMilestone: lambda record: f"Marked as reached in {channel_ref(record)}.",
    c.ChangeTags: lambda record: f"Tags of {channel_ref(record)}: {_tags(record.incident)}.",
    c.AddNote: lambda record: f"Your note is in the timeline of {channel_ref(record)}.",
    c.Resolve: lambda record: f"{channel_ref(record)} is resolved. To work on it again: `/incident reopen`",
    c.Cancel: lambda record: f"{channel_ref(record)} is cancelled. To work on it again: `/incident reopen`",
    c.Reopen: lambda record: f"{channel_ref(record)} is open again. Its clocks start anew, and nobody has it yet.",
    c.DraftPostmortem: _draft,
    c.AddFollowUps: _written_down,
    c.CompleteFollowUp: lambda record: f"Marked as done in {channel_ref(record)}.",
    c.ReopenFollowUp: lambda record: f"Open again in {channel_ref(record)}.",
    c.PublishPostmortem: lambda record: (
        f"The postmortem of {channel_ref(record)} is published in a moment: its link comes into the channel."
    ),
    c.AskBridge: lambda record: f"The bridge of {channel_ref(record)} is opened: its link comes into the channel.",
    c.CompletePostmortem: lambda record: f"The postmortem of {channel_ref(record)} is done. Its reminders stop.",
}

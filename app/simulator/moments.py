"""What an event is to people: who is paged, nudged, warned and moved, when and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from app.domain import effects as f
from app.domain import events as e
from app.domain.incident import Incident
from app.domain.playbook import Playbook, Rules
from app.domain.react import react
from app.domain.reasons import because
from app.domain.timers import POSTMORTEM_DUE
from app.simulator.script import DECLARER


class Kind(StrEnum):
    """What happens. The kinds below `DECLARED` are what people do, which only a person is shown."""

    PAGED = "paged"
    NUDGED = "nudged"
    WARNED = "warned"
    BREACHED = "breached"
    SEVERITY_CHANGED = "severity_changed"
    MILESTONE_MISSED = "milestone_missed"
    POSTMORTEM_DUE = "postmortem_due"
    REMINDED = "reminded"

    DECLARED = "declared"
    ACKNOWLEDGED = "acknowledged"
    IDENTIFIED = "identified"
    UPDATED = "updated"
    TAGGED = "tagged"
    RESOLVED = "resolved"

    @property
    def is_of_people(self) -> bool:
        """Say whether people do that, and not Tocsin."""
        return list(Kind).index(self) >= list(Kind).index(Kind.DECLARED)


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happens, `after` the declaration.

    `about` tells apart what is of one kind: the limit, the reminder, the severity. `again` says that the step had fired
    before.
    """

    at: datetime
    after: timedelta
    kind: Kind
    why: str
    step: str | None = None
    responders: tuple[str, ...] = ()
    about: str = ""
    again: bool = False


def in_json(moments: Iterable[Moment]) -> list[dict[str, Any]]:
    """Return what Tocsin does, for scripts."""
    return [
        {
            "after": int(one.after.total_seconds()),
            "at": one.at.astimezone(UTC).isoformat(),
            "event": one.kind.value,
            "step": int(one.step) if one.step and one.step.isdecimal() else one.step,
            "responders": list(one.responders),
            "why": one.why,
        }
        for one in moments
        if not one.kind.is_of_people
    ]


def moment(event: e.Event, incident: Incident, rules: Rules) -> Iterator[Moment]:
    """Yield what `event` is to people, if anything; `incident` is as it stands after it."""
    kind = _kind(event)
    if kind is None or getattr(event, "late", False):
        return
    made = Moment(
        at=event.at,
        after=event.at - incident.declared_at,
        kind=kind,
        why=because(event, incident, rules) or _deed(event, rules),
        responders=_told(event, incident, rules),
        about=_about(event),
    )
    yield _of_step(made, event, incident, rules)


def _of_step(made: Moment, event: e.Event, incident: Incident, rules: Rules) -> Moment:
    match event:
        case e.Paged(step=step, label=label, responders=responders):
            again = incident.steps[step].at < event.at
            return replace(made, step=label, responders=responders, again=again)
        case e.ChannelsNotified(label=label, channels=channels):
            return replace(made, step=label, responders=tuple(f"#{one}" for one in channels))
        case e.SeverityChanged(step=key, after=severity):
            row = rules.step(key)
            return replace(made, step=row.label if row else None, why=f"{made.why}: now {severity}")
        case _:
            return made


def _about(event: e.Event) -> str:
    field = ABOUT.get(type(event))
    return str(getattr(event, field)) if field else ""


def _kind(event: e.Event) -> Kind | None:
    if isinstance(event, e.PostmortemReminded):
        return Kind.POSTMORTEM_DUE if event.timer == POSTMORTEM_DUE else Kind.REMINDED
    return KINDS.get(type(event))


KINDS: dict[type[e.Event], Kind] = {
    e.Paged: Kind.PAGED,
    e.Nudged: Kind.NUDGED,
    e.LimitWarned: Kind.WARNED,
    e.LimitBroken: Kind.BREACHED,
    e.ChannelsNotified: Kind.WARNED,
    e.SeverityChanged: Kind.SEVERITY_CHANGED,
    e.MilestoneMissed: Kind.MILESTONE_MISSED,
    e.MonitoringOver: Kind.REMINDED,
    e.DraftDue: Kind.REMINDED,
    e.FollowUpDue: Kind.REMINDED,
    e.Declared: Kind.DECLARED,
    e.Acknowledged: Kind.ACKNOWLEDGED,
    e.StatusChanged: Kind.IDENTIFIED,
    e.UpdatePosted: Kind.UPDATED,
    e.TagsChanged: Kind.TAGGED,
    e.Resolved: Kind.RESOLVED,
}


ABOUT: dict[type[e.Event], str] = {
    e.LimitWarned: "limit",
    e.LimitBroken: "limit",
    e.PostmortemReminded: "timer",
    e.SeverityChanged: "after",
    e.MilestoneMissed: "milestone",
    e.FollowUpDue: "checklist",
    e.DraftDue: "timer",
    e.ChannelsNotified: "step",
}
"""Which part of an event tells it from others of its kind."""


def _deed(event: e.Event, rules: Rules) -> str:
    match event:
        case e.Declared(severity=severity, tags=tags):
            return f"{severity}{', with the tag ' if tags else ''}{', '.join(tags)}"
        case e.TagsChanged(added=added):
            return ", ".join(added)
        case e.Acknowledged(by=None, name=name):
            return f"by {name}"
        case e.Acknowledged(by=str(by)) | e.Resolved(by=by) | e.StatusChanged(by=by) | e.UpdatePosted(by=by):
            return f"by {_name(by, rules)}"
        case _:
            return ""


def _told(event: e.Event, incident: Incident, rules: Rules) -> tuple[str, ...]:
    """Return whom the messages about `event` mention."""
    posts = (effect for effect in react(event, incident, Playbook(rules)) if isinstance(effect, f.Post))
    members = dict.fromkeys(member for post in posts for member in post.members)
    return tuple(_name(member, rules) for member in members)


def _name(member: str, rules: Rules) -> str:
    return "whoever declared it" if member == DECLARER else rules.responder_name(member)

"""What people do in a simulated incident, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain import commands as c
from app.domain.incident import Incident
from app.domain.playbook import Status

ACKNOWLEDGE, IDENTIFY, UPDATE, RESOLVE, TAG = "acknowledge", "identify", "update", "resolve", "tag"

DECLARER = "*declarer"
"""Whoever declares it: no responder, whose ids begin with a letter or a digit."""


class CannotSimulate(Exception):
    """One sentence: what was asked cannot be played, and what to ask instead."""


@dataclass(frozen=True, slots=True)
class Script:
    """An incident of `severity`, declared at `declared_at` (UTC), and what people do so long after that.

    `lasts` is how long it is watched; nothing means until all that happens once has happened.
    """

    severity: str
    declared_at: datetime
    acknowledge_after: timedelta | None = None
    identify_after: timedelta | None = None
    updates_after: tuple[timedelta, ...] = ()
    resolve_after: timedelta | None = None
    tags: tuple[tuple[str, timedelta], ...] = ()
    lasts: timedelta | None = None

    def acts(self) -> list["Act"]:
        """Return what people do after the declaration, in order of time."""
        acts = [Act(after, UPDATE) for after in self.updates_after]
        acts += [Act(after, TAG, tag) for tag, after in self.tags if after]
        once = ((ACKNOWLEDGE, self.acknowledge_after), (IDENTIFY, self.identify_after), (RESOLVE, self.resolve_after))
        acts += [Act(after, what) for what, after in once if after is not None]
        # The resolution closes the incident to all else: at the same moment, it comes last.
        return sorted(acts, key=lambda act: (act.after, act.what == RESOLVE))

    def tags_at_once(self) -> tuple[str, ...]:
        """Return the tags that it is declared with."""
        return tuple(tag for tag, after in self.tags if not after)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that somebody does, so long after the declaration."""

    after: timedelta
    what: str
    tag: str = ""

    def command(self, incident: Incident) -> c.Command:
        """Return the command for it; whoever was paged first sends it."""
        by = c.Actor(next(iter(incident.everybody_paged), DECLARER))
        commands: dict[str, c.Command] = {
            ACKNOWLEDGE: c.Acknowledge(by),
            IDENTIFY: c.ChangeStatus(by, Status.IDENTIFIED.value),
            UPDATE: c.PostUpdate(by, happening="Work goes on."),
            TAG: c.ChangeTags(by, add=(self.tag,)),
            RESOLVE: c.Resolve(by),
        }
        return commands[self.what]

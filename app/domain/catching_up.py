"""One message in place of many: what the clock had to say while nothing could be posted."""

from collections.abc import Sequence
from datetime import datetime

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.incident import Incident
from app.domain.still_wanted import still_wanted
from app.domain.timers import LATER, STEP, UPDATE

TOLD_TOGETHER = frozenset({"nudge", "paged", "limit_warned", "limit_broken", "milestone_missed", "caught_up"})
"""The messages that time alone brings about. Late, one that sums them up serves people better than each of them."""

Message = tuple[f.Effect, e.Event]
"""A message that was not posted, and the event behind it."""


def can_be_summed_up(effect: f.Effect) -> bool:
    """Say whether `effect` is a message that one to catch up may speak for."""
    return isinstance(effect, f.Post) and effect.message in TOLD_TOGETHER


def sum_up(messages: Sequence[Message], incident: Incident) -> c.CatchUp | None:
    """Return the command that tells in one message what `messages` would have; nothing where none is wanted now."""
    wanted = [event for effect, event in messages if still_wanted(effect, event, incident)]
    if not wanted:
        return None
    still = {timer for event in wanted for timer in _missed(event)}
    missed: dict[str, datetime] = {}
    # Of what was repeated only the last is still wanted, and it fell due when the first of them did.
    for _, event in messages:
        for timer in _missed(event).keys() & still:
            missed[timer] = min(_missed(event)[timer], missed.get(timer, LATER))
    if not missed:
        return None
    since = min(event.away_since if isinstance(event, e.CaughtUp) else event.at for _, event in messages)
    return c.CatchUp(since, missed, sum(_updates(event) for _, event in messages) if UPDATE in missed else 0)


def _missed(event: e.Event) -> dict[str, datetime]:
    match event:
        case e.Paged(step=step, at=at):
            return {STEP + step: at}
        case e.Nudged(due_at=due_at):
            return {UPDATE: due_at}
        case e.LimitWarned(limit=limit, due_at=due_at):
            return {f"{limit}.warning": due_at}
        case e.LimitBroken(limit=limit, due_at=due_at):
            return {f"{limit}.limit": due_at}
        case e.MilestoneMissed(milestone=milestone, due_at=due_at):
            return {f"milestone:{milestone}": due_at}
        case e.CaughtUp(missed=missed):
            return missed
        case _:
            return {}


def _updates(event: e.Event) -> int:
    # Of the nudges for one update only the last is still wanted, and each stands for an update that fell due.
    return event.updates if isinstance(event, e.CaughtUp) else int(isinstance(event, e.Nudged))

"""The answer to "who is on call?": for each responder who it is, until when, and who comes next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from app.domain.on_call import Calendar, Fixed, OnCall, Rotation, Schedule, Shift, on_shift, shifts
from app.domain.playbook import Bound, Responder, Roster
from app.domain.roster import Known, planned_for, present

TURNS_LOOKED_AT = 60


class Source(StrEnum):
    """Where it is said who plays a responder."""

    SLACK = "slack"
    FIXED = "fixed"
    ROTATION = "rotation"
    CALENDAR = "calendar"
    SCHEDULE = "schedule"
    NOWHERE = "nowhere"


SOURCES: Mapping[type[OnCall], Source] = {
    Fixed: Source.FIXED,
    Rotation: Source.ROTATION,
    Calendar: Source.CALENDAR,
    Schedule: Source.SCHEDULE,
}


@dataclass(frozen=True, slots=True)
class Watch:
    """Who plays a responder: `targets` are mentioned, `until` when, and `then` who takes over.

    Where nobody takes over, or nobody knows, `until` and `then` are empty. `skipped` would be on call, and no page
    reaches them.
    """

    responder: Responder
    source: Source
    targets: tuple[str, ...] = ()
    until: datetime | None = None
    then: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


def watches(
    responders: Sequence[Responder], bindings: Roster, on_call: Mapping[str, OnCall], known: Known, moment: datetime
) -> Iterator[Watch]:
    """Yield who plays each responder at `moment`, in their order."""
    for responder in responders:
        plan = on_call.get(responder.id)
        if responder.id in bindings:
            bound = present(bindings[responder.id], known.absent)
            yield Watch(responder, Source.SLACK, bound.targets, skipped=bound.skipped)
        elif plan:
            bound = _present(responder.id, plan, known, moment)
            until = _until(plan, known.shifts.get(responder.id, ()), moment)
            then = _present(responder.id, plan, known, until).targets if until else ()
            # Whoever stands in may be whoever comes next.
            stays = then == bound.targets
            until, then = (None, ()) if stays else (until, then)
            yield Watch(responder, SOURCES[type(plan)], bound.targets, until, then, bound.skipped)
        else:
            yield Watch(responder, Source.NOWHERE)


def _present(responder: str, plan: OnCall, known: Known, moment: datetime) -> Bound:
    return present(planned_for(responder, plan, known, moment), known.absent)


def _until(plan: OnCall, known: Sequence[Shift], moment: datetime) -> datetime | None:
    """Return when somebody else takes over, or nobody does."""
    match plan:
        case Rotation():
            now, *later = islice(shifts(plan, moment), TURNS_LOOKED_AT)
            return next((one.starts for one in later if one.member != now.member), None)
        case Calendar() | Schedule():
            before = on_shift(known, moment)
            changes = sorted({at for one in known for at in (one.starts, one.ends) if at > moment})
            return next((at for at in changes if on_shift(known, at) != before), None)
        case Fixed():
            return None

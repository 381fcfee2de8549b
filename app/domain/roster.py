"""Who plays each responder at a moment: bindings made in Slack come first, then what the playbook says.

Nothing is asked of anybody here. Members of groups and shifts of calendars were fetched ahead, and so was who is gone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.domain.on_call import Calendar, Fixed, OnCall, Rotation, Schedule, Shift, after_them, line, on_shift
from app.domain.playbook import Bound, Roster

Ids = tuple[str, ...]
NOBODY = Bound((), ())


@dataclass(frozen=True, slots=True)
class Known:
    """What was fetched ahead: the members of groups, the shifts of responders, and why no page reaches a member."""

    groups: Mapping[str, Ids] = field(default_factory=dict)
    shifts: Mapping[str, tuple[Shift, ...]] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)


def roster(bindings: Roster, on_call: Mapping[str, OnCall], known: Known, now: datetime) -> Roster:
    """Return who plays each responder at `now`; whom no page reaches is left out where somebody else can take it."""
    planned = {one: planned_for(one, plan, known, now) for one, plan in on_call.items() if one not in bindings}
    return {one: present(bound, known.absent) for one, bound in {**planned, **bindings}.items()}


def planned_for(responder: str, plan: OnCall, known: Known, now: datetime) -> Bound:
    """Return who plays a responder by the playbook alone."""
    match plan:
        case Fixed(targets=targets):
            return Bound(targets, tuple(dict.fromkeys(_opened(targets, known.groups))))
        case Rotation():
            first, *others = line(plan, now)
            return Bound((first,), (first,), deputies=tuple(others))
        case Calendar() | Schedule():
            shifts = known.shifts.get(responder, ())
            members = on_shift(shifts, now)
            return Bound(members, members, deputies=after_them(shifts, now))


def present(bound: Bound, absent: Mapping[str, str]) -> Bound:
    """Return `bound` without those whom no page reaches; where nobody is left, with whoever is next in their place.

    Where there is nobody next either it stays as it is: a page that is refused is told, and passed on.
    """
    gone = tuple(member for member in bound.members if member in absent)
    here = tuple(member for member in bound.members if member not in absent)
    deputies = tuple(member for member in bound.deputies if member not in absent)
    if not gone or not (here or deputies):
        return bound
    if not here:
        here, deputies = deputies[:1], deputies[1:]
    targets = tuple(target for target in bound.targets if target not in absent)
    return replace(bound, targets=targets or here, members=here, deputies=deputies, skipped=gone)


def _opened(targets: Ids, groups: Mapping[str, Ids]) -> Iterator[str]:
    for target in targets:
        if target.startswith("S"):
            yield from groups.get(target, ())
        else:
            yield target

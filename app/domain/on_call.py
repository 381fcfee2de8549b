"""Who is on call, as a playbook says it: members by name, a rotation, or a calendar that is fetched ahead.

Everything here is pure. A rotation hands over at a time of its own zone, so that summer time moves no handover; what a
calendar says comes as the shifts that were fetched from it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same: ids of members (`U…`, `W…`) and of user groups (`S…`)."""

    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody else than the rotation says, for a while."""

    member: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Rotation:
    """Members who take turns of one length, from `start` on, handing over at the time `at` of their `zone`.

    Before its start it turns too, backwards, so that somebody is on call at every moment. Of overrides that overlap,
    the one that stands last counts.
    """

    members: tuple[str, ...]
    every: timedelta
    start: date
    at: time = time(9)
    zone: str = "UTC"
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """An iCalendar at `url`, or in a `file` beside the playbook; `people` says who its names and addresses are."""

    url: str = ""
    file: str = ""
    people: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule in the pager of that `way`, by its `id` there."""

    way: str
    id: str


Fetched = Calendar | Schedule
"""What is fetched ahead, and kept as shifts."""

OnCall = Fixed | Rotation | Fetched
"""How a playbook says who plays a responder."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A time that a member is on call, its end not included."""

    member: str
    starts: datetime
    ends: datetime

    def holds(self, moment: datetime) -> bool:
        """Say whether it is this shift's time."""
        return self.starts <= moment < self.ends


def turn(rotation: Rotation, moment: datetime) -> int:
    """Return which turn of the rotation `moment` falls in; the one that begins at its start is 0."""
    local = moment.astimezone(ZoneInfo(rotation.zone)).replace(tzinfo=None)
    count = (local - datetime.combine(rotation.start, rotation.at)) // rotation.every
    # Where clocks are put forward or back, the time on the wall may be an hour off.
    while handover(rotation, count + 1) <= moment:
        count += 1
    while handover(rotation, count) > moment:
        count -= 1
    return count


def handover(rotation: Rotation, count: int) -> datetime:
    """Return when that turn begins (UTC)."""
    local = datetime.combine(rotation.start, rotation.at) + count * rotation.every
    return local.replace(tzinfo=ZoneInfo(rotation.zone)).astimezone(UTC)


def shift_at(rotation: Rotation, moment: datetime) -> Shift:
    """Return who is on call at `moment`, and from when until when without a break of the plan."""
    count = turn(rotation, moment)
    starts, ends = handover(rotation, count), handover(rotation, count + 1)
    member = rotation.members[count % len(rotation.members)]
    for one in rotation.overrides:
        if one.starts <= moment < one.ends:
            member, starts, ends = one.member, one.starts, one.ends
        else:
            starts = max(starts, one.ends) if one.ends <= moment else starts
            ends = min(ends, one.starts) if one.starts > moment else ends
    return Shift(member, starts, ends)


def shifts(rotation: Rotation, since: datetime) -> Iterator[Shift]:
    """Yield who is on call at `since`, and then who follows whom, without an end."""
    current = shift_at(rotation, since)
    while True:
        following = shift_at(rotation, current.ends)
        if following.member == current.member and len(set(rotation.members)) > 1:
            current = Shift(current.member, current.starts, following.ends)
            continue
        yield current
        current = following


def line(rotation: Rotation, moment: datetime) -> tuple[str, ...]:
    """Return who is on call at `moment`, then those whose turn comes after, each once."""
    first = turn(rotation, moment)
    size = len(rotation.members)
    others = (rotation.members[(first + place) % size] for place in range(size))
    return tuple(dict.fromkeys((shift_at(rotation, moment).member, *others)))


def on_shift(known: Iterable[Shift], moment: datetime) -> tuple[str, ...]:
    """Return whose shift it is at `moment`; several, where several shifts overlap."""
    return tuple(dict.fromkeys(one.member for one in _in_order(known) if one.holds(moment)))


def after_them(known: Iterable[Shift], moment: datetime) -> tuple[str, ...]:
    """Return whose shifts come after `moment`, the next one first."""
    now = on_shift(known := tuple(known), moment)
    later = (one.member for one in _in_order(known) if one.starts > moment)
    return tuple(member for member in dict.fromkeys(later) if member not in now)


def _in_order(known: Iterable[Shift]) -> list[Shift]:
    return sorted(known, key=lambda one: (one.starts, one.ends, one.member))

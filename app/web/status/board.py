"""What stands on the status page: pure, from what customers were told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from app.domain.customers import STATUSES, Impact, PublicStatus, episode_key, impacts
from app.domain.events import CustomersTold
from app.store import Telling

HISTORY = timedelta(weeks=4)
LOOK_BACK = timedelta(days=90)
"""How far back something can have begun that customers still wait for."""

WORKS = {
    Impact.NONE: "Works",
    Impact.MINOR: "Works with trouble",
    Impact.MAJOR: "Partly down",
    Impact.CRITICAL: "Down",
}
IN_ALL = {
    Impact.NONE: "Everything works",
    Impact.MINOR: "Some things work with trouble",
    Impact.MAJOR: "Some things are down",
    Impact.CRITICAL: "A major outage",
}
UNPLACED = "We are looking at a problem"
"""Where nobody has said what it concerns."""


@dataclass(frozen=True, slots=True)
class PublicIncident:
    """What customers were told of one thing, the newest word first. `key` names it in addresses."""

    key: str
    words: tuple[CustomersTold, ...]

    @property
    def headline(self) -> str:
        """What they read first."""
        return self.words[0].headline

    @property
    def status(self) -> str:
        """How far it has come, in words."""
        return STATUSES[PublicStatus(self.words[0].status)]

    @property
    def is_over(self) -> bool:
        """Say whether customers were told that it is over."""
        return self.words[0].status == PublicStatus.RESOLVED

    @property
    def impact(self) -> Impact:
        """How bad it is; of what is over, how bad it was at its worst."""
        told = self.words if self.is_over else self.words[:1]
        return max((Impact(word.impact) for word in told), key=lambda one: one.rank)

    @property
    def components(self) -> tuple[str, ...]:
        """What it affects, or has affected."""
        told = reversed(self.words) if self.is_over else self.words[:1]
        return tuple(dict.fromkeys(name for word in told for name in word.components))

    @property
    def began_at(self) -> datetime:
        """When customers were first told."""
        return self.words[-1].at

    @property
    def ended_at(self) -> datetime:
        """When they were last told."""
        return self.words[0].at


@dataclass(frozen=True, slots=True)
class Board:
    """What the page shows: the components with how each works, what goes on, and what is over, day by day."""

    components: tuple[tuple[str, Impact], ...]
    under_way: tuple[PublicIncident, ...]
    over: tuple[tuple[date, tuple[PublicIncident, ...]], ...]

    @property
    def impact(self) -> Impact:
        """How bad the worst of what goes on is."""
        return max((one.impact for one in self.under_way), key=lambda one: one.rank, default=Impact.NONE)

    @property
    def overall(self) -> str:
        """How it all is, in words; what nobody says is down, does not stand below as working all the same."""
        works = all(impact is Impact.NONE for _, impact in self.components)
        return UNPLACED if self.components and works and self.impact is not Impact.NONE else IN_ALL[self.impact]

    @property
    def everything(self) -> tuple[PublicIncident, ...]:
        """All that stands there, what goes on first."""
        return (*self.under_way, *(one for _, day in self.over for one in day))


def board(told: Sequence[Telling], components: Sequence[str], zone: ZoneInfo, now: datetime) -> Board:
    """Return what stands on the page at `now`, of `told`, in the days of `zone`."""
    incidents = _incidents(told)
    newest_first = sorted(incidents, key=lambda one: one.began_at, reverse=True)
    under_way = tuple(one for one in newest_first if not one.is_over)
    over = [one for one in newest_first if one.is_over and one.ended_at > now - HISTORY]
    days = groupby(over, key=lambda one: one.began_at.astimezone(zone).date())
    return Board(_states(components, under_way), under_way, tuple((day, tuple(some)) for day, some in days))


def _incidents(told: Iterable[Telling]) -> list[PublicIncident]:
    words: dict[str, list[CustomersTold]] = {}
    for one in told:
        key = episode_key(one.workspace, one.incident_id, one.name, one.event.episode)
        words.setdefault(key, []).insert(0, one.event)
    return [PublicIncident(key, tuple(newest_first)) for key, newest_first in words.items()]


def _states(components: Sequence[str], under_way: Sequence[PublicIncident]) -> tuple[tuple[str, Impact], ...]:
    worst = impacts(one.words[0] for one in under_way)
    return tuple((name, worst.get(name, Impact.NONE)) for name in dict.fromkeys((*components, *worst)))

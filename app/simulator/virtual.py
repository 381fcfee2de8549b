"""The bot's `decide` and `timers` on a clock that jumps from one due time to the next."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain import commands as c
from app.domain import events as e
from app.domain.decide import decide
from app.domain.errors import Rejected
from app.domain.evolve import evolve, fold
from app.domain.incident import Incident
from app.domain.playbook import Bound, Roster, Rules
from app.domain.timers import REPEAT, UPDATE, timers
from app.simulator.moments import Moment, moment
from app.simulator.script import DECLARER, Act, CannotSimulate, Script

REPEATED = frozenset({REPEAT, UPDATE})
MOST = 20_000
"""Moments, after which whatever goes on repeating has been seen."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """What would happen, moment by moment. `is_cut` says that it was watched no further, though it had no end."""

    rules: Rules
    script: Script
    moments: tuple[Moment, ...]
    is_cut: bool = False

    @property
    def lasted(self) -> timedelta:
        """How long after the declaration it was watched, at least."""
        last = self.moments[-1].after
        return max(last, self.script.lasts or last)


def simulate(rules: Rules, script: Script, most: int = MOST) -> Simulation:
    """Return what `rules` make of `script`, in not many more moments than `most`.

    Raises `CannotSimulate` where people do what nobody can do then.
    """
    roster: Roster = {one.id: Bound((one.id,), (one.id,)) for one in rules.responders}
    declare = c.Declare(
        c.Actor(DECLARER), "Simulated", script.severity, tags=script.tags_at_once(), number=1, number_in_year=1
    )
    events = decide(None, declare, rules, roster, script.declared_at)
    clock = _Clock(rules, roster, script, fold(events[:1]))
    clock.tell(events)
    runs_down = clock.runs_down(most)
    return Simulation(rules, script, tuple(clock.moments), is_cut=not runs_down)


@dataclass(slots=True)
class _Clock:
    rules: Rules
    roster: Roster
    script: Script
    incident: Incident
    moments: list[Moment] = field(default_factory=list)
    mute: set[tuple[str, datetime]] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def runs_down(self, most: int) -> bool:
        """Go on until nothing more is to come, or `most` moments have come; return whether it came to an end."""
        acts = self.script.acts()
        while len(self.moments) < most:
            coming = self._coming()
            timer = min(coming.values(), default=None)
            act = acts[0] if acts else None
            now = min((at for at in (timer, act and self._at(act)) if at), default=None)
            if now is None or not self._is_watched(now) or not (act or self._has_more(coming)):
                return True
            if act and self._at(act) == now:
                self._act(acts.pop(0))
            else:
                self._tick(coming, now)
        return False

    def tell(self, events: Sequence[e.Event]) -> None:
        """Let `events` happen."""
        for event in events:
            self.incident = evolve(self.incident, event)
            self.moments += moment(event, self.incident, self.rules)
        if self.incident.wants_channel and self.incident.channel is None:
            self._open_room()

    def _open_room(self) -> None:
        # Slack is taken to do at once what it is asked for.
        opened = c.RecordChannel("C", self.incident.name)
        at = self.moments[-1].at
        self.tell(decide(self.incident, opened, self.rules, self.roster, at))

    def _act(self, act: Act) -> None:
        try:
            self.tell(decide(self.incident, act.command(self.incident), self.rules, self.roster, self._at(act)))
        except Rejected as refused:
            raise CannotSimulate(str(refused)) from None

    def _tick(self, coming: dict[str, datetime], now: datetime) -> None:
        due = {(name, at) for name, at in coming.items() if at <= now}
        self.seen |= {name for name, _ in due}
        events = decide(self.incident, c.Tick(), self.rules, self.roster, now)
        if not events:
            # What falls due without a word would fall due for ever.
            self.mute |= due
        self.tell(events)

    def _coming(self) -> dict[str, datetime]:
        due = timers(self.incident, self.rules)
        return {name: at for name, at in due.items() if (name, at) not in self.mute} if self.mute else due

    def _has_more(self, coming: dict[str, datetime]) -> bool:
        return self.script.lasts is not None or bool(coming.keys() - REPEATED or coming.keys() - self.seen)

    def _at(self, act: Act) -> datetime:
        return self.script.declared_at + act.after

    def _is_watched(self, at: datetime) -> bool:
        return self.script.lasts is None or at <= self.script.declared_at + self.script.lasts

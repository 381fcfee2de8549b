"""The ways out, and which of them are open circuits: nothing goes by them, because the other side takes nothing.

While a circuit is open its deliveries are left alone, whole and in order, and nobody's attempts are counted; the other
side is asked from time to time whether it is back. One that says that it is there, and then takes nothing all the same,
is left in peace for a while, longer each time.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.effects import Way
from app.outbox.outcomes import Away, Doubtful, Later, Outcome, Queued, Sent, Sink

log = logging.getLogger(__name__)

DOUBTS = 3
"""So many unknown outcomes in a row, and the other side is asked before anything more is sent."""
PAUSES = 5
"""So many times in a row it asks for a pause, and nothing more is sent until that is over. Slack asks for single
channels and methods, and is no less there for that."""
PAUSE = timedelta(seconds=30)
RESTS = tuple(timedelta(seconds=seconds) for seconds in (0, 15, 30, 60))
"""How long it is left alone that said so often that it is there, and took nothing."""
LASTS = timedelta(seconds=90)
"""How long a trouble counts after it was last met, where nothing has gone through since."""
ANSWER_WITHIN = 5.0
"""Seconds that the other side may take to say that it is there."""
NOT_YET = "it has not answered yet"


@dataclass
class Circuit:
    """One way out. `open_since` (UTC) and `reason` say since when nothing goes, and why, in words.

    `failing_since` is when the trouble began, also where the circuit was closed in between and nothing got through,
    and `met_at` when it was last met. The other side is not asked before `ask_at`.
    """

    sink: Sink | None = None
    open_since: datetime | None = None
    reason: str = ""
    doubts: int = 0
    pauses: int = 0
    rests: int = 0
    failing_since: datetime | None = None
    met_at: datetime | None = None
    ask_at: datetime | None = None

    @property
    def since(self) -> datetime | None:
        """Since when nothing goes this way."""
        return self.failing_since or self.open_since

    def recovered(self) -> None:
        """Forget the trouble: something got through."""
        self.doubts = self.pauses = self.rests = 0
        self.failing_since = None

    def fails_at(self, now: datetime) -> bool:
        """Say whether nothing goes this way, as far as anybody knows."""
        return self.open_since is not None or (self.rests > 0 and self.failing_since is not None and self.lately(now))

    def lately(self, now: datetime) -> bool:
        """Say whether the trouble was met only now."""
        return self.met_at is not None and now - self.met_at < LASTS

    def follow(self, back: timedelta) -> None:
        """Count on with a clock that was set back by that much."""
        for name in ("open_since", "failing_since", "met_at", "ask_at"):
            if moment := getattr(self, name):
                setattr(self, name, moment - back)


class Circuits(dict[Way, Circuit]):
    """All ways out; one without a sink is open until it gets one."""

    def __init__(self, now: datetime) -> None:
        super().__init__((way, Circuit(open_since=now, reason=NOT_YET)) for way in Way)

    def connect(self, way: Way, sink: Sink) -> None:
        """Let deliveries go by `way`, through `sink`."""
        self[way] = Circuit(sink)

    @property
    def passable(self) -> list[Way]:
        """The ways by which deliveries go now."""
        return [way for way, circuit in self.items() if circuit.sink and circuit.open_since is None]

    def failing(self, now: datetime) -> Mapping[Way, Circuit]:
        """Return the ways by which nothing goes, those that are tried again in between too."""
        return {way: circuit for way, circuit in self.items() if circuit.fails_at(now)}

    def note(self, way: Way, outcome: Outcome, now: datetime) -> bool:
        """Take account of what became of an attempt: say whether the other side has to be asked if it is there."""
        circuit = self[way]
        match outcome:
            case Queued() | Later(tried=False):
                pass
            case Away(reason=reason):
                self._open(way, reason, now)
            case Doubtful(reason=reason):
                circuit.doubts += 1
                if circuit.doubts >= DOUBTS:
                    self._open(way, reason, now)
            case Later(of_all=False):
                circuit.doubts = 0
            case Later(reason=reason, after=after):
                circuit.doubts, circuit.pauses = 0, circuit.pauses + 1
                if circuit.pauses >= PAUSES and way is not Way.SLACK:
                    self._open(way, reason, now)
                    circuit.ask_at = max(circuit.ask_at or now, now + (after or PAUSE))
            case Sent(result=result) if "skipped" not in result:
                circuit.recovered()
            case _:
                circuit.doubts = circuit.pauses = 0
        return circuit.open_since is not None

    async def try_again(self, now: datetime) -> bool:
        """Ask those that were away whether they are back; say whether one is."""
        away = [way for way, circuit in self.items() if circuit.sink and circuit.open_since]
        due = [way for way in away if (ask_at := self[way].ask_at) is None or ask_at <= now]
        return any(await asyncio.gather(*(self._ask(way, now) for way in due)))

    async def _ask(self, way: Way, now: datetime) -> bool:
        circuit = self[way]
        if circuit.sink is None:
            return False
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                reason = await circuit.sink.away()
        except TimeoutError:
            reason = "it does not answer"
        except Exception:
            # That one cannot be asked must not keep the others away.
            log.exception("%s could not be asked whether it is back", way)
            reason = "it could not be asked whether it is there; the log of Tocsin has why"
        circuit.met_at = now
        if reason is not None:
            circuit.reason = reason
            return False
        log.warning("%s is back: its deliveries go on", way)
        circuit.open_since, circuit.ask_at, circuit.doubts = None, None, 0
        # One more request for a pause says by now that the first ones were meant.
        circuit.pauses = min(circuit.pauses, PAUSES - 1)
        return True

    def _open(self, way: Way, reason: str, now: datetime) -> None:
        circuit = self[way]
        if circuit.open_since is None:
            log.warning("%s is away, its deliveries wait: %s", way, reason)
            circuit.open_since = now
            if circuit.failing_since is None or not circuit.lately(now):
                circuit.failing_since, circuit.rests = now, 0
            elif way is not Way.SLACK:
                circuit.ask_at = now + RESTS[min(circuit.rests, len(RESTS) - 1)]
                circuit.rests += 1
        circuit.reason, circuit.met_at = reason, now

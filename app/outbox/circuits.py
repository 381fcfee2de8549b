"""The ways out, and which of them are open circuits: nothing goes by them, because the other side is away.

While a circuit is open its deliveries are left alone, whole and in order, and nobody's attempts are counted; the other
side is asked from time to time whether it is back.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime

from app.domain.effects import Way
from app.outbox.outcomes import Away, Doubtful, Later, Outcome, Queued, Sink

log = logging.getLogger(__name__)

DOUBTS = 3
"""So many unknown outcomes in a row, and the other side is asked before anything more is sent."""
ANSWER_WITHIN = 5.0
"""Seconds that the other side may take to say that it is there."""
NOT_YET = "it has not answered yet"


@dataclass
class Circuit:
    """One way out. `open_since` (UTC) and `reason` say since when nothing goes, and why, in words."""

    sink: Sink | None = None
    open_since: datetime | None = None
    reason: str = ""
    doubts: int = 0


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

    def note(self, way: Way, outcome: Outcome, now: datetime) -> bool:
        """Take account of what became of an attempt: say whether the other side has to be asked if it is there."""
        circuit = self[way]
        if not isinstance(outcome, Queued) and not (isinstance(outcome, Later) and not outcome.tried):
            circuit.doubts = circuit.doubts + 1 if isinstance(outcome, Doubtful) else 0
        if isinstance(outcome, Away) or (isinstance(outcome, Doubtful) and circuit.doubts >= DOUBTS):
            self._open(way, outcome.reason, now)
        return circuit.open_since is not None

    async def try_again(self) -> bool:
        """Ask those that were away whether they are back; say whether one is."""
        away = [way for way, circuit in self.items() if circuit.sink and circuit.open_since]
        return any(await asyncio.gather(*map(self._ask, away)))

    async def _ask(self, way: Way) -> bool:
        circuit = self[way]
        if circuit.sink is None:
            return False
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                reason = await circuit.sink.away()
        except TimeoutError:
            reason = "it does not answer"
        if reason is not None:
            circuit.reason = reason
            return False
        log.warning("%s is back: its deliveries go on", way)
        circuit.open_since, circuit.reason, circuit.doubts = None, "", 0
        return True

    def _open(self, way: Way, reason: str, now: datetime) -> None:
        circuit = self[way]
        if circuit.open_since is None:
            log.warning("%s is away, its deliveries wait: %s", way, reason)
            circuit.open_since = now
        circuit.reason = reason

"""What the settings connect: for each way out, the sink of the outbox that takes what goes by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.domain.effects import CALLED, Way
from app.domain.playbook import Playbook
from app.outbox import Dead, Outcome, Sent, Sink, wanted
from app.store import Delivery, Record


@dataclass(frozen=True, slots=True)
class Connected:
    """The systems outside that are connected, beside Slack, each with its sink."""

    sinks: Mapping[Way, Sink] = field(default_factory=dict)

    @property
    def ways(self) -> frozenset[Way]:
        """By which ways something goes out."""
        return frozenset({Way.SLACK, *self.sinks})

    def every_sink(self) -> dict[Way, Sink]:
        """Return a sink for every way but Slack's: what waits for a system that is connected no more is told so."""
        return {way: self.sinks.get(way, Unconnected(way)) for way in Way if way is not Way.SLACK}

    def known_to(self, playbook: Playbook) -> Playbook:
        """Return the playbook, and those beside it, knowing by which ways something goes out."""
        others = {name: replace(other, connected=self.ways) for name, other in playbook.others.items()}
        return replace(playbook, connected=self.ways, others=others)


@dataclass(frozen=True, slots=True)
class Unconnected:
    """Takes what goes by a way that no setting connects, and says so."""

    way: Way

    async def deliver(self, delivery: Delivery, _record: Record) -> Outcome:
        """Say that it cannot arrive."""
        return Dead(wanted(delivery.effect), f"{CALLED[self.way]} is not connected any more: see the settings")

    async def find(self, _delivery: Delivery, _record: Record) -> Outcome | None:
        """Find nothing."""
        return None

    async def sweep(self, _delivery: Delivery, _record: Record) -> Outcome:
        """Take nothing away."""
        return Sent()

    async def away(self) -> str | None:
        """Be there: what comes is answered at once."""
        return None

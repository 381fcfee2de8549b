"""What the settings connect: for each way out, the sink of the outbox that takes what goes by it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from app.config import Settings
from app.domain.effects import CALLED, Way
from app.domain.playbook import Playbook
from app.integrations.bridge import bridge
from app.integrations.documents import documents
from app.integrations.mail.connecting import mail
from app.integrations.pagers import Pagers
from app.integrations.status import status
from app.integrations.system import Around, System, by_this_machine
from app.integrations.tickets import tickets
from app.line import Fence
from app.outbox import Dead, Outcome, Sent, Sink, wanted
from app.store import Delivery, Record

SUBJECTS: Sequence[Callable[[Around], Mapping[Way, System]]] = (
    tickets,
    documents,
    bridge,
    mail,
    status,
)
"""What each subject connects beside the pagers; a later one may take the place of what an earlier one made of a way."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The systems outside that are connected, beside Slack, each with its sink."""

    sinks: Mapping[Way, System] = field(default_factory=dict)

    async def close(self) -> None:
        """Let go of every one."""
        for system in self.sinks.values():
            await system.close()

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


def connect(
    settings: Settings,
    playbook: Playbook,
    pagers: Pagers,
    link: Callable[[Record], str | None],
    *,
    folders: Mapping[str, Sequence[Path]] = MappingProxyType({}),
    now: Callable[[], datetime] = by_this_machine,
) -> Connected:
    """Return what the settings connect, the `pagers` with it; `link` returns where people find an incident.

    `folders` are those of the messages of each playbook, by its name. Raises `Misfit` where the settings do not fit
    the playbook.
    """
    sinks: dict[Way, System] = {**pagers.sinks(link)}
    around = Around(settings, playbook, Fence(settings.allowed_hosts), link, sinks, folders, now)
    for subject in SUBJECTS:
        sinks |= subject(around)
    return Connected(sinks)


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

"""A system outside that is connected: what the outbox sends by, what can be proven, what is closed at the end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from app.config import Settings
from app.domain.effects import Way
from app.domain.playbook import Playbook
from app.integrations.proof import Proof
from app.line import Fence
from app.outbox import Sink
from app.store import Record


def by_this_machine() -> datetime:
    """Return what time it is here (UTC)."""
    return datetime.now(UTC)


class System(Sink, Protocol):
    """A sink of the outbox with what stands behind it."""

    async def prove(self) -> list[Proof]:
        """Look at it without ringing anybody and without changing anything. Nothing here raises."""

    async def close(self) -> None:
        """Let go of every connection."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a subject may need to connect its systems.

    `fence` says whom they may call, `link` where people find an incident, `made` what the subjects before it connect,
    `folders` where the messages of each playbook lie, by its name, `now` what time it is.
    """

    settings: Settings
    playbook: Playbook
    fence: Fence
    link: Callable[[Record], str | None]
    made: Mapping[Way, System]
    folders: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    now: Callable[[], datetime] = by_this_machine

"""What the listeners work with."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from app.domain.effects import Way
from app.domain.playbook import Playbook
from app.handle import Handler
from app.integrations import NO_PAGERS, Pagers
from app.slack.client import Client
from app.slack.people import People
from app.slack.words import Words
from app.store import Store

log = structlog.get_logger(__name__)


class Afterwards:
    """Slack calls that follow an acknowledgement. Nothing waits for them but the end of the process."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin `work`, and keep it alive: asyncio itself holds tasks weakly."""
        # In a context of its own: what the answer had to be ready by does not hold for it.
        task = asyncio.create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def finish(self) -> None:
        """Wait for everything that was begun."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.warning("an answer did not reach its person", error=str(error), kind=type(error).__name__)


def _not_measured(_: float) -> None:
    """Let it pass."""


def _nobody() -> Mapping[Way, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Edge:
    """What the composition root hands to the listeners.

    `retry_delivery` takes the key of a dead delivery and says whether it is tried again. `pagers` are those that are
    connected, `away` returns the ways by which nothing goes, with the reason. `answered` is told how many seconds each
    answer took.
    """

    client: Client
    handler: Handler
    store: Store
    words: Words
    playbook: Playbook
    people: People
    workspace: str
    now: Callable[[], datetime]
    retry_delivery: Callable[[str], Awaitable[bool]]
    pagers: Pagers = NO_PAGERS
    status_page: str = ""
    away: Callable[[], Mapping[Way, str]] = _nobody
    answered: Callable[[float], None] = _not_measured
    afterwards: Afterwards = field(default_factory=Afterwards)

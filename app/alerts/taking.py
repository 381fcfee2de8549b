"""Takes what monitors tell: keeps it as it came, decides what becomes of it, and answers once both are recorded.

Requests that come at the same time are taken together, in a transaction that clicks and pages go before. Whatever is
killed in between, or sent again, is taken once: what is known of each alert says so.
"""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from app.alerts.deciding import Deciding
from app.alerts.fields import Part
from app.alerts.notice import Notice, Reading, Unusable
from app.alerts.sources import Source
from app.alerts.telling import Touched, tell
from app.domain.playbook import Playbook
from app.store import Conflict, KeptBody, NotRecorded, Store, StoreError, Transaction
from app.store.tables import INSTALLATION

log = logging.getLogger(__name__)

TRIES = 5
TOGETHER = 200
"""So many alerts are taken in one transaction, unless one request alone has more."""
MOST_WAITING = 2_000
"""So many requests wait to be taken; whoever sends more is asked to come again."""
KEPT = timedelta(days=7)
THOUGHT_TO_FIRE = timedelta(days=30)
AT_ONCE = 20
PULSE = "alerts"

T = TypeVar("T")
Now = Callable[[], datetime]


@dataclass(slots=True)
class Request:
    """What one sender waits for: `done` once it is recorded."""

    source: str
    body: bytes
    reading: Reading
    once: str
    done: asyncio.Future[None] = field(repr=False)


class Taking:
    """Takes alerts for one workspace. Until it is known which that is, they are kept, and taken as soon as it is.

    `recorded` is called after each commit, so that the outbox looks at once.
    """

    def __init__(
        self,
        store: Store,
        playbook: Playbook,
        now: Now,
        recorded: Callable[[], None],
        *,
        sources: Mapping[str, Source],
        workspace: str | None = None,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self.store = store
        self.playbook = playbook
        self.now = now
        self.recorded = recorded
        self.sources = sources
        self.workspace = workspace
        self.most_waiting = most_waiting
        self._waiting: list[Request] = []
        self._working: asyncio.Task[None] | None = None

    async def take(self, source: str, body: bytes, reading: Reading, once: str = "") -> None:
        """Return once what was sent is recorded, with all that becomes of it. Raises a `StoreError` where it is not.

        A request with a receipt, `once`, that came before is not taken again.
        """
        if len(self._waiting) >= self.most_waiting:
            raise NotRecorded
        request = Request(source, body, reading, once, asyncio.get_running_loop().create_future())
        self._waiting.append(request)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        await request.done

    async def know(self, workspace: str) -> None:
        """Take for this workspace from now on, first of all what came before it was known."""
        self.workspace = workspace
        now = self.now()
        with suppress(StoreError):
            # What cannot be recorded now is taken up by `follow_up`.
            await self.store.run(lambda tx: tx.beat(PULSE, now, workspace), urgent=False)
            await self.follow_up()

    async def follow_up(self) -> None:
        """Do what falls due: bodies that wait, counts that changed, and incidents that nobody opened again."""
        workspace = self.workspace
        if workspace is None:
            return
        while await self._insist(lambda tx: self._take_kept(tx, workspace)) == AT_ONCE:
            self.recorded()
        await self._insist(lambda tx: self._tell_due(tx, workspace))
        self.recorded()

    async def forget(self) -> None:
        """Forget what is older than seven days."""
        now = self.now()

        def work(tx: Transaction) -> None:
            tx.forget_suggestions(now - KEPT)
            tx.forget_alerts(now - KEPT, now - THOUGHT_TO_FIRE)

        await self.store.run(work, urgent=False)

    async def _work(self) -> None:
        while self._waiting:
            together = self._next()
            try:
                await self._run(together)
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is the senders'
                await self._one_by_one(together, error)
            for request in together:
                if not request.done.done():
                    request.done.set_result(None)
            self.recorded()

    def _next(self) -> list[Request]:
        count, alerts = 0, 0
        for request in self._waiting:
            alerts += len(request.reading.notices)
            if count and alerts > TOGETHER:
                break
            count += 1
        together, self._waiting = self._waiting[:count], self._waiting[count:]
        return together

    async def _one_by_one(self, together: Sequence[Request], error: Exception) -> None:
        # Where the database takes nothing, it takes nothing of any; else one of them is to blame.
        alone = len(together) == 1 or isinstance(error, StoreError)
        for request in together:
            failed: Exception | None = error if alone else None
            if not alone:
                try:
                    await self._run([request])
                except Exception as its_own:  # noqa: BLE001 -- it is that sender's
                    failed = its_own
            if failed and not request.done.done():
                request.done.set_exception(failed)

    async def _run(self, together: Sequence[Request]) -> None:
        await self._insist(lambda tx: self._take(tx, together))

    async def _insist(self, work: Callable[[Transaction], T]) -> T:
        """Do it anew where somebody else changed the same incident meanwhile."""
        for _ in range(TRIES - 1):
            with suppress(Conflict):
                return await self.store.run(work, urgent=False)
        return await self.store.run(work, urgent=False)

    def _take(self, tx: Transaction, together: Sequence[Request]) -> None:
        now, workspace = self.now(), self.workspace
        tx.lock_alerts(workspace or INSTALLATION)
        deciding = Deciding(tx, workspace, self.playbook, now) if workspace else None
        for request in together:
            if request.once:
                if tx.receipt(workspace or INSTALLATION, request.once):
                    continue
                tx.keep_receipt(workspace or INSTALLATION, request.once, None, now)
            kept = tx.keep_body(workspace or INSTALLATION, request.source, request.body, now, waiting=workspace is None)
            if deciding and workspace:
                tx.note_body(kept, workspace, in_words(deciding.take(request.reading.notices, now)))
        if deciding:
            deciding.finish()

    def _take_kept(self, tx: Transaction, workspace: str) -> int:
        tx.lock_alerts(workspace)
        bodies = tx.waiting_bodies(AT_ONCE)
        deciding = Deciding(tx, workspace, self.playbook, self.now())
        for one in bodies:
            try:
                became = in_words(deciding.take(notices_of(one, self.sources), one.received_at))
            except Unusable as unusable:
                became = str(unusable)
            tx.note_body(one.id, workspace, became)
        deciding.finish()
        return len(bodies)

    def _tell_due(self, tx: Transaction, workspace: str) -> None:
        tx.lock_alerts(workspace)
        now = self.now()
        for incident_id in tx.due_tallies(workspace, now, AT_ONCE):
            tell(tx, incident_id, self.playbook, now, Touched())
        due = tx.due_again(workspace, now)
        deciding = Deciding(tx, workspace, self.playbook, now)
        for group in due:
            deciding.declare_again(group)
        deciding.finish()


def notices_of(body: KeptBody, sources: Mapping[str, Source]) -> tuple[Notice, ...]:
    """Read what was kept, as it was read when it came. Raises `Unusable`."""
    source = sources.get(body.source)
    if source is None:
        raise Unusable("Nobody sends that any more.")
    parsed: Any = json.loads(body.body)
    return source.read(Part.of(parsed)).notices


def last_workspace(tx: Transaction) -> str | None:
    """Return the workspace for which alerts were taken last; where none ever was, the only one that there is."""
    known = tx.workspaces()
    last = tx.last_beat(PULSE)
    return last or (known[0] if len(known) == 1 else None)


def in_words(became: Counter[str]) -> str:
    """Say what became of a request's alerts, in a line."""
    return ", ".join(f"{count} {what}" if count > 1 else what for what, count in became.items()) or "no alert"

"""Takes what monitors tell: keeps it as it came, decides what becomes of it, and answers once both are recorded.

Requests that come at the same time are taken together, in a transaction that clicks and pages go before. Whatever is
killed in between, or sent again, is taken once: what is known of each alert says so.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from app.alerts import body as bodies
from app.alerts.deciding import Deciding
from app.alerts.notice import NO_ALERT, Notice, Reading, Unusable
from app.alerts.sources import Source
from app.alerts.telling import Touched, tell
from app.domain.playbook import Playbook
from app.store import Conflict, KeptBody, NotRecorded, Store, StoreError, Transaction
from app.store.tables import INSTALLATION

log = logging.getLogger(__name__)

TRIES = 5
TOGETHER = 200
"""So many alerts are taken in one transaction: clicks wait for no more. A request that has more is taken in pieces."""
MOST_WAITING = 2_000
MOST_BYTES = 64 * 1024 * 1024
"""So many requests, and so much of them, wait to be taken; whoever sends more is asked to come again."""
KEPT = timedelta(days=7)
THOUGHT_TO_FIRE = timedelta(days=30)
AT_ONCE = 20
FORGET_AT_ONCE = 1_000
PULSE = "alerts"
NOT_TAKEN = "not taken: Tocsin failed at it, and its log says how"
LAST = datetime.max.replace(tzinfo=UTC)

T = TypeVar("T")
Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Told:
    """What one request told. `kept` is the id of its body, where that was kept before it could be taken.

    `became` is what became of its first pieces, where it is taken in several.
    """

    source: str
    body: bytes
    notices: tuple[Notice, ...]
    once: str = ""
    heard_at: datetime | None = None
    kept: int | None = None
    became: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Request:
    """What one sender waits for: `done` once it is recorded."""

    told: Told
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
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.store = store
        self.playbook = playbook
        self.now = now
        self.recorded = recorded
        self.sources = sources
        self.workspace = workspace
        self.most_waiting, self.most_bytes = most_waiting, most_bytes
        self._waiting: list[Request] = []
        self._held = 0
        self._working: asyncio.Task[None] | None = None

    async def take(self, source: str, body: bytes, reading: Reading, once: str = "") -> None:
        """Return once what was sent is recorded, with all that becomes of it. Raises a `StoreError` where it is not.

        A request with a receipt, `once`, that came before is not taken again.
        """
        if len(self._waiting) >= self.most_waiting or self._held + len(body) > self.most_bytes:
            raise NotRecorded
        told = Told(source, body, reading.notices, once)
        request = Request(told, asyncio.get_running_loop().create_future())
        self._held += len(body)
        self._waiting.append(request)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        try:
            await request.done
        finally:
            self._held -= len(body)

    async def know(self, workspace: str) -> None:
        """Take for this workspace from now on, first of all what came before it was known."""
        self.workspace = workspace
        now = self.now()
        try:
            await self.store.run(lambda tx: tx.beat(PULSE, now, workspace), urgent=False)
            await self._take_waiting(workspace)
        except Exception:
            # Whatever it is, Tocsin starts all the same, and `follow_up` comes again; it takes what is left, too.
            log.exception("what monitors sent before could not be taken yet")

    async def follow_up(self) -> None:
        """Do what falls due: bodies that wait, counts that changed, and incidents that nobody opened again."""
        workspace = self.workspace
        if workspace is None:
            return
        while await self._take_waiting(workspace):
            pass
        await self._insist(lambda tx: self._tell_due(tx, workspace))
        self.recorded()

    async def forget(self) -> None:
        """Forget what is older than seven days, a little at a time: whoever clicks does not wait for all of it."""
        now = self.now()
        await self.store.run(lambda tx: tx.forget_suggestions(now - KEPT), urgent=False)
        more = True
        while more:
            more = await self.store.run(
                lambda tx: tx.forget_alerts(now - KEPT, now - THOUGHT_TO_FIRE, FORGET_AT_ONCE), urgent=False
            )

    async def _work(self) -> None:
        while self._waiting:
            together = self._next()
            failures = await self._try([request.told for request in together])
            for request, failed in zip(together, failures, strict=True):
                if request.done.done():
                    continue
                if failed:
                    request.done.set_exception(failed)
                else:
                    request.done.set_result(None)
            self.recorded()

    def _next(self) -> list[Request]:
        count, alerts = 0, 0
        for request in self._waiting:
            alerts += len(request.told.notices)
            if count and alerts > TOGETHER:
                break
            count += 1
        together, self._waiting = self._waiting[:count], self._waiting[count:]
        return together

    async def _take_waiting(self, workspace: str) -> bool:
        """Take the first of what was kept, one after another, and return whether there was anything.

        What cannot be taken is noted, and does not hold up the others.
        """
        waiting = await self.store.run(lambda tx: tx.waiting_bodies(workspace, AT_ONCE), urgent=False)
        for one in await asyncio.to_thread(lambda: [told_by(body, self.sources) for body in waiting]):
            [failed] = await self._try([one])
            if isinstance(failed, StoreError):
                raise failed
            if failed and one.kept:
                log.error("what a monitor sent, %s of tocsin alerts, was not taken", one.kept, exc_info=failed)
                await self._insist(
                    partial(Transaction.note_body, body_id=one.kept, workspace=workspace, became=NOT_TAKEN)
                )
        self.recorded()
        return bool(waiting)

    async def _try(self, together: Sequence[Told]) -> list[Exception | None]:
        """Take them, and return for each why it failed; where one of them is to blame, the others go without it."""
        try:
            await self._take_in_pieces(together)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is the senders'
            # Where the database takes nothing, it takes nothing of any.
            if len(together) == 1 or isinstance(error, StoreError):
                return [error] * len(together)
            return [failed for one in together for failed in await self._try([one])]
        return [None] * len(together)

    async def _take_in_pieces(self, together: Sequence[Told]) -> None:
        workspace, first = self.workspace, together[0]
        if workspace and len(first.notices) > TOGETHER:
            became = first.became.copy()
            *pieces, last = in_pieces(first.notices)
            for piece in pieces:
                became += await self._insist(
                    partial(self._take_piece, told=replace(first, notices=piece), workspace=workspace)
                )
            together = [replace(first, notices=last, became=became), *together[1:]]
        await self._insist(lambda tx: self._take(tx, together))

    async def _insist(self, work: Callable[[Transaction], T]) -> T:
        """Do it anew where somebody else changed the same incident meanwhile."""
        for _ in range(TRIES - 1):
            with suppress(Conflict):
                return await self.store.run(work, urgent=False)
        return await self.store.run(work, urgent=False)

    def _take_piece(self, tx: Transaction, told: Told, workspace: str) -> Counter[str]:
        tx.lock_alerts(workspace)
        if told.once and tx.receipt(workspace, told.once):
            return Counter()
        now = self.now()
        deciding = Deciding(tx, workspace, self.playbook, now)
        became = deciding.take(told.notices, told.heard_at or now)
        deciding.finish()
        return became

    def _take(self, tx: Transaction, together: Sequence[Told]) -> None:
        now, workspace = self.now(), self.workspace
        # Bodies are those of the installation, whoever knows its workspace by now.
        tx.lock_alerts(INSTALLATION)
        tx.lock_alerts(workspace or INSTALLATION)
        deciding = Deciding(tx, workspace, self.playbook, now) if workspace else None
        for told in together:
            if told.once:
                if tx.receipt(workspace or INSTALLATION, told.once):
                    continue
                tx.keep_receipt(workspace or INSTALLATION, told.once, None, now)
            kept = told.kept or tx.keep_body(
                workspace or INSTALLATION, told.source, told.body, now, waiting=workspace is None
            )
            if deciding and workspace:
                became = told.became + deciding.take(told.notices, told.heard_at or now)
                tx.note_body(kept, workspace, in_words(became))
        if deciding:
            deciding.finish()

    def _tell_due(self, tx: Transaction, workspace: str) -> None:
        tx.lock_alerts(workspace)
        now = self.now()
        for incident_id in tx.due_tallies(workspace, now, AT_ONCE):
            tell(tx, incident_id, self.playbook, now, Touched())
        deciding = Deciding(tx, workspace, self.playbook, now)
        for incident_id in tx.due_again(workspace, now, AT_ONCE):
            deciding.go_on(incident_id)
        deciding.finish()


def notices_of(body: KeptBody, sources: Mapping[str, Source]) -> tuple[Notice, ...]:
    """Read what was kept, as it was read when it came. Raises `Unusable`."""
    source = sources.get(body.source)
    if source is None:
        raise Unusable("Nobody sends that any more.")
    return bodies.reading(source, body.body).notices


def told_by(body: KeptBody, sources: Mapping[str, Source]) -> Told:
    """Return what was kept, to be taken now; where it cannot be read, that is what becomes of it."""
    told = Told(body.source, body.body, (), heard_at=body.received_at, kept=body.id)
    try:
        return replace(told, notices=notices_of(body, sources))
    except Unusable as unusable:
        return replace(told, became=Counter({str(unusable): 1}))
    except Exception:
        log.exception("what a monitor sent, %s of tocsin alerts, cannot be read", body.id)
        return replace(told, became=Counter({NOT_TAKEN: 1}))


def in_pieces(notices: Sequence[Notice]) -> Iterator[tuple[Notice, ...]]:
    """Split what one request told, the alerts that began first in front: they say when it was detected."""
    in_order = sorted(notices, key=lambda one: one.starts_at or LAST)
    for at in range(0, len(in_order), TOGETHER):
        yield tuple(in_order[at : at + TOGETHER])


def last_workspace(tx: Transaction) -> str | None:
    """Return the workspace for which alerts were taken last; where none ever was, the only one that there is."""
    known = tx.workspaces()
    last = tx.last_beat(PULSE)
    return last or (known[0] if len(known) == 1 else None)


def in_words(became: Counter[str]) -> str:
    """Say what became of a request's alerts, in a line."""
    return ", ".join(f"{count} {what}" if count > 1 else what for what, count in became.items()) or NO_ALERT

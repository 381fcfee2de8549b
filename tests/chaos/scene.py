"""A workspace, and a Tocsin in it that may be killed at any moment, on a clock that is moved by hand."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from pydantic import SecretStr
from sqlalchemy import func, select

from app import audit, playbooks
from app.audit import Room, Seen, Sight
from app.config import Settings
from app.domain import effects as f
from app.playbooks import Source
from app.sandbox import Sandbox
from app.sandbox.seed import BOT_USER
from app.sandbox.workspace import Channel, Json, Message, Workspace
from app.slack.manifest import manifest
from app.slack.posting import EVENT_TYPE
from app.store import Delivery, DeliveryState, NotRecorded, Record, Store, Transaction
from app.store.tables import delivery
from tests.acceptance.workspace import CAST, WORKSPACE, People, clock_at, working_hours
from tests.acceptance.workspace import settings as sandbox_settings
from tests.chaos.child import BUSY, TRIES
from tests.chaos.fuse import Fuse
from tests.chaos.subject import Killed, Subject
from tests.waiting import until

T = TypeVar("T")

RESPONDERS = ("primary", "secondary", "incident-manager", "head-of-engineering")
A_MOMENT = 0.05
ROUNDS = 300
LEASE_IS_OVER = timedelta(seconds=21)
EVER = datetime.max.replace(tzinfo=UTC)
REPEATED = "(possibly repeated)"


class Busy(Exception):
    """The machine was too busy for it to start."""


@dataclass(frozen=True)
class Patient:
    """A store that is asked again where the machine was too busy for an answer in time."""

    store: Store

    async def run(self, work: Callable[[Transaction], T], *, urgent: bool = False) -> T:
        """Return what `work` returns."""
        for _ in range(TRIES):
            with suppress(NotRecorded):
                return await self.store.run(work, urgent=urgent)
        return await self.store.run(work, urgent=urgent)


@dataclass
class Scene(People):
    """What stays when Tocsin is killed: Slack, the clock, the database.

    In a `stormy` one requests may land even after the quarantine. `finished_at` is when all was last done that there
    was to do; Slack may tell of something again at any moment since.
    """

    sandbox: Sandbox
    folder: Path
    settings: Settings
    source: Source
    fuse: Fuse
    subject: Subject | None = None
    kills: int = 0
    doubled: set[str] = field(default_factory=set)
    unmarked: set[str] = field(default_factory=set)
    stormy: bool = False
    finished_at: datetime = EVER
    _store: Store | None = field(default=None, repr=False)

    @property
    def now(self) -> datetime:
        """What time it is in the workspace."""
        return self.sandbox.clock.now()

    @property
    def slack(self) -> Workspace:
        """What Slack holds."""
        return self.sandbox.slack.workspace

    def moves(self, span: timedelta) -> None:
        """Move the clock of the workspace and that of Tocsin."""
        self.sandbox.clock.move(span.total_seconds())
        self.sandbox.slack.catch_up()
        new = self.folder / "clock.new"
        new.write_text(str(self.sandbox.clock.offset))
        new.replace(self.folder / "clock")

    async def starts(self) -> None:
        """Start Tocsin, and wait until it listens; raises `Killed` where it dies before."""
        sockets = self.sandbox.slack.sockets
        await until(lambda: not sockets._connections)
        for _ in range(TRIES):
            self.subject = await Subject.born(self.settings, self.source, self.folder)
            with suppress(Busy):
                return await self.or_dies(self._listens())
        raise AssertionError(f"it does not start\n{self.log}")

    async def comes_back(self) -> None:
        """Start Tocsin after it was killed; raises `Killed` where it dies before it listens."""
        if not self.settings.database_url.startswith("sqlite"):
            # A second process might be sending what the first one left, until its lease is over.
            self.moves(LEASE_IS_OVER)
        await self.starts()

    async def _listens(self) -> None:
        await self.sandbox.slack.sockets._opened.wait()

    async def or_dies(self, doing: Coroutine[Any, Any, T]) -> T:
        """Return what comes of something, or raise `Killed` where Tocsin dies before it came to anything."""
        assert self.subject
        task, death = asyncio.create_task(doing), asyncio.create_task(self.subject.dies())
        try:
            await asyncio.wait((task, death), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                # What was answered before the end may still be on its way.
                await asyncio.wait((task,), timeout=A_MOMENT)
            if task.done():
                return task.result()
            await self._is_dead()
            raise Killed
        finally:
            task.cancel()
            death.cancel()
            await asyncio.wait((task, death))

    async def works(self) -> None:
        """Let Tocsin do all that there is to do now; raises `Killed` where it dies meanwhile."""
        assert self.subject
        try:
            await self.subject.works()
        except Killed:
            await self._is_dead()
            raise
        except TimeoutError:
            raise AssertionError(f"it does not end what it does\n{self.log}") from None

    async def _is_dead(self) -> None:
        assert self.subject
        status = await self.subject.ends(signal.SIGKILL)
        if status == BUSY:
            raise Busy
        assert status == -signal.SIGKILL, f"it ended by itself, with {status}\n{self.log}"

    async def is_killed(self) -> None:
        """Kill it, or take note that it was killed."""
        assert await self.ends(signal.SIGKILL) == -signal.SIGKILL, self.log
        self.kills += 1
        self.notes_copies()

    async def ends(self, how: signal.Signals) -> int:
        """Send Tocsin a signal, and return its exit status."""
        assert self.subject
        subject, self.subject = self.subject, None
        return await subject.ends(how)

    @property
    def log(self) -> str:
        """What Tocsin said."""
        return (self.folder / "log").read_text()

    async def finishes(self) -> None:
        """Let Tocsin work, and time pass, until nothing is left to be delivered, looked up or swept."""
        for _ in range(ROUNDS):
            await self.works()
            self.notes_copies()
            self.finished_at = self.now
            soonest = await self.remembers(partial(_soonest, now=self.now))
            moments = [at for at in (soonest, *(at for at, _ in self.sandbox.slack.late)) if at]
            if not moments:
                return
            self.moves(max(min(moments) - self.now, timedelta()) + timedelta(seconds=A_MOMENT))
        raise AssertionError(f"it does not come to an end\n{self.log}")

    @property
    def memory(self) -> Store:
        """Tocsin's memory, to look at."""
        self._store = self._store or Store.open(self.settings.database_url, reading=True)
        return self._store

    async def remembers(self, work: Callable[[Transaction], T]) -> T:
        """Ask Tocsin's memory, behind its back."""
        return await Patient(self.memory).run(work)

    def forgets(self) -> None:
        """Let go of Tocsin's memory."""
        if self._store:
            self._store.close()
        self._store = None

    async def incident(self, number: int) -> Record:
        """Return an incident."""
        record = await self.remembers(lambda tx: tx.by_number(WORKSPACE, number))
        assert record
        return record

    async def faults(self) -> list[str]:
        """Return everything that is not as it must be once all is delivered."""
        with self._stands_still():
            return await self._faults_now()

    @contextmanager
    def _stands_still(self) -> Iterator[None]:
        # Slack may tell of something again at any moment: what Slack shows and what is stored must be of one moment.
        if self.subject:
            self.subject.gets(signal.SIGSTOP)
        try:
            yield
        finally:
            if self.subject:
                self.subject.gets(signal.SIGCONT)

    async def _faults_now(self) -> list[str]:
        found = await audit.violations(Patient(self.memory), WORKSPACE, self.now, self.sight())
        deliveries = await self.remembers(lambda tx: tx.deliveries(WORKSPACE))
        due = await self.remembers(lambda tx: tx.next_due())
        late = [f"a timer that was due at {due} did not fire"] if due and due < self.finished_at else []
        doubled = [f"{key} stands {len(seen)} times" for key, seen in self._copies().items() if len(seen) > 1]
        unended = filter(None, (_unended(one) for one in deliveries if one.created_at < self.finished_at))
        pager = await self._pager_faults(deliveries)
        return [*found, *late, *doubled, *unended, *self._repeats(deliveries), *pager]

    def _repeats(self, deliveries: list[Delivery]) -> list[str]:
        """Return what stood twice for a time and must not have: all but pages that said so.

        Everything else is looked up after the quarantine, and but for storms nothing lands as late as that.
        """
        pages = {one.key for one in deliveries if isinstance(one.effect, f.Page)}
        posts = [
            f"{key} stood twice for a time, and is no page" for key in sorted(self.doubled - pages) if not self.stormy
        ]
        return [*posts, *(f"the page {key} was repeated and did not say so" for key in sorted(self.unmarked & pages))]

    async def _pager_faults(self, deliveries: list[Delivery]) -> list[str]:
        """Return which alerts ring although nobody is to be woken any more."""
        incidents = {one.key: one.incident_id for one in deliveries}
        still_open = {record.id for record in await self.remembers(lambda tx: tx.open_records(WORKSPACE))}
        found = []
        for alert in self.slack.alerts:
            of = incidents.get(alert.dedup_key)
            if of is None:
                found.append(f"the pager has an alert {alert.dedup_key} that no delivery asked for")
            elif alert.status != "resolved" and of not in still_open:
                found.append(f"the pager's alert {alert.dedup_key} is {alert.status}, and its incident is over")
        return found

    def sight(self) -> Sight:
        """Return what Slack shows."""
        return Sight(tuple(_room(channel) for channel in self.slack.channels.values() if not channel.archived))

    def notes_copies(self) -> None:
        """Remember what stands twice at this moment, and what does so without saying that it may be repeated."""
        copies = self._copies()
        self.doubled |= {key for key, seen in copies.items() if len(seen) > 1}
        self.unmarked |= {key for key, seen in copies.items() if sum(not one.says_repeated for one in seen) > 1}

    def _copies(self) -> dict[str, list[Seen]]:
        copies: dict[str, list[Seen]] = {}
        for room in self.sight().rooms:
            for message in room.messages or ():
                copies.setdefault(message.key, []).append(message)
        return copies


def _soonest(tx: Transaction, now: datetime) -> datetime | None:
    """Return when there is something to do next beside what the timers are still to bring."""
    sending = tx.deliveries(WORKSPACE, DeliveryState.SENDING)
    # The tick that comes every second may be at what the one that was waited for has passed over.
    due = tx.next_due()
    sweep_at = tx.connection.execute(select(func.min(delivery.c.sweep_at))).scalar()
    moments = (
        tx.next_delivery_at(now),
        now + LEASE_IS_OVER if sending else None,
        sweep_at,
        due if due and due <= now else None,
    )
    return min((moment for moment in moments if moment), default=None)


def _unended(one: Delivery) -> str | None:
    if one.state is DeliveryState.SENT:
        return None
    return f"{type(one.effect).__name__} {one.key} is {one.state} in the end: {one.reason}"


def _room(channel: Channel) -> Room:
    ours = channel.kind != "im" and channel.creator == BOT_USER
    seen = tuple(one for message in channel.messages.values() if (one := _seen(message)))
    return Room(channel.id, channel.name, ours, seen)


def _seen(message: Message) -> Seen | None:
    metadata: Json = message.metadata or {}
    if message.ephemeral_for or metadata.get("event_type") != EVENT_TYPE:
        return None
    return Seen(message.ts, metadata["event_payload"]["key"], message.text.startswith(REPEATED))


@asynccontextmanager
async def scene(
    folder: Path, database_url: str | None = None, playbook: str = "default", outside: Json | None = None
) -> AsyncIterator[Scene]:
    """Set up a workspace for a Tocsin, on a Tuesday at ten o'clock, with its responders cast.

    `outside` are the settings that connect systems outside, beside PagerDuty.
    """
    sandbox = Sandbox(manifest(), clock=clock_at(working_hours()))
    fuse = Fuse(folder)
    known: Json = {**(outside or {}), **({"database_url": database_url} if database_url else {})}
    await sandbox.start()
    settings = sandbox_settings(
        sandbox,
        folder,
        clock_file=folder / "clock",
        pagerduty_routing_key=SecretStr(sandbox.pagerduty_key),
        pagerduty_events_url=sandbox.pagerduty_url,
        **known,
    )
    async with aiohttp.ClientSession(sandbox.url) as session:
        world = Scene(session, sandbox, folder, settings, playbooks.load(playbook), fuse)
        world.moves(timedelta())
        _cast(settings)
        try:
            yield world
        finally:
            if world.subject:
                await world.ends(signal.SIGKILL)
            world.forgets()
            fuse.close()
            await sandbox.stop()
            # aiohttp closes its sockets one turn of the loop later.
            await asyncio.sleep(0)


def _cast(settings: Settings) -> None:
    def bind(tx: Transaction) -> None:
        for responder, member in zip(RESPONDERS, CAST, strict=False):
            tx.bind(WORKSPACE, responder, (member,), (member,))

    store = Store.open(settings.database_url)
    store.call(bind)
    store.close()

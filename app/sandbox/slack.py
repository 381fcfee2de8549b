"""What the running sandbox holds. Methods, acts of members and control requests are functions over it."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from app.sandbox.clock import MovableClock
from app.sandbox.delivery import Delivery
from app.sandbox.faults import Faults
from app.sandbox.manifest import Manifest
from app.sandbox.seed import BOT_USER, seed
from app.sandbox.shelf import Shelf
from app.sandbox.sockets import Sockets
from app.sandbox.triggers import Triggers
from app.sandbox.views import Views
from app.sandbox.webhook import Webhook
from app.sandbox.workspace import Channel, Entered, Json, Member

CALLS_KEPT = 5000


class Slack:
    """The workspace and everything that is only true while the server runs."""

    url = ""
    side = ""
    """The address of Slack's own side, which an outage shuts."""
    closed = False

    def __init__(
        self,
        manifest: Manifest,
        *,
        clock: MovableClock,
        data: Path | None,
        request_url: str | None,
        signing_secret: str,
        patience: float,
    ) -> None:
        self.manifest = manifest
        self.clock = clock
        self.patience = patience
        self.shelf = Shelf(data)
        self.workspace = self.shelf.load() or seed(clock.now())
        self.clock.offset = self.workspace.clock_offset or clock.offset
        self.views = Views()
        self.triggers = Triggers(patience)
        self.faults = Faults()
        self.pager_faults = Faults()
        self.pager_down = False
        self.calls: deque[Json] = deque(maxlen=CALLS_KEPT)
        # Calls whose connection dropped and whose work is still to be done, by when.
        self.late: list[tuple[datetime, Callable[[], object]]] = []
        self.sockets = Sockets(patience)
        self.delivery: Delivery = Webhook(request_url, signing_secret, patience) if request_url else self.sockets
        # What a member's client remembers: options suggested to it, and choices made in messages.
        self.suggested: dict[tuple[str, str], list[Json]] = {}
        self.chosen: dict[tuple[str, str, str], Entered] = {}
        self._changed = asyncio.Event()
        self._deliveries: set[asyncio.Task[None]] = set()

    def ts(self) -> str:
        """Return the next message ts."""
        return self.workspace.next_ts(self.clock.now())

    def seconds(self) -> int:
        """Return the present as Slack's `created` and the like: whole seconds."""
        return int(self.clock.now().timestamp())

    def direct_channel(self, member: Member) -> Channel:
        """Return the member's direct messages with the bot."""
        return self.workspace.direct_channel(member, BOT_USER, self.clock.now())

    def touch(self) -> None:
        """Say that something changed: pages are told now, and the shelf is written before the request is answered."""
        self.workspace.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def save(self) -> None:
        """Write what changed to the shelf."""
        self.workspace.clock_offset = self.clock.offset
        self.shelf.save(self.workspace)

    def catch_up(self) -> None:
        """Do the work of dropped calls whose time has come; nobody can tell that it was not done on time."""
        now = self.clock.now()
        due = [work for at, work in self.late if at <= now]
        self.late = [(at, work) for at, work in self.late if at > now]
        for work in due:
            work()

    async def changed_since(self, version: int) -> int:
        """Return the version once it is another than `version`, or the server closes."""
        while self.workspace.version == version and not self.closed:
            await self._changed.wait()
        return self.workspace.version

    def tell(self, event: Json) -> asyncio.Task[None]:
        """Deliver an event beside everything else; the task is done when the app took it or never will."""
        task = asyncio.create_task(self.delivery.tell(event))
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)
        return task

    async def close(self) -> None:
        """Stop delivering, and let go of everyone who waits."""
        self.closed = True
        self._changed.set()
        for task in tuple(self._deliveries):
            task.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)
        await self.sockets.close()
        await self.delivery.close()

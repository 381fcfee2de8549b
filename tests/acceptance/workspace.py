"""What the acceptance tests share: a workspace with Tocsin in it, reached as people reach it.

Slack is acted upon and looked at through the sandbox's control requests alone, over real HTTP.
"""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from pydantic import SecretStr

from app.bot import Bot
from app.cli.time_machine import TimeMachine
from app.config import Settings
from app.domain import events as e
from app.sandbox import MovableClock, Sandbox
from app.slack.manifest import manifest
from app.store import Delivery, DeliveryState, Record, Store, Transaction
from tests.waiting import IN_TIME, until

Json = dict[str, Any]
T = TypeVar("T")

ON_CALL, SECONDARY, MANAGER, VP, CTO, SUPPORT = "U0ONCALL", "U0SECOND", "U0MANAGER", "U0VPENG", "U0CTO", "U0SUPPORT"
CAST = (ON_CALL, SECONDARY, MANAGER, VP, CTO)
WORKSPACE = "T0SANDBOX"
TOCSIN = "B0TOCSIN"
INCIDENTS = "incidents"
TUESDAY = 1
TOCSIN_RUN = (sys.executable, "-c", "from app.cli import main; main()", "run")
CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Said:
    """A message as people see it."""

    channel: str
    ts: str
    by: str
    text: str
    blocks: list[Json]
    thread_ts: str | None
    key: str | None
    only_for: str | None
    files: list[Json]

    @property
    def words(self) -> str:
        """Everything that can be read in it."""
        return "\n".join((self.text, *_texts(self.blocks)))

    @property
    def actions(self) -> list[str]:
        """The buttons and menus in it, by their action."""
        return [one["action_id"] for one in _elements(self.blocks) if "action_id" in one]

    @property
    def at(self) -> datetime:
        """When it was posted."""
        return datetime.fromtimestamp(float(self.ts), UTC)

    @classmethod
    def read(cls, channel: str, message: Json) -> "Said":
        """Read a message of the sandbox's state."""
        payload = (message.get("metadata") or {}).get("event_payload") or {}
        return cls(
            channel,
            message["ts"],
            message.get("bot_id") or message.get("user") or "",
            message.get("text") or "",
            message.get("blocks") or [],
            message.get("thread_ts"),
            payload.get("key"),
            message.get("ephemeral_for"),
            message.get("files") or [],
        )


@dataclass(frozen=True)
class Room:
    """A channel, or the direct messages of a member with Tocsin."""

    facts: Json

    @property
    def id(self) -> str:
        """Slack's id of it."""
        return str(self.facts["id"])

    @property
    def messages(self) -> list[Said]:
        """What Tocsin and people said there, for everybody to see."""
        return [one for one in self.everything if one.only_for is None]

    @property
    def everything(self) -> list[Said]:
        """The same, with what only one member sees."""
        return [Said.read(self.id, message) for message in self.facts["messages"]]

    @property
    def posts(self) -> list[Said]:
        """Tocsin's messages outside threads."""
        return [one for one in self.messages if one.by == TOCSIN and one.thread_ts in (None, one.ts)]

    @property
    def card(self) -> Said:
        """The pinned card."""
        return next(one for one in self.messages if one.ts in self.facts["pins"])

    def thread(self, parent: Said) -> list[Said]:
        """Return the replies to a message."""
        return [one for one in self.messages if one.thread_ts == parent.ts and one.ts != parent.ts]

    def find(self, *words: str) -> Said:
        """Return the newest message with all of these words in it."""
        found = self.all(*words)
        assert found, f"nobody said {words} in {self.facts['name']}:\n" + "\n".join(m.text for m in self.messages)
        return found[-1]

    def all(self, *words: str) -> list[Said]:
        """Return the messages with all of these words in them."""
        return [one for one in self.messages if all(word in one.words for word in words)]


@dataclass
class People:
    """The members' hands and eyes."""

    session: aiohttp.ClientSession

    async def act(self, what: str, **wish: Any) -> Json:
        """Do something by a control request, and return its answer, a failure included."""
        async with self.session.post(f"/_control/{what}", json=wish) as response:
            answer: Json = await response.json()
            return answer

    async def look(self, what: str = "state") -> Any:
        """Look at the workspace, or at the `calls` that Tocsin made."""
        async with self.session.get(f"/_control/{what}") as response:
            return await response.json()

    async def room(self, name: str) -> Room:
        """Return a channel by its name, or the direct messages of a member by the member's id."""
        rooms = (await self.look())["channels"]
        found = [one for one in rooms if name in (one["id"], one.get("user") if one["kind"] == "im" else one["name"])]
        assert found, f"there is no {name} among {[one['name'] for one in rooms]}"
        return Room(found[0])

    async def rooms(self) -> list[str]:
        """Return the names of the channels."""
        return [one["name"] for one in (await self.look())["channels"] if one["kind"] != "im"]

    async def calls(self, method: str) -> list[Json]:
        """Return the arguments of the calls of one method so far."""
        return [call["args"] for call in await self.look("calls") if call["method"] == method]

    async def fault(self, method: str, kind: str, times: int = 1, **how: Any) -> None:
        """Let the next calls of a method go wrong."""
        assert (await self.act("fault", method=method, kind=kind, times=times, **how))["ok"]

    async def whispers(self, member: str) -> dict[str, Said]:
        """Return what only this member sees."""
        rooms = map(Room, (await self.look())["channels"])
        return {one.ts: one for room in rooms for one in room.everything if one.only_for == member}

    async def modal(self, member: str) -> Json:
        """Return the form or dialog that the member sees."""
        view: Json = (await self.look())["modals"][member][-1]
        return view


@dataclass
class Town(People):
    """A workspace with a running Tocsin in the same process, on a clock that moves by hand."""

    sandbox: Sandbox
    bot: Bot

    @property
    def store(self) -> Store:
        """Tocsin's memory."""
        return self.bot.store

    @property
    def now(self) -> datetime:
        """What time it is in the workspace."""
        return self.sandbox.clock.now()

    async def types(self, member: str, text: str, *, channel: str = "general", command: str = "/incident") -> str:
        """Type a command, wait until all that follows is done, and return the words of the answer."""
        told = await self.act("command", user=member, channel=channel, command=command, text=text)
        assert told["ok"], told
        await self.settles()
        answer = told["response"] or {}
        return "\n".join((answer.get("text") or "", *_texts(answer.get("blocks") or [])))

    async def declares(self, text: str = "SEV1 Payment API down", *, by: str = SUPPORT) -> Record:
        """Declare an incident by command."""
        await self.types(by, f"declare {text}")
        return await self.incident()

    async def presses(self, member: str, message: Said, action: str, value: str | None = None) -> str:
        """Press a button, or choose from a menu, and return what that member alone is told."""
        before = await self.whispers(member)
        chosen = {"value": value} if value else {}
        told = await self.act("click", user=member, channel=message.channel, ts=message.ts, action_id=action, **chosen)
        assert told["ok"], told
        await self.settles()
        return "\n".join(said.words for ts, said in (await self.whispers(member)).items() if ts not in before)

    async def fills(self, member: str, /, **values: Any) -> dict[str, str]:
        """Fill in and send off the member's form; return what is said under its fields."""
        told = await self.act("submit", user=member, values=values)
        assert told["ok"], told
        await self.settles()
        errors: dict[str, str] = told["errors"]
        return errors

    async def passes(self, **span: float) -> None:
        """Let time pass; all that falls due on the way happens in its order."""
        told = await self.act("advance", seconds=timedelta(**span).total_seconds())
        assert told["ok"], told
        await self.settles()

    async def settles(self) -> None:
        """Wait until Tocsin has done all that it can do now."""
        assert self.bot.edge
        await self.bot.edge.afterwards.finish()
        await TimeMachine(self.bot, self.sandbox.clock).settle()

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Ask the store."""
        return await self.store.run(work)

    async def incident(self, number: int | None = None) -> Record:
        """Return an incident by its number, the newest without."""
        if number is None:
            return (await self.run(lambda tx: tx.latest(WORKSPACE, 1)))[0]
        record = await self.run(lambda tx: tx.by_number(WORKSPACE, number))
        assert record
        return record

    async def timeline(self, kind: type[T], number: int | None = None) -> list[T]:
        """Return the events of one kind."""
        record = await self.incident(number)
        return [one for one in await self.run(lambda tx: tx.timeline(record.id)) if isinstance(one, kind)]

    async def deliveries(self, state: DeliveryState) -> list[Delivery]:
        """Return the deliveries in one state."""
        return await self.run(lambda tx: tx.deliveries(WORKSPACE, state))

    async def pages(self) -> list[tuple[str, str]]:
        """Return the label of each step that paged, and whom, in order."""
        return [(one.label, ", ".join(one.members)) for one in await self.timeline(e.Paged)]


def working_hours() -> datetime:
    """Return ten o'clock of the Tuesday to come."""
    today = datetime.now(UTC).date()
    ahead = (TUESDAY - today.weekday()) % 7 or 7
    return datetime.combine(today + timedelta(days=ahead), time(10), UTC)


def clock_at(moment: datetime) -> MovableClock:
    """Return a clock that shows `moment` now."""
    clock = MovableClock()
    clock.move((moment - clock.now()).total_seconds())
    return clock


def settings(sandbox: Sandbox, folder: Path, **other: Any) -> Settings:
    """Return the settings of a Tocsin in the sandbox."""
    known: Json = {
        "slack_bot_token": SecretStr(sandbox.bot_token),
        "slack_app_token": SecretStr(sandbox.app_token),
        "slack_api_url": sandbox.api_url,
        "database_url": f"sqlite:///{folder / 'tocsin.db'}",
    }
    return Settings(**(known | other))


def cast(bound: tuple[str, ...] = CAST) -> Callable[[Transaction, Bot], None]:
    """Return what lets these members play a playbook's responders."""

    def bind(tx: Transaction, bot: Bot) -> None:
        for responder, member in zip(bot.playbook.rules.responders, bound, strict=False):
            tx.bind(WORKSPACE, responder.id, (member,), (member,))

    return bind


@asynccontextmanager
async def town(
    folder: Path,
    *,
    at: datetime | None = None,
    bound: tuple[str, ...] = CAST,
    before: Callable[[Sandbox], None] | None = None,
    pager: SecretStr | None = None,
    **other: Any,
) -> AsyncIterator[Town]:
    """Start a workspace with Tocsin in it, wired as `tocsin try` does.

    `before` prepares the workspace; `pager` is the key by which Tocsin is connected to the sandbox's PagerDuty.
    """
    sandbox = Sandbox(manifest(), clock=clock_at(at or working_hours()))
    await sandbox.start()
    if before:
        before(sandbox)
    if pager:
        other |= {"pagerduty_routing_key": pager, "pagerduty_events_url": sandbox.pagerduty_url}
    async with aiohttp.ClientSession(sandbox.url) as session:
        try:
            async with tocsin(sandbox, settings(sandbox, folder, **other), bound) as bot:
                yield Town(session, sandbox, bot)
        finally:
            await sandbox.stop()
            # aiohttp closes its sockets one turn of the loop later.
            await asyncio.sleep(0)


@asynccontextmanager
async def tocsin(sandbox: Sandbox, chosen: Settings, bound: tuple[str, ...] = CAST) -> AsyncIterator[Bot]:
    """Run Tocsin in a workspace."""
    bot = Bot(chosen, now=sandbox.clock.now)
    await bot.store.run(lambda tx: cast(bound)(tx, bot))
    sandbox.advance = TimeMachine(bot, sandbox.clock).advance
    await bot.start()
    try:
        yield bot
    finally:
        await bot.stop()


@dataclass
class Process(People):
    """A workspace, and a real Tocsin in a process of its own, which can be killed."""

    sandbox: Sandbox
    folder: Path
    running: asyncio.subprocess.Process | None = None
    store: Store | None = None

    @property
    def database(self) -> Path:
        """Tocsin's memory."""
        return self.folder / "tocsin.db"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the process."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(CHECKOUT),
            "SLACK_BOT_TOKEN": self.sandbox.bot_token,
            "SLACK_APP_TOKEN": self.sandbox.app_token,
            "SLACK_API_URL": self.sandbox.api_url,
            "PAGERDUTY_ROUTING_KEY": self.sandbox.pagerduty_key,
            "PAGERDUTY_EVENTS_URL": self.sandbox.pagerduty_url,
            "DATABASE_URL": f"sqlite:///{self.database}",
            "TOCSIN_CLOCK_FILE": str(self.folder / "clock"),
        }

    async def start(self) -> None:
        """Start Tocsin, and wait until it listens."""
        before = len(await self.calls("apps.connections.open"))
        with (self.folder / "log").open("ab") as log:
            self.running = await asyncio.create_subprocess_exec(
                *TOCSIN_RUN, env=self.environment, cwd=self.folder, stdout=log, stderr=log
            )
        await until(lambda: self._listens(before))

    async def _listens(self, before: int) -> bool:
        assert self.running
        assert self.running.returncode is None, (self.folder / "log").read_text()
        return len(await self.calls("apps.connections.open")) > before and bool(self.sandbox.slack.sockets._connections)

    async def kill(self) -> None:
        """Kill it: SIGKILL, which nothing can answer."""
        await self._end(signal.SIGKILL)

    async def terminate(self) -> int:
        """Tell it to stop, and return its exit status."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        assert self.running
        running, self.running = self.running, None
        running.send_signal(how)
        async with asyncio.timeout(IN_TIME):
            return await running.wait()

    async def moves(self, **span: float) -> None:
        """Move the clock of the workspace and that of Tocsin."""
        await self.act("advance", seconds=timedelta(**span).total_seconds())
        new = self.folder / "clock.new"
        new.write_text(str(self.sandbox.clock.offset))
        new.replace(self.folder / "clock")

    async def remembers(self, work: Callable[[Transaction], T]) -> T:
        """Ask Tocsin's memory, behind its back."""
        self.store = self.store or Store.open(f"sqlite:///{self.database}")
        return await self.store.run(work)

    async def timeline(self, kind: type[T]) -> list[T]:
        """Return the events of one kind, of the first incident."""
        return await self.remembers(lambda tx: [one for one in tx.timeline(1) if isinstance(one, kind)])

    async def cast(self, *responders: str) -> None:
        """Let members play these responders, in their order."""

        def bind(tx: Transaction) -> None:
            for responder, member in zip(responders, CAST, strict=False):
                tx.bind(WORKSPACE, responder, (member,), (member,))

        await self.remembers(bind)

    async def idle(self) -> bool:
        """Say whether all deliveries have ended."""
        counts = await self.remembers(lambda tx: tx.delivery_counts(WORKSPACE))
        return not any(
            counts[state] for state in DeliveryState if state not in (DeliveryState.SENT, DeliveryState.DEAD)
        )

    async def finishes(self) -> None:
        """Wait until all deliveries have ended; where one waits for its time, move the clock to it."""
        await until(self._finished)

    async def _finished(self) -> bool:
        now = self.sandbox.clock.now()
        if await self.remembers(lambda tx: tx.idle(now)):
            later = await self.remembers(lambda tx: tx.next_delivery_at(now))
            if later is None:
                return await self.idle()
            await self.moves(seconds=(later - now).total_seconds() + 0.1)
        return False


def plain(text: str) -> str:
    """Return text without Slack's date tokens: what they stand for is written in their end, for old clients."""
    return re.sub(r"<!date\^[^|>]*\|([^>]*)>", r"\1", text)


def _texts(blocks: list[Json]) -> Iterator[str]:
    for one in blocks:
        yield from _words_of(one)


def _words_of(part: Any) -> Iterator[str]:
    match part:
        case {"type": "mrkdwn" | "plain_text" | "markdown" | "text", "text": str(text)}:
            yield text
        case dict():
            for value in part.values():
                yield from _words_of(value)
        case list():
            for value in part:
                yield from _words_of(value)
        case _:
            return


def _elements(blocks: list[Json]) -> Iterator[Json]:
    for block in blocks:
        yield from block.get("elements") or ()
        if accessory := block.get("accessory"):
            yield accessory

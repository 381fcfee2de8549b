"""`tocsin try`: a Slack workspace in the browser, with Tocsin in it. No account, no token, no network."""

import asyncio
import errno
import tempfile
import webbrowser
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from app import logs
from app.bot import Bot
from app.config import Settings
from app.sandbox import MovableClock, Sandbox
from app.slack.app import identify
from app.slack.blocks.answers import timer_in_words
from app.slack.manifest import manifest
from app.store import Transaction

CAST = ("U0ONCALL", "U0SECOND", "U0MANAGER", "U0VPENG", "U0CTO")
"""Who plays a playbook's responders, in their order."""


class PortTaken(Exception):
    """One sentence: another program listens there."""


def try_(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the page is; 0 takes a free port.")] = 8700,
    data: Annotated[Path | None, typer.Option(help="Keep the workspace in this folder.")] = None,
    playbook: Annotated[str, typer.Option(help="A playbook that ships, or a folder.")] = "default",
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,  # noqa: FBT002 -- typer's way
) -> None:
    """Try Tocsin: a Slack workspace on this machine opens in the browser, with Tocsin in it."""
    logs.configure("warning")
    with ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tocsin-try-")))
        folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(_try(port, folder, playbook, browser=browser))


async def _try(port: int, folder: Path, playbook: str, *, browser: bool) -> None:
    sandbox = Sandbox(manifest(), port=port, data=folder)
    await _listen(sandbox, port)
    try:
        bot = Bot(_settings(sandbox, folder, playbook), now=sandbox.clock.now)
        await _cast(bot)
        sandbox.advance = TimeMachine(bot, sandbox.clock).advance
        sandbox.due = lambda: _due(bot)
        typer.echo(f"Tocsin is in a Slack workspace on this machine: {sandbox.url}  (Ctrl-C ends it)")
        if browser:
            webbrowser.open(sandbox.url)
        await bot.run_until_told()
    finally:
        await sandbox.stop()


async def _listen(sandbox: Sandbox, port: int) -> None:
    try:
        await sandbox.start()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTaken(f"Port {port} is taken. Choose another: tocsin try --port 0") from error


def _settings(sandbox: Sandbox, folder: Path, playbook: str) -> Settings:
    return Settings(
        slack_bot_token=SecretStr(sandbox.bot_token),
        slack_app_token=SecretStr(sandbox.app_token),
        slack_api_url=sandbox.api_url,
        pagerduty_routing_key=SecretStr(sandbox.pagerduty_key),
        pagerduty_events_url=sandbox.pagerduty_url,
        database_url=f"sqlite:///{folder / 'tocsin.db'}",
        playbook=playbook,
    )


async def _cast(bot: Bot) -> None:
    """Let the sandbox's members play the responders, unless somebody has chosen already."""
    workspace = (await identify(bot.client)).workspace
    parts = zip(bot.playbook.rules.responders, CAST, strict=False)

    def bind(tx: Transaction) -> None:
        if not tx.roster(workspace):
            for responder, member in parts:
                tx.bind(workspace, responder.id, (member,), (member,))

    await bot.store.run(bind)


class TimeMachine:
    """Moves the sandbox's clock, stopping at each moment at which Tocsin has something to do."""

    def __init__(self, bot: Bot, clock: MovableClock) -> None:
        self.bot = bot
        self.clock = clock
        self._one_at_a_time = asyncio.Lock()

    async def advance(self, seconds: float) -> None:
        """Move the clock, and return once everything that fell due on the way is done and delivered."""
        async with self._one_at_a_time:
            target = self.clock.now() + timedelta(seconds=seconds)
            await self.settle()
            while (stop := await self._next_stop()) and stop <= target:
                await self._be_at(stop)
            await self._be_at(target)

    async def settle(self) -> None:
        """Return once everything is delivered that is due; time passes for what waits for its turn in a channel."""
        await self.bot.outbox.settle()
        while turn := self.bot.outbox.next_turn:
            self._move_to(turn)
            await self.bot.outbox.settle()

    async def _next_stop(self) -> datetime | None:
        def soonest(tx: Transaction) -> datetime | None:
            ways = self.bot.outbox.circuits.passable
            moments = (tx.next_due(), tx.next_delivery_at(self.clock.now(), ways))
            return min((moment for moment in moments if moment), default=None)

        return await self.bot.store.run(soonest)

    async def _be_at(self, moment: datetime) -> None:
        self._move_to(moment)
        await self.bot.clock.tick()
        await self.settle()

    def _move_to(self, moment: datetime) -> None:
        ahead = (moment - self.clock.now()).total_seconds()
        if ahead > 0:
            self.clock.move(ahead)


async def _due(bot: Bot) -> list[dict[str, Any]]:
    if bot.identity is None:
        return []
    workspace = bot.identity.workspace

    def agenda(tx: Transaction) -> list[dict[str, Any]]:
        upcoming = ((tx.incident(incident_id), timer, at) for incident_id, timer, at in tx.all_timers(workspace))
        return [
            {"incident": record.incident.name, "what": timer_in_words(timer, record), "at": at.isoformat()}
            for record, timer, at in upcoming
            if record
        ]

    return await bot.store.run(agenda, urgent=False)

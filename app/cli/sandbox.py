"""`tocsin try`: a Slack workspace in the browser, with Tocsin in it. No account, no token, no network."""

import asyncio
import errno
import signal
import socket
import tempfile
import webbrowser
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from app import logs, playbooks
from app.bot import Bot
from app.cli.time_machine import TimeMachine
from app.config import OnlyGiven, Settings
from app.domain.playbook import Playbook, Responder
from app.playbooks import PlaybookFaults
from app.sandbox import Impossible, Playbooks, Sandbox
from app.sandbox.vendors import ALL, Vendors
from app.sandbox.vendors.statuspage import Statuspage
from app.slack.app import identify
from app.slack.blocks.answers import timer_in_words
from app.slack.manifest import manifest
from app.store import StoreError, Transaction

HOST = "127.0.0.1"
CAST = {
    "U0ONCALL": "On-call engineer",
    "U0SECOND": "Secondary on-call",
    "U0MANAGER": "Engineering manager",
    "U0VPENG": "VP Engineering",
    "U0CTO": "CTO",
}
"""Who plays a playbook's responders: those of their own name first, then the others in their order."""


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
    told = asyncio.Event()
    for which in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(which, told.set)
    sandbox = Sandbox(manifest(), port=port, data=folder)
    await _listen(sandbox, port)
    vendors = Vendors([fake() for fake in ALL])
    await vendors.start()
    vendors.when_changed(sandbox.slack.touch)
    sandbox.vendors = vendors
    stage = Stage(sandbox, folder)
    try:
        await stage.play(playbook)
        typer.echo(f"Tocsin is in a Slack workspace on this machine: {sandbox.url}  (Ctrl-C ends it)")
        if browser:
            webbrowser.open(sandbox.url)
        await told.wait()
    finally:
        await stage.clear()
        await vendors.stop()
        await sandbox.stop()


class Stage:
    """A workspace, and the one Tocsin in it, which runs one playbook after the other as people choose."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        """Keep the database in `folder`."""
        self._sandbox = sandbox
        self._folder = folder
        self._bot: Bot | None = None
        self._machine: TimeMachine | None = None
        self._one_at_a_time = asyncio.Lock()
        sandbox.play = self.change
        sandbox.advance = self.advance

    @property
    def bot(self) -> Bot:
        """The Tocsin that runs; raises `RuntimeError` before the first."""
        if self._bot is None:
            raise RuntimeError("nothing plays yet")
        return self._bot

    async def change(self, playbook: str) -> None:
        """Play another one; raises `Impossible` where it cannot be read, and plays on as before."""
        try:
            await self.play(playbook)
        except PlaybookFaults as faults:
            raise Impossible(str(faults)) from None

    async def play(self, playbook: str) -> None:
        """Let a Tocsin with this playbook take the place of the one before. Incidents keep the rules they have.

        Raises `PlaybookFaults`.
        """
        source = playbooks.load(playbook)
        async with self._one_at_a_time:
            await self.clear()
            sandbox = self._sandbox
            bot = Bot(_settings(sandbox, self._folder, playbook), now=sandbox.clock.now, source=source)
            self._bot = bot
            self._machine = TimeMachine(bot, sandbox.clock)
            await _cast(bot)
            sandbox.due = LastKnown(partial(_due, bot))
            sandbox.playbooks = _choice(source.playbook)
            sandbox.monitor.follow(source.playbook)
            _show_customers(sandbox, source.playbook)
            await bot.start()

    async def advance(self, seconds: float) -> None:
        """Move the clock, and return once everything that fell due on the way is done and delivered."""
        async with self._one_at_a_time:
            if self._machine:
                await self._machine.advance(seconds)

    async def clear(self) -> None:
        """Stop the Tocsin that runs, if one does."""
        bot, self._bot = self._bot, None
        if bot:
            await bot.stop()


def _free_port(wanted: int) -> int:
    """Return a port at which nobody listens: the one that is `wanted`, where it is such a one."""
    try:
        with socket.create_server((HOST, wanted)) as listening:
            return int(listening.getsockname()[1])
    except OSError:
        if not wanted:
            raise
        return _free_port(0)


def _choice(here: Playbook) -> Playbooks:
    return Playbooks(here.name, tuple(dict.fromkeys((*playbooks.names(), here.name))), here)


async def _listen(sandbox: Sandbox, port: int) -> None:
    try:
        await sandbox.start()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTaken(f"Port {port} is taken. Choose another: tocsin try --port 0") from error


def _settings(sandbox: Sandbox, folder: Path, playbook: str) -> Settings:
    # Of the port what sends it something is told. The next Tocsin takes the same, so that pages that are open go on.
    sandbox.monitor.port = _free_port(sandbox.monitor.port)
    sandbox.pagerduty.webhooks.at = f"{sandbox.monitor.at}/pagerduty"
    return OnlyGiven(
        **(sandbox.vendors.settings() if sandbox.vendors else {}),
        slack_bot_token=SecretStr(sandbox.bot_token),
        slack_app_token=SecretStr(sandbox.app_token),
        slack_api_url=sandbox.api_url,
        host=HOST,
        port=sandbox.monitor.port,
        status_page=_own_page(sandbox),
        status_page_title="Acme status",
        alerts_alertmanager_secret=(SecretStr(sandbox.monitor.secret),),
        alerts_pagerduty_secret=(SecretStr(sandbox.pagerduty.webhooks.secret),),
        pagerduty_routing_key=SecretStr(sandbox.pagerduty_key),
        pagerduty_events_url=sandbox.pagerduty_url,
        pagerduty_api_token=SecretStr(sandbox.pagerduty_token),
        pagerduty_api_url=sandbox.pagerduty_api_url,
        database_url=f"sqlite:///{folder / 'tocsin.db'}",
        playbook=playbook,
    )


def _own_page(sandbox: Sandbox) -> str:
    return f"{sandbox.monitor.at.removesuffix('/alerts')}/status"


def _show_customers(sandbox: Sandbox, playbook: Playbook) -> None:
    """Let the fake Statuspage have the playbook's components, and the sandbox's time."""
    if sandbox.vendors:
        page = sandbox.vendors.of(Statuspage)
        page.now, page.beside = sandbox.clock.now, _own_page(sandbox)
        page.show(component.name for component in playbook.components)


async def _cast(bot: Bot) -> None:
    """Let the sandbox's members play the responders whom nobody plays yet."""
    workspace = (await identify(bot.client)).workspace
    parts = _parts(bot.playbook.rules.responders)

    def bind(tx: Transaction) -> None:
        known = {**bot.playbook.on_call, **tx.bindings(workspace)}
        for responder, member in parts.items():
            if responder not in known:
                tx.bind(workspace, responder, (member,), (member,))

    await bot.store.run(bind)


def _parts(responders: Sequence[Responder]) -> dict[str, str]:
    """Return which member plays which responder, by its id."""
    members = {title: member for member, title in CAST.items()}
    namesakes = {one.id: members[one.name] for one in responders if one.name in members}
    rest = cycle([member for member in CAST if member not in namesakes.values()] or CAST)
    return {one.id: namesakes.get(one.id) or next(rest) for one in responders}


class LastKnown:
    """What `look` finds; while the store does not answer, what it found last."""

    def __init__(self, look: Callable[[], Awaitable[list[dict[str, Any]]]]) -> None:
        self._look = look
        self._found: list[dict[str, Any]] = []

    async def __call__(self) -> list[dict[str, Any]]:
        """Return it."""
        with suppress(StoreError):
            self._found = await self._look()
        return self._found


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

"""The composition root: builds everything from the settings, starts it, and stops it."""

import asyncio
import logging
import signal
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from app import playbooks
from app.clock import Chore, Clock
from app.config import Mode, Settings
from app.domain.playbook import Playbook
from app.handle import Handler, Now
from app.outbox import Outbox
from app.playbooks import Source
from app.slack import errors
from app.slack.app import Identity, build, client, identify
from app.slack.channels import Channels
from app.slack.connect import SocketMode, endpoint
from app.slack.listeners import responders
from app.slack.listeners.edge import Edge
from app.slack.people import People
from app.slack.posting import Poster
from app.slack.sink import SlackSink
from app.slack.words import Words
from app.store import Store
from app.web import HttpServer, PortTaken, site

log = logging.getLogger(__name__)

DEFAULT_PORT = 3000
DRAIN = timedelta(seconds=7)
SLACK_AGAIN = 5.0
RECEIPTS_KEPT = timedelta(hours=24)
FATAL = ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired")


Connection = SocketMode | HttpServer
"""A way in which Slack, or a platform, reaches Tocsin."""


class CannotStart(Exception):
    """One sentence that says why Tocsin does not start, and what to do."""


class Bot:
    """A whole Tocsin: timers, deliveries and listeners on one store."""

    def __init__(self, settings: Settings, now: Now | None = None) -> None:
        """Open the store and read the playbook.

        Raises `PlaybookFaults` for a broken playbook and `StoreError` for a database that cannot be opened.
        """
        self.settings = settings
        self.now = now or system_clock(settings)
        self.source: Source = playbooks.load(settings.playbook)
        self.store = Store.open(settings.database_url)
        self.client = client(token(settings.slack_bot_token), settings.slack_api_url)
        self.clock = Clock(self.store, self.playbook, self.now, self._recorded, self._chores())
        self.identity: Identity | None = None
        self.outbox: Outbox | None = None
        self.edge: Edge | None = None
        self._connections: list[Connection] = []
        self._delivering: asyncio.Task[None] | None = None

    @property
    def playbook(self) -> Playbook:
        """The playbook that new incidents are declared under."""
        return self.source.playbook

    async def start(self) -> None:
        """Keep time at once; listen and deliver as soon as Slack answers.

        Raises `CannotStart` if Slack refuses the token.
        """
        await self.clock.start()
        self.identity = await self._identify()
        people = People(self.client, self.settings.admins)
        words = Words(playbooks.message_folders(self.source))
        channels = Channels(self.client, self.identity.user_id)
        poster = Poster(self.client, self.store, words, self.playbook, people, channels)
        self.outbox = Outbox(self.store, SlackSink(self.client, poster, self.now), self.playbook, self.now)
        self.edge = Edge(
            client=self.client,
            handler=Handler(self.store, self.playbook, self.now, self._recorded),
            store=self.store,
            words=words,
            playbook=self.playbook,
            people=people,
            workspace=self.identity.workspace,
            now=self.now,
            retry_delivery=self.outbox.retry,
        )
        await self.outbox.recover(at_start=True)
        self._delivering = asyncio.create_task(self.outbox.run())
        self._connections = self._ways_in(self.edge, self.identity)
        for connection in self._connections:
            await _connect(connection)
        log.info("Tocsin is ready in workspace %s with the playbook %s", self.identity.workspace, self.playbook.name)

    async def stop(self) -> None:
        """Take no more work, finish what is under way in less than 10 seconds, and close the store."""
        self.clock.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN.total_seconds()):
                await self._finish()
        self.store.close()

    async def _finish(self) -> None:
        for connection in self._connections:
            try:
                await connection.stop()
            except Exception:
                # What is under way is finished all the same.
                log.exception("a connection could not be closed")
        if self.outbox and self._delivering:
            self.outbox.stop()
            await self._delivering
        if self.edge:
            await self.edge.afterwards.finish()

    async def run_until_told(self) -> None:
        """Run until SIGTERM or SIGINT."""
        told = asyncio.Event()
        loop = asyncio.get_running_loop()
        for which in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(which, told.set)
        try:
            starting = asyncio.create_task(self.start())
            waiting = asyncio.create_task(told.wait())
            await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await waiting
            starting.cancel()
            await asyncio.wait({starting})
        finally:
            await self.stop()

    def _ways_in(self, edge: Edge, identity: Identity) -> list[Connection]:
        app, port = build(edge, identity), self.settings.port
        if self.settings.mode is Mode.HTTP:
            slack = endpoint(app, token(self.settings.slack_signing_secret))
            return [HttpServer(site([slack]), port or DEFAULT_PORT)]
        socket_mode = SocketMode(app, token(self.settings.slack_app_token))
        # With Socket Mode nobody needs to reach Tocsin, but a platform that gives a port looks whether it is up.
        return [socket_mode, HttpServer(site([]), port)] if port else [socket_mode]

    async def _identify(self) -> Identity:
        while True:
            try:
                return await identify(self.client)
            except errors.FAILURES as error:
                code = errors.code_of(error)
                if code in FATAL:
                    raise CannotStart(_refused(code)) from error
                log.warning("Slack does not answer yet (%s); timers are kept meanwhile", code or type(error).__name__)
            await asyncio.sleep(SLACK_AGAIN)

    def _recorded(self) -> None:
        if self.outbox:
            self.outbox.wake()

    def _chores(self) -> tuple[Chore, ...]:
        return (
            Chore("forget-receipts", timedelta(hours=1), self._forget_receipts),
            Chore("recover-deliveries", timedelta(seconds=10), self._recover),
            Chore("sweep-deliveries", timedelta(seconds=30), self._sweep),
            Chore("refresh-groups", timedelta(minutes=10), self._refresh_groups),
        )

    async def _forget_receipts(self) -> None:
        await self.store.run(lambda tx: tx.forget_receipts(self.now() - RECEIPTS_KEPT), urgent=False)

    async def _recover(self) -> None:
        if self.outbox:
            await self.outbox.recover()

    async def _sweep(self) -> None:
        if self.outbox:
            await self.outbox.sweep()

    async def _refresh_groups(self) -> None:
        if self.edge:
            await responders.refresh(self.edge)


def token(secret: SecretStr | None) -> str:
    """Return what a setting keeps secret, or nothing."""
    return secret.get_secret_value() if secret else ""


async def _connect(connection: Connection) -> None:
    try:
        await connection.start()
    except PortTaken as error:
        raise CannotStart(f"Port {error} is taken. Set PORT to another one, or stop what listens there.") from error
    except errors.FAILURES as error:
        raise CannotStart(
            f"Slack does not take SLACK_APP_TOKEN ({errors.code_of(error) or error}). Generate an app-level token "
            "(xapp-…) with connections:write on your app's page, Basic Information, App-Level Tokens."
        ) from error


def _refused(code: str) -> str:
    return (
        f"Slack does not take SLACK_BOT_TOKEN ({code}). Copy the Bot User OAuth Token (xoxb-…) from your app's page, "
        "OAuth & Permissions; after a change of scopes, install the app again first."
    )


def system_clock(settings: Settings) -> Now:
    """Return the time of this machine (UTC), plus the seconds in TOCSIN_CLOCK_FILE where that is set."""
    if settings.clock_file is None:
        return lambda: datetime.now(UTC)
    file = settings.clock_file

    def moved() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(file.read_text() or 0) if file.exists() else 0)

    return moved

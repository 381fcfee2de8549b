"""The composition root: builds everything from the settings, starts it, and stops it."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from pydantic import SecretStr

from app import failpoints, playbooks
from app.alerts.sources import sources
from app.alerts.taking import Taking, last_workspace
from app.clock import Chore, Clock
from app.config import Mode, Settings
from app.domain.effects import Way
from app.domain.playbook import Playbook
from app.handle import Handler, Now
from app.health import Health, Heartbeat, LastWord
from app.integrations import Connected, Feeds, Misfit, Pagers, connect
from app.integrations.documents import DocumentSink
from app.integrations.pagers import Elsewhere, pagers
from app.integrations.tickets import TicketSink, TicketStates
from app.line import Fence
from app.outbox import Outbox
from app.playbooks import Source
from app.slack import errors, looking_ahead
from app.slack.app import Identity, build, client, identify
from app.slack.channels import Channels
from app.slack.connect import SocketMode, endpoint
from app.slack.due import DueDates
from app.slack.listeners.edge import Edge
from app.slack.people import People
from app.slack.posting import Poster
from app.slack.sink import SlackSink
from app.slack.suggesting import Suggesting
from app.slack.text import room_address
from app.slack.words import Words
from app.store import Store, StoreError
from app.web import Door, HttpServer, Metrics, PortTaken, health, status_page

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

    def __init__(self, settings: Settings, now: Now | None = None, source: Source | None = None) -> None:
        """Open the store and read the playbook, unless it was read already (`source`).

        Raises `PlaybookFaults` for a broken playbook, `CannotStart` for settings that do not fit it, and `StoreError`
        for a database that cannot be opened.
        """
        self.settings = settings
        self.source: Source = source or playbooks.load(settings.playbook)
        self.pagers = pagers_of(settings, self.playbook)
        # What is outside is told from the start, so that a phone rings while Slack is down.
        self.connected = connected(settings, self.source, self.pagers, now)
        self.store = Store.open(settings.database_url, alone=True)
        self.source = playbooks.beside_others(self.source, self._declared_under())
        self.now = on_the_databases_clock(now or system_clock(settings), self.store)
        self.client = client(token(settings.slack_bot_token), settings.slack_api_url, self.now)
        self.identity: Identity | None = None
        playbook = self.pagers.known_to(self.connected.known_to(self.playbook))
        self.source = replace(self.source, playbook=playbook)
        self.outbox = Outbox(self.store, self.connected.every_sink(), self.playbook, self.now)
        handler = Handler(self.store, self.playbook, self.now, self.outbox.wake)
        self.elsewhere = Elsewhere(self.store, handler, self._member_with, self.pagers.accounts)
        self.taking = Taking(
            self.store,
            self.playbook,
            self.now,
            self.outbox.wake,
            sources=sources(self.settings.alerts_mapping),
            workspace=self._last_workspace(),
        )
        self.clock = Clock(self.store, self.playbook, self.now, self.outbox.wake, self._chores())
        self.edge: Edge | None = None
        self.due: DueDates | None = None
        self.suggesting: Suggesting | None = None
        self.health = Health(
            self.store,
            self.clock,
            self.outbox,
            self.now,
            slack=self._slack_silent_for,
            connected=self.playbook.connected,
        )
        self.metrics = Metrics(self.health)
        self._slack = LastWord()
        self._socket: SocketMode | None = None
        self._server = self._site()
        self._connections: list[Connection] = []
        self._delivering: asyncio.Task[None] | None = None
        self._beside: set[asyncio.Task[None]] = set()

    def _declared_under(self) -> set[str]:
        # A database that is slow now keeps nobody from being paged: the playbook in use can stand in for the others.
        with suppress(StoreError):
            return self.store.call(lambda tx: tx.playbooks())
        return set()

    def _last_workspace(self) -> str | None:
        # So that an alert declares and phones ring though Slack is down when Tocsin starts.
        with suppress(StoreError):
            return self.store.call(last_workspace)
        return None

    @property
    def playbook(self) -> Playbook:
        """The playbook that new incidents are declared under."""
        return self.source.playbook

    async def start(self) -> None:
        """Keep time, and tell how it is, at once; listen and deliver as soon as Slack answers.

        Raises `CannotStart` if Slack refuses the token.
        """
        self.client.keep_connections()
        await self._tell_how_it_is()
        await self.clock.start()
        failpoints.reach("bot.keeps-time")
        await self.outbox.recover(at_start=True)
        self._delivering = asyncio.create_task(self.outbox.run())
        self.identity = await self._identify()
        self._slack.hear()
        failpoints.reach("bot.knows-slack")
        await self.taking.know(self.identity.workspace)
        people = People(self.client, self.settings.admins)
        words = Words(
            playbooks.message_folders(self.source),
            rings=partial(self.pagers.rings, playbook=self.playbook),
            onward=partial(self.pagers.onward, playbook=self.playbook),
            others=playbooks.folders_beside(self.source),
        )
        channels = Channels(self.client, self.identity.user_id)
        self.due = DueDates(self.client, channels, self.store, self.playbook, self.identity.workspace)
        poster = Poster(self.client, self.store, words, self.playbook, people, channels)
        if isinstance(publishing := self.connected.sinks.get(Way.DOCUMENTS), DocumentSink):
            publishing.draft = poster.draft
        if isinstance(tracker := self.connected.sinks.get(Way.TRACKER), TicketSink):
            tracker.called = people.name
        sink = SlackSink(self.client, poster, self.now)
        self.outbox.keep_in_step(sink.follow)
        self.outbox.connect(Way.SLACK, sink)
        self.edge = Edge(
            client=self.client,
            handler=Handler(self.store, self.playbook, self.now, self.outbox.wake),
            store=self.store,
            words=words,
            playbook=self.playbook,
            people=people,
            workspace=self.identity.workspace,
            now=self.now,
            retry_delivery=self.outbox.retry,
            pagers=self.pagers,
            away=self.outbox.away,
            status_page=self.settings.status_page,
            answered=self.metrics.acknowledgement.observe,
        )
        failpoints.reach("bot.delivers")
        await self._listen(self.edge, self.identity, sink)
        failpoints.reach("bot.listens")
        self._alongside(self._look_ahead())
        self.suggesting = Suggesting(poster, self.store, self.playbook, self.identity.workspace, self.now)
        self._alongside(self.suggesting.run())
        log.info("Tocsin is ready in workspace %s with the playbook %s", self.identity.workspace, self.playbook.name)

    async def stop(self) -> None:
        """Take no more work, finish what is under way in less than 10 seconds, and close the store."""
        self.clock.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN.total_seconds()):
                await self._finish()
        await self.connected.close()
        await self.pagers.close()
        await self.client.close()
        self.store.close()

    async def _finish(self) -> None:
        for connection in self._connections:
            try:
                await connection.stop()
            except Exception:
                # What is under way is finished all the same.
                log.exception("a connection could not be closed")
        if self._delivering:
            self.outbox.stop()
            await self._delivering
        if self.edge:
            await self.edge.afterwards.finish()
        for task in tuple(self._beside):
            task.cancel()

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

    def _site(self) -> HttpServer | None:
        # With Socket Mode Slack need not reach Tocsin; where there is a port, somebody asks how it is.
        over_http, secrets = self.settings.mode is Mode.HTTP, self.settings.alert_secrets
        public = status_page(self.settings, self.store, self.playbook, self.now)
        if not (over_http or self.settings.port or secrets or public):
            return None
        metrics_token = token(self.settings.metrics_token)
        # Whatever Slack and monitors can reach, everybody can.
        open_to_all = over_http or bool(secrets) or bool(public)
        metrics = [] if open_to_all and not metrics_token else [self.metrics.route(metrics_token)]
        door = Door(self.taking.sources, secrets, self.taking.take, self.elsewhere.take)
        routes = [*health(self.health), *metrics, *public, door.route()]
        return HttpServer(routes, self.settings.port or DEFAULT_PORT, self.settings.host)

    async def _tell_how_it_is(self) -> None:
        self._alongside(self.health.run())
        if self._server:
            await self._connect(self._server)
        if self.settings.heartbeat_url:
            self._alongside(self._heartbeat(token(self.settings.heartbeat_url)).run())

    def _heartbeat(self, address: str) -> Heartbeat:
        return Heartbeat(address, self.health.report, fence=Fence(self.settings.allowed_hosts))

    async def _listen(self, edge: Edge, identity: Identity, sink: SlackSink) -> None:
        app = build(edge, identity)
        if self._server and self.settings.mode is Mode.HTTP:
            self._server.add(endpoint(app, token(self.settings.slack_signing_secret), heard=self._slack.hear))
            self._alongside(self._slack.keep_asking(sink.away))
        else:
            self._socket = SocketMode(app, token(self.settings.slack_app_token))
            await self._connect(self._socket)

    async def _connect(self, connection: Connection) -> None:
        self._connections.append(connection)
        await _connect(connection)

    def _alongside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def _slack_silent_for(self) -> float | None:
        silent = self._socket.silent_for if self._socket else None
        return self._slack.age() if silent is None else silent

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

    def _chores(self) -> tuple[Chore, ...]:
        return (
            Chore("forget-receipts", timedelta(hours=1), self._forget_receipts),
            Chore("recover-deliveries", timedelta(seconds=10), self.outbox.recover),
            Chore("sweep-deliveries", timedelta(seconds=30), self.outbox.sweep),
            Chore("tell-unconfirmed", timedelta(seconds=5), self.outbox.tell_unconfirmed),
            Chore("tell-outages", timedelta(seconds=5), self.outbox.tell_outages),
            Chore("tell-what-is-due", timedelta(hours=1), self._tell_what_is_due),
            Chore("follow-alerts", timedelta(seconds=5), self.taking.follow_up),
            Chore("forget-alerts", timedelta(hours=1), self.taking.forget),
            Chore("read-tickets", timedelta(minutes=10), self._read_tickets),
            Chore("refresh-groups", timedelta(minutes=10), self._refresh_groups),
            Chore("fetch-calendars", timedelta(minutes=10), self._fetch_calendars),
            Chore("look-who-is-gone", timedelta(minutes=10), self._look_who_is_gone),
        )

    async def _forget_receipts(self) -> None:
        await self.store.run(lambda tx: tx.forget_receipts(self.now() - RECEIPTS_KEPT), urgent=False)

    async def _tell_what_is_due(self) -> None:
        if self.due:
            await self.due.tell(self.now())

    async def _read_tickets(self) -> None:
        if isinstance(tracker := self.connected.sinks.get(Way.TRACKER), TicketSink):
            await TicketStates(self.store, tracker.tracker, self.playbook, self.now).refresh()

    async def _refresh_groups(self) -> None:
        if self.edge:
            await looking_ahead.groups(self.edge)

    async def _fetch_calendars(self) -> None:
        if edge := self.edge:
            who = edge.people.with_address
            fence = Fence(self.settings.allowed_hosts)
            schedules = self.pagers.accounts
            feeds = Feeds(
                self.store, self.playbook, self.source.folder, edge.workspace, self.now, who, fence, schedules
            )
            await feeds.refresh()

    async def _member_with(self, address: str) -> str | None:
        return await self.edge.people.with_address(address) if self.edge else None

    async def _look_who_is_gone(self) -> None:
        if self.edge:
            await looking_ahead.absences(self.edge)

    async def _look_ahead(self) -> None:
        # A playbook that is new here names groups and calendars that nobody has asked for yet.
        if self.playbook.on_call:
            await self._refresh_groups()
            await self._fetch_calendars()


def pagers_of(settings: Settings, playbook: Playbook) -> Pagers:
    """Return the pagers that the settings connect. Raises `CannotStart` where they do not fit the playbook."""
    try:
        return pagers(settings, playbook)
    except Misfit as error:
        raise CannotStart(str(error)) from error


def connected(settings: Settings, source: Source, pagers: Pagers, now: Now | None = None) -> Connected:
    """Return every system outside that the settings connect. Raises `CannotStart` where they do not fit."""
    try:
        folders = {source.playbook.name: playbooks.message_folders(source)} | playbooks.folders_beside(source)
        link = partial(room_address, api_url=settings.slack_api_url)
        return connect(settings, source.playbook, pagers, link, folders=folders, now=now or system_clock(settings))
    except Misfit as error:
        raise CannotStart(str(error)) from error


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


def on_the_databases_clock(now: Now, store: Store) -> Now:
    """Return what time it is by the clock that all Tocsins on one database share."""
    return lambda: now() + store.ahead


def system_clock(settings: Settings) -> Now:
    """Return the time of this machine (UTC), plus the seconds in TOCSIN_CLOCK_FILE where that is set."""
    if settings.clock_file is None:
        return lambda: datetime.now(UTC)
    file = settings.clock_file

    def moved() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(file.read_text() or 0) if file.exists() else 0)

    return moved

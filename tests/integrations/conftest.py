"""PagerDuty on this machine, and servers that answer as no PagerDuty should."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from pydantic import SecretStr

from app.integrations import PagerDuty
from app.sandbox import Sandbox
from app.sandbox.vendors import ALL, Vendors
from tests import shipped
from tests.integrations.phones import Phones
from tests.integrations.postbox import Postbox, listening

Connect = Callable[..., PagerDuty]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[str]]


@pytest.fixture
async def phones() -> AsyncIterator[Phones]:
    """PagerDuty, played by the sandbox."""
    sandbox = Sandbox(shipped.manifest())
    await sandbox.start()
    yield Phones(sandbox)
    await sandbox.stop()


@pytest.fixture
async def box() -> AsyncIterator[Postbox]:
    """Return a mail server that listens."""
    made = Postbox()
    async with listening(made):
        yield made


@pytest.fixture
async def connect(phones: Phones) -> AsyncIterator[Connect]:
    """Return a function that connects to PagerDuty, or to another address."""
    made: list[PagerDuty] = []

    def make(everybody: str | None = Sandbox.pagerduty_key, address: str = "", **own: str) -> PagerDuty:
        keys = {responder: SecretStr(key) for responder, key in own.items()}
        key = SecretStr(everybody) if everybody else None
        made.append(PagerDuty(key, keys, address or phones.sandbox.pagerduty_url))
        return made[-1]

    yield make
    for pager in made:
        await pager.close()


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Return a function that starts a server which answers each request with a handler, and returns its address."""
    runners: list[web.AppRunner] = []

    async def start(handler: Handler) -> str:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/v2/enqueue"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def vendors() -> AsyncIterator[Vendors]:
    """All vendors, played on this machine."""
    played = Vendors([fake() for fake in ALL])
    await played.start()
    yield played
    await played.stop()

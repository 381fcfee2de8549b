"""PagerDuty on this machine, and servers that answer as no PagerDuty should."""

from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import SecretStr

from app.integrations import PagerDuty
from app.sandbox import Sandbox
from app.sandbox.vendors import ALL, Vendors
from tests import shipped
from tests.integrations.phones import Phones
from tests.integrations.postbox import Postbox, listening
from tests.serving import Serve, serving

Connect = Callable[..., PagerDuty]


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
    async with serving("/v2/enqueue") as start:
        yield start


@pytest.fixture
async def vendors() -> AsyncIterator[Vendors]:
    """All vendors, played on this machine."""
    played = Vendors([fake() for fake in ALL])
    await played.start()
    yield played
    await played.stop()

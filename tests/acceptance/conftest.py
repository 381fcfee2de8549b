from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from app.sandbox import Sandbox
from app.slack.manifest import manifest
from tests.acceptance.screens import browser, sit_down
from tests.acceptance.workspace import Process, Town, clock_at, town, working_hours

__all__ = ["browser", "sit_down"]

HERE = Path(__file__).parent
OpenTown = Callable[..., Awaitable[Town]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The whole bot on a whole Slack is what `make check` leaves to `make test`.
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
async def open_town(tmp_path: Path) -> AsyncIterator[OpenTown]:
    """Return a function that starts a workspace with Tocsin in it; both are stopped after the test."""
    async with AsyncExitStack() as towns:

        async def begin(**options: Any) -> Town:
            return await towns.enter_async_context(town(tmp_path, **options))

        yield begin


@pytest.fixture
async def slack(open_town: OpenTown) -> Town:
    """A workspace with a Tocsin that has the playbook `default`; it is Tuesday, ten o'clock."""
    return await open_town()


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    """A workspace for a Tocsin in a process of its own; it is Tuesday, ten o'clock."""
    sandbox = Sandbox(manifest(), clock=clock_at(working_hours()))
    await sandbox.start()
    async with aiohttp.ClientSession(sandbox.url) as session:
        tocsin = Process(session, sandbox, tmp_path)
        await tocsin.moves(seconds=0)
        yield tocsin
        if tocsin.running:
            await tocsin.kill()
        if tocsin.store:
            tocsin.store.close()
        await sandbox.stop()

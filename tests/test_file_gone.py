"""The file of the database is taken away under a running Tocsin: health and doctor say so, and it mends by itself."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.cli.doctor import record
from app.clock import Clock
from app.config import Settings
from app.health import Check, Health, State
from app.outbox import Outbox
from app.store import Store
from tests import shipped

START = datetime(2026, 3, 4, 10, tzinfo=UTC)


class Running:
    """A Tocsin's store and the watch on it."""

    def __init__(self, file: Path, store: Store) -> None:
        playbook = shipped.playbook()
        outbox = Outbox(store, {}, playbook, lambda: START)
        clock = Clock(store, playbook, lambda: START, outbox.wake)
        self.file, self.away = file, file.with_name("elsewhere.db")
        self.health = Health(store, clock, outbox, lambda: START, slack=lambda: 0.0)

    async def database(self) -> Check:
        """Look, and return how the database stands."""
        await self.health.look()
        return next(one for one in self.health.report().checks if one.name == "database")


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    file = tmp_path / "tocsin.db"
    with closing(Store.open(f"sqlite:///{file}", alone=True)) as store:
        yield Running(file, store)


async def test_health_is_red_at_once_with_what_to_do_and_green_once_it_is_back(running: Running) -> None:
    assert (await running.database()).state is State.OK
    running.file.rename(running.away)
    red = await running.database()
    assert red.state is State.FAILED
    assert red.says == (
        "The file of the database was deleted, moved or replaced while Tocsin runs: nothing is recorded. Put that file "
        "back, or restart Tocsin to begin anew with what is there."
    )
    assert running.health.report().is_red
    running.away.rename(running.file)
    assert (await running.database()).state is State.OK


@pytest.mark.parametrize("replaced", [False, True])
async def test_doctor_does_not_take_it_for_a_first_start(running: Running, *, replaced: bool) -> None:
    running.file.rename(running.away)
    if replaced:
        running.file.write_bytes(running.away.read_bytes())
    async with AsyncExitStack() as stack:
        store, [finding] = record.opened(Settings(database_url=f"sqlite:///{running.file}"), stack)
    assert store is None
    assert finding.state is State.FAILED
    assert finding.says == (
        f"The file {running.file} was deleted, moved or replaced while a Tocsin runs on it, which records nothing now. "
        "Put that file back, or restart Tocsin to begin anew with what is there."
    )

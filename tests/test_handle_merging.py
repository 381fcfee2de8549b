"""Two incidents that become one: both change in one transaction, or neither does."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.errors import Rejected
from app.handle import Handled, Handler, NoSuchIncident
from app.store import Record, Store
from tests import shipped

WORKSPACE = "T1"
BOSS = c.Actor("U_BOSS", admin=True)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")
    yield opened
    opened.close()


@pytest.fixture
def handler(store: Store) -> Handler:
    return Handler(store, shipped.playbook(), lambda: datetime(2026, 3, 4, 10, tzinfo=UTC), lambda: None)


async def declared(handler: Handler, workspace: str = WORKSPACE) -> Record:
    return (await handler.declare(workspace, c.Declare(c.Actor("U_ANN"), "Payment API down", "SEV1"))).record


async def current(store: Store, record: Record) -> Record:
    found = await store.run(lambda tx: tx.incident(record.id))
    assert found
    return found


async def test_both_change_and_the_world_is_told_of_both(handler: Handler, store: Store) -> None:
    first, second = await declared(handler), await declared(handler)
    handled = await handler(WORKSPACE, second.id, c.Merge(BOSS, 1))
    assert [type(event) for event in handled.events] == [e.MergedInto]
    assert not handled.record.incident.is_open
    assert (await current(store, first)).version == first.version + 1
    told = await store.run(lambda tx: tx.deliveries(WORKSPACE))
    posted = {(one.incident_id, one.effect.message) for one in told if isinstance(one.effect, f.Post)}
    assert {(second.id, "merged"), (first.id, "duplicate_merged")} <= posted


async def test_of_two_that_are_merged_into_each_other_at_once_one_goes_on(handler: Handler, store: Store) -> None:
    first, second = await declared(handler), await declared(handler)

    async def merge(record: Record, into: int) -> Handled | Rejected:
        try:
            return await handler(WORKSPACE, record.id, c.Merge(BOSS, into))
        except Rejected as refused:
            return refused

    ended = await asyncio.gather(merge(first, 2), merge(second, 1))
    assert sorted(isinstance(one, Handled) for one in ended) == [False, True]
    states = [(await current(store, record)).incident for record in (first, second)]
    assert sorted(one.is_open for one in states) == [False, True]
    assert sorted(len(one.duplicates) for one in states) == [0, 1]


async def test_what_cannot_be_merged_changes_neither(handler: Handler, store: Store) -> None:
    first, second = await declared(handler), await declared(handler)
    await handler(WORKSPACE, first.id, c.Cancel(BOSS))
    before = [await current(store, record) for record in (first, second)]
    with pytest.raises(Rejected):
        await handler(WORKSPACE, second.id, c.Merge(BOSS, 1))
    assert [await current(store, record) for record in (first, second)] == before


async def test_an_incident_of_another_workspace_is_no_place_to_merge_into(handler: Handler) -> None:
    ours = await declared(handler)
    for _ in range(2):
        await declared(handler, "T_THEIRS")
    with pytest.raises(NoSuchIncident):
        await handler(WORKSPACE, ours.id, c.Merge(BOSS, 2))

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain import commands as c
from app.domain.commands import Actor
from app.slack.figures import figures, in_pieces
from tests.slack.workplace import ON_CALL, Workplace, workplace


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path, "fintech") as place:
        yield place


async def test_metrics_are_of_the_time_that_was_typed(at_work: Workplace) -> None:
    record = await at_work.declares("SEV-1 Payment API down")
    await at_work.does(record, c.Resolve(Actor(ON_CALL)))
    assert await at_work.types("metrics") == "The last 30 d: one incident."
    assert await at_work.types("metrics 7d") == "The last 7 d: one incident."
    assert await at_work.types("metrics 12 h") == "The last 12 h: one incident."


async def test_incidents_of_another_playbook_are_not_counted(at_work: Workplace) -> None:
    await at_work.declares("SEV-1 Payment API down")
    other = replace(at_work.edge.playbook, rules=replace(at_work.edge.playbook.rules, playbook="ours"))
    told = await at_work.edge.store.run(
        lambda tx: figures(tx, at_work.edge.workspace, other, timedelta(days=1), at_work.edge.now())
    )
    assert told.report.count == 0
    assert told.budget
    assert told.budget.used == timedelta()


async def test_what_is_read_piece_by_piece_comes_to_the_same(at_work: Workplace) -> None:
    first, *_ = [await at_work.declares("SEV-1 Payment API down") for _ in range(3)]
    await at_work.does(first, c.Resolve(Actor(ON_CALL)))
    edge, now = at_work.edge, at_work.edge.now() + timedelta(hours=1)
    asked = (edge.workspace, edge.playbook, timedelta(days=1), now)
    whole = await edge.store.run(lambda tx: figures(tx, *asked))
    assert whole.report.count == 3
    assert await in_pieces(edge.store, *asked, at_once=1) == whole


async def test_what_is_no_length_of_time_is_answered_with_how_to_write_one(at_work: Workplace) -> None:
    said = await at_work.types("metrics forever")
    assert said == "This is no length of time: forever. Write it like 7d, 30d or 12h, as in `/incident metrics 30d`."


async def test_the_budget_shrinks_by_what_was_down(at_work: Workplace) -> None:
    assert await at_work.types("budget") == "21.6 min of the error budget are left: 0 min of 21.6 min are used."
    record = await at_work.declares("SEV-1 Payment API down")
    started = record.incident.declared_at - timedelta(minutes=6)
    await at_work.does(record, c.Resolve(Actor(ON_CALL), started_at=started, ended_at=record.incident.declared_at))
    assert await at_work.types("budget") == "15.6 min of the error budget are left: 6 min of 21.6 min are used."


async def test_a_playbook_without_a_budget_says_where_one_is_written(tmp_path: Path) -> None:
    async with workplace(tmp_path, "default") as place:
        assert (await place.types("budget")).startswith("This playbook has no error budget.")

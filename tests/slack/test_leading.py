from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.playbook import Status
from app.store import Record
from tests.slack.workplace import CTO, ON_CALL, SECOND, Workplace, workplace


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path) as place:
        yield place


async def happened(at_work: Workplace, record: Record) -> list[type[e.Event]]:
    return [type(event) for event in await at_work.edge.store.run(lambda tx: tx.timeline(record.id))]


async def test_command_is_handed_over_by_a_mention(at_work: Workplace) -> None:
    record = await at_work.declares()
    said = await at_work.types(f"handoff 1 <@{SECOND}|second>")
    assert said == f"<@{SECOND}> leads incident-1 now, and is briefed."
    assert (await at_work.current(record)).incident.commander == SECOND


async def test_without_a_mention_the_form_asks_for_one(at_work: Workplace) -> None:
    record = await at_work.declares()
    assert await at_work.types("handover 1") == ""
    assert (await at_work.form())["callback_id"] == "handoff"
    await at_work.fills({"member": CTO})
    assert (await at_work.current(record)).incident.commander == CTO


async def test_words_in_place_of_a_mention_are_refused(at_work: Workplace) -> None:
    await at_work.declares()
    assert await at_work.types("handoff 1 the second one") == (
        "Name the next commander with @ and nothing else, as in `/incident handoff @name`."
    )


async def test_a_duplicate_is_merged_and_both_know_it(at_work: Workplace) -> None:
    first, second = await at_work.declares(), await at_work.declares("SEV2 Checkout fails")
    room = await at_work.opens_room(first)
    said = await at_work.types("merge 2 1", user=CTO)
    assert said == f"incident-2 is merged into <#{room.channel}>."
    merged, into = (await at_work.current(second)).incident, (await at_work.current(first)).incident
    assert merged.status is Status.CANCELLED
    assert merged.merged_into
    assert merged.merged_into.number == 1
    assert [one.number for one in into.duplicates] == [2]
    assert e.MergedInto in await happened(at_work, second)
    assert e.DuplicateMerged in await happened(at_work, first)


async def test_in_its_room_the_number_is_that_of_the_other_one(at_work: Workplace) -> None:
    first, second = await at_work.declares(), await at_work.declares("SEV2 Checkout fails")
    room = await at_work.opens_room(second)
    await at_work.types("merge 1", user=CTO, channel=room.channel)
    assert not (await at_work.current(second)).incident.is_open
    assert (await at_work.current(first)).incident.is_open


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("merge 1 1", "incident-1 cannot be merged into itself."),
        ("merge 1 7", "There is no incident #7."),
        ("merge 1 it is the same", "Name the incident that this one is the same as by its number"),
        ("merge 1 2", "incident-2 is cancelled, so nothing can be merged into it."),
    ],
)
async def test_what_cannot_be_merged_is_left_as_it_was(at_work: Workplace, typed: str, said: str) -> None:
    first, second = await at_work.declares(), await at_work.declares("SEV2 Checkout fails")
    await at_work.does(second, c.Cancel(c.Actor(CTO, admin=True)))
    before = await happened(at_work, second)
    assert (await at_work.types(typed, user=CTO)).startswith(said)
    assert (await at_work.current(first)).incident.is_open
    assert await happened(at_work, second) == before


async def test_the_form_offers_the_other_open_incidents(at_work: Workplace) -> None:
    await at_work.declares()
    await at_work.declares("SEV2 Checkout fails")
    await at_work.types("drill SEV3 Not real")
    await at_work.types("merge 2", user=CTO)
    blocks = {block.get("block_id"): block for block in (await at_work.form(CTO))["blocks"]}
    assert [one["value"] for one in blocks["into"]["element"]["options"]] == ["1"]
    await at_work.fills({"into": "1"}, user=CTO)
    first = await at_work.edge.store.run(lambda tx: tx.by_number(at_work.edge.workspace, 1))
    assert first
    assert [one.number for one in first.incident.duplicates] == [2]


async def test_where_nothing_else_is_open_the_form_says_so(at_work: Workplace) -> None:
    await at_work.declares()
    await at_work.types("merge 1", user=CTO)
    assert "No other incident is open" in str((await at_work.form(CTO))["blocks"])


async def test_a_merged_incident_sends_people_on(at_work: Workplace) -> None:
    await at_work.declares()
    await at_work.declares("SEV2 Checkout fails")
    await at_work.types("merge 2 1", user=CTO)
    said = await at_work.types("ack 2", user=ON_CALL)
    assert said.startswith("incident-2 was merged into incident-1 at <!date^")


async def test_a_late_copy_of_the_command_merges_nothing_twice(at_work: Workplace) -> None:
    first, second = await at_work.declares(), await at_work.declares("SEV2 Checkout fails")
    command = c.Merge(c.Actor(CTO, admin=True), 1)
    for _ in range(2):
        await at_work.edge.handler(at_work.edge.workspace, second.id, command, "the same receipt")
    assert (await happened(at_work, first)).count(e.DuplicateMerged) == 1

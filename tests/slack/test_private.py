from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.slack.listeners import declaring
from app.store import Record
from tests.slack.workplace import CTO, ON_CALL, SECOND, SUPPORT, Workplace, workplace

REFUSED = "Incident #1 is private: only the people in it can read or change it. Whoever declared it can add you."


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path) as place:
        yield place


async def declares(at_work: Workplace) -> Record:
    record = await at_work.declares("private SEV1 Salaries leaked")
    assert record.incident.private
    return record


async def opens_room(at_work: Workplace, record: Record, *members: str) -> str:
    made = await at_work.edge.client.conversations_create(name=record.incident.name, is_private=True)
    channel = str(made["channel"]["id"])
    await at_work.edge.client.conversations_invite(channel=channel, users=[SUPPORT, *members])
    await at_work.does(record, c.RecordChannel(channel, record.incident.name))
    return channel


async def test_the_word_before_the_severity_makes_it_private(at_work: Workplace) -> None:
    said = await at_work.types("declare private SEV1 Salaries leaked")
    assert said == "incident-1 is declared as private. Its channel opens now, and you are invited to it."


async def test_a_title_may_begin_with_that_word(at_work: Workplace) -> None:
    await at_work.types("declare private keys leaked")
    blocks = {block["block_id"]: block for block in (await at_work.form())["blocks"]}
    assert blocks["title"]["element"]["initial_value"] == "private keys leaked"
    assert [one["value"] for one in blocks["kind"]["element"]["initial_options"]] == ["private"]


@pytest.mark.parametrize(
    "typed",
    [
        "private SEV1 Salaries leaked",
        "Private: SEV1 Salaries leaked",
        "--private SEV1 Salaries leaked",
        "SEV1 --private Salaries leaked",
        "SEV1 Salaries leaked —private",
    ],
)
def test_where_the_word_stands_by_itself_it_is_clear(typed: str) -> None:
    assert declaring.read(typed, ["SEV1"]) == declaring.Wanted("Salaries leaked", "SEV1", ("private",))


@pytest.mark.parametrize(
    ("typed", "severity", "title"),
    [
        ("SEV1 private Salaries leaked", "SEV1", "private Salaries leaked"),
        ("SEV1 Salaries leaked (private)", "SEV1", "Salaries leaked (private)"),
        ("private Salaries leaked", None, "private Salaries leaked"),
        ("P9 private Salaries leaked", None, "private Salaries leaked"),
        ("SEV1 private", "SEV1", "private"),
    ],
)
def test_where_the_word_may_be_one_of_the_title_the_form_asks(typed: str, severity: str | None, title: str) -> None:
    assert declaring.read(typed, ["SEV1"]) == declaring.Wanted(title, severity, ("private",), doubtful=True)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("SEV1 The private API is down", declaring.Wanted("The private API is down", "SEV1")),
        ("Payment API down", declaring.Wanted("Payment API down", None)),
        ("P9 Payment API down", declaring.Wanted("Payment API down", None)),
        ("P2P transfers fail", declaring.Wanted("P2P transfers fail", None)),
        ("private P9 Salaries leaked", declaring.Wanted("Salaries leaked", None, ("private",))),
        ("private", declaring.Wanted("", None, ("private",))),
        ("", declaring.Wanted("", None)),
    ],
)
def test_what_else_is_typed_is_taken_as_it_is(typed: str, wanted: declaring.Wanted) -> None:
    assert declaring.read(typed, ["SEV1"]) == wanted


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("drill SEV1 Pager", declaring.Wanted("Pager", "SEV1", ("drill",))),
        ("SEV1 --drill Pager", declaring.Wanted("Pager", "SEV1", ("drill",))),
        ("private drill SEV1 Pager", declaring.Wanted("Pager", "SEV1", ("private", "drill"))),
        ("SEV1 drill Pager", declaring.Wanted("drill Pager", "SEV1", ("drill",), doubtful=True)),
        ("private SEV1 drill Pager", declaring.Wanted("drill Pager", "SEV1", ("private", "drill"), doubtful=True)),
    ],
)
def test_a_drill_is_declared_as_one_wherever_the_word_stands(typed: str, wanted: declaring.Wanted) -> None:
    assert declaring.read(typed, ["SEV1"]) == wanted


async def test_privacy_after_the_severity_declares_nothing_publicly(at_work: Workplace) -> None:
    await at_work.types("declare SEV1 private Salaries leaked")
    assert await at_work.edge.store.run(lambda tx: tx.latest(at_work.edge.workspace, 1)) == []
    blocks = {block.get("block_id"): block for block in (await at_work.form())["blocks"]}
    assert [one["value"] for one in blocks["kind"]["element"]["initial_options"]] == ["private"]
    assert blocks["severity"]["element"]["initial_option"]["value"] == "SEV1"
    assert [name for name in blocks if name in ("title", "kind", "severity")] == ["title", "kind", "severity"]


async def test_a_severity_of_another_playbook_leaves_the_wish_for_privacy(tmp_path: Path) -> None:
    async with workplace(tmp_path, "eazepay") as place:
        await place.types("declare private SEV1 Customer data leaked by mail")
        blocks = {block.get("block_id"): block for block in (await place.form())["blocks"]}
        assert blocks["title"]["element"]["initial_value"] == "Customer data leaked by mail"
        assert [one["value"] for one in blocks["kind"]["element"]["initial_options"]] == ["private"]


async def test_the_form_has_a_box_for_it(at_work: Workplace) -> None:
    await at_work.types("declare Salaries leaked")
    await at_work.fills({"severity": "SEV1", "kind": ["private"]})
    [record] = await at_work.edge.store.run(lambda tx: tx.latest(at_work.edge.workspace, 1))
    assert record.incident.private


@pytest.mark.parametrize(
    "typed", ["status 1", "1", "timeline 1", "timers 1", "why 1", "ack 1", "note 1 hello", "handoff 1", "incident-1"]
)
async def test_others_are_refused_without_its_title(at_work: Workplace, typed: str) -> None:
    record = await declares(at_work)
    before = await at_work.edge.store.run(lambda tx: tx.timeline(record.id))
    assert await at_work.types(typed, user=SECOND) == REFUSED
    assert await at_work.edge.store.run(lambda tx: tx.timeline(record.id)) == before


@pytest.mark.parametrize("typed", ["", "list", "ack", "merge"])
async def test_others_do_not_see_it_in_lists(at_work: Workplace, typed: str) -> None:
    await declares(at_work)
    told = await at_work.control("command", user=SECOND, channel="general", command="/incident", text=typed)
    assert "Salaries" not in str(told["response"])
    told = await at_work.control("command", user=SUPPORT, channel="general", command="/incident", text=typed)
    assert "Salaries" in str(told["response"])


async def test_the_form_shows_it_to_its_people_alone(at_work: Workplace) -> None:
    await declares(at_work)
    for member in (SECOND, SUPPORT):
        await at_work.types("declare", user=member)
    assert "Salaries" not in str(await at_work.form(SECOND))
    assert "Salaries" in str(await at_work.form(SUPPORT))


async def test_whoever_is_in_its_channel_may_read_it(at_work: Workplace) -> None:
    record = await declares(at_work)
    await opens_room(at_work, record, SECOND)
    assert "Salaries leaked" in await at_work.types("status 1", user=SECOND)
    assert await at_work.types("status 1", user=CTO) == REFUSED


async def test_whoever_plays_a_role_may_read_it(at_work: Workplace) -> None:
    record = await declares(at_work)
    await at_work.does(record, c.AssignRole(c.Actor(SUPPORT), "commander", ON_CALL))
    assert "Salaries leaked" in await at_work.types("status 1", user=ON_CALL)


async def test_others_cannot_merge_into_it(at_work: Workplace) -> None:
    await declares(at_work)
    await at_work.types("declare private SEV2 Laptop lost", user=CTO)
    assert await at_work.types("merge 2 1", user=CTO) == REFUSED


async def test_a_button_from_elsewhere_tells_nothing(at_work: Workplace) -> None:
    record = await declares(at_work)
    posted = await at_work.posts_card(record, "C0GENERAL")
    said = await at_work.presses(posted, "incident.more", user=SECOND, value=f"timeline:{record.id}")
    assert said == REFUSED
    events = await at_work.edge.store.run(lambda tx: tx.timeline(record.id))
    assert all(isinstance(event, e.Declared | e.Paged) for event in events)

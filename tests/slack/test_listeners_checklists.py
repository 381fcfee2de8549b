import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.commands import Actor
from app.slack.blocks import checklist
from app.slack.listeners.checklists import named
from app.store import Record
from tests.slack import payloads
from tests.slack.workplace import CTO, ON_CALL, SECOND, SUPPORT, Posted, Workplace, workplace

FIRST = "Which services and which people are affected?"


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path) as place:
        yield place


async def posts_triage(at_work: Workplace, record: Record) -> Posted:
    triage = at_work.edge.playbook.checklist("triage")
    assert triage
    channel = (await at_work.current(record)).incident.channel or ""
    message = checklist.checklist(triage, await at_work.current(record))
    answer = await at_work.edge.client.chat_postMessage(channel=channel, text=message.text, blocks=message.blocks)
    return Posted(answer["channel"], answer["ts"])


def value(record: Record, item: str = FIRST) -> str:
    return f"{record.id}:triage:{checklist.key(item)}"


async def happened(at_work: Workplace, record: Record) -> list[e.Event]:
    return await at_work.edge.store.run(lambda tx: tx.timeline(record.id))


async def answered(at_work: Workplace, user: str) -> list[dict[str, Any]]:
    """Return what the member alone was told, oldest first."""
    rooms = (await at_work.state())["channels"]
    return [one for room in rooms for one in room["messages"] if one.get("ephemeral_for") == user]


async def test_a_tick_is_one_event_with_who_and_when_and_needs_no_words(at_work: Workplace) -> None:
    record = await at_work.declares()
    await at_work.opens_room(record)
    posted = await posts_triage(at_work, record)
    assert await at_work.presses(posted, "checklist.tick", value=value(record)) == ""
    ticked = (await at_work.current(record)).incident.ticks["triage"][FIRST]
    assert ticked.by == ON_CALL
    [event] = [one for one in await happened(at_work, record) if isinstance(one, e.ItemTicked)]
    assert (event.by, event.title, event.item, event.at) == (ON_CALL, "Triage", FIRST, ticked.at)


async def test_a_stale_tick_is_told_by_whom_it_was_ticked(at_work: Workplace) -> None:
    record = await at_work.declares()
    await at_work.opens_room(record)
    posted = await posts_triage(at_work, record)
    await at_work.presses(posted, "checklist.tick", value=value(record), user=SECOND)
    said = await at_work.presses(posted, "checklist.tick", value=value(record), user=CTO)
    assert said.startswith(f"<@{SECOND}> ticked this at <!date^")
    await at_work.does(record, c.UntickItem(Actor(SECOND), "triage", "Triage", FIRST))
    assert "somebody took the tick back" in await press_undo(at_work, record)


async def press_undo(at_work: Workplace, record: Record) -> str:
    await at_work.does(record, c.TickItem(Actor(SECOND), "triage", "Triage", FIRST))
    posted = await posts_triage(at_work, record)
    await at_work.does(record, c.UntickItem(Actor(SECOND), "triage", "Triage", FIRST))
    return await at_work.presses(posted, "checklist.untick", value=value(record))


async def test_a_click_that_slack_delivers_twice_is_one_tick_and_no_refusal(at_work: Workplace) -> None:
    record = await at_work.declares()
    room = await at_work.opens_room(record)
    action = {"action_id": "checklist.tick", "value": value(record)}
    payload = payloads.click(action, user=ON_CALL)
    payload["channel"] = {"id": room.channel, "name": "incident-1"}
    for _ in range(2):
        assert (await at_work.dispatches(payload)).status == 200
    assert len([one for one in await happened(at_work, record) if isinstance(one, e.ItemTicked)]) == 1
    assert not [one for one in await answered(at_work, ON_CALL) if "ticked this" in one["text"]]


async def test_whoever_asks_sees_all_lists_and_ticks_right_there(at_work: Workplace) -> None:
    record = await at_work.declares()
    room = await at_work.opens_room(record)
    assert await at_work.types("checklist", channel=room.channel) == "Three checklists for SEV1 Payment API down."
    overview = (await answered(at_work, SUPPORT))[-1]
    pressed = Posted(room.channel, overview["ts"])
    await at_work.presses(pressed, "checklist.open", user=SUPPORT, value=f"{record.id}:triage")
    shown = (await answered(at_work, SUPPORT))[-1]
    assert shown["text"] == 'Checklist "Triage" for SEV1 Payment API down: six items.'
    await at_work.presses(pressed, "checklist.tick", user=SUPPORT, value=value(record))
    shown = (await answered(at_work, SUPPORT))[-1]
    assert shown["text"] == 'Checklist "Triage" for SEV1 Payment API down: 1 of 6 done.'
    assert f"☑ {FIRST}" in str(shown["blocks"])
    await at_work.presses(pressed, "checklist.untick", user=SUPPORT, value=value(record))
    assert (await at_work.current(record)).incident.ticks == {"triage": {}}


@pytest.mark.parametrize("words", ["triage", "TRIAGE", "tirage"])
async def test_a_list_can_be_named(at_work: Workplace, words: str) -> None:
    record = await at_work.declares()
    room = await at_work.opens_room(record)
    for typed, channel in ((words, room.channel), (f"{record.incident.number} {words}", "general")):
        assert (await at_work.types(f"checklist {typed}", channel=channel)).startswith('Checklist "Triage" for')


async def test_a_list_that_is_not_there_is_answered_with_those_that_are(at_work: Workplace) -> None:
    record = await at_work.declares()
    said = await at_work.types(f"checklist {record.incident.number} groceries")
    assert said == 'There is no checklist "groceries" in this playbook. It has: triage, verification, after.'


@pytest.mark.parametrize("carried", ["{id}:triage:nothing", "{id}:gone:x", "{id}", "x:triage:y", "", "{id}:triage"])
async def test_a_button_of_what_is_no_more_is_refused(at_work: Workplace, carried: str) -> None:
    record = await at_work.declares()
    await at_work.opens_room(record)
    posted = await posts_triage(at_work, record)
    version = (await at_work.current(record)).version
    block = {"type": "actions", "elements": [press("checklist.tick", carried.format(id=record.id))]}
    posted = await put(at_work, posted.channel, block)
    assert (await at_work.presses(posted, "checklist.tick")).startswith(
        "This belongs to something that Tocsin does not"
    )
    assert (await at_work.current(record)).version == version


def press(action: str, carried: str) -> dict[str, Any]:
    text = {"type": "plain_text", "text": "Done"}
    return {"type": "button", "text": text, "action_id": action, "value": carried}


async def put(at_work: Workplace, channel: str, block: dict[str, Any]) -> Posted:
    answer = await at_work.edge.client.chat_postMessage(channel=channel, text="Do it?", blocks=[block])
    return Posted(answer["channel"], answer["ts"])


async def test_the_timeline_tells_every_tick(at_work: Workplace) -> None:
    record = await at_work.declares()
    await at_work.does(record, c.TickItem(Actor(ON_CALL), "triage", "Triage", FIRST))
    await at_work.does(record, c.UntickItem(Actor(SECOND), "triage", "Triage", FIRST))
    await at_work.types(f"timeline {record.incident.number}")
    shown = (await answered(at_work, SUPPORT))[-1]
    lines = re.sub(r"<!date[^>]*>", "at", str(shown["blocks"]))
    assert f'at <@{ON_CALL}> ticked "{FIRST}" (Triage)' in lines
    assert f'at <@{SECOND}> took back the tick of "{FIRST}" (Triage)' in lines


async def test_lists_are_meant_by_what_is_in_their_names(at_work: Workplace) -> None:
    lists = at_work.edge.playbook.checklists
    assert [one.id for one in named("", lists)] == ["triage", "verification", "after"]
    assert [one.id for one in named("fixed", lists)] == ["verification"]
    assert [one.id for one in named("After", lists)] == ["after"]
    assert named("groceries", lists) == []


async def test_lists_of_other_severities_are_shown_when_they_are_named(tmp_path: Path) -> None:
    async with workplace(tmp_path, "fintech") as place:
        record = await place.declares("SEV-2 Payments late")
        other = next(one for one in place.edge.playbook.checklists if one.severities == ("SEV-3",))
        said = await place.types(f"checklist {record.incident.number}")
        assert said.endswith("checklists for SEV-2 Payments late.")
        assert other.title not in str((await answered(place, SUPPORT))[-1]["blocks"])
        assert other.title in await place.types(f"checklist {record.incident.number} {other.id}")

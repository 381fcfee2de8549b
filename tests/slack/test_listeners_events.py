"""What Slack tells of by itself: who comes into an incident's channel, and on which messages a pushpin is put."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.store import Record
from tests.slack import payloads
from tests.slack.workplace import CTO, ON_CALL, SECOND, SUPPORT, Posted, Workplace, workplace
from tests.waiting import until


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path) as place:
        yield place


@pytest.fixture
async def record(at_work: Workplace) -> Record:
    record = await at_work.declares()
    await at_work.opens_room(record)
    return await at_work.current(record)


async def timeline(place: Workplace, record: Record, kind: type[Any]) -> list[Any]:
    events = await place.edge.store.run(lambda tx: tx.timeline(record.id))
    return [one for one in events if isinstance(one, kind)]


async def soon(place: Workplace, record: Record, kind: type[Any], count: int = 1) -> list[Any]:
    """Wait until so many of that kind have happened, and return them."""

    async def happened() -> bool:
        return len(await timeline(place, record, kind)) >= count

    await until(happened)
    return await timeline(place, record, kind)


async def says(
    place: Workplace, record: Record, text: str, user: str = ON_CALL, thread_ts: str | None = None
) -> Posted:
    channel = record.incident.channel or "incidents"
    thread = {"thread_ts": thread_ts} if thread_ts else {}
    told = await place.control("message", user=user, channel=channel, text=text, **thread)
    assert told["ok"], told
    return Posted(channel, told["ts"])


async def pins(place: Workplace, said: Posted, name: str = "pushpin", user: str = SECOND) -> None:
    told = await place.control("react", user=user, channel=said.channel, ts=said.ts, name=name)
    assert told["ok"], told


async def test_a_pushpin_adds_a_message_with_its_time_author_and_link(at_work: Workplace, record: Record) -> None:
    said = await says(at_work, record, "Rolled back <to> 41 &c")
    at_work.sandbox.clock.move(600)
    await pins(at_work, said)
    [note] = await soon(at_work, record, e.Noted)
    assert (note.by, note.author, note.text) == (SECOND, ON_CALL, "Rolled back <to> 41 &c")
    assert f"{note.said_at.timestamp():.6f}" == said.ts
    assert note.at > note.said_at
    assert note.link.endswith(f"/archives/{said.channel}/p{said.ts.replace('.', '')}")


async def test_the_same_message_is_added_once_whoever_pins_it(at_work: Workplace, record: Record) -> None:
    said = await says(at_work, record, "It is DNS")
    await pins(at_work, said)
    await soon(at_work, record, e.Noted)
    await pins(at_work, said, user=CTO)
    await pins(at_work, said, user=CTO)
    last = await says(at_work, record, "the last")
    await pins(at_work, last)
    assert [one.text for one in await soon(at_work, record, e.Noted, 2)] == ["It is DNS", "the last"]


async def test_a_message_in_a_thread_of_the_channel_is_added(at_work: Workplace, record: Record) -> None:
    root = await says(at_work, record, "Look here")
    await pins(at_work, await says(at_work, record, "The disk is full", thread_ts=root.ts))
    [note] = await soon(at_work, record, e.Noted)
    assert note.text == "The disk is full"


async def test_other_reactions_and_other_channels_add_nothing(at_work: Workplace, record: Record) -> None:
    said = await says(at_work, record, "Hello")
    await pins(at_work, said, name="eyes")
    told = await at_work.control("message", user=SUPPORT, channel="general", text="Hi")
    await pins(at_work, Posted("general", told["ts"]))
    counted = len(await at_work.calls("conversations.history"))
    await pins(at_work, said)
    await soon(at_work, record, e.Noted)
    assert len(await at_work.calls("conversations.history")) == counted + 1


async def test_a_message_that_slack_does_not_show_is_told_to_whoever_pinned_it(
    at_work: Workplace, record: Record
) -> None:
    said = await says(at_work, record, "Hello")
    await at_work.control("fault", method="conversations.history", kind="server_error", times=1)
    await pins(at_work, said)

    async def told() -> bool:
        posted = await at_work.calls("chat.postMessage")
        return any(one.get("channel") == SECOND and "not in the timeline" in str(one.get("text")) for one in posted)

    await until(told)
    assert await timeline(at_work, record, e.Noted) == []


async def test_the_shortcut_adds_a_message_and_says_so(at_work: Workplace, record: Record) -> None:
    said = await says(at_work, record, "Restarting the pods")
    used = {"user": SECOND, "callback_id": "note_from", "channel": said.channel, "ts": said.ts}
    await at_work.control("shortcut", **used)
    [note] = await soon(at_work, record, e.Noted)
    assert (note.author, note.text) == (ON_CALL, "Restarting the pods")
    await at_work.control("shortcut", **used)
    whispers = list((await at_work._whispers(SECOND)).values())
    assert "is in the timeline" in whispers[0]
    assert "is in the timeline of" in whispers[1]
    assert "already" in whispers[1]


async def test_outside_of_an_incidents_channel_the_shortcut_says_what_to_do(at_work: Workplace) -> None:
    told = await at_work.control("message", user=SUPPORT, channel="general", text="Hi")
    await at_work.control("shortcut", user=SUPPORT, callback_id="note_from", channel="general", ts=told["ts"])
    assert "stands in no incident's channel" in "\n".join((await at_work._whispers(SUPPORT)).values())


async def test_whoever_joins_late_is_briefed_once(at_work: Workplace, record: Record) -> None:
    newcomer = "U0VPENG"
    channel = record.incident.channel
    await at_work.control("join", user=newcomer, channel=channel)
    [arrived] = await soon(at_work, record, e.Arrived)
    assert arrived.by == newcomer
    await at_work.does(record, c.Arrive(newcomer))
    assert len(await timeline(at_work, record, e.Arrived)) == 1


@pytest.mark.parametrize(("user", "team"), [("U0CTO", "T0EVIL"), ("U0TOCSIN", payloads.TEAM)])
async def test_neither_strangers_nor_apps_are_briefed(at_work: Workplace, record: Record, user: str, team: str) -> None:
    payload = payloads.member_joined(user=user, team=team)
    payload["event"]["channel"] = record.incident.channel
    await at_work.dispatches(payload)
    assert await timeline(at_work, record, e.Arrived) == []
    payload = payloads.member_joined(user="U0VPENG")
    payload["event"]["channel"] = record.incident.channel
    await at_work.dispatches(payload)
    assert [one.by for one in await timeline(at_work, record, e.Arrived)] == ["U0VPENG"]

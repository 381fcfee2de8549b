"""A real Tocsin is killed at the worst moments. Started again, it has lost nothing and repeats nothing."""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from app.domain import events as e
from tests.acceptance.workspace import ON_CALL, SECONDARY, SUPPORT, TOCSIN, Process, Room
from tests.waiting import until

pytestmark = [pytest.mark.kill, pytest.mark.slow]

QUARANTINE = 35
RESPONDERS = ("primary", "secondary", "incident-manager", "head-of-engineering")


async def declared(process: Process, text: str = "SEV1 Payment API down") -> None:
    """Start Tocsin, and declare an incident."""
    await process.cast(*RESPONDERS)
    await process.start()
    await declares(process, text)


async def declares(process: Process, text: str = "SEV1 Payment API down") -> None:
    told = await process.act("command", user=SUPPORT, channel="general", command="/incident", text=f"declare {text}")
    assert told["ok"], told


async def caught_up(process: Process) -> bool:
    return len(await process.timeline(e.CaughtUp)) == 1


async def nothing_stands_twice(process: Process) -> None:
    """Check that each delivery's message stands once, or is marked to be swept, and that no timer paged twice."""
    rooms = map(Room, (await process.look())["channels"])
    keys = Counter(said.key for room in rooms for said in room.messages if said.by == TOCSIN and said.key)
    far = process.sandbox.clock.now() + timedelta(days=1)
    marked = {delivery.key for delivery in await process.remembers(lambda tx: tx.sweepable(far))}
    assert {key for key, copies in keys.items() if copies > 1} <= marked
    pages = Counter((paged.step, paged.at) for paged in await process.timeline(e.Paged))
    assert [page for page, times in pages.items() if times > 1] == []


async def whole(process: Process) -> Room:
    """Check that the incident's channel is all there, and return it."""
    room = await process.room("incident-1")
    assert [name for name in await process.rooms() if name.startswith("incident-1")] == ["incident-1"]
    assert room.facts["topic"].startswith("SEV1")
    assert len(room.facts["bookmarks"]) == 1
    assert len(room.all("declared at", "Everybody is affected")) == 1
    assert len(room.thread(room.card)) == 1
    assert len((await process.room("incidents")).posts) == 1
    assert {SUPPORT, ON_CALL} <= set(room.facts["members"])
    return room


async def under_way(process: Process, method: str, calls: int) -> None:
    """Wait until Slack has been asked that often."""

    async def asked() -> bool:
        return len(await process.calls(method)) >= calls

    await until(asked)


async def test_killed_while_slack_makes_the_channel_it_takes_that_channel_when_it_is_back(process: Process) -> None:
    await process.cast(*RESPONDERS)
    await process.start()
    await process.fault("conversations.create", "delay", times=2, seconds=1)
    await declares(process)
    await under_way(process, "conversations.create", 2)
    await process.kill()
    assert "incident-1" not in await process.rooms()

    async def made() -> bool:
        return {"incident-1", "incidents"} <= set(await process.rooms())

    await until(made)
    await process.start()
    await process.finishes()

    await whole(process)
    await nothing_stands_twice(process)


async def test_killed_before_slack_was_asked_for_the_channel_it_asks_when_it_is_back(process: Process) -> None:
    await process.cast(*RESPONDERS)
    await process.start()
    await process.fault("conversations.create", "ratelimited", times=2, seconds=2)
    await declares(process)
    await under_way(process, "conversations.create", 2)
    await process.kill()
    await process.start()
    await process.moves(seconds=3)
    await process.finishes()

    await whole(process)
    await nothing_stands_twice(process)


async def test_killed_between_a_post_and_its_mark_it_finds_the_post_when_it_is_back(process: Process) -> None:
    await declared(process)
    await process.finishes()
    room = await process.room("incident-1")
    posts = len(await process.calls("chat.postMessage"))
    await process.fault("chat.postMessage", "delay", seconds=1)
    await process.act(
        "command", user=ON_CALL, channel=room.id, command="/incident", text="update The database restarts"
    )
    await under_way(process, "chat.postMessage", posts + 1)
    await process.kill()

    async def landed() -> bool:
        return bool((await process.room("incident-1")).all("The database restarts"))

    await until(landed)
    await process.start()
    await process.finishes()

    assert len((await process.room("incident-1")).all("The database restarts")) == 1
    await nothing_stands_twice(process)


async def test_killed_while_everything_is_being_posted_it_completes_it_when_it_is_back(process: Process) -> None:
    await process.cast(*RESPONDERS)
    await process.start()
    await process.fault("chat.postMessage", "delay", times=4, seconds=1)
    await declares(process)
    await under_way(process, "chat.postMessage", 3)
    await process.kill()

    async def landed() -> bool:
        rooms = map(Room, (await process.look())["channels"])
        posted = sum(said.by == TOCSIN and said.key is not None for room in rooms for said in room.messages)
        return posted >= len(await process.calls("chat.postMessage"))

    await until(landed)
    await process.start()
    await process.finishes()

    await whole(process)
    await nothing_stands_twice(process)


async def test_a_page_that_lands_after_its_second_copy_is_swept_away(process: Process) -> None:
    await process.cast(*RESPONDERS)
    await process.start()
    await process.fault("chat.postMessage", "delay", times=2, seconds=300)
    await declares(process, "SEV1 Payment API down")
    await under_way(process, "chat.postMessage", 2)
    [late] = [call for call in await process.calls("chat.postMessage") if call["channel"] == ON_CALL]
    await process.kill()
    await process.start()

    async def copies(number: int) -> bool:
        rooms = [Room(facts) for facts in (await process.look())["channels"] if facts.get("user") == ON_CALL]
        return [len(room.posts) for room in rooms] == [number]

    # Nobody knows whether the first arrived, and a second page beats none.
    await until(partial(copies, 1))
    *_, repeated = [call for call in await process.calls("chat.postMessage") if call["channel"] == ON_CALL]
    assert repeated["text"].startswith("(possibly repeated)")

    async def confirmed() -> bool:
        return ON_CALL in {event.member for event in await process.timeline(e.PageConfirmed)}

    # Only what is marked as sent is swept, two minutes after that.
    await until(confirmed)
    slack = AsyncWebClient(token=process.sandbox.bot_token, base_url=process.sandbox.api_url)
    await slack.chat_postMessage(channel=ON_CALL, text=late["text"], metadata=late["metadata"])
    assert await copies(2)
    await process.moves(seconds=150)
    await until(partial(copies, 1), within=60)
    await process.finishes()
    await nothing_stands_twice(process)


async def test_killed_while_a_step_is_overdue_it_pages_the_lowest_one_and_tells_it_in_one_message(
    process: Process,
) -> None:
    await declared(process)
    await process.finishes()
    before = await process.timeline(e.Paged)
    await process.kill()
    await process.moves(minutes=65)
    await process.start()
    await until(lambda: caught_up(process))
    await process.finishes()

    [paged] = (await process.timeline(e.Paged))[len(before) :]
    assert (paged.label, paged.members) == ("2", (SECONDARY,))
    room = await process.room("incident-1")
    assert len(room.all("I was away from")) == 1
    assert "step 2 fell due" in room.find("I was away from").text
    assert len((await process.room(SECONDARY)).posts) == 1
    await nothing_stands_twice(process)


async def test_killed_again_and_again_it_neither_loses_nor_repeats_anything(process: Process) -> None:
    await process.fault("*", "delay", times=12, seconds=0.3)
    await process.cast(*RESPONDERS)
    await process.start()
    await declares(process)
    for calls in (8, 14, 20):
        await until(partial(called, process, calls))
        await process.kill()
        await process.moves(seconds=QUARANTINE)
        await process.start()
    await process.finishes()
    await whole(process)
    await nothing_stands_twice(process)


async def called(process: Process, times: int) -> bool:
    return len(await process.look("calls")) >= times or await process.idle()


async def test_told_to_stop_it_ends_in_time_and_well(process: Process) -> None:
    await declared(process)
    assert await process.terminate() == 0
    await process.start()
    await process.finishes()
    await whole(process)
    await nothing_stands_twice(process)

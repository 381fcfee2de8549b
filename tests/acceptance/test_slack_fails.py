"""Slack is slow, says no, or hangs up in the middle: nothing is lost, and nothing stands twice."""

import asyncio
from collections import Counter

import pytest

from app.domain import events as e
from app.store import DeliveryState
from tests.acceptance.workspace import MANAGER, ON_CALL, SUPPORT, TOCSIN, Room, Town
from tests.waiting import until

CLOSINGS = 6
A_BLINK = 0.05


async def copies(slack: Town) -> list[int]:
    """Return how often the messages of deliveries stand in the workspace, for those that stand twice."""
    rooms = map(Room, (await slack.look())["channels"])
    keys = Counter(said.key for room in rooms for said in room.messages if said.by == TOCSIN and said.key)
    return [count for count in keys.values() if count > 1]


async def all_is_there(slack: Town) -> None:
    """Check that everything that a declaration makes is there, once."""
    room = await slack.room("incident-1")
    assert len(room.all("Everybody is affected")) == 1
    assert len(room.thread(room.card)) == 1
    assert len(room.facts["bookmarks"]) == 1
    assert room.facts["topic"]
    assert len((await slack.room("incidents")).posts) == 1
    for member in (ON_CALL, MANAGER):
        assert len((await slack.room(member)).posts) == 1
    assert await copies(slack) == []
    counts = await slack.run(lambda tx: tx.delivery_counts("T0SANDBOX"))
    assert {state for state, count in counts.items() if count} == {DeliveryState.SENT}


async def test_a_rate_limit_is_waited_out(slack: Town) -> None:
    await slack.fault("chat.postMessage", "ratelimited", times=3, seconds=7)
    await slack.declares()
    asked = len(await slack.calls("chat.postMessage"))
    limited = [one for one in await slack.deliveries(DeliveryState.WAITING) if one.reason]
    assert {one.reason for one in limited} == {"Slack asked for a pause"}
    await slack.passes(seconds=5)
    assert len(await slack.calls("chat.postMessage")) == asked
    # One goes first, and the others follow.
    await slack.passes(seconds=5)
    await all_is_there(slack)


async def test_after_a_server_error_a_post_is_looked_up_and_sent_again(slack: Town) -> None:
    await slack.fault("chat.postMessage", "server_error", times=3)
    await slack.declares()
    assert len(await slack.deliveries(DeliveryState.UNKNOWN)) >= 1
    await slack.passes(minutes=2)
    for member in (ON_CALL, MANAGER):
        assert len((await slack.room(member)).posts) == 1
    await slack.passes(minutes=2)
    assert await copies(slack) == []
    assert await slack.deliveries(DeliveryState.UNKNOWN) == []


async def test_a_post_that_arrived_although_the_connection_broke_stands_once(slack: Town) -> None:
    await slack.declares()
    await slack.fault("chat.postMessage", "accept_then_drop")
    await slack.types(ON_CALL, "update The disk is full", channel="incident-1")
    [unknown] = await slack.deliveries(DeliveryState.UNKNOWN)
    assert unknown.repeated
    # What comes later does not wait for it.
    await slack.types(ON_CALL, "update The disk is grown", channel="incident-1")
    assert (await slack.room("incident-1")).all("The disk is grown")
    await slack.passes(seconds=31)
    assert await slack.deliveries(DeliveryState.UNKNOWN) == []
    await slack.passes(minutes=3)

    await slack.bot.outbox.sweep()
    assert len((await slack.room("incident-1")).all("The disk is full")) == 1
    assert await copies(slack) == []


async def test_everything_arrives_although_each_connection_breaks_once(slack: Town) -> None:
    for method in ("chat.postMessage", "conversations.create", "conversations.invite", "pins.add", "bookmarks.add"):
        await slack.fault(method, "accept_then_drop", times=2)
    await slack.declares()
    await slack.passes(minutes=4)

    await slack.bot.outbox.sweep()
    room = await slack.room("incident-1")
    assert {name for name in await slack.rooms() if name.startswith("incident")} == {"incident-1", "incidents"}
    assert len(room.facts["pins"]) == 1
    assert len(room.facts["bookmarks"]) == 1
    assert {SUPPORT, ON_CALL, MANAGER} <= set(room.facts["members"])
    assert await copies(slack) == []


async def test_a_page_that_may_have_arrived_is_looked_up_at_once(slack: Town) -> None:
    await slack.fault("chat.postMessage", "accept_then_drop", times=2)
    await slack.declares()
    await slack.passes(seconds=2)
    for member in (ON_CALL, MANAGER):
        [page] = (await slack.room(member)).posts
        assert "possibly repeated" not in page.text
    assert len(await slack.timeline(e.PageConfirmed)) == 2


async def test_a_page_that_cannot_be_looked_up_goes_out_again_and_is_marked(slack: Town) -> None:
    await slack.fault("chat.postMessage", "accept_then_drop", times=2)
    await slack.fault("conversations.history", "server_error", times=2)
    await slack.declares("SEV2 Search is slow")
    await slack.passes(seconds=2)
    pages = (await slack.room(ON_CALL)).posts
    assert len(pages) == 2
    texts = [call["text"] for call in await slack.calls("chat.postMessage") if call["channel"] == ON_CALL]
    assert [text.startswith("(possibly repeated)") for text in texts] == [False, True]
    await slack.passes(minutes=3)

    await slack.bot.outbox.sweep()
    assert len((await slack.room(ON_CALL)).posts) == 1
    assert len(await slack.timeline(e.Paged)) == 1


async def test_a_slow_slack_delays_no_answer(slack: Town) -> None:
    await slack.fault("chat.postMessage", "delay", times=20, seconds=0.5)
    told = await slack.act(
        "command", user=SUPPORT, channel="general", command="/incident", text="declare SEV1 It burns"
    )
    assert told["ok"]
    assert "is declared" in told["response"]["text"]
    await slack.settles()
    await all_is_there(slack)


async def test_commands_are_taken_again_after_slack_closed_the_connection(slack: Town) -> None:
    before = len(await slack.calls("apps.connections.open"))
    await slack.act("fault", kind="disconnect", times=1)

    async def connected() -> bool:
        opened = len(await slack.calls("apps.connections.open"))
        return opened > before and bool(slack.sandbox.slack.sockets._connections)

    await until(connected)
    await slack.declares()
    await all_is_there(slack)


async def test_what_people_type_is_kept_while_slack_closes_the_connection_again_and_again(slack: Town) -> None:
    await slack.declares()
    before = len(await slack.calls("apps.connections.open"))
    closings: list[str] = []
    closing = asyncio.create_task(closes_again_and_again(slack, closings))
    said: dict[str, list[bool]] = {}
    while len(closings) < CLOSINGS:
        tries = said.setdefault(f"the disk is at {len(said)} %", [])
        # Slack tells whoever typed it that it was not taken, and they type it again.
        while True not in tries:
            tries.append(await typed(slack, f"note {list(said)[-1]}"))
            await asyncio.sleep(A_BLINK)
    closing.cancel()
    await asyncio.wait({closing})
    await slack.settles()
    noted = Counter(one.text for one in await slack.timeline(e.Noted))
    assert noted.keys() == said.keys()
    # What could not be answered may have been taken all the same; what was, was taken once.
    assert all(noted[note] <= len(tries) for note, tries in said.items())
    opened = len(await slack.calls("apps.connections.open")) - before
    assert opened <= len(closings) + 1
    assert await copies(slack) == []


async def typed(slack: Town, text: str) -> bool:
    """Type a command, and say whether Slack took it."""
    told = await slack.act("command", user=ON_CALL, channel="incident-1", command="/incident", text=text)
    return bool(told["ok"])


def break_off(slack: Town) -> None:
    """Break the connection, as whatever stands between here and Slack does."""
    for connection in tuple(slack.sandbox.slack.sockets._connections):
        transport = connection._req and connection._req.transport
        assert transport
        transport.abort()


async def test_a_connection_that_breaks_without_a_word_is_made_anew_at_once(slack: Town) -> None:
    sockets = slack.sandbox.slack.sockets
    break_off(slack)
    await until(lambda: not sockets._connections)
    async with asyncio.timeout(5):
        await sockets._opened.wait()
    await slack.declares()
    await all_is_there(slack)


async def closes_again_and_again(slack: Town, closings: list[str]) -> None:
    """Close the connection, now with a word and now without one, as soon as there is a new one."""
    sockets = slack.sandbox.slack.sockets
    while True:
        await sockets._opened.wait()
        await asyncio.sleep(A_BLINK)
        closings.append("with a word")
        sockets.disconnect(1)
        await sockets._opened.wait()
        await asyncio.sleep(A_BLINK)
        closings.append("without one")
        await sockets.close()
        await sockets._opened.wait()
        await asyncio.sleep(A_BLINK)
        closings.append("broken")
        break_off(slack)


async def test_an_edit_that_failed_is_made_again(slack: Town) -> None:
    await slack.declares()
    await slack.fault("chat.update", "server_error", times=3)
    await slack.types(ON_CALL, "ack 1")
    await slack.passes(seconds=20)
    assert "incident.acknowledge" not in (await slack.room("incident-1")).card.actions


async def test_a_form_that_slack_does_not_open_in_time_is_told_of(slack: Town) -> None:
    await slack.fault("views.open", "delay", seconds=3.5)
    said = await slack.types(SUPPORT, "declare")
    assert "Slack did not open the form in time. Press again." in said


async def test_what_fails_again_and_again_is_given_up_and_told(slack: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.outbox.marking.MOST_ATTEMPTS", 3)
    await slack.declares()
    await slack.fault("conversations.setTopic", "error", times=9, error="ratelimited")
    await slack.types(ON_CALL, "status identified", channel="incident-1")
    [waiting] = await slack.deliveries(DeliveryState.WAITING)
    assert waiting.reason == "Slack asked for a pause"
    await slack.passes(minutes=2)
    [dead] = await slack.deliveries(DeliveryState.DEAD)
    assert dead.reason == "Slack asked for a pause; tried 3 times"
    told = (await slack.room("incident-1")).find("I could not set the topic")
    assert told.actions == ["delivery.retry"]


pytestmark = pytest.mark.slow

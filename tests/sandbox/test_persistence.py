"""A sandbox on a folder comes back as it was."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from app.sandbox import MovableClock, Sandbox
from app.sandbox.shelf import Unreadable
from tests.sandbox.hands import QUIET, Hands, Json, Start, client_of

HOME = {"type": "home", "blocks": [{"type": "divider"}]}


async def fill(sandbox: Sandbox) -> None:
    client = client_of(sandbox)
    room = (await client.conversations_create(name="incident-1"))["channel"]["id"]
    metadata = {"event_type": "delivery", "event_payload": {"key": "k1"}}
    said = (await client.chat_postMessage(channel=room, text="card", metadata=metadata))["ts"]
    await client.pins_add(channel=room, timestamp=said)
    await client.reactions_add(channel=room, timestamp=said, name="eyes")
    await client.bookmarks_add(channel_id=room, title="a", type="link", link="https://example.com")
    await client.conversations_setTopic(channel=room, topic="SEV1")
    await client.views_publish(user_id="U0ONCALL", view=HOME)
    await client.files_upload_v2(filename="a.txt", content="kept", channel=room)
    await client.chat_postMessage(channel="U0CTO", text="a page")


def lasting(state: Json) -> Json:
    """Return what of a state is told to last: all but the time and the port."""
    kept = {key: value for key, value in state.items() if key not in {"now", "modals"}}
    return dict(json.loads(json.dumps(kept, sort_keys=True).replace(state["url"], "")))


async def look(sandbox: Sandbox) -> Json:
    hands = Hands.on(sandbox)
    async with hands.session:
        return lasting(await hands.state() | {"url": sandbox.url})


async def test_everything_comes_back(start: Start, tmp_path: Path) -> None:
    first = await start(data=tmp_path)
    await fill(first)
    before = await look(first)
    # Never stopped, as a killed process is not: what was answered is on disk already.
    second = await start(data=tmp_path)
    after = await look(second)
    del before["url"], after["url"]
    assert after == before
    file = next(c for c in after["channels"] if c["name"] == "incident-1")["messages"][-1]["files"][0]
    async with aiohttp.ClientSession() as session, session.get(f"{second.url}{file['url']}") as response:
        assert await response.text() == "kept"


async def test_the_clock_and_the_order_of_messages_come_back(start: Start, tmp_path: Path) -> None:
    first = await start(data=tmp_path)
    hands = Hands.on(first)
    async with hands.session:
        await hands("advance", seconds=3600)
    said = (await client_of(first).chat_postMessage(channel="C0GENERAL", text="one"))["ts"]
    second = await start(data=tmp_path)
    assert second.clock.offset == 3600
    assert (await client_of(second).chat_postMessage(channel="C0GENERAL", text="two"))["ts"] > said


async def test_what_is_saved_is_never_half_written(start: Start, tmp_path: Path) -> None:
    sandbox = await start(data=tmp_path)
    client = client_of(sandbox)
    done = asyncio.gather(*(client.chat_postMessage(channel="C0GENERAL", text="x" * 5000) for _ in range(20)))
    while not done.done():
        if (tmp_path / "slack.json").exists():
            json.loads((tmp_path / "slack.json").read_text())
        await asyncio.sleep(0)
    await done


@pytest.mark.parametrize("saved", ["", "{}", '{"members": 1}'])
def test_a_folder_of_another_version_says_what_to_do(tmp_path: Path, saved: str) -> None:
    (tmp_path / "slack.json").write_text(saved)
    with pytest.raises(Unreadable, match="move it away to start afresh"):
        Sandbox(QUIET, data=tmp_path)


async def test_the_clock_moves_on_by_seconds_and_to_a_moment(sandbox: Sandbox, hands: Hands) -> None:
    before = sandbox.clock.now()
    await hands("advance", seconds=900)
    assert timedelta(seconds=900) <= sandbox.clock.now() - before < timedelta(seconds=901)
    noon = (before + timedelta(days=1)).isoformat()
    await hands("advance", to=noon)
    assert (await hands.state())["now"] >= noon


async def test_the_program_around_may_move_the_clock_and_say_what_is_due(sandbox: Sandbox, hands: Hands) -> None:
    moved: list[float] = []
    upcoming = [
        {"incident": "#incident-1", "what": "Step 2 pages Secondary on-call", "at": "2026-01-01T00:00:00+00:00"}
    ]

    async def advance(seconds: float) -> None:
        moved.append(seconds)

    async def due() -> list[dict[str, Any]]:
        return upcoming

    sandbox.advance, sandbox.due = advance, due
    await hands("advance", seconds=60)
    assert moved == [60]
    assert (await hands.state())["due"] == upcoming


def test_a_clock_knows_its_offset() -> None:
    clock = MovableClock(offset=60)
    clock.move(60)
    assert clock.offset == 120
    assert clock.now().tzinfo is not None

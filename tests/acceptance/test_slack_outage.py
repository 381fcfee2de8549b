"""Slack is down for an hour, for eight, for three days: when it is back, pages come first, and nobody is flooded."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from app.domain import events as e
from app.domain.effects import Page, Way
from app.slack.pace import AT_ONCE
from app.store import DeliveryState
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import ON_CALL, SUPPORT, TOCSIN, WORKSPACE, Json, Room, Said, Town
from tests.waiting import until

POST = "chat.postMessage"
FIRST_PAGE_WITHIN = timedelta(seconds=15)
OVER = "over"


async def declares_many(slack: Town, count: int) -> None:
    """Declare incidents: the first four of the worst severity."""
    for number in range(count):
        severity = "SEV1" if number < 4 else "SEV2"
        text = f"declare {severity} Trouble {number}"
        await slack.act("command", user=SUPPORT, channel="general", command="/incident", text=text)
    await slack.settles()


async def outage(slack: Town, how: str, seconds: float = 30) -> datetime:
    """Let Slack go down, or be back; return when."""
    assert (await slack.act("outage", how=how, seconds=seconds))["ok"]
    return slack.now


async def is_back(slack: Town) -> None:
    """Wait until Tocsin knows that Slack is back, and everything is out."""
    circuit = slack.bot.outbox.circuits[Way.SLACK]
    await until(lambda: slack.bot.outbox.circuits[Way.SLACK].open_since is None)
    assert circuit.sink
    await slack.passes(minutes=7)


async def rooms(slack: Town) -> list[Room]:
    """Return all conversations."""
    return [Room(one) for one in (await slack.look())["channels"]]


async def since(slack: Town, moment: datetime) -> dict[str, list[Said]]:
    """Return what Tocsin said since then, in the order in which it came, by conversation."""
    said = {room.facts["name"] or room.id: [one for one in room.messages if one.by == TOCSIN] for room in await rooms(slack)}
    return {name: [one for one in messages if one.at >= moment] for name, messages in said.items()}


def fastest(moments: Iterable[datetime]) -> float:
    """Return by how many messages a conversation was ahead of one a second, at its worst."""
    times = sorted(at.timestamp() for at in moments)
    return max((last - first + 1 - (times[last] - times[first]) for first in range(len(times)) for last in range(first, len(times))), default=0)


async def keeps_its_pace(slack: Town) -> None:
    """Check that no conversation ever got more than one message a second, but for a handful at once."""
    for room in await rooms(slack):
        ahead = fastest(one.at for one in room.messages if one.by == TOCSIN)
        # The clock of a message is Slack's: a request may be a little faster than the one before it.
        assert ahead <= AT_ONCE + 0.5, (room.facts["name"], ahead)


def counted(call: Json) -> tuple[str, str]:
    """Return what Slack counts a call under."""
    return call["method"], str(call["args"].get("channel")) if call["method"] == POST else ""


async def respects_pauses(slack: Town) -> int:
    """Check that nothing was called while it was paused; return how many pauses Slack asked for."""
    paused_until: dict[tuple[str, str], datetime] = {}
    pauses = 0
    for call in await slack.look("calls"):
        at, key = datetime.fromisoformat(call["at"]), counted(call)
        assert at >= paused_until.get(key, at), call
        if call.get("fault") == "ratelimited":
            pauses += 1
            paused_until[key] = at + timedelta(seconds=call["seconds"])
    return pauses


async def nothing_is_lost(slack: Town) -> None:
    """Check that every delivery has ended, and every page that still mattered is there, once."""
    counts = await slack.run(lambda tx: tx.delivery_counts(WORKSPACE))
    assert {state for state, count in counts.items() if count} == {DeliveryState.SENT}, counts
    keys = [one.key for room in await rooms(slack) for one in room.messages if one.key]
    assert len(keys) == len(set(keys))
    for delivery in await slack.deliveries(DeliveryState.SENT):
        if isinstance(delivery.effect, Page):
            assert delivery.result
            assert delivery.key in keys or delivery.result.get("skipped") == "no longer wanted"


@pytest.mark.parametrize(
    ("how", "hours", "count", "seconds"),
    [
        ("refused", 1, 20, 0),
        ("unavailable", 1, 20, 0),
        ("accept_then_drop", 1, 20, 0),
        ("ratelimited", 1, 20, 60),
        ("refused", 8, 6, 0),
        ("ratelimited", 8, 6, 300),
        ("unavailable", 72, 2, 0),
    ],
)
async def test_after_an_outage_pages_come_first_and_each_incident_catches_up_once(
    open_town: OpenTown, how: str, hours: int, count: int, seconds: float
) -> None:
    slack = await open_town()
    await declares_many(slack, count)
    await outage(slack, how, seconds)
    await slack.act("advance", seconds=hours * 3600)
    back = await outage(slack, OVER)
    await is_back(slack)
    said = await since(slack, back)
    for name, messages in said.items():
        caught_up = [one for one in messages if "I could not post here" in one.text or "I was away" in one.text]
        assert len(caught_up) <= (1 if name.startswith("incident-") else 0), name
    pages = sorted((one for one in said_to(said, ON_CALL) if "pages you" not in one.text), key=lambda one: one.ts)
    await keeps_its_pace(slack)
    await respects_pauses(slack)
    await nothing_is_lost(slack)
    print(how, hours, {name: len(messages) for name, messages in said.items()})
    print([(one.at - back).total_seconds() for one in pages], [one.text[:30] for one in pages])


def said_to(said: dict[str, list[Said]], member: str) -> list[Said]:
    return [one for name, messages in said.items() for one in messages if not name.startswith("incident")]


pytestmark = pytest.mark.slow

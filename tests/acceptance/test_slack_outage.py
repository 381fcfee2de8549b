"""Slack is down for an hour, for eight, for three days: when it is back, pages come first, and nobody is flooded."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.bot import Bot
from app.cli.time_machine import TimeMachine
from app.config import Settings
from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.effects import Way
from app.handle import handle
from app.sandbox.faults import Fault
from app.slack.client import POST
from app.slack.pace import AT_ONCE
from app.store import DeliveryState, Transaction
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import (
    ON_CALL,
    SECONDARY,
    SUPPORT,
    TOCSIN,
    WORKSPACE,
    Json,
    Room,
    Said,
    Town,
    settings,
    town,
)
from tests.waiting import until

FIRST_PAGE_WITHIN = timedelta(seconds=15)
A_SECOND = timedelta(seconds=1)
ON_ITS_WAY = timedelta(seconds=2)
A_LITTLE = 0.5
CATCHES_UP = ("I could not post here", "I was away")
OVER = "over"
STORM, INCIDENTS_IN_STORM, PAUSE = 500, 20, 30


async def declares_many(slack: Town, count: int) -> None:
    """Declare incidents: two of each four of the worst severity."""
    for number in range(count):
        text = f"declare {'SEV2' if number % 4 < 2 else 'SEV1'} Trouble {number}"
        await slack.act("command", user=SUPPORT, channel="general", command="/incident", text=text)
    await slack.settles()


async def outage(slack: Town, how: str, seconds: float = 30) -> datetime:
    """Let Slack go down, or be back; return when."""
    assert (await slack.act("outage", how=how, seconds=seconds))["ok"]
    return slack.now


async def is_back(slack: Town) -> None:
    """Wait until Tocsin knows that Slack is back, and everything that waited is out."""
    await until(lambda: slack.bot.outbox.circuits[Way.SLACK].open_since is None)
    await slack.passes(minutes=3)


async def rooms(slack: Town) -> list[Room]:
    """Return all conversations."""
    return [Room(one) for one in (await slack.look())["channels"]]


async def said_since(slack: Town, moment: datetime) -> dict[str, list[Said]]:
    """Return what Tocsin said since then, in its order, by conversation."""
    return {
        room.facts.get("user") or room.facts["name"]: [
            one for one in room.messages if one.by == TOCSIN and one.at >= moment
        ]
        for room in await rooms(slack)
    }


async def paged_since(slack: Town, moment: datetime, count: int) -> dict[str, set[int]]:
    """Return whom incidents paged since then: for each member, which ones."""
    paged: dict[str, set[int]] = defaultdict(set)
    for number in range(1, count + 1):
        for page in await slack.timeline(e.Paged, number):
            for member in page.members if page.at >= moment else ():
                paged[member].add(number)
    return paged


async def end_of_pauses(slack: Town) -> datetime:
    """Return when the last pause is over that Slack asked for."""
    limited = [call for call in await slack.look("calls") if call.get("fault") == "ratelimited"]
    return max(datetime.fromisoformat(one["at"]) + timedelta(seconds=one["seconds"]) for one in limited)


def come_one_a_second(pages: Sequence[Said], at_once: int) -> None:
    """Check that a member's pages follow the first as fast as they may: a handful at once, then one a second."""
    for number, page in enumerate(pages, 1):
        assert page.at <= pages[0].at + max(0, number - at_once) * A_SECOND + ON_ITS_WAY, page.text


def ahead(moments: Iterable[datetime]) -> float:
    """Return by how many messages a conversation was ahead of one a second, where it was so most."""
    times = sorted(at.timestamp() for at in moments)
    spans = ((first, last) for last in range(len(times)) for first in range(last + 1))
    return max((last - first + 1 - (times[last] - times[first]) for first, last in spans), default=0)


async def keeps_its_pace(slack: Town) -> None:
    """Check that no conversation ever got more than one message a second, but for a handful at once."""
    for room in await rooms(slack):
        fastest = ahead(one.at for one in room.messages if one.by == TOCSIN)
        # The clock of a message is Slack's: one may take less time to get there than the one before it.
        assert fastest <= AT_ONCE + A_LITTLE, room.facts["name"]


async def keeps_pauses(slack: Town) -> int:
    """Check that nothing was called while Slack wanted to be left alone in it; return how often it wanted that."""
    paused: dict[tuple[str, str], tuple[datetime, datetime]] = {}
    pauses = 0
    for call in await slack.look("calls"):
        at, key = datetime.fromisoformat(call["at"]), _counted(call)
        begun, until_then = paused.get(key, (at, at))
        # What was on its way already when Slack asked for the pause could not know of it.
        assert at >= until_then or at < begun + ON_ITS_WAY, call
        if call.get("fault") == "ratelimited" and at >= until_then:
            pauses += 1
            paused[key] = at, at + timedelta(seconds=call["seconds"])
    return pauses


def _counted(call: Json) -> tuple[str, str]:
    return call["method"], str(call["args"].get("channel")) if call["method"] == POST else ""


async def nothing_is_lost(slack: Town) -> None:
    """Check that every delivery has ended well, each message stands there once, and each page that still mattered."""
    counts = await slack.run(lambda tx: tx.delivery_counts(WORKSPACE))
    assert {state for state, count in counts.items() if count} == {DeliveryState.SENT}, counts
    keys = [one.key for room in await rooms(slack) for one in room.messages if one.key]
    assert len(keys) == len(set(keys))
    for delivery in await slack.deliveries(DeliveryState.SENT):
        if isinstance(delivery.effect, f.Page):
            assert delivery.key in keys or (delivery.result or {}).get("skipped") == "no longer wanted"


@pytest.mark.parametrize(
    ("how", "hours", "count", "pause"),
    [
        ("refused", 1, 20, 0),
        ("unavailable", 1, 4, 0),
        ("accept_then_drop", 1, 4, 0),
        ("ratelimited", 1, 4, 120),
        ("refused", 8, 1, 0),
        ("unavailable", 72, 1, 0),
    ],
)
async def test_after_an_outage_pages_come_first_and_each_incident_catches_up_once(
    open_town: OpenTown, how: str, hours: int, count: int, pause: float
) -> None:
    slack = await open_town()
    await declares_many(slack, count)
    gone = await outage(slack, how, pause)
    await slack.act("advance", seconds=hours * 3600)
    back = await outage(slack, OVER)
    paged = await paged_since(slack, gone, count)
    await is_back(slack)
    said = await said_since(slack, back)
    # A pause that Slack asked for just before is kept all the same.
    free_at = await end_of_pauses(slack) if pause else back
    assert len(paged) > 1
    for member, incidents in paged.items():
        pages = [one for one in said[member] if one.at < free_at + timedelta(minutes=2)]
        assert pages[0].at <= free_at + FIRST_PAGE_WITHIN
        # After a pause even the first few come one at a time.
        come_one_a_second(pages, 1 if pause else AT_ONCE)
        called = [" ".join(one.text.split()[:3]) for one in pages]
        assert len(set(called)) == len(called) == len(incidents), "one page for each incident"
        assert called == sorted(called, key=lambda words: words[:4]), "the worst severity first"
    for number in range(1, count + 1):
        caught_up = [one for one in said[f"incident-{number}"] if any(words in one.text for words in CATCHES_UP)]
        assert len(caught_up) == 1
    await keeps_its_pace(slack)
    assert bool(await keeps_pauses(slack)) == bool(pause)
    await nothing_is_lost(slack)


@asynccontextmanager
async def started(slack: Town, chosen: Settings) -> AsyncIterator[None]:
    """Run another Tocsin in the place of the one before it, without waiting until Slack has answered."""
    bot = slack.bot = Bot(chosen, now=slack.sandbox.clock.now)
    slack.sandbox.advance = TimeMachine(bot, slack.sandbox.clock).advance
    starting = asyncio.create_task(bot.start())
    try:
        await until(lambda: bot.clock.ticks > 0)
        yield
    finally:
        starting.cancel()
        await asyncio.wait({starting})
        await bot.stop()


async def test_down_from_the_start_it_keeps_time_and_goes_on_when_slack_answers(tmp_path: Path) -> None:
    async with town(tmp_path) as slack:
        await slack.declares()
        await slack.bot.stop()
        await outage(slack, "refused")
        async with started(slack, settings(slack.sandbox, tmp_path)):
            await slack.act("advance", seconds=timedelta(minutes=6).total_seconds())
            assert [label for label, _ in await slack.pages()] == ["1", "3", "2"]
            assert slack.bot.outbox.circuits[Way.SLACK].open_since
            await outage(slack, OVER)
            await until(lambda: bool(slack.bot.edge) and bool(slack.sandbox.slack.sockets._connections))
            await slack.settles()
            assert len((await slack.room(SECONDARY)).posts) == 1
            await slack.types(ON_CALL, "ack 1")
            assert (await slack.incident()).incident.acknowledged_by == ON_CALL


async def test_a_token_that_is_revoked_stops_nothing_but_what_goes_to_slack(
    slack: Town, caplog: pytest.LogCaptureFixture
) -> None:
    await slack.declares()
    revoked = slack.sandbox.slack.faults
    revoked.outage = Fault("*", "error", 1, 0, "token_revoked")
    await slack.types(ON_CALL, "update 1 The disk is full")
    await slack.passes(minutes=5, seconds=5)
    circuit = slack.bot.outbox.circuits[Way.SLACK]
    assert circuit.open_since
    assert circuit.reason == "the bot token was revoked"
    assert "slack is away, its deliveries wait: the bot token was revoked" in caplog.text
    assert [label for label, _ in await slack.pages()] == ["1", "3", "2"]
    assert await slack.deliveries(DeliveryState.DEAD) == []
    revoked.clear()
    await is_back(slack)
    assert len((await slack.room(SECONDARY)).posts) == 1
    assert len((await slack.room("incident-1")).all("The disk is full")) == 1
    await nothing_is_lost(slack)


async def test_a_storm_of_refusals_loses_nothing_and_lets_pages_go_first(open_town: OpenTown) -> None:
    slack = await open_town(bound=(ON_CALL,))
    await declares_many(slack, INCIDENTS_IN_STORM)
    records = [await slack.incident(number) for number in range(1, INCIDENTS_IN_STORM + 1)]
    notes_each = [c.AddNote(c.Actor(SUPPORT), f"no {number}") for number in range(STORM // INCIDENTS_IN_STORM)]
    before = slack.now
    slack.sandbox.slack.faults.outage = Fault("*", "ratelimited", 1, PAUSE)

    def pours(tx: Transaction) -> None:
        for record in records:
            for note in notes_each:
                handle(tx, record.id, note, slack.bot.playbook, slack.now)
            handle(tx, record.id, c.Escalate(c.Actor(SUPPORT)), slack.bot.playbook, slack.now)

    await slack.store.run(pours, urgent=False)
    waiting = await slack.deliveries(DeliveryState.WAITING)
    assert sum(isinstance(one.effect, f.Post) for one in waiting) >= STORM
    await slack.passes(minutes=1)
    slack.sandbox.slack.faults.clear()
    over = slack.now
    await slack.passes(minutes=2, seconds=PAUSE)
    said = await said_since(slack, before)
    notes = [one for posts in said.values() for one in posts if "noted: no " in one.text]
    pages = [one.at for one in said[ON_CALL]]
    assert len(pages) == INCIDENTS_IN_STORM
    assert pages[0] <= over + timedelta(seconds=PAUSE + 5)
    assert pages[-1] <= over + timedelta(seconds=PAUSE + 5 + 2 * INCIDENTS_IN_STORM)
    assert len(notes) == STORM
    await keeps_its_pace(slack)
    assert await keeps_pauses(slack)
    await nothing_is_lost(slack)


async def test_too_many_connections_are_not_answered_by_more_of_them(slack: Town) -> None:
    before = len(await slack.calls("apps.connections.open"))
    await slack.act("fault", kind="disconnect", times=2, reason="too_many_websockets")
    begun = asyncio.get_running_loop().time()

    async def connected() -> bool:
        opened = len(await slack.calls("apps.connections.open"))
        return opened == before + 2 and bool(slack.sandbox.slack.sockets._connections)

    await until(connected)
    assert asyncio.get_running_loop().time() - begun > 1
    await asyncio.sleep(1)
    assert await connected()
    await slack.declares()


pytestmark = pytest.mark.slow

"""A clock that was an hour ahead for a while, and is put right: nobody waits for that hour to come again."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.domain import events as e
from app.sandbox import Sandbox
from app.slack.client import POST
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import ON_CALL, SUPPORT, Room, Town, settings, tocsin, town
from tests.waiting import until

HOUR = timedelta(hours=1).total_seconds()
SOON = 15.0
"""Seconds within which it is noticed by itself, and what waits for a little while goes out."""


async def is_paged(slack: Town, times: int) -> bool:
    rooms = map(Room, (await slack.look())["channels"])
    return sum(len(room.posts) for room in rooms if room.facts.get("user") == ON_CALL) == times


async def is_ahead(slack: Town) -> None:
    """Let the clock be an hour ahead, and Tocsin see it."""
    slack.sandbox.clock.move(HOUR)
    await slack.bot.clock.tick()


async def declares(slack: Town, title: str) -> None:
    """Declare an incident, and wait for nothing: to wait for turns would move the clock."""
    told = await slack.act("command", user=SUPPORT, channel="general", command="/incident", text=f"declare {title}")
    assert told["ok"]


async def test_a_page_waits_for_no_turn_that_only_a_wrong_clock_gave(slack: Town) -> None:
    await is_ahead(slack)
    for title in ("SEV1 Search is down", "SEV1 Login is down"):
        await slack.declares(title)
    assert await is_paged(slack, 2)
    slack.sandbox.clock.move(-HOUR)
    await declares(slack, "SEV1 Payment API down")
    await until(lambda: is_paged(slack, 3), SOON)
    assert (await slack.room(ON_CALL)).posts[-1].text.startswith("SEV1 Payment API down")
    assert len((await slack.room("incidents")).all("Payment API down")) == 1


async def test_a_pause_of_the_wrong_hour_runs_on_from_when_the_clock_is_right(slack: Town) -> None:
    await is_ahead(slack)
    await slack.fault(POST, "ratelimited", times=2, seconds=30)
    await slack.declares()
    assert slack.bot.client.pause(POST, ON_CALL)
    slack.sandbox.clock.move(-HOUR)
    # The outbox looks twice a second, and nobody else does.
    await asyncio.sleep(1.2)
    slack.sandbox.clock.move(30)
    assert slack.bot.client.pause(POST, ON_CALL) is None


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_page_of_the_wrong_hour_goes_when_the_clock_is_right(tmp_path: Path, *, restarted: bool) -> None:
    async with town(tmp_path) as slack:
        await is_ahead(slack)
        await slack.fault(POST, "ratelimited", times=2, seconds=1)
        await slack.declares()
        assert await is_paged(slack, 0)
        if restarted:
            await slack.bot.stop()
        slack.sandbox.clock.move(-HOUR)
        if not restarted:
            await until(lambda: is_paged(slack, 1), SOON)
            return
        async with tocsin(slack.sandbox, settings(slack.sandbox, tmp_path)):
            await until(lambda: is_paged(slack, 1), SOON)


async def test_that_pages_cannot_go_out_is_told_in_time_though_it_began_in_the_wrong_hour(open_town: OpenTown) -> None:
    slack = await open_town(pager=SecretStr(Sandbox.pagerduty_key))
    await is_ahead(slack)
    assert (await slack.act("pager", down=True))["ok"]
    await slack.declares()
    slack.sandbox.clock.move(-HOUR)
    await slack.bot.clock.tick()
    slack.sandbox.clock.move(70)
    await slack.bot.outbox.tell_unconfirmed()
    assert await slack.timeline(e.PageUnconfirmed)

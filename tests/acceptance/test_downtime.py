"""Tocsin was away: it says for how long, in one message, and pages one step at a time."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.domain import events as e
from tests.acceptance.workspace import (
    MANAGER,
    ON_CALL,
    SECONDARY,
    SUPPORT,
    VP,
    plain,
    settings,
    tocsin,
    town,
)


async def test_one_message_says_how_long_it_was_away_and_only_the_lowest_step_is_paged(tmp_path: Path) -> None:
    async with town(tmp_path) as slack:
        await slack.declares()
        await slack.passes(seconds=1)
        await slack.bot.stop()
        slack.sandbox.clock.move(timedelta(minutes=65).total_seconds())
        async with tocsin(slack.sandbox, settings(slack.sandbox, tmp_path)) as bot:
            slack.bot = bot
            await slack.passes(seconds=1)
            room = await slack.room("incident-1")
            [said] = room.all("I was away from")
            words = plain(said.words)
            assert "I was away from 10:00 UTC to 11:05 UTC. Meanwhile:" in words
            assert "step 2 fell due at 10:05 UTC (paged now)" in words
            assert "step 4 fell due at 11:00 UTC" in words
            assert "four updates fell due (one asked for now)" in words
            assert "the time to resolve ran out at 11:00 UTC" in words
            assert said.actions == ["incident.update", "nudge.no_change", "nudge.snooze"]
            assert room.posts[-1].ts == said.ts
            assert await slack.pages() == [("1", ON_CALL), ("3", MANAGER), ("2", SECONDARY)]
            await slack.passes(minutes=4, seconds=50)
            assert len(await slack.pages()) == 3
            await slack.passes(seconds=15)
            assert (await slack.pages())[3:] == [("4", VP)]
            assert len((await slack.room("incident-1")).all("I was away from")) == 1


async def test_an_acknowledgement_ends_the_steps_that_wait_for_one(tmp_path: Path) -> None:
    async with town(tmp_path) as slack:
        await slack.declares("SEV2 Search is slow")
        await slack.bot.stop()
        slack.sandbox.clock.move(timedelta(minutes=40).total_seconds())
        async with tocsin(slack.sandbox, settings(slack.sandbox, tmp_path)) as bot:
            slack.bot = bot
            await slack.passes(seconds=1)
            assert await slack.pages() == [("1", ON_CALL), ("2", SECONDARY)]
            await slack.presses(SECONDARY, (await slack.room(SECONDARY)).posts[-1], "incident.acknowledge")
            await slack.passes(minutes=15)
            assert len(await slack.pages()) == 2


async def test_a_short_absence_is_not_worth_a_word(tmp_path: Path) -> None:
    async with town(tmp_path) as slack:
        await slack.declares()
        await slack.passes(minutes=4, seconds=40)
        await slack.bot.stop()
        slack.sandbox.clock.move(40)
        async with tocsin(slack.sandbox, settings(slack.sandbox, tmp_path)) as bot:
            slack.bot = bot
            await slack.passes(seconds=1)
            assert (await slack.room("incident-1")).all("I was away") == []
            assert (await slack.pages())[2:] == [("2", SECONDARY)]


async def test_what_was_decided_before_it_stopped_is_told_when_it_is_back(tmp_path: Path) -> None:
    async with town(tmp_path) as slack:
        await slack.declares()
        await slack.fault("chat.postMessage", "ratelimited", times=1, seconds=60)
        await slack.types(SUPPORT, "update The disk is full", channel="incident-1")
        await slack.bot.stop()
        slack.sandbox.clock.move(70)
        async with tocsin(slack.sandbox, settings(slack.sandbox, tmp_path)) as bot:
            slack.bot = bot
            await slack.passes(seconds=1)
            assert len((await slack.room("incident-1")).all("The disk is full")) == 1
            assert len(await slack.timeline(e.UpdatePosted)) == 1


async def test_a_resolved_incident_catches_up_on_its_postmortem_alone(tmp_path: Path) -> None:
    async with town(tmp_path) as slack:
        await slack.declares()
        await slack.types(ON_CALL, "resolve 1")
        await slack.fills(ON_CALL)
        posts = len((await slack.room("incident-1")).posts)
        await slack.bot.stop()
        slack.sandbox.clock.move(timedelta(hours=80).total_seconds())
        async with tocsin(slack.sandbox, settings(slack.sandbox, tmp_path)) as bot:
            slack.bot = bot
            await slack.passes(seconds=1)
            later = (await slack.room("incident-1")).posts[posts:]
            assert len(later) == 1
            assert "the postmortem of SEV1 Payment API down" in later[0].text


async def test_thirty_incidents_catch_up_in_one_tick(tmp_path: Path) -> None:
    async with town(tmp_path) as slack:
        for number in range(30):
            await slack.act(
                "command", user=SUPPORT, channel="general", command="/incident", text=f"declare SEV2 Trouble {number}"
            )
        await slack.settles()
        await slack.bot.stop()
        slack.sandbox.clock.move(timedelta(minutes=20).total_seconds())
        async with tocsin(slack.sandbox, settings(slack.sandbox, tmp_path)) as bot:
            slack.bot = bot
            await slack.passes(seconds=1)
            assert len((await slack.room(SECONDARY)).posts) == 30


pytestmark = pytest.mark.slow

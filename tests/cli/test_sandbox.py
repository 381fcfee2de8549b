"""`tocsin try`: the cast, the time machine, and what the page shows as due."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.bot import Bot
from app.cli.sandbox import CAST, LastKnown, Stage, _cast, _due, _settings
from app.cli.time_machine import TimeMachine
from app.domain import commands as c
from app.domain import events as e
from app.sandbox import Impossible, Sandbox
from app.store import NotRecorded, Record
from tests import shipped

WORKSPACE = "T0SANDBOX"

pytestmark = pytest.mark.slow


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(shipped.manifest())
    await sandbox.start()
    yield sandbox
    await sandbox.stop()
    await asyncio.sleep(0)


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Bot]:
    bot = Bot(_settings(sandbox, tmp_path, "default"), now=sandbox.clock.now)
    await _cast(bot)
    await bot.start()
    yield bot
    await bot.stop()


async def test_while_the_store_does_not_answer_the_page_shows_what_was_due_last() -> None:
    found: list[list[dict[str, Any]]] = [[{"what": "page"}]]

    async def look() -> list[dict[str, Any]]:
        if not found:
            raise NotRecorded
        return found.pop()

    due = LastKnown(look)
    assert await due() == await due() == [{"what": "page"}]


async def declare(bot: Bot, severity: str = "SEV1") -> Record:
    """Declare an incident."""
    assert bot.edge
    declaration = c.Declare(c.Actor("U0SUPPORT"), "Payment API down", severity)
    record = (await bot.edge.handler.declare(WORKSPACE, declaration)).record
    await bot.outbox.settle()
    return record


async def test_the_members_play_the_responders_in_their_order(bot: Bot) -> None:
    roster = await bot.store.run(lambda tx: tx.bindings(WORKSPACE))
    assert [roster[one.id].members for one in bot.playbook.rules.responders] == [(member,) for member in list(CAST)[:4]]


async def test_who_is_called_as_a_responder_plays_it(stage: Stage) -> None:
    await stage.change("fintech")
    cast = await stage.bot.store.run(lambda tx: tx.bindings(WORKSPACE))
    played = {one: cast[one].members for one in ("on-call", "engineering-manager", "vp-engineering")}
    assert played == {
        "on-call": ("U0ONCALL",),
        "engineering-manager": ("U0MANAGER",),
        "vp-engineering": ("U0VPENG",),
    }


async def test_a_cast_that_somebody_chose_is_kept(bot: Bot) -> None:
    await bot.store.run(lambda tx: tx.bind(WORKSPACE, "primary", ("U0CTO",), ("U0CTO",)))
    await _cast(bot)
    assert (await bot.store.run(lambda tx: tx.bindings(WORKSPACE)))["primary"].members == ("U0CTO",)


async def test_moving_the_clock_stops_at_each_timer_on_the_way(bot: Bot, sandbox: Sandbox) -> None:
    record = await declare(bot)
    began = sandbox.clock.now()
    await TimeMachine(bot, sandbox.clock).advance(timedelta(minutes=32).total_seconds())
    assert sandbox.clock.now() - began >= timedelta(minutes=32)
    timeline = await bot.store.run(lambda tx: tx.timeline(record.id))
    assert not [one for one in timeline if isinstance(one, e.CaughtUp)]
    pages = [one.at - record.incident.declared_at for one in timeline if isinstance(one, e.Paged)]
    assert [round(after / timedelta(minutes=1)) for after in pages] == [0, 0, 5, 10, 15, 20, 25, 30]


async def test_a_page_that_did_not_go_out_is_told_as_soon_as_a_minute_has_passed(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.pagerduty.down = True
    record = await declare(bot)
    await TimeMachine(bot, sandbox.clock).advance(600)
    timeline = await bot.store.run(lambda tx: tx.timeline(record.id))
    told = [one.at - record.incident.declared_at for one in timeline if isinstance(one, e.PageUnconfirmed)]
    assert told
    assert told[0] < timedelta(seconds=90)


async def test_two_who_move_the_clock_take_turns(bot: Bot, sandbox: Sandbox) -> None:
    await declare(bot)
    machine, began = TimeMachine(bot, sandbox.clock), sandbox.clock.now()
    await asyncio.gather(machine.advance(600), machine.advance(600))
    assert sandbox.clock.now() - began >= timedelta(minutes=20)


async def test_with_nothing_to_do_the_clock_moves_all_the_same(bot: Bot, sandbox: Sandbox) -> None:
    began = sandbox.clock.now()
    await TimeMachine(bot, sandbox.clock).advance(86_400)
    assert sandbox.clock.now() - began >= timedelta(days=1)


async def test_what_is_due_is_told_in_words_the_soonest_first(bot: Bot) -> None:
    await declare(bot)
    due = await _due(bot)
    assert {line["incident"] for line in due} == {"incident-1"}
    assert due[0]["what"] == "a warning: 80 % of the time to acknowledge has passed"
    assert any("step 2 pages Secondary on-call" in line["what"] for line in due)
    assert [line["at"] for line in due] == sorted(line["at"] for line in due)


@pytest.fixture
async def stage(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(sandbox, tmp_path)
    await stage.play("default")
    yield stage
    await stage.clear()


async def test_another_playbook_takes_over_and_its_responders_are_played(stage: Stage, sandbox: Sandbox) -> None:
    pages = sandbox.monitor.at
    await stage.change("multi-service")
    # What is open in the browser goes on.
    assert sandbox.monitor.at == pages
    assert sandbox.playbooks.playing == "multi-service"
    assert stage.bot.playbook.name == "multi-service"
    roster = await stage.bot.store.run(lambda tx: tx.bindings(WORKSPACE))
    assert all(one.id in roster for one in stage.bot.playbook.rules.responders)


async def test_an_incident_keeps_the_rules_of_the_playbook_before(stage: Stage) -> None:
    record = await declare(stage.bot)
    await stage.change("multi-service")
    kept = await stage.bot.store.run(lambda tx: tx.incident(record.id))
    assert kept
    assert kept.rules.playbook == "default"


async def test_a_playbook_that_cannot_be_read_changes_nothing(stage: Stage, sandbox: Sandbox) -> None:
    with pytest.raises(Impossible, match="no such playbook"):
        await stage.change("multi-servce")
    assert sandbox.playbooks.playing == "default"
    assert (await declare(stage.bot)).rules.playbook == "default"


async def test_the_clock_moves_on_under_the_new_playbook(stage: Stage, sandbox: Sandbox) -> None:
    await stage.change("multi-service")
    record = await declare(stage.bot)
    await sandbox.advance(timedelta(minutes=16).total_seconds())
    timeline = await stage.bot.store.run(lambda tx: tx.timeline(record.id))
    pages = [one.label for one in timeline if isinstance(one, e.Paged)]
    assert pages[:3] == ["1", "3", "2"]

"""The composition root: it starts with what there is, keeps time meanwhile, and ends well."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from app import bot as bots
from app.bot import Bot, CannotStart, system_clock
from app.config import Settings
from app.domain import commands as c
from app.domain import events as e
from app.handle import declare
from app.playbooks import PlaybookFaults
from app.sandbox import MovableClock, Sandbox
from app.store import StoreError
from tests import shipped
from tests.waiting import until

WORKSPACE = "T0SANDBOX"
DECLARE = c.Declare(c.Actor("U0SUPPORT"), "Payment API down", "SEV1")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(shipped.manifest())
    await sandbox.start()
    yield sandbox
    await sandbox.stop()
    await asyncio.sleep(0)


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    return Settings(
        slack_bot_token=SecretStr(sandbox.bot_token),
        slack_app_token=SecretStr(sandbox.app_token),
        slack_api_url=sandbox.api_url,
        database_url=f"sqlite:///{tmp_path / 'tocsin.db'}",
    )


async def test_it_starts_and_stops_and_starts_again(settings: Settings) -> None:
    for _ in range(2):
        bot = Bot(settings)
        await bot.start()
        assert bot.identity
        assert bot.identity.workspace == WORKSPACE
        await bot.stop()


def test_a_key_for_a_responder_whom_the_playbook_does_not_know_is_refused(settings: Settings, tmp_path: Path) -> None:
    keys = {"secondry": SecretStr(Sandbox.managers_key)}
    with pytest.raises(CannotStart) as refused:
        Bot(settings.model_copy(update={"pagerduty_keys": keys}))
    assert str(refused.value) == (
        "TOCSIN_PAGERDUTY_KEYS names secondry, unknown to the playbook default. Its responders are primary, secondary, "
        "incident-manager, head-of-engineering."
    )
    assert not (tmp_path / "tocsin.db").exists()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"slack_bot_token": SecretStr("xoxb-no")}, "SLACK_BOT_TOKEN"),
        ({"slack_app_token": SecretStr("xapp-no")}, "SLACK_APP_TOKEN"),
    ],
)
async def test_a_token_that_slack_does_not_take_is_named(
    settings: Settings, wrong: dict[str, SecretStr], named: str
) -> None:
    bot = Bot(settings.model_copy(update=wrong))
    with pytest.raises(CannotStart, match=named):
        await bot.start()
    await bot.stop()


async def test_what_cannot_be_read_is_refused_before_anything_starts(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(PlaybookFaults):
        Bot(settings.model_copy(update={"playbook": "no-such-playbook"}))
    with pytest.raises(StoreError):
        Bot(settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/no/tocsin.db"}))


async def test_timers_are_kept_while_slack_does_not_answer(
    settings: Settings, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bots, "SLACK_AGAIN", 0.05)
    clock = MovableClock()
    bot = Bot(settings, now=clock.now)
    bot.client.base_url = "http://127.0.0.1:9/"
    record = (await bot.store.run(lambda tx: declare(tx, WORKSPACE, DECLARE, bot.playbook, clock.now()))).record
    starting = asyncio.create_task(bot.start())
    clock.move(timedelta(minutes=6).total_seconds())

    async def broken() -> bool:
        timeline = await bot.store.run(lambda tx: tx.timeline(record.id))
        return any(isinstance(one, e.LimitBroken) for one in timeline)

    await until(broken)
    assert not starting.done()
    bot.client.base_url = sandbox.api_url
    async with asyncio.timeout(10):
        await starting
    await bot.stop()


async def test_who_is_in_a_bound_group_is_looked_up_again_and_again(settings: Settings, sandbox: Sandbox) -> None:
    bot = Bot(settings)
    await bot.start()
    await bot.store.run(lambda tx: tx.bind(WORKSPACE, "primary", ("U0CTO", "S0ONCALL"), ("U0CTO", "U0ONCALL")))
    sandbox.slack.workspace.usergroups["S0ONCALL"].users[:] = ["U0SECOND"]
    await bot._refresh_groups()
    roster = await bot.store.run(lambda tx: tx.bindings(WORKSPACE))
    assert roster["primary"].members == ("U0CTO", "U0SECOND")
    assert roster["primary"].targets == ("U0CTO", "S0ONCALL")
    sandbox.slack.workspace.usergroups.clear()
    await bot._refresh_groups()
    assert (await bot.store.run(lambda tx: tx.bindings(WORKSPACE)))["primary"].members == ("U0CTO", "U0SECOND")
    await bot.stop()


async def test_receipts_are_forgotten_after_a_day(settings: Settings) -> None:
    clock = MovableClock()
    bot = Bot(settings, now=clock.now)
    await bot.store.run(lambda tx: tx.keep_receipt(WORKSPACE, "command:1", None, clock.now()))
    clock.move(timedelta(hours=23).total_seconds())
    await bot._forget_receipts()
    assert await bot.store.run(lambda tx: tx.receipt(WORKSPACE, "command:1"))
    clock.move(timedelta(hours=2).total_seconds())
    await bot._forget_receipts()
    assert await bot.store.run(lambda tx: tx.receipt(WORKSPACE, "command:1")) is None
    await bot.stop()


def test_the_clock_is_this_machines_plus_the_seconds_in_a_file(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "clock"
    now = system_clock(settings.model_copy(update={"clock_file": file}))
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=5)
    file.write_text("3600.5")
    assert abs(now() - datetime.now(UTC) - timedelta(hours=1)) < timedelta(seconds=5)
    file.write_text("")
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert abs(system_clock(settings)() - datetime.now(UTC)) < timedelta(seconds=5)


async def test_incidents_of_another_playbook_that_ships_keep_it(settings: Settings) -> None:
    before = Bot(settings)
    before.store.call(lambda tx: declare(tx, WORKSPACE, DECLARE, before.playbook, datetime.now(UTC)))
    before.store.close()
    after = Bot(settings.model_copy(update={"playbook": "waqiti"}))
    assert after.playbook.name == "waqiti"
    assert after.playbook.of(before.playbook.rules).checklists == before.playbook.checklists
    after.store.close()

"""`tocsin doctor`, on a workspace that is well, and on what can be wrong with one."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.bot import Bot
from app.config import Settings
from app.domain import commands as c
from app.sandbox import Sandbox
from app.sandbox.faults import Fault
from app.sandbox.workspace import Channel
from app.slack.manifest import manifest
from app.store import Store, Transaction
from app.store.tables import Row
from tests.cli.terminal import Terminal, Told
from tests.waiting import until

pytestmark = pytest.mark.slow

WORKSPACE = "T0SANDBOX"
CAST = ("U0ONCALL", "U0SECOND", "U0MANAGER", "U0VPENG")
HEARTBEAT = "https://hc-ping.example/the-address-is-a-secret"
Doctor = Callable[..., "asyncio.Future[Told]"]


@pytest.fixture
def granted() -> dict[str, Any]:
    """The manifest of the app that is installed."""
    return manifest()


@pytest.fixture
async def sandbox(granted: dict[str, Any]) -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(granted)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()
    await asyncio.sleep(0)


@pytest.fixture
def terminal(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(environment, capsys)


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'tocsin.db'}"


@pytest.fixture
def doctor(sandbox: Sandbox, terminal: Terminal, environment: pytest.MonkeyPatch, database: str) -> Doctor:
    """Return what calls the doctor to a Tocsin in the sandbox; settings are given by their names."""
    environment.setenv("SLACK_BOT_TOKEN", sandbox.bot_token)
    environment.setenv("SLACK_APP_TOKEN", sandbox.app_token)
    environment.setenv("SLACK_API_URL", sandbox.api_url)
    environment.setenv("DATABASE_URL", database)

    def call(*arguments: str, **changed: str) -> "asyncio.Future[Told]":
        for name, value in changed.items():
            environment.setenv(name, value)
        return asyncio.ensure_future(asyncio.to_thread(terminal, "doctor", *arguments))

    return call


@pytest.fixture
async def bot(sandbox: Sandbox, database: str) -> AsyncIterator[Bot]:
    """A Tocsin that runs, with everybody bound and one incident."""
    settings = Settings(
        slack_bot_token=sandbox.bot_token,
        slack_app_token=sandbox.app_token,
        slack_api_url=sandbox.api_url,
        database_url=database,
    )
    bot = Bot(settings)

    def bind(tx: Any) -> None:
        for responder, member in zip(bot.playbook.rules.responders, CAST, strict=True):
            tx.bind(WORKSPACE, responder.id, (member,), (member,))

    await bot.store.run(bind)
    await bot.start()
    assert bot.edge
    await bot.edge.handler.declare(WORKSPACE, c.Declare(c.Actor("U0SUPPORT"), "Payment API down", "SEV1"))
    await bot.outbox.settle()
    await until(lambda: bot.clock.ticks > 0)
    announced_in(sandbox).members.append("U0SUPPORT")
    yield bot
    await bot.stop()


def announced_in(sandbox: Sandbox) -> Channel:
    return next(one for one in sandbox.slack.workspace.channels.values() if one.name == "incidents")


def states(told: Told) -> dict[str, list[str]]:
    """Return how each thing stands: by its name, the state of each line."""
    found: dict[str, list[str]] = {}
    for line in told.lines:
        state, name = line[:9].strip(), line[9:20].strip()
        if state in ("ok", "warning", "failed"):
            found.setdefault(name, []).append(state)
    return found


def line(told: Told, name: str) -> str:
    """Return what is said of one thing."""
    return next(one[21:] for one in told.lines if one[9:20].strip() == name)


async def test_of_a_tocsin_that_is_well_it_says_so_line_by_line(bot: Bot, doctor: Doctor, sandbox: Sandbox) -> None:
    told = await doctor(TOCSIN_HEARTBEAT_URL=HEARTBEAT, PORT="8080")
    assert {name for name, found in states(told).items() if found != ["ok"]} == {"pager"}
    assert told.status == 0, told.out
    assert told.lines[-1] == "1 to look at."
    assert line(told, "pager").startswith("None is connected")
    assert line(told, "running").startswith("A Tocsin runs on it; its clock beat ")
    assert line(told, "database") == "SQLite: one Tocsin at a time."
    assert "Slack waits 3 s" in line(told, "acknowledge")
    assert told.err == ""


async def test_an_announce_channel_that_nobody_reads_is_told(bot: Bot, doctor: Doctor, sandbox: Sandbox) -> None:
    announced_in(sandbox).members.remove("U0SUPPORT")
    told = await doctor()
    assert states(told)["announce"] == ["warning"]
    assert line(told, "announce").startswith("Nobody but Tocsin is in #incidents:")
    assert "/invite" in line(told, "announce")


def stored(tx: Transaction) -> dict[str, int]:
    """Return how many rows each table has; when something ran last is no record of anything."""
    tables = [one for one in Row.metadata.sorted_tables if one.name != "pulse"]
    return {one.name: tx.connection.execute(select(func.count()).select_from(one)).scalar_one() for one in tables}


async def test_nothing_that_it_tries_stays(bot: Bot, doctor: Doctor, sandbox: Sandbox) -> None:
    before = await bot.store.run(stored)
    told = await doctor()
    assert line(told, "acknowledge").startswith("Decided and on the disk in ")
    assert await bot.store.run(stored) == before
    [room] = [one for one in sandbox.slack.workspace.channels.values() if one.name.startswith("tocsin-doctor-")]
    assert room.archived
    assert [one for one in room.messages.values() if "tries whether" in one.text] == []


async def test_it_shows_no_secret(bot: Bot, doctor: Doctor) -> None:
    told = await doctor(TOCSIN_HEARTBEAT_URL=HEARTBEAT, TOCSIN_METRICS_TOKEN="hush-hush", SLACK_SIGNING_SECRET="hushed")
    assert told.status == 0
    for secret in ("xoxb-", "xapp-", HEARTBEAT, "hush"):
        assert secret not in told.out + told.err


async def test_a_script_gets_json(bot: Bot, doctor: Doctor) -> None:
    told = await doctor("--json")
    found = json.loads(told.out)
    assert {tuple(one) for one in found} == {("check", "state", "says")}
    assert {one["state"] for one in found} == {"ok", "warning"}


async def test_without_settings_each_that_is_missing_is_a_line(terminal: Terminal) -> None:
    told = await asyncio.to_thread(terminal, "doctor")
    assert told.status == 1
    assert states(told)["settings"] == ["failed", "failed"]
    assert states(told)["database"] == ["warning"]
    assert "There is none yet" in line(told, "database")
    assert states(told)["playbook"] == ["ok"]


async def test_where_slack_is_away_it_says_so_and_goes_on(bot: Bot, doctor: Doctor) -> None:
    told = await doctor(SLACK_API_URL="http://127.0.0.1:9/api/")
    assert told.status == 1
    assert line(told, "slack").startswith("Slack cannot be reached. Look at https://slack-status.com")
    assert states(told)["audit"] == states(told)["bindings"] == ["ok"]


async def test_a_token_that_slack_does_not_take_says_where_the_right_one_is(bot: Bot, doctor: Doctor) -> None:
    told = await doctor(SLACK_BOT_TOKEN="xoxb-wrong", SLACK_APP_TOKEN="xapp-wrong")
    assert told.status == 1
    assert "Bot User OAuth Token" in line(told, "slack")
    assert "xoxb-wrong" not in told.out


async def test_an_app_token_that_slack_does_not_take_too(bot: Bot, doctor: Doctor) -> None:
    told = await doctor(SLACK_APP_TOKEN="xapp-wrong")
    assert told.status == 1
    assert "connections:write" in line(told, "socket")


@pytest.fixture
def without_pins(granted: dict[str, Any]) -> None:
    granted["oauth_config"]["scopes"]["bot"].remove("pins:write")


@pytest.mark.usefixtures("without_pins")
async def test_a_scope_that_was_not_granted_is_named(doctor: Doctor) -> None:
    told = await doctor()
    assert told.status == 1
    assert line(told, "scopes").startswith("Not granted: pins:write.")


async def test_a_channel_that_cannot_be_made_is_said_with_its_reason(
    bot: Bot, doctor: Doctor, sandbox: Sandbox
) -> None:
    sandbox.slack.faults.add(Fault("conversations.create", "error", 1, 0.0, "restricted_action"))
    told = await doctor()
    assert told.status == 1
    assert "does not let Tocsin do that" in line(told, "channel")
    assert "message" not in states(told)


async def test_who_is_bound_to_nobody_is_named(bot: Bot, doctor: Doctor) -> None:
    await bot.store.run(lambda tx: tx.bind(WORKSPACE, "secondary", (), ()))
    told = await doctor()
    assert told.status == 0
    assert line(told, "bindings") == '"Secondary on-call" is bound to nobody. In Slack: /incident responders'


async def test_that_nobody_at_all_would_be_paged_fails(doctor: Doctor, database: str) -> None:
    Store.open(database).close()
    told = await doctor()
    assert told.status == 1
    assert line(told, "bindings").startswith("No responder is bound, so nobody is paged.")
    assert states(told)["running"] == ["warning"]


async def test_what_is_lost_in_the_database_is_found(bot: Bot, doctor: Doctor) -> None:
    await bot.store.run(
        lambda tx: tx.connection.exec_driver_sql("UPDATE agenda SET timers = json_remove(timers, '$.update')")
    )
    told = await doctor()
    assert told.status == 1
    assert line(told, "audit").startswith("incident-1: the timer update is due")


async def test_what_slack_does_not_show_any_more_is_found(bot: Bot, doctor: Doctor, sandbox: Sandbox) -> None:
    record = (await bot.store.run(lambda tx: tx.latest(WORKSPACE, 1)))[0]
    assert record.incident.channel
    assert record.incident.card
    sandbox.slack.workspace.channels[record.incident.channel].messages.pop(record.incident.card.ts)
    told = await doctor()
    assert told.status == 1
    assert "Slack shows nothing of it" in told.out


async def test_an_incident_that_is_put_off_is_named(bot: Bot, doctor: Doctor) -> None:
    await bot.store.run(lambda tx: tx.put_off(1, bot.now(), "could not be decided"))
    told = await doctor()
    assert told.status == 1
    assert line(told, "put off").startswith("incident-1 could not be decided")


async def test_a_pager_is_asked_and_rings_only_when_it_is_to(bot: Bot, doctor: Doctor, sandbox: Sandbox) -> None:
    pager = {"PAGERDUTY_ROUTING_KEY": Sandbox.pagerduty_key, "PAGERDUTY_EVENTS_URL": sandbox.pagerduty_url}
    told = await doctor(**pager)
    assert states(told)["pagerduty"] == ["ok"]
    assert "nobody was rung" in line(told, "pagerduty")
    assert Sandbox.pagerduty_key not in told.out
    rung = await doctor("--page", **pager)
    assert states(rung)["pager"] == ["ok"]
    assert "took the test page" in line(rung, "pager")
    wrong = await doctor(**pager | {"PAGERDUTY_ROUTING_KEY": "0" * 32})
    assert (wrong.status, states(wrong)["pagerduty"]) == (1, ["failed"])


async def test_without_a_pager_nothing_can_ring(bot: Bot, doctor: Doctor) -> None:
    told = await doctor("--page")
    assert told.status == 1
    assert line(told, "pager").endswith("Nothing could ring.")


async def test_a_playbook_with_faults_is_one_of_them(doctor: Doctor) -> None:
    told = await doctor(TOCSIN_PLAYBOOK="no-such-playbook")
    assert told.status == 1
    assert states(told)["playbook"] == ["failed"]
    assert "pager" not in states(told)


@pytest.mark.postgres
async def test_on_a_postgresql_it_looks_over_the_same(doctor: Doctor, postgres_url: str) -> None:
    Store.open(postgres_url).close()
    told = await doctor(DATABASE_URL=postgres_url)
    with closing(Store.open(postgres_url)) as store:
        assert set(store.call(stored).values()) == {0}
    assert line(told, "database") == "PostgreSQL: several Tocsins may run on it."
    assert states(told)["audit"] == states(told)["acknowledge"] == ["ok"]

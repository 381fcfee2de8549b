"""At DEBUG, with every library at its chattiest, no secret leaves Tocsin but to whom it belongs."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from app import logs
from app.config import Settings
from app.sandbox import Sandbox
from app.slack.manifest import EVENTS_PATH, manifest
from tests.acceptance.workspace import ON_CALL, SUPPORT, Town, clock_at, settings, tocsin, working_hours
from tests.hostile.conftest import Logged, free_port

# Slack's side of the sandbox runs in this process too, on aiohttp's server: what it logs is not Tocsin's.
LIBRARIES = ("aiohttp.client", "aiohttp.internal", "asyncio", "httpcore", "httpx", "slack_bolt", "slack_sdk", "uvicorn")
PLANTED = {
    "slack_signing_secret": "canarysigningsecret8f742231b10e8888",
    "heartbeat_url": "http://127.0.0.1:9/ping/canaryheartbeat5f1c",
    "metrics_token": "canarymetricstoken77aa",
}


@pytest.fixture
def chatty(logged: Logged) -> Logged:
    """The log at DEBUG, libraries too, with the secrets that Tocsin knows at start."""
    logs.configure("debug", secrets=PLANTED.values(), stream=logged.stream)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.DEBUG)
    return logged


@asynccontextmanager
async def chatting(folder: Path, *, over_http: bool) -> AsyncIterator[Town]:
    """Start a Tocsin with a secret in every setting that takes one."""
    port = free_port()
    address = f"http://127.0.0.1:{port}{EVENTS_PATH}" if over_http else None
    sandbox = Sandbox(manifest(), clock=clock_at(working_hours()), request_url=address)
    await sandbox.start()
    planted: dict[str, Any] = {name: SecretStr(value) for name, value in PLANTED.items()}
    if over_http:
        planted |= {"slack_app_token": None, "slack_signing_secret": SecretStr(sandbox.signing_secret), "port": port}
    planted |= {
        "pagerduty_routing_key": SecretStr(sandbox.pagerduty_key),
        "pagerduty_events_url": sandbox.pagerduty_url,
    }
    async with aiohttp.ClientSession(sandbox.url) as session:
        try:
            async with tocsin(sandbox, settings(sandbox, folder, **planted)) as bot:
                yield Town(session, sandbox, bot)
        finally:
            await sandbox.stop()
            await asyncio.sleep(0)


async def a_whole_incident(slack: Town) -> None:
    """Do everything that carries something secret: forms, answers by response URL, faults, refusals."""
    await slack.types(SUPPORT, "declare")
    assert await slack.fills(SUPPORT, title="Payment API down", severity="SEV1", impact="Nobody can pay") == {}
    await slack.fault("chat.postMessage", "server_error")
    card = (await slack.room("incident-1")).card
    await slack.presses(ON_CALL, card, "incident.acknowledge")
    assert await slack.presses(SUPPORT, card, "incident.more", value="timers:1")
    await slack.act("home", user=ON_CALL)
    await slack.fault("views.open", "server_error")
    await slack.types(ON_CALL, "update", channel="incident-1")
    await slack.types(ON_CALL, "update The disk is full", channel="incident-1")
    await slack.passes(minutes=20)
    await slack.types(ON_CALL, "resolve", channel="incident-1")
    assert await slack.fills(ON_CALL, fix="A bigger disk") == {}
    await slack.types(ON_CALL, "postmortem 1")
    await slack.types(SUPPORT, "reopen 1")


def lent(slack: Town) -> set[str]:
    """Return what Slack lent for a moment: the ids that open forms, and those of its response URLs."""
    triggers = slack.sandbox.slack.triggers
    return {*triggers._triggers, *triggers._responses}


def own(slack: Town) -> set[str]:
    """Return the secrets of Tocsin's settings."""
    known = set(slack.bot.settings.secrets)
    assert {*PLANTED.values()} - {PLANTED["slack_signing_secret"]} <= known
    assert slack.sandbox.bot_token in known
    return known


def dumped(database: Path) -> Iterator[str]:
    """Yield what a dump of the database says."""
    with sqlite3.connect(database) as connection:
        yield from connection.iterdump()


BELONGS = {"views.open": "trigger_id", "pagerduty": "routing_key"}


def without_what_belongs_there(call: Any) -> Any:
    """Return a call without the arguments in which Slack gets back what it lent, and PagerDuty its key."""
    arguments = {name: value for name, value in call["args"].items() if name != BELONGS.get(call["method"])}
    if isinstance(arguments.get("view"), dict):
        arguments["view"] = arguments["view"] | {"private_metadata": ""}
    return arguments


@pytest.mark.slow
@pytest.mark.parametrize("over_http", [False, True])
async def test_no_secret_is_in_the_log_the_database_or_what_is_sent(
    tmp_path: Path, chatty: Logged, capfd: pytest.CaptureFixture[str], *, over_http: bool
) -> None:
    async with chatting(tmp_path, over_http=over_http) as slack:
        await a_whole_incident(slack)
        secret, borrowed = own(slack), lent(slack)
        sent = [without_what_belongs_there(call) for call in await slack.look("calls")]
    assert len(borrowed) > 10
    said = "".join(capfd.readouterr())
    database = "\n".join(dumped(tmp_path / "tocsin.db"))
    for place, text in {
        "log": chatty.text,
        "output": said,
        "database": database,
        "calls": json.dumps(sent, ensure_ascii=False),
    }.items():
        hits = sorted(one for one in secret | borrowed if one in text)
        assert hits == [], (place, [line[:600] for line in text.splitlines() if any(hit in line for hit in hits)][:5])
    # It was chatty indeed.
    assert "views.open" in chatty.text
    assert "[redacted]" in chatty.text


def test_every_secret_of_the_settings_is_told_to_the_log() -> None:
    secret = [name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)]
    values: dict[str, Any] = {name: SecretStr(f"secret-{name}") for name in secret if name != "pagerduty_keys"}
    known = Settings.model_construct(**values, pagerduty_keys={"vp": SecretStr("secret-pagerduty_keys")}).secrets
    assert set(known) == {f"secret-{name}" for name in secret}

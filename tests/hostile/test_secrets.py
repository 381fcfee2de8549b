"""At DEBUG, with every library at its chattiest, no secret leaves Tocsin but to whom it belongs."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from app import logs, playbooks
from app.cli.doctor import systems
from app.config import Settings
from app.domain import events as e
from app.sandbox import Sandbox
from app.sandbox.vendors.zoom import Zoom
from app.slack.manifest import EVENTS_PATH, manifest
from tests.acceptance.workspace import ON_CALL, SUPPORT, Town, clock_at, tocsin, working_hours
from tests.cli.conftest import environment
from tests.cli.terminal import Terminal
from tests.hostile import planted
from tests.hostile.conftest import Logged, free_port
from tests.hostile.planted import BELONGS, FIELDS, METRICS_TOKEN, SIGNING_SECRET, Outside, found
from tests.serving import serving

__all__ = ["environment"]

LIBRARIES = ("aiohttp.client", "aiohttp.internal", "asyncio", "httpcore", "httpx", "slack_bolt", "slack_sdk", "uvicorn")
# The other sides run in this process too: what their servers log is not Tocsin's.
OTHER_SIDES = ("mail.log", "mail.debug")
LENT = {"views.open": "trigger_id", "pagerduty": "routing_key"}
"""In which arguments Slack gets back what it lent, and PagerDuty its key."""


@dataclass
class Whole(Town):
    """A workspace with a Tocsin that is connected to everything, and what that answered to whoever asked it."""

    outside: Outside
    answers: list[str]

    async def asks(self, method: str, path: str, **more: Any) -> int:
        """Ask Tocsin itself over HTTP, and return the status."""
        url = f"http://127.0.0.1:{self.bot.settings.port}{path}"
        async with aiohttp.ClientSession() as anybody, anybody.request(method, url, **more) as answer:
            self.answers.append(f"{dict(answer.headers)} {await answer.text()}")
            return answer.status


def chatter(logged: Logged, settings: Settings) -> None:
    """Log at DEBUG as `tocsin run` does, and let libraries join in."""
    logs.configure("debug", secrets=settings.secrets, stream=logged.stream)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.DEBUG)
    for name in OTHER_SIDES:
        logging.getLogger(name).setLevel(logging.CRITICAL)


@asynccontextmanager
async def connected(
    operator: pytest.MonkeyPatch, logged: Logged, folder: Path, *, over_http: bool
) -> AsyncIterator[Whole]:
    """Start a Tocsin with a secret in every setting that takes one, set as operators do."""
    port = free_port()
    address = f"http://127.0.0.1:{port}{EVENTS_PATH}" if over_http else None
    sandbox = Sandbox(manifest(), clock=clock_at(working_hours()), request_url=address, signing_secret=SIGNING_SECRET)
    await sandbox.start()
    async with planted.outside(sandbox) as (there, beyond), aiohttp.ClientSession(sandbox.url) as session:
        inside = planted.inside(sandbox, folder, port, over_http=over_http)
        for name, value in planted.environment({**beyond, **inside}):
            operator.setenv(name, value)
        chosen = Settings()
        chatter(logged, chosen)
        try:
            async with tocsin(sandbox, chosen) as bot:
                sandbox.pagerduty.webhooks.at = f"http://127.0.0.1:{port}/alerts/pagerduty"
                yield Whole(session, sandbox, bot, there, [])
        finally:
            await sandbox.stop()


async def a_whole_incident(slack: Whole) -> None:
    """Do everything that carries something secret: forms, answers by response URL, faults, refusals, every system."""
    await slack.types(SUPPORT, "declare")
    assert await slack.fills(SUPPORT, title="Payment API down", severity="SEV1", impact="Nobody can pay") == {}
    await slack.passes(minutes=6)
    await acknowledges(slack)
    await slack.fault("chat.postMessage", "server_error")
    card = (await slack.room("incident-1")).card
    assert await slack.presses(SUPPORT, card, "incident.more", value="timers:1")
    await slack.act("home", user=ON_CALL)
    await slack.fault("views.open", "server_error")
    await slack.types(ON_CALL, "update", channel="incident-1")
    await slack.types(ON_CALL, "update The disk is full", channel="incident-1")
    for fake in slack.outside.vendors.fakes.values():
        fake.fail("server_error")
    await tells_everybody(slack)
    await slack.passes(minutes=20)
    await slack.types(ON_CALL, "resolve", channel="incident-1")
    assert await slack.fills(ON_CALL, fix="A bigger disk") == {}
    await slack.types(ON_CALL, "postmortem 1")
    await slack.types(ON_CALL, "publish 1")
    await slack.types(SUPPORT, "reopen 1")


async def acknowledges(slack: Whole) -> None:
    """Acknowledge in PagerDuty, which tells Tocsin by its signed webhook."""
    [alert, *_] = slack.sandbox.slack.workspace.alerts
    assert (await slack.act("press", user=ON_CALL, alert=alert.id, do="acknowledge"))["ok"]
    await slack.settles()
    assert await slack.timeline(e.Acknowledged)


async def tells_everybody(slack: Whole) -> None:
    """Tell customers, write down what is to be done, and open the bridge."""
    await slack.types(ON_CALL, "customers 1")
    words = {"headline": "Paying fails", "body": "We know of it.", "public_status": "identified"}
    assert await slack.fills(ON_CALL, **words, public_impact="major") == {}
    assert await slack.fills(ON_CALL) == {}
    await slack.types(ON_CALL, "follow-up 1 Watch the disk")
    await slack.types(ON_CALL, "bridge 1")


async def is_asked(slack: Whole) -> None:
    """Send what monitors send, proven and not, and look at what Tocsin shows."""
    for source, body, headers, good in planted.sent_by_monitors():
        said = {"Content-Type": "application/json", **headers}
        status = await slack.asks("POST", f"/alerts/{source}", data=body, headers=said)
        assert status == (200 if good else 401), (source, slack.answers[-1])
    await slack.settles()
    assert await slack.asks("GET", "/status") == 200
    # Red where something still waits: its reasons are what is looked at.
    assert await slack.asks("GET", "/healthz") in (200, 503)
    for token, status in ((METRICS_TOKEN, 200), ("another", 401)):
        assert await slack.asks("GET", "/metrics", headers={"Authorization": f"Bearer {token}"}) == status


def lent(slack: Whole) -> set[str]:
    """Return what was lent for a moment: Slack's ids that open forms, those of its response URLs, Zoom's tokens."""
    triggers = slack.sandbox.slack.triggers
    return {*triggers._triggers, *triggers._responses, *slack.outside.vendors.of(Zoom).tokens}


def dumped(database: Path) -> Iterator[str]:
    """Yield what a dump of the database says, and what stands in its files besides."""
    with closing(sqlite3.connect(database)) as connection:
        yield from connection.iterdump()
    yield from (file.read_bytes().decode("latin-1") for file in database.parent.glob(f"{database.name}*"))


def without_what_belongs_there(call: Any) -> Any:
    """Return a call without the arguments in which Slack gets back what it lent, and PagerDuty its key."""
    arguments = {name: value for name, value in call["args"].items() if name != LENT.get(call["method"])}
    if isinstance(arguments.get("view"), dict):
        arguments["view"] = arguments["view"] | {"private_metadata": ""}
    return arguments


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("over_http", [False, True])
async def test_no_secret_is_anywhere_but_where_it_belongs(
    tmp_path: Path,
    logged: Logged,
    environment: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    *,
    over_http: bool,
) -> None:
    async with connected(environment, logged, tmp_path, over_http=over_http) as slack:
        sought = planted.secrets(slack.bot.settings)
        assert sought.keys() == FIELDS - ({"slack_app_token"} if over_http else set())
        await a_whole_incident(slack)
        await is_asked(slack)
        # The doctor asks every system, too: the incident alone must have done so.
        assert {name: found(sought, text) for name, text in slack.outside.told().items()} == BELONGS
        doctor = await asyncio.to_thread(Terminal(environment, capfd), "doctor")
        chatter(logged, slack.bot.settings)
        borrowed = lent(slack)
        sent = [without_what_belongs_there(call) for call in await slack.look("calls")]
        seen = await slack.look()
    assert len(borrowed) > 10
    assert slack.outside.box.mails
    assert "Cannot POST" in json.dumps(seen)
    assert "zoom" in doctor.out
    places = {
        "log": logged.text,
        "output": "".join((doctor.out, doctor.err, *capfd.readouterr())),
        "database": "\n".join(dumped(tmp_path / "tocsin.db")),
        "slack": json.dumps(sent, ensure_ascii=False),
        "answers": "\n".join(slack.answers),
    }
    told = slack.outside.told()
    for place, text in {**places, **told, "people": json.dumps(seen, ensure_ascii=False)}.items():
        hits = found(sought, text)
        assert hits == BELONGS.get(place, frozenset()), (place, shown(text, sought))
    for place, text in places.items():
        assert not [one for one in borrowed if one in text], place
    # It was chatty indeed.
    assert "views.open" in logged.text
    assert "[redacted]" in logged.text


def shown(text: str, sought: dict[str, set[str]]) -> list[str]:
    """Return some lines that show a secret."""
    return [line[:600] for line in text.splitlines() if found(sought, line)][:5]


@pytest.mark.parametrize("status", [400, 401])
async def test_what_a_system_quotes_of_what_it_was_sent_is_not_passed_on(
    environment: pytest.MonkeyPatch, status: int
) -> None:
    async with serving("") as serve:
        for name, value in planted.environment(planted.at(await serve(planted.parrot(status)))):
            environment.setenv(name, value)
        settings = Settings()
        said = [one async for one in systems.examine(settings, playbooks.load("default"))]
    assert {one.name for one in said if "Cannot" in one.says} == {*BELONGS} - {"heartbeat", "mail", "webhook"}
    assert not found(planted.secrets(settings), "\n".join(one.says for one in said))


def test_every_secret_of_the_settings_is_told_to_the_log() -> None:
    values: dict[str, Any] = {name: SecretStr(f"secret-{name}") for name in FIELDS if name != "pagerduty_keys"}
    known = Settings.model_construct(**values, pagerduty_keys={"vp": SecretStr("secret-pagerduty_keys")}).secrets
    assert set(known) == {f"secret-{name}" for name in FIELDS}

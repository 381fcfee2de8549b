"""The door for alerts in a whole Tocsin: open before Slack has answered, and honest while the database is held."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from app.bot import Bot
from app.sandbox import Sandbox
from app.slack.manifest import manifest
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import WORKSPACE, settings
from tests.alerts import payloads
from tests.alerts.payloads import proven, written
from tests.waiting import until
from tests.web.test_server import LOOPBACK, free_port

BODY = written(payloads.alertmanager(alertname="WaqitiPaymentSystemDown"))
HEADERS = {"content-type": "application/json", **proven("alertmanager", BODY)}
SECRET = (SecretStr(payloads.SECRETS["alertmanager"][0]),)


async def post(port: int) -> httpx.Response:
    async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") as monitor:
        return await monitor.post("/alerts/alertmanager", content=BODY, headers=HEADERS)


async def test_an_alert_that_comes_before_slack_has_answered_is_an_incident_afterwards(tmp_path: Path) -> None:
    sandbox, port = Sandbox(manifest()), free_port()
    await sandbox.start()
    assert sandbox._door
    await sandbox._door.shut()
    chosen = settings(sandbox, tmp_path, playbook="waqiti", port=port, alerts_alertmanager_secret=SECRET)
    bot = Bot(chosen, now=sandbox.clock.now)
    starting = asyncio.create_task(bot.start())

    async def taken() -> bool:
        try:
            return (await post(port)).status_code == 200
        except httpx.TransportError:
            return False

    await until(taken)
    assert bot.identity is None
    await sandbox._door.open()
    await starting
    [record] = await bot.store.run(lambda tx: tx.latest(WORKSPACE, 5))
    assert record.incident.severity == "P1"
    await bot.stop()
    await sandbox.stop()


async def test_while_the_database_is_held_the_sender_is_asked_to_come_again(
    open_town: OpenTown, tmp_path: Path
) -> None:
    port = free_port()
    town = await open_town(playbook="waqiti", port=port, alerts_alertmanager_secret=SECRET)
    with closing(sqlite3.connect(tmp_path / "tocsin.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        answer = await post(port)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert time.monotonic() - began < 3
        other.execute("ROLLBACK")
    assert await town.run(lambda tx: tx.latest(WORKSPACE, 5)) == []
    assert (await post(port)).status_code == 200
    assert len(await town.run(lambda tx: tx.latest(WORKSPACE, 5))) == 1


@pytest.mark.parametrize(("token", "status"), [(None, 404), ("a-token", 401)])
async def test_where_monitors_can_reach_metrics_are_not_open(
    open_town: OpenTown, token: str | None, status: int
) -> None:
    port = free_port()
    metrics = {"metrics_token": SecretStr(token)} if token else {}
    await open_town(port=port, alerts_alertmanager_secret=SECRET, **metrics)
    async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") as anybody:
        assert (await anybody.get("/metrics")).status_code == status
        assert (await anybody.get("/healthz")).status_code == 200

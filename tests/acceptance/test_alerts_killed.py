"""Tocsin is killed while it takes an alert; its sender sends it again, and it is one incident."""

import asyncio
import json
import random
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import httpx
import pytest

from app.sandbox import Sandbox
from app.slack.manifest import manifest
from tests.acceptance.workspace import WORKSPACE, Process, clock_at, working_hours
from tests.alerts import payloads
from tests.alerts.payloads import SECRETS, Payload, proven
from tests.waiting import until
from tests.web.test_server import LOOPBACK, free_port

pytestmark = [pytest.mark.kill, pytest.mark.slow]

KILLS = 3
LONGEST = 0.04
"""Seconds: longer than it takes to take an alert, so that some kills come after the answer."""


@dataclass
class Listening(Process):
    """A Tocsin that takes alerts."""

    port: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the process."""
        secret = SECRETS["alertmanager"][0]
        known = {"PORT": str(self.port), "TOCSIN_ALERTS_ALERTMANAGER_SECRET": secret, "TOCSIN_PLAYBOOK": "waqiti"}
        return super().environment | known

    async def hears(self, payload: Payload) -> bool:
        """Send it an alert, and say whether it said that it has it."""
        body = json.dumps(payload).encode()
        headers = {"content-type": "application/json", **proven("alertmanager", body)}
        async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{self.port}") as monitor:
            try:
                return (await monitor.post("/alerts/alertmanager", content=body, headers=headers)).status_code == 200
            except httpx.TransportError:
                return False


@pytest.fixture
async def listening(tmp_path: Path) -> AsyncIterator[Listening]:
    sandbox = Sandbox(manifest(), clock=clock_at(working_hours()))
    await sandbox.start()
    async with aiohttp.ClientSession(sandbox.url) as session:
        tocsin = Listening(session, sandbox, tmp_path, port=free_port())
        await tocsin.moves(seconds=0)
        yield tocsin
        if tocsin.running:
            await tocsin.kill()
        if tocsin.store:
            tocsin.store.close()
        await sandbox.stop()


def breach(number: int) -> Payload:
    """Return one of those alerts that are an incident of their own each."""
    payload = payloads.alertmanager(alertname="WaqitiSecurityBreachDetected", instance=f"host-{number}")
    payload["groupKey"] = payload["alerts"][0]["fingerprint"] = f"breach-{number}"
    return payload


async def test_an_alert_is_one_incident_wherever_tocsin_is_killed_meanwhile(listening: Listening) -> None:
    dice = random.Random(20261121)  # noqa: S311 -- nothing secret is drawn
    await listening.start()
    for number in range(KILLS):
        telling = asyncio.create_task(listening.hears(breach(number)))
        await asyncio.sleep(dice.uniform(0, LONGEST))
        await listening._end(signal.SIGKILL)
        said = await telling
        known = await listening.remembers(lambda tx: tx.latest(WORKSPACE, 2 * KILLS))
        # What was answered is on the disk.
        assert not said or len(known) == number + 1
        await listening.start()
        await until(lambda: listening.hears(breach(number)))  # noqa: B023 -- it is awaited here
        assert len(await listening.remembers(lambda tx: tx.latest(WORKSPACE, 2 * KILLS))) == number + 1
    await listening.finishes()
    rooms = [name for name in await listening.rooms() if name not in ("general", "support-desk", "incidents")]
    assert len(rooms) == len(set(rooms)) == KILLS

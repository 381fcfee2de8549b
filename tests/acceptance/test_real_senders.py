"""Prometheus Alertmanager itself, as Debian ships it, sends to a running Tocsin.

Grafana's server is in neither of the registries that these tests are installed from: what it sends is played after its
documentation (tests/alerts).
"""

import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import CHECKOUT, WORKSPACE, Town
from tests.waiting import until
from tests.web.test_server import LOOPBACK, free_port

ALERTMANAGER = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
AMTOOL = shutil.which("amtool")
NOT_THERE = "Alertmanager is not installed (on Debian: apt-get install prometheus-alertmanager)"
SECRET = "a-secret-of-alertmanagers"
DOCUMENTED = re.compile(r"### Alertmanager\n.*?```yaml\n(.*?)```", re.DOTALL)
CONFIGURATION = """\
route:
  receiver: tocsin
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
receivers:
  - name: tocsin
    webhook_configs:
      - url: {url}
        http_config:
          {proof}
"""
BY_TOKEN = "authorization: {type: Bearer, credentials: %s}" % SECRET  # noqa: UP031 -- YAML's own braces
BY_PASSWORD = "basic_auth: {username: alertmanager, password: %s}" % SECRET  # noqa: UP031

pytestmark = pytest.mark.skipif(ALERTMANAGER is None, reason=NOT_THERE)


def started(folder: Path, url: str, proof: str, port: int) -> subprocess.Popen[bytes]:
    """Start a real Alertmanager that sends there."""
    folder.mkdir()
    configuration = folder / "alertmanager.yml"
    configuration.write_text(CONFIGURATION.format(url=url, proof=proof))
    command = [
        *(str(ALERTMANAGER), f"--config.file={configuration}", f"--storage.path={folder}"),
        *(f"--web.listen-address={LOOPBACK}:{port}", "--cluster.listen-address="),
    ]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


@asynccontextmanager
async def alertmanager(folder: Path, url: str, proof: str = BY_TOKEN) -> AsyncIterator[httpx.AsyncClient]:
    """Run a real Alertmanager that sends there; return a line to it."""
    port = free_port()
    running = started(folder, url, proof, port)
    async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") as client:
        try:
            await until(lambda: _is_ready(client))
            yield client
        finally:
            running.terminate()
            running.wait(10)


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/-/ready")).status_code == 200
    except httpx.TransportError:
        return False


async def tell(client: httpx.AsyncClient, name: str, since: datetime, *, until_: datetime | None = None) -> None:
    """Tell an Alertmanager of an alert, as Prometheus does."""
    alert = {
        "labels": {"alertname": name, "severity": "critical", "instance": "pay-1"},
        "annotations": {"summary": "Nobody can pay <!channel>"},
        "startsAt": since.isoformat(),
        "generatorURL": "https://prometheus.example.org/graph",
    }
    ends = {"endsAt": until_.isoformat()} if until_ else {}
    assert (await client.post("/api/v2/alerts", json=[alert | ends])).status_code == 200


async def begin(open_town: OpenTown) -> tuple[Town, str]:
    port = free_port()
    secret = (SecretStr(SECRET),)
    town = await open_town(at=datetime.now(UTC), playbook="waqiti", port=port, alerts_alertmanager_secret=secret)
    return town, f"http://{LOOPBACK}:{port}/alerts/alertmanager"


async def test_an_alert_of_alertmanagers_is_an_incident_since_it_fired(open_town: OpenTown, tmp_path: Path) -> None:
    town, url = await begin(open_town)
    since = datetime.now(UTC) - timedelta(minutes=3)
    async with alertmanager(tmp_path / "one", url) as monitor:
        await tell(monitor, "WaqitiPaymentSystemDown", since)

        async def declared() -> bool:
            return bool(await town.run(lambda tx: tx.latest(WORKSPACE, 1)))

        await until(declared)
        record = await town.incident()
        assert record.incident.severity == "P1"
        await town.settles()
        assert "<!channel>" not in json.dumps((await town.room("incident-1")).facts)
    assert "Nobody can pay" in record.incident.title
    # What the alert itself says, and not when the message came, is when it was noticed.
    assert abs((record.incident.detected_at or since.replace(year=2000)) - since) < timedelta(seconds=1)


async def test_two_alertmanagers_of_one_group_make_one_incident_and_its_end_is_noted(
    open_town: OpenTown, tmp_path: Path
) -> None:
    town, url = await begin(open_town)
    since = datetime.now(UTC)
    async with AsyncExitStack() as both:
        pair = [
            await both.enter_async_context(alertmanager(tmp_path / "one", url)),
            await both.enter_async_context(alertmanager(tmp_path / "two", url, BY_PASSWORD)),
        ]
        for monitor in pair:
            await tell(monitor, "WaqitiHighCPUUsage", since)
        await until(lambda: _heard(town, 2))
        assert len(await town.run(lambda tx: tx.latest(WORKSPACE, 5))) == 1
        for monitor in pair:
            await tell(monitor, "WaqitiHighCPUUsage", since, until_=datetime.now(UTC))
        await until(lambda: _heard(town, 4))
    assert len(await town.run(lambda tx: tx.latest(WORKSPACE, 5))) == 1
    assert (await town.incident()).incident.is_open


async def _heard(town: Town, times: int) -> bool:
    bodies = await town.run(lambda tx: tx.bodies(datetime(2000, 1, 1, tzinfo=UTC), 50))
    return sum(one.heard for one in bodies) >= times


def test_the_configuration_that_is_documented_is_one(tmp_path: Path) -> None:
    if AMTOOL is None:
        pytest.skip("amtool is not installed")
    documented = DOCUMENTED.search((CHECKOUT / "docs" / "integrations.md").read_text())
    assert documented
    (tmp_path / "alertmanager.yml").write_text(documented[1])
    subprocess.run([AMTOOL, "check-config", str(tmp_path / "alertmanager.yml")], check=True, capture_output=True)

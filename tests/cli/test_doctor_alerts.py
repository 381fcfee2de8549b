"""`tocsin doctor --only alerts`: who may send, whether Tocsin listens, and when each was last heard."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.alerts.sources import sources
from app.cli.doctor.findings import Finding
from app.cli.doctor.monitors import examine
from app.config import Settings
from app.domain.alerts import Proposal
from app.health import State
from app.store import Store
from app.web import HttpServer
from app.web.alerts import Door
from tests.cli.terminal import Terminal
from tests.web.doors import Taker
from tests.web.test_server import LOOPBACK, free_port, route

SECRET = "a-secret-of-a-monitor"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")
    yield opened
    opened.close()


@pytest.fixture
def settings(environment: pytest.MonkeyPatch) -> Settings:
    secret = (SecretStr(SECRET),)
    return Settings(port=free_port(), alerts_grafana_secret=secret, alerts_alertmanager_secret=secret)


async def found(settings: Settings, store: Store | None) -> list[Finding]:
    return [finding async for finding in examine(settings, store)]


async def test_a_tocsin_that_listens_is_told_from_one_that_does_not(settings: Settings) -> None:
    [silent] = await found(settings, None)
    assert (silent.state, silent.says) == (
        State.WARNING,
        f"Nothing takes alerts at port {settings.port} of this machine. Start it here: tocsin run",
    )
    taker, port = Taker(), settings.port
    assert port
    server = HttpServer([Door(sources({}), settings.alert_secrets, taker.take).route()], port, LOOPBACK)
    await server.start()
    [well] = await found(settings, None)
    assert (well.state, taker.taken) == (State.OK, [])
    assert "/alerts/alertmanager" in well.says
    await server.stop()


async def test_something_else_at_the_port_is_a_fault(settings: Settings) -> None:
    assert settings.port
    server = HttpServer([route("/")], settings.port, LOOPBACK)
    await server.start()
    [finding] = await found(settings, None)
    assert finding.state is State.FAILED
    assert "is no Tocsin with these settings" in finding.says
    await server.stop()


async def test_it_says_when_each_source_was_heard_last(settings: Settings, store: Store) -> None:
    at = datetime.now(UTC) - timedelta(minutes=5)
    await store.run(lambda tx: tx.keep_body("T1", "alertmanager", b"{}", at, waiting=False))
    _, alertmanager, grafana = await found(settings, store)
    assert alertmanager.says == "Alertmanager was heard 5 min ago."
    assert (grafana.state, grafana.says) == (
        State.WARNING,
        "Grafana has not been heard in the last 7 days. Send a test from there to /alerts/grafana.",
    )


async def test_what_alerts_suggest_and_slack_did_not_take_is_told(settings: Settings, store: Store) -> None:
    at, proposal = datetime.now(UTC) - timedelta(minutes=5), Proposal("DiskFull", "grafana", "DiskFull")
    await store.run(lambda tx: tx.add_suggestion("T1", "k", proposal, at))
    [finding] = [one for one in await found(settings, store) if "suggest" in one.says]
    assert (finding.state, finding.says[:35]) == (State.WARNING, "1 of what alerts suggest stands now")


def test_without_any_secret_it_says_how_to_set_one(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Terminal(environment, capsys)("doctor", "--only", "alerts")
    assert "TOCSIN_ALERTS_ALERTMANAGER_SECRET" in told.out
    assert SECRET not in told.out

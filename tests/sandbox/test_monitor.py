"""The sandbox's Alertmanager: what it offers, and what it sends."""

import json

import pytest

from app import playbooks
from app.alerts.body import reading
from app.alerts.sources import sources
from app.sandbox import Impossible, Sandbox
from app.sandbox.clock import MovableClock
from app.sandbox.monitor import MOST_CHOICES, Monitor
from app.web import HttpServer
from app.web.alerts import Door
from tests.sandbox.hands import Hands
from tests.web.doors import Taker
from tests.web.test_server import LOOPBACK, free_port


@pytest.fixture
def monitor() -> Monitor:
    monitor = Monitor(MovableClock())
    monitor.follow(playbooks.load("waqiti").playbook)
    return monitor


def test_it_offers_what_the_playbook_names_and_one_that_it_does_not(monitor: Monitor) -> None:
    said = {choice.name: choice.says for choice in monitor.choices}
    assert said["WaqitiPaymentSystemDown"] == "declares an incident as P1"
    assert said["Watchdog"] == "is ignored"
    assert said["DiskWillFillInFourHours"] == "suggests an incident"
    assert len(said) <= MOST_CHOICES


@pytest.mark.parametrize("name", ["default", "eazepay", "fintech", "multi-service", "phase26", "waqiti"])
def test_under_every_playbook_one_of_its_alerts_declares(name: str) -> None:
    monitor = Monitor(MovableClock())
    monitor.follow(playbooks.load(name).playbook)
    assert any(choice.says.startswith("declares an incident") for choice in monitor.choices)
    # The first one is sent by one press, which must show something.
    assert monitor.choices[0].says != "is ignored"


def test_what_it_sends_is_what_alertmanager_sends(monitor: Monitor) -> None:
    choice, alertmanager = monitor.choices[0], sources({})["alertmanager"]
    told = [
        reading(alertmanager, json.dumps(monitor._payload(choice, status)).encode()).notices[0]
        for status in ("firing", "resolved")
    ]
    fired, over = told
    assert (fired.name, fired.firing, over.firing) == (choice.name, True, False)
    assert (over.fingerprint, over.group) == (fired.fingerprint, fired.group)


async def test_it_sends_with_its_secret_and_notes_what_fires(monitor: Monitor) -> None:
    taker, monitor.port = Taker(), free_port()
    secrets = {"alertmanager": (monitor.secret,)}
    server = HttpServer([Door(sources({}), secrets, taker.take).route()], monitor.port, LOOPBACK)
    await server.start()
    name = monitor.choices[0].name
    assert await monitor.send(name, "firing") == {"status": 200}
    assert [one["name"] for one in monitor.snapshot()["firing"]] == [name]
    await monitor.send(name, "resolved")
    assert monitor.snapshot()["firing"] == []
    fired, over = (reading.notices[0] for _, _, reading, _ in taker.taken)
    assert (fired.firing, over.firing, over.starts_at) == (True, False, fired.starts_at)
    secrets["alertmanager"] = ("another-secret-1234",)
    with pytest.raises(Impossible, match="Tocsin answered 401"):
        await monitor.send(name, "firing")
    await server.stop()
    with pytest.raises(Impossible, match="does not answer"):
        await monitor.send(name, "firing")
    assert monitor.snapshot()["firing"] == []


async def test_an_alert_that_there_is_not_is_refused(sandbox: Sandbox, hands: Hands) -> None:
    answer = await hands.session.post("/_control/alert", json={"name": "Nothing", "status": "firing"})
    assert (answer.status, (await answer.json())["error"]) == (400, "there is no such alert here")
    assert (await hands.state())["monitor"] == {"choices": [], "firing": []}

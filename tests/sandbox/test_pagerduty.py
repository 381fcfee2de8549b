"""The PagerDuty on this machine: what it takes, keeps and refuses, as PagerDuty's pages say."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.sandbox import MovableClock, Sandbox
from tests.sandbox.hands import QUIET, Hands, Json, Start

TRIGGER: Json = {
    "routing_key": Sandbox.pagerduty_key,
    "event_action": "trigger",
    "dedup_key": "k1",
    "payload": {"summary": "Payment API down", "source": "payments", "severity": "critical"},
}


async def send(hands: Hands, **changes: Any) -> tuple[int, Json]:
    async with hands.session.post("/pagerduty/v2/enqueue", json=TRIGGER | changes) as response:
        return response.status, await response.json()


async def alerts(hands: Hands) -> list[tuple[str, str, list[str]]]:
    shown = (await hands.state())["pager"]["alerts"]
    return [(one["dedup_key"], one["status"], [entry["action"] for entry in one["log"]]) for one in shown]


async def test_an_alert_goes_through_its_states(hands: Hands) -> None:
    assert await send(hands) == (202, {"status": "success", "message": "Event processed", "dedup_key": "k1"})
    assert await alerts(hands) == [("k1", "triggered", ["trigger"])]
    await send(hands, event_action="acknowledge")
    await send(hands)
    assert await alerts(hands) == [("k1", "acknowledged", ["trigger", "acknowledge", "trigger"])]
    await send(hands, event_action="resolve")
    assert await alerts(hands) == [("k1", "resolved", ["trigger", "acknowledge", "trigger", "resolve"])]


async def test_a_resolved_alert_stays_so_and_a_trigger_opens_another(hands: Hands) -> None:
    await send(hands)
    for action in ("resolve", "acknowledge", "resolve", "trigger"):
        assert (await send(hands, event_action=action))[0] == 202
    assert await alerts(hands) == [("k1", "resolved", ["trigger", "resolve"]), ("k1", "triggered", ["trigger"])]


async def test_an_alert_belongs_to_the_key_it_came_by(hands: Hands) -> None:
    await send(hands)
    assert (await send(hands, event_action="resolve", routing_key=Sandbox.managers_key))[0] == 202
    assert await alerts(hands) == [("k1", "triggered", ["trigger"])]


async def test_without_a_dedup_key_each_trigger_is_an_alert_of_its_own(hands: Hands) -> None:
    keys = {(await send(hands, dedup_key=None))[1]["dedup_key"] for _ in range(2)}
    assert len(keys) == 2
    assert len(await alerts(hands)) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"routing_key": None}, "'routing_key' is missing or blank"),
        ({"routing_key": "short"}, "Length of 'routing_key' is incorrect (should be 32 characters)"),
        ({"routing_key": "x" * 32}, "Invalid routing key"),
        ({"event_action": "ring"}, "'event_action' is invalid (must be one of: 'trigger', 'acknowledge' or 'resolve')"),
        ({"event_action": "resolve", "dedup_key": ""}, "'dedup_key' is missing or blank"),
        ({"dedup_key": "k" * 256}, "'dedup_key' is too long (maximum is 255 characters)"),
        ({"payload": None}, "'payload' is missing or blank"),
        ({"payload": TRIGGER["payload"] | {"summary": ""}}, "'payload.summary' is missing or blank"),
        ({"payload": TRIGGER["payload"] | {"source": None}}, "'payload.source' is missing or blank"),
        (
            {"payload": TRIGGER["payload"] | {"summary": "x" * 1025}},
            "'payload.summary' is too long (maximum is 1024 characters)",
        ),
        (
            {"payload": TRIGGER["payload"] | {"severity": "SEV1"}},
            "'payload.severity' is invalid (must be one of: 'critical', 'warning', 'error' or 'info')",
        ),
    ],
)
async def test_what_pagerduty_refuses_is_refused(hands: Hands, changes: Json, said: str) -> None:
    refused = {"status": "invalid event", "message": "Event object is invalid", "errors": [said]}
    assert await send(hands, **changes) == (400, refused)
    assert await alerts(hands) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100000])
async def test_what_is_no_event_is_refused(hands: Hands, body: bytes) -> None:
    async with hands.session.post("/pagerduty/v2/enqueue", data=body) as response:
        assert response.status == 400
        assert (await response.json())["errors"] == ["JSON parse error"]


async def test_more_than_512_kb_is_too_much(hands: Hands) -> None:
    assert (await send(hands, client="x" * 512 * 1024))[0] == 413


async def test_too_many_events_a_minute_are_refused_for_a_while(start: Start) -> None:
    clock = MovableClock()
    sandbox = await start(QUIET, clock=clock)
    hands = Hands.on(sandbox)
    async with hands.session:
        answers = [(await send(hands))[0] for _ in range(121)]
        assert answers == [202] * 120 + [429]
        assert (await send(hands, routing_key=Sandbox.managers_key))[0] == 202
        clock.move(61)
        assert (await send(hands))[0] == 202


@pytest.mark.parametrize(("kind", "status"), [("ratelimited", 429), ("server_error", 500), ("error", 400)])
async def test_faults_befall_the_next_events(hands: Hands, kind: str, status: int) -> None:
    assert (await hands("fault", method="pagerduty", kind=kind))["ok"]
    assert (await send(hands))[0] == status
    assert await alerts(hands) == []
    assert (await send(hands))[0] == 202


async def test_faults_of_every_slack_method_are_not_pagerduty_s(hands: Hands) -> None:
    assert (await hands("fault", method="*", kind="server_error"))["ok"]
    assert (await send(hands))[0] == 202


async def test_it_can_be_taken_down(hands: Hands) -> None:
    assert (await hands("pager", down=True))["ok"]
    assert (await send(hands))[0] == 503
    assert (await hands.state())["pager"]["down"] is True
    assert (await hands("pager", down=False))["ok"]
    assert (await send(hands))[0] == 202


async def test_people_acknowledge_and_resolve_there(hands: Hands) -> None:
    await send(hands)
    [alert] = (await hands.state())["pager"]["alerts"]
    for act in ("acknowledge", "resolve"):
        assert (await hands("press", user="cto", alert=alert["id"], do=act))["ok"]
    [alert] = (await hands.state())["pager"]["alerts"]
    assert (alert["status"], [entry.get("by") for entry in alert["log"]]) == ("resolved", [None, "CTO", "CTO"])
    for over in (alert["id"], "Q404"):
        assert (await hands("press", user="cto", alert=over, do="resolve"))["error"] == "that alert is over"


async def test_alerts_are_there_after_a_restart(start: Start, tmp_path: Path) -> None:
    clock = MovableClock()
    shown: list[dict[str, Any]] = []
    for _ in range(2):
        sandbox = await start(QUIET, data=tmp_path, clock=clock)
        hands = Hands.on(sandbox)
        async with hands.session:
            await send(hands)
            shown = (await hands.state())["pager"]["alerts"]
        await sandbox.stop()
    [alert] = shown
    assert [entry["action"] for entry in alert["log"]] == ["trigger", "trigger"]
    assert datetime.fromisoformat(alert["log"][0]["at"]) <= datetime.now(UTC)


async def test_events_are_among_the_calls(hands: Hands) -> None:
    await send(hands)
    async with hands.session.get("/_control/calls") as response:
        [call] = [one for one in await response.json() if one["method"] == "pagerduty"]
    assert call["args"]["payload"] == TRIGGER["payload"]

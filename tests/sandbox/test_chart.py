"""The chart of what the playbook would do: its lanes and marks, and what cannot be drawn."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.sandbox import Impossible, Playbooks, Sandbox
from app.sandbox.chart import chart
from tests import shipped
from tests.sandbox.hands import Hands

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def drawn(name: str = "default", **wish: Any) -> dict[str, Any]:
    return chart(shipped.playbook(name), wish, NOW)


def marks(told: dict[str, Any], lane: str) -> list[tuple[float, str]]:
    (found,) = (one for one in told["lanes"] if one["name"] == lane)
    return [(mark["after"], mark["kind"]) for mark in found["marks"]]


def test_each_responder_has_a_lane_with_its_pages() -> None:
    told = drawn()
    assert [lane["name"] for lane in told["lanes"]] == [
        *("People", "Primary on-call", "Secondary on-call", "Incident manager", "Head of engineering"),
        *("Limits", "Updates"),
    ]
    assert marks(told, "Primary on-call") == [(0, "paged")]
    assert marks(told, "Secondary on-call")[:2] == [(300, "paged"), (600, "paged")]
    assert marks(told, "Limits") == [(240, "warned"), (300, "breached"), (2880, "warned"), (3600, "breached")]
    assert [after for after, _ in marks(told, "Updates")] == [900, 1800, 2700, 3600]


def test_a_mark_says_when_what_and_why() -> None:
    (lane,) = (one for one in drawn()["lanes"] if one["name"] == "Head of engineering")
    assert lane["marks"][0] == {
        "after": 3600,
        "kind": "paged",
        "again": False,
        "step": "4",
        "says": "11:00 (1 h): paged, step 4, Head of engineering, open 1 h",
    }


def test_what_people_do_has_a_lane_and_ends_the_chart() -> None:
    told = drawn(severity="SEV2", acknowledge_after="2m", resolve_after="30m")
    assert marks(told, "People") == [(0, "declared"), (120, "acknowledged"), (1800, "resolved")]
    assert told["severity"] == "SEV2"
    assert told["seconds"] == 1800 + 72 * 3600
    assert told["ending"] == ""


@pytest.mark.parametrize("wish", [{"severity": "SEV9"}, {"acknowledge_after": "soon"}, {"resolve_after": [1]}])
def test_what_cannot_be_drawn_is_said(wish: dict[str, Any]) -> None:
    with pytest.raises(Impossible):
        drawn(**wish)


async def test_the_page_asks_for_the_playbook_that_plays(sandbox: Sandbox, hands: Hands) -> None:
    async with hands.session.post("/_control/preview", json={}) as response:
        assert (await response.json())["ok"] is False
    sandbox.playbooks = replace(Playbooks("default", ("default",)), here=shipped.playbook())
    async with hands.session.post("/_control/preview", json={"severity": "SEV3"}) as response:
        told = await response.json()
    assert (told["ok"], told["severities"], told["severity"]) == (True, ["SEV1", "SEV2", "SEV3", "SEV4"], "SEV3")

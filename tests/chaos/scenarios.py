"""What people and time do, one thing at a time, and what must be on disk once Tocsin has said that it is done."""

import shutil
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.domain import events as e
from app.domain.events import Event
from app.playbooks.shipped import shipped
from tests.acceptance.workspace import MANAGER, ON_CALL, SUPPORT
from tests.chaos.scene import Scene

CALM = {"acknowledge_within: 1h": "acknowledge_within: 90h", "update_every: 2h": "update_every: 90h"}
JUST_AFTER = timedelta(seconds=0.1)
LATE = 25.0
"""Seconds: longer than any request takes, and not as long as the quarantine."""
PAUSE = 90.0


@dataclass(frozen=True)
class Scenario:
    """One thing that happens.

    `act` does it to the incident of that number, and says whether Tocsin said that it is done. `leaves` finds in a
    timeline that it was done.
    """

    name: str
    act: Callable[[Scene, int], Coroutine[Any, Any, bool]]
    leaves: Callable[[Sequence[Event]], bool]

    def __str__(self) -> str:
        return self.name


def calm_playbook(folder: Path) -> str:
    """Write the default playbook down with times so long that none comes while many incidents are gone through."""
    copy = folder / "calm"
    shutil.copytree(shipped() / "playbooks" / "default", copy)
    file = copy / "playbook.yml"
    text = file.read_text()
    for before, after in CALM.items():
        assert before in text
        text = text.replace(before, after)
    file.write_text(text)
    return str(copy)


async def types(scene: Scene, who: str, text: str, confirmed: str) -> bool:
    """Type a command; say whether Tocsin says that it is done."""
    told = await scene.act("command", user=who, channel="general", command="/incident", text=text)
    return bool(told["ok"]) and confirmed in told["response"]["text"]


async def declare(scene: Scene, number: int) -> bool:
    return await types(scene, SUPPORT, f"declare SEV3 Report {number} cannot be exported", "is declared")


async def declare_in_earnest(scene: Scene, _number: int) -> bool:
    return await types(scene, SUPPORT, "declare SEV1 Payment API down", "is declared")


async def acknowledge(scene: Scene, number: int) -> bool:
    return await types(scene, ON_CALL, f"ack {number}", "You acknowledged")


async def escalate(scene: Scene, number: int) -> bool:
    return await types(scene, MANAGER, f"escalate {number}", "is paged now")


async def update(scene: Scene, number: int) -> bool:
    return await types(scene, ON_CALL, f"update {number} The database restarts", "Your update is in")


async def raise_severity(scene: Scene, number: int) -> bool:
    return await types(scene, ON_CALL, f"severity {number} SEV2", "is SEV2 now")


async def resolve(scene: Scene, number: int) -> bool:
    """Open the form and send it off; it closes when it is done."""
    await scene.act("command", user=ON_CALL, channel="general", command="/incident", text=f"resolve {number}")
    told = await scene.act("submit", user=ON_CALL, values={"root_cause": "A full disk"})
    return bool(told["ok"]) and bool(told["closed"])


async def draft(scene: Scene, number: int) -> bool:
    return await types(scene, ON_CALL, f"postmortem {number}", "is posted in")


async def deliver_in_bad_weather(scene: Scene, number: int) -> bool:
    """Page and post through a Slack that says to wait, does it without saying so, or does it much later."""
    await scene.fault("chat.postMessage", "late", times=2, seconds=LATE)
    told = await types(scene, ON_CALL, f"escalate {number}", "is paged now")
    for kind in ("ratelimited", "accept_then_drop", "server_error"):
        await scene.fault("chat.postMessage", kind, seconds=2)
    await scene.fault("chat.update", "accept_then_drop")
    await types(scene, ON_CALL, f"note {number} The disk is full", "Your note is in")
    return told


async def let_time_pass(scene: Scene, _number: int) -> bool:
    """Move the clock to the next timer of all, while Slack takes no messages for a time."""
    await scene.fault("chat.postMessage", "ratelimited", seconds=PAUSE)
    due = await scene.remembers(lambda tx: tx.next_due())
    if due:
        scene.moves(due - scene.now + JUST_AFTER)
    return True


def has(kind: type[Event], by: str | None = None) -> Callable[[Sequence[Event]], bool]:
    return lambda timeline: any(isinstance(one, kind) and by in (None, getattr(one, "by", None)) for one in timeline)


DECLARE_IN_EARNEST = Scenario("declare", declare_in_earnest, has(e.Declared))
TIME = Scenario("time", let_time_pass, has(e.Declared))
DELIVERY = Scenario("delivery", deliver_in_bad_weather, has(e.Escalated, ON_CALL))
CHAPTERS = (
    Scenario("declare", declare, has(e.Declared)),
    DELIVERY,
    Scenario("acknowledge", acknowledge, has(e.Acknowledged)),
    Scenario("update", update, has(e.UpdatePosted)),
    Scenario("severity", raise_severity, has(e.SeverityChanged)),
    Scenario("escalate", escalate, has(e.Escalated, MANAGER)),
    Scenario("resolve", resolve, has(e.Resolved)),
    Scenario("postmortem", draft, has(e.PostmortemDrafted)),
)
"""The life of an incident."""

"""What people and time do, one thing at a time, and what must be on disk once Tocsin has said that it is done."""

import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from app.domain import events as e
from app.domain.events import Event
from app.playbooks.shipped import shipped
from tests.acceptance.workspace import ON_CALL, SUPPORT
from tests.chaos.scene import Scene

CALM = {"acknowledge_within: 1h": "acknowledge_within: 90h", "update_every: 2h": "update_every: 90h"}
JUST_AFTER = timedelta(seconds=0.1)
LATE = 45.0
PAUSE = 90.0


@dataclass(frozen=True)
class Scenario:
    """One thing that happens. `act` does it to the incident of that number, and says whether it was told to be done.

    `ready` are what happens to each incident before. `leaves` finds in a timeline that it was done.
    A `calm` one has incidents whose timers are far away; else all happens to one incident, whose timers are not.
    """

    name: str
    act: Callable[[Scene, int], Awaitable[bool]]
    leaves: Callable[[Sequence[Event]], bool]
    ready: tuple["Scenario", ...] = ()
    calm: bool = True

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


async def types(scene: Scene, who: str, text: str, command: str = "/incident") -> bool:
    """Type a command; say whether it was taken."""
    told = await scene.act("command", user=who, channel="general", command=command, text=text)
    return bool(told["ok"])


async def declare(scene: Scene, number: int) -> bool:
    return await types(scene, SUPPORT, f"declare SEV3 Report {number} cannot be exported")


async def declare_in_earnest(scene: Scene, _number: int) -> bool:
    return await types(scene, SUPPORT, "declare SEV1 Payment API down")


async def acknowledge(scene: Scene, number: int) -> bool:
    return await types(scene, ON_CALL, f"ack {number}")


async def escalate(scene: Scene, number: int) -> bool:
    return await types(scene, ON_CALL, f"escalate {number}")


async def update(scene: Scene, number: int) -> bool:
    return await types(scene, ON_CALL, f"update {number} The database restarts")


async def raise_severity(scene: Scene, number: int) -> bool:
    return await types(scene, ON_CALL, f"severity {number} SEV2")


async def resolve(scene: Scene, number: int) -> bool:
    if not await types(scene, ON_CALL, f"resolve {number}"):
        return False
    told = await scene.act("submit", user=ON_CALL, values={"root_cause": "A full disk"})
    return bool(told["ok"])


async def draft(scene: Scene, number: int) -> bool:
    return await types(scene, ON_CALL, str(number), command="/postmortem")


async def deliver_in_bad_weather(scene: Scene, number: int) -> bool:
    """Page and post through a Slack that says to wait, does it without saying so, or does it much later."""
    await scene.fault("chat.postMessage", "late", seconds=LATE)
    told = await types(scene, ON_CALL, f"escalate {number}")
    for kind in ("ratelimited", "accept_then_drop", "server_error"):
        await scene.fault("chat.postMessage", kind, seconds=2)
    await scene.fault("chat.update", "accept_then_drop")
    return await types(scene, ON_CALL, f"note {number} The disk is full") and told


async def let_time_pass(scene: Scene, _number: int) -> bool:
    """Move the clock to the next timer of all, while Slack takes no messages for a time."""
    await scene.fault("chat.postMessage", "ratelimited", seconds=PAUSE)
    due = await scene.remembers(lambda tx: tx.next_due())
    if due:
        scene.moves(due - scene.now + JUST_AFTER)
    return True


def _has(kind: type[Event]) -> Callable[[Sequence[Event]], bool]:
    return lambda timeline: any(isinstance(event, kind) for event in timeline)


DECLARE = Scenario("declare", declare, _has(e.Declared))
DECLARE_IN_EARNEST = Scenario("declare", declare_in_earnest, _has(e.Declared))
RESOLVE = Scenario("resolve", resolve, _has(e.Resolved), (DECLARE,))
TIME = Scenario("time", let_time_pass, _has(e.Declared), (DECLARE_IN_EARNEST,), calm=False)
DELIVERY = Scenario("delivery", deliver_in_bad_weather, _has(e.Escalated), (DECLARE,))
SCENARIOS = (
    DECLARE,
    Scenario("acknowledge", acknowledge, _has(e.Acknowledged), (DECLARE,)),
    Scenario("escalate", escalate, _has(e.Escalated), (DECLARE,)),
    Scenario("update", update, _has(e.UpdatePosted), (DECLARE,)),
    Scenario("severity", raise_severity, _has(e.SeverityChanged), (DECLARE,)),
    RESOLVE,
    Scenario("postmortem", draft, _has(e.PostmortemDrafted), (DECLARE, RESOLVE)),
    DELIVERY,
    TIME,
)

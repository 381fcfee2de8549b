"""Kills Tocsin at random, again and again, while people and time go on and Slack has its troubles.

What is random follows from one seed, but for the order in which threads and processes take turns.
"""

import asyncio
import re
import shutil
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

from app.domain import events as e
from app.domain.events import Event
from app.store import Transaction
from app.store.inspection import Ledger
from tests.acceptance.workspace import CTO, MANAGER, ON_CALL, SECONDARY, SUPPORT, VP, WORKSPACE
from tests.chaos.run import Databases, Found, comes_back
from tests.chaos.scene import Scene, scene
from tests.chaos.subject import Killed

A_WORKSPACE = 40
"""So many kills go into one workspace, before the next begins with a new one."""
FURTHEST = 260
"""The latest failpoint at which it is killed, counted from when people begin to act."""
DECLARED = re.compile(r"incident-(\d+)\S* is declared")
RESOLVER = VP
ACTORS = (ON_CALL, SECONDARY, MANAGER, CTO)
SECOND_KILL = 0.2
FINISHES = 0.3
TROUBLE = 0.5
REQUEST_LIMIT = 10.0
QUARANTINE = 30.0
EVER = datetime.min.replace(tzinfo=UTC)
STORMY = 0.25
WRITES = ("chat.postMessage", "chat.update", "conversations.create", "conversations.invite", "conversations.setTopic")
TROUBLES = ("ratelimited", "server_error", "accept_then_drop", "late", "late", "late", "delay")


@dataclass(frozen=True)
class Claim:
    """What Tocsin said was done: in the incident of which number, and how its timeline shows it."""

    number: int
    kind: type[Event]
    text: str = ""

    def is_true(self, timeline: Sequence[Event]) -> bool:
        """Say whether it is."""
        return any(isinstance(event, self.kind) and self.text in str(event) for event in timeline)


@dataclass
class Crowd:
    """People who act at random. `claims` is all that Tocsin has told them was done."""

    world: Scene
    random: Random
    claims: list[Claim] = field(default_factory=list)
    _said: int = 0

    async def acts(self) -> None:
        """Let some people do something at once."""
        deeds: dict[Callable[[], Awaitable[None]], int] = {
            self._declares: 2,
            self._resolves: 1,
            partial(self._does, "ack {number}", "You acknowledged", e.Acknowledged): 2,
            partial(self._does, "escalate {number}", "is paged now", e.Escalated): 2,
            partial(self._does, "update {number} {text}", "Your update is in", e.UpdatePosted): 3,
            partial(self._does, "note {number} {text}", "Your note is in", e.Noted): 1,
            partial(self._does, "severity {number} SEV1", "is SEV1 now", e.SeverityChanged): 1,
            partial(self._does, "severity {number} SEV2", "is SEV2 now", e.SeverityChanged): 1,
            partial(self._does, "postmortem {number}", "is posted in", e.PostmortemDrafted): 1,
        }
        chosen = self.random.choices(list(deeds), list(deeds.values()), k=self.random.randint(1, 3))
        await asyncio.gather(*(deed() for deed in dict.fromkeys(chosen)))

    async def faults(self) -> list[str]:
        """Return what was said to be done and is not."""
        timelines = await self.world.remembers(_timelines)
        untrue = (claim for claim in self.claims if not claim.is_true(timelines.get(claim.number, [])))
        return [f"{claim} was said to be done, and it is not" for claim in untrue]

    async def _ledger(self, incident_id: int) -> Ledger:
        ledger = await self.world.remembers(lambda tx: tx.ledger(incident_id))
        assert ledger
        return ledger

    async def _declares(self) -> None:
        severity = self.random.choice(("SEV1", "SEV2", "SEV3", "SEV4"))
        declared = DECLARED.search(await self._types(SUPPORT, f"declare {severity} {self._word()}"))
        if declared:
            self.claims.append(Claim(int(declared[1]), e.Declared))

    async def _resolves(self) -> None:
        await self._types(RESOLVER, f"resolve {await self._any()}")
        forms = (await self.world.look())["modals"].get(RESOLVER)
        if not forms:
            return
        ledger = await self._ledger(int(forms[-1]["private_metadata"]))
        told = await self.world.act("submit", user=RESOLVER, values={"root_cause": "A full disk"})
        if told["ok"] and told["closed"]:
            self.claims.append(Claim(ledger.record.incident.number, e.Resolved))

    async def _does(self, what: str, confirmed: str, kind: type[Event]) -> None:
        number, text = await self._any(), self._word() if "{text}" in what else ""
        answer = await self._types(self.random.choice(ACTORS), what.format(number=number, text=text))
        if confirmed in answer:
            self.claims.append(Claim(number, kind, text))

    async def _any(self) -> int:
        """Return the number of one of the newest incidents."""
        latest = await self.world.remembers(lambda tx: tx.latest(WORKSPACE, 5))
        return self.random.choice([record.incident.number for record in latest] or [1])

    def _word(self) -> str:
        self._said += 1
        return f"[word {self._said}]"

    async def _types(self, who: str, text: str) -> str:
        told = await self.world.act("command", user=who, channel="general", command="/incident", text=text)
        return str((told.get("response") or {}).get("text") or "") if told["ok"] else ""


def _timelines(tx: Transaction) -> dict[int, list[Event]]:
    """Return the timeline of each incident, by its number."""
    return {record.incident.number: tx.timeline(record.id) for record in tx.recent(WORKSPACE, EVER)}


async def kill_at_random(
    folder: Path,
    kills: int,
    seed: int,
    *,
    database: Databases = nullcontext,
    progress: Callable[[Found], None] = lambda found: None,
) -> Found:
    """Kill Tocsin so many times, each workspace on a database of its own, and return what came of it."""
    random, found = Random(seed), Found()  # noqa: S311 -- it is to be repeated
    while found.kills < kills:
        place = folder / f"workspace-{found.kills}"
        place.mkdir()
        with database() as url:
            await _in_one_workspace(place, min(A_WORKSPACE, kills - found.kills), random, found, url)
        progress(found)
        if not found.faults:
            shutil.rmtree(place)
    return found


async def _in_one_workspace(folder: Path, kills: int, random: Random, found: Found, url: str | None) -> None:
    before = found.kills
    async with scene(folder, url) as world:
        world.stormy = random.random() < STORMY
        crowd = Crowd(world, random)
        await world.starts()
        while world.kills < kills:
            await _until_killed(crowd)
            second = random.randint(1, FURTHEST // 3) if random.random() < SECOND_KILL and world.kills < kills else 0
            await comes_back(world, second)
            if random.random() < FINISHES:
                await world.finishes()
                await _looks(crowd, found, f"after kill {before + world.kills}")
            world.moves(timedelta(minutes=random.choice((0, 0, 0, 1, 6, 40))))
        world.sandbox.slack.faults.clear()
        await world.finishes()
        await _looks(crowd, found, f"after kill {before + world.kills}, in the end")
        found.kills += world.kills
        found.doubled |= world.doubled


async def _looks(crowd: Crowd, found: Found, when: str) -> None:
    found.faults += [f"{when}: {fault}" for fault in [*await crowd.world.faults(), *await crowd.faults()]]


async def _until_killed(crowd: Crowd) -> None:
    world, random = crowd.world, crowd.random
    if random.random() < TROUBLE:
        await _trouble(world, random)
    world.fuse.light(random.randint(1, FURTHEST))
    try:
        await world.or_dies(crowd.acts())
        await world.works()
        # It lives on: then the kill comes now, wherever it is.
        await world.or_dies(crowd.acts())
        await asyncio.sleep(random.uniform(0, 0.05))
    except Killed:
        pass
    world.fuse.put_out()
    await world.is_killed()


async def _trouble(world: Scene, random: Random) -> None:
    kind = random.choice(TROUBLES)
    longest = {"late": (QUARANTINE if world.stormy else REQUEST_LIMIT) * 2, "delay": 0.05}
    seconds = random.uniform(0, longest.get(kind, 5))
    await world.fault(random.choice(WRITES), kind, times=random.randint(1, 2), seconds=seconds)

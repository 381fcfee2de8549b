"""Kills Tocsin at one failpoint after another, brings it back, and looks whether all is as it must be.

Each incident lives through one chapter after the other; in each Tocsin is killed at the same failpoint, the first time
it comes there, the next incident's the second time, and so on until it comes there no more.
"""

import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.failpoints import Name
from tests.acceptance.workspace import WORKSPACE
from tests.chaos.scenarios import CHAPTERS, DECLARE_IN_EARNEST, DELIVERY, TIME, Scenario, calm_playbook
from tests.chaos.scene import Scene, scene
from tests.chaos.subject import Killed

Databases = Callable[[], AbstractContextManager[str | None]]

EVERY = 10_000
A_BATCH = 12
"""So many failpoints are gone through in one workspace, before the next begins with a new one."""
AGAIN = 5
"""Every fifth kill is followed by a second one while Tocsin recovers."""


@dataclass(frozen=True)
class Place:
    """Where to kill: the `hit`-th time that a failpoint is reached."""

    name: Name
    hit: int

    def __str__(self) -> str:
        return f"{self.name} {self.hit}"


@dataclass
class Found:
    """What a run has found. `doubled` are the keys of deliveries that stood twice for a time."""

    kills: int = 0
    doubled: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def add(self, world: Scene, faults: Iterable[str], where: object) -> None:
        """Take over what came of one workspace."""
        self.kills += world.kills
        self.doubled |= world.doubled
        self.faults += [f"{where}: {fault}" for fault in faults]


async def exhaust(
    names: Sequence[Name],
    folder: Path,
    *,
    hits: int = EVERY,
    database: Databases = nullcontext,
    progress: Callable[[Found], None] = lambda found: None,
) -> Found:
    """Kill Tocsin at the first `hits` hits of each of these failpoints, in every chapter and as time passes."""
    found = Found()
    for start in range(0, len(names), A_BATCH):
        some = names[start : start + A_BATCH]
        lives, time = folder / f"lives-{start}", folder / f"time-{start}"
        lives.mkdir()
        time.mkdir()
        with database() as url:
            await _lives(some, lives, hits, found, url)
        with database() as url:
            await _as_time_passes(some, time, hits, found, url)
        progress(found)
    return found


async def _lives(names: Sequence[Name], folder: Path, hits: int, found: Found, url: str | None) -> None:
    async with scene(folder, url, calm_playbook(folder)) as world:
        await world.starts()
        number = 0
        for name in names:
            for place in _hits(name, hits):
                number += 1
                if not await _lives_through(world, number, place):
                    break
        found.add(world, await world.faults(), f"incident number n was killed at the n-th of {names}")


async def _as_time_passes(names: Sequence[Name], folder: Path, hits: int, found: Found, url: str | None) -> None:
    async with scene(folder, url) as world:
        await world.starts()
        assert await DECLARE_IN_EARNEST.act(world, 1)
        await world.finishes()
        for name in names:
            for place in _hits(name, hits):
                if not await kill_in(TIME, world, 1, place):
                    break
        found.add(world, await world.faults(), f"as time passed, {names}")


def _hits(name: Name, hits: int) -> Iterator[Place]:
    return (Place(name, hit) for hit in range(1, hits + 1))


async def _lives_through(world: Scene, number: int, place: Place) -> bool:
    """Let an incident live through all chapters; say whether Tocsin was killed in any of them."""
    killed = False
    for chapter, scenario in enumerate(CHAPTERS):
        again = (number + chapter) % AGAIN == 0
        killed |= await kill_in(scenario, world, number, place, again=again)
        if scenario is DELIVERY:
            killed |= await kill_on_the_way_back(world, number, place)
    return killed


async def kill_in(scenario: Scenario, world: Scene, number: int, place: Place, *, again: bool = False) -> bool:
    """Go through a scenario with one incident, and say whether Tocsin was killed at the place; bring it back then."""
    told = died = False
    world.fuse.light(place.hit, place.name)
    try:
        told = await world.or_dies(scenario.act(world, number))
        await world.finishes()
    except Killed:
        died = True
        await world.is_killed()
    world.fuse.put_out()
    if died:
        await comes_back(world, place.hit * 7 if again else 0)
        await world.finishes()
    await _is_true(scenario, world, number, told=told)
    return died


async def kill_on_the_way_back(world: Scene, number: int, place: Place) -> bool:
    """Kill Tocsin in the middle of deliveries, and again at the place, if it comes there on its way back."""
    world.fuse.light(1, "outbox.delivered")
    with suppress(Killed):
        await world.or_dies(DELIVERY.act(world, number))
        await world.works()
    world.fuse.light(place.hit, place.name)
    await world.is_killed()
    try:
        await world.comes_back()
        await world.finishes()
    except Killed:
        await world.is_killed()
        await world.comes_back()
        await world.finishes()
        return True
    finally:
        world.fuse.put_out()
    return False


async def comes_back(world: Scene, second_kill: int = 0) -> None:
    """Start Tocsin again; kill it once more at the failpoint of that number, if it comes to so many."""
    if second_kill:
        world.fuse.light(second_kill)
        try:
            await world.comes_back()
            await world.works()
            await world.ends(signal.SIGKILL)
        except Killed:
            await world.is_killed()
        world.fuse.put_out()
    await world.comes_back()


async def _is_true(scenario: Scenario, world: Scene, number: int, *, told: bool) -> None:
    """Check that what Tocsin said was done is so. What it did not say may be either way."""
    record = await world.remembers(lambda tx: tx.by_number(WORKSPACE, number))
    timeline = await world.remembers(lambda tx: tx.timeline(record.id)) if record else []
    done = scenario.leaves(timeline)
    assert done or not told, f"{scenario} of incident {number} was said to be done, and it is not"
    if not done:
        # Somebody whom nothing was said to does it again.
        assert await scenario.act(world, number)
        await world.finishes()

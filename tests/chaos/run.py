"""Kills Tocsin at one failpoint after another, brings it back, and looks whether all is as it must be."""

import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.failpoints import NAMES, Name
from tests.acceptance.workspace import WORKSPACE
from tests.chaos.scenarios import DELIVERY, Scenario, calm_playbook
from tests.chaos.scene import Scene, scene
from tests.chaos.subject import Killed

Databases = Callable[[], AbstractContextManager[str | None]]

EVERY = 10_000
A_BATCH = 24
"""So many kills go into one workspace, before the next begins with a new one."""
AGAIN = 5
"""Every fifth kill is followed by a second one while Tocsin recovers."""


@dataclass(frozen=True)
class Place:
    """Where to kill: the `hit`-th time that a failpoint is reached."""

    name: Name
    hit: int


@dataclass
class Found:
    """What a run has found. `lost` are kills after which something was not as it must be, with what that was."""

    kills: int = 0
    missed: int = 0
    doubled: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def add(self, scene: Scene, faults: Sequence[str], where: str) -> None:
        """Take over what came of one workspace."""
        self.kills += scene.kills
        self.doubled |= scene.doubled
        self.faults += [f"{where}: {fault}" for fault in faults]


async def exhaust(
    scenario: Scenario,
    folder: Path,
    *,
    hits: int = EVERY,
    found: Found | None = None,
    database: Databases = nullcontext,
) -> Found:
    """Kill Tocsin in the middle of a scenario at the first `hits` hits of every failpoint, one after the other."""
    found = found or Found()
    places = list(_places(await rehearse(scenario, folder / "rehearsal"), hits))
    for start in range(0, len(places), A_BATCH):
        with database() as url:
            await _exhaust_batch(scenario, folder / f"batch-{start}", places[start : start + A_BATCH], found, url)
    return found


async def rehearse(scenario: Scenario, folder: Path) -> Counter[str]:
    """Go through a scenario without a kill, and return how often each failpoint is reached."""
    async with prepared(scenario, folder, 1) as world:
        assert await scenario.act(world, 1)
        await world.finishes()
        assert await world.faults() == []
        return world.fuse.reached()


def _places(reached: Counter[str], hits: int) -> Iterator[Place]:
    for name in NAMES:
        for hit in range(1, min(hits, reached[name]) + 1):
            yield Place(name, hit)


async def _exhaust_batch(
    scenario: Scenario, folder: Path, places: Sequence[Place], found: Found, database: str | None
) -> None:
    killed_at: list[str] = []
    async with prepared(scenario, folder, len(places), database) as world:
        for number, place in enumerate(places, 1):
            again = number % AGAIN == 0
            died = await kill_in(scenario, world, number if scenario.calm else 1, place, again=again)
            found.missed += not died
            killed_at.append(f"incident {number} was killed at {place.name} {place.hit}{' and again' * again}")
        faults = await world.faults()
        found.add(world, faults, f"{scenario} ({'; '.join(killed_at)})" if faults else "")


@asynccontextmanager
async def prepared(
    scenario: Scenario, folder: Path, incidents: int, database: str | None = None
) -> AsyncIterator[Scene]:
    """Set up a workspace with so many incidents, each ready for the scenario."""
    folder.mkdir(parents=True)
    playbook = calm_playbook(folder) if scenario.calm else "default"
    async with scene(folder, database, playbook) as world:
        await world.starts()
        for before in scenario.ready:
            for number in range(1, incidents + 1 if scenario.calm else 2):
                assert await before.act(world, number)
            await world.finishes()
        world.fuse.reached()
        yield world


async def exhaust_recovery(folder: Path, *, hits: int = EVERY) -> Found:
    """Kill Tocsin in the middle of deliveries, and again at every failpoint on its way back from that."""
    found = Found()
    async with prepared(DELIVERY, folder / "rehearsal", 1) as world:
        await _is_killed_while_it_delivers(world, 1)
        world.fuse.reached()
        await world.comes_back()
        await world.finishes()
        places = list(_places(world.fuse.reached(), hits))
    for start in range(0, len(places), A_BATCH):
        batch = places[start : start + A_BATCH]
        async with prepared(DELIVERY, folder / f"batch-{start}", len(batch)) as world:
            for number, place in enumerate(batch, 1):
                await _is_killed_while_it_delivers(world, number)
                world.fuse.light(place.hit, place.name)
                await _recovers(world)
            found.add(world, await world.faults(), f"recovery {batch}")
    return found


async def _is_killed_while_it_delivers(world: Scene, number: int) -> None:
    world.fuse.light(1, "outbox.delivered")
    with suppress(Killed):
        await world.or_dies(DELIVERY.act(world, number))
        await world.works()
    world.fuse.put_out()
    await world.is_killed()


async def _recovers(world: Scene) -> None:
    try:
        await world.comes_back()
        await world.finishes()
    except Killed:
        await world.is_killed()
        await world.comes_back()
        await world.finishes()
    world.fuse.put_out()


async def kill_in(scenario: Scenario, world: Scene, number: int, place: Place, *, again: bool) -> bool:
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
    await is_true(scenario, world, number, told=told)
    return died


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


async def is_true(scenario: Scenario, world: Scene, number: int, *, told: bool) -> None:
    """Check that what Tocsin said was done is so. What it did not say may be either way."""
    record = await world.remembers(lambda tx: tx.by_number(WORKSPACE, number))
    timeline = await world.remembers(lambda tx: tx.timeline(record.id)) if record else []
    done = scenario.leaves(timeline)
    assert done or not told, f"{scenario} of incident {number} was said to be done, and it is not"
    if not done:
        # Somebody whom nothing was said to does it again.
        assert await scenario.act(world, number)
        await world.finishes()

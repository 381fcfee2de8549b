"""Tocsin is killed at one failpoint after another, in the middle of everything that it does."""

import re
from collections import Counter
from pathlib import Path

import pytest

import app
from app.failpoints import NAMES, Name
from tests.chaos import outside
from tests.chaos.run import Place, exhaust, kill_on_the_way_back
from tests.chaos.scenarios import CHAPTERS, DECLARE_IN_EARNEST, DELIVERY, TIME, calm_playbook
from tests.chaos.scene import scene

pytestmark = pytest.mark.timeout(600)

SOURCE = Path(app.__file__).parent
REACHES = re.compile(r'failpoints\.reach\("([^"]+)"\)')
SHARES = 6
LIVES = 3
TIMERS = 6


def test_each_failpoint_has_its_place() -> None:
    reached = [name for file in SOURCE.rglob("*.py") for name in REACHES.findall(file.read_text())]
    assert Counter(reached) == Counter(NAMES)


@pytest.mark.parametrize("names", [NAMES[share::SHARES] for share in range(SHARES)], ids="{0[0]}".format)
async def test_killed_at_any_failpoint_it_loses_and_repeats_nothing(names: tuple[Name, ...], tmp_path: Path) -> None:
    found = await exhaust(names, tmp_path, hits=1)
    assert found.faults == []
    assert found.kills >= len(names) * len(CHAPTERS) / 2


async def test_every_failpoint_is_reached(tmp_path: Path) -> None:
    (tmp_path / "lives").mkdir()
    async with scene(tmp_path / "lives", playbook=calm_playbook(tmp_path)) as world:
        await world.starts()
        for number in range(1, LIVES + 1):
            for chapter in CHAPTERS:
                await chapter.act(world, number)
                await world.finishes()
                if chapter is DELIVERY:
                    await kill_on_the_way_back(world, number, Place("bot.listens", 1))
        reached = world.fuse.reached()
    (tmp_path / "time").mkdir()
    async with scene(tmp_path / "time") as world:
        await world.starts()
        await DECLARE_IN_EARNEST.act(world, 1)
        for _ in range(TIMERS):
            await TIME.act(world, 1)
            await world.finishes()
        reached += world.fuse.reached()
    (tmp_path / "outside").mkdir()
    reached += await outside.reached(tmp_path / "outside")
    assert set(NAMES) - set(reached) == set()

"""Tocsin is killed at one failpoint after another, in the middle of everything that it does."""

import re
from collections import Counter
from pathlib import Path

import app
import pytest
from app.failpoints import NAMES

from tests.chaos.run import exhaust, exhaust_recovery, prepared
from tests.chaos.scenarios import DELIVERY, SCENARIOS, TIME, Scenario

pytestmark = pytest.mark.timeout(600)

SOURCE = Path(app.__file__).parent
REACHES = re.compile(r'failpoints\.reach\("([^"]+)"\)')
ROUNDS = 8


def test_each_failpoint_has_its_place() -> None:
    reached = [name for file in SOURCE.rglob("*.py") for name in REACHES.findall(file.read_text())]
    assert Counter(reached) == Counter(NAMES)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
async def test_killed_at_any_failpoint_it_loses_and_repeats_nothing(scenario: Scenario, tmp_path: Path) -> None:
    found = await exhaust(scenario, tmp_path, hits=1)
    assert found.faults == []
    assert found.kills >= len(NAMES) / 2


async def test_killed_again_at_any_failpoint_on_its_way_back_it_loses_and_repeats_nothing(tmp_path: Path) -> None:
    found = await exhaust_recovery(tmp_path, hits=1)
    assert found.faults == []
    assert found.kills >= len(NAMES)


async def test_every_failpoint_is_reached(tmp_path: Path) -> None:
    reached: Counter[str] = Counter()
    async with prepared(DELIVERY, tmp_path / "delivery", ROUNDS) as world:
        await world.is_killed()
        await world.comes_back()
        for number in range(1, ROUNDS + 1):
            for scenario in SCENARIOS:
                if scenario.calm:
                    await scenario.act(world, number)
            await world.finishes()
            reached += world.fuse.reached()
            if set(NAMES) - set(reached) <= {"outbox.retired"}:
                break
    async with prepared(TIME, tmp_path / "time", 1) as world:
        for _ in range(ROUNDS):
            await TIME.act(world, 1)
            await world.finishes()
        reached += world.fuse.reached()
    assert set(NAMES) - set(reached) == set()

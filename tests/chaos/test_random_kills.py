"""Tocsin is killed at random, while people act and Slack has its troubles."""

import os
from functools import partial
from pathlib import Path

import pytest

from tests.chaos.random_kills import kill_at_random
from tests.databases import fresh_database

pytestmark = pytest.mark.timeout(600)

KILLS = 80
KILLS_ON_POSTGRESQL = 40


@pytest.fixture
def seed() -> int:
    """A seed of its own for each run; it is printed where a test fails."""
    chosen = int.from_bytes(os.urandom(4), "big")
    print(f"seed {chosen}")  # noqa: T201 -- pytest shows it where the test fails
    return chosen


@pytest.mark.parametrize("share", [1, 2])
async def test_killed_at_random_it_loses_and_repeats_nothing(share: int, seed: int, tmp_path: Path) -> None:
    found = await kill_at_random(tmp_path, KILLS, seed)
    assert found.faults == []
    assert found.kills >= KILLS


@pytest.mark.postgres
async def test_killed_at_random_on_postgresql_it_loses_and_repeats_nothing(
    postgres: str, seed: int, tmp_path: Path
) -> None:
    found = await kill_at_random(tmp_path, KILLS_ON_POSTGRESQL, seed, database=partial(fresh_database, postgres))
    assert found.faults == []
    assert found.kills >= KILLS_ON_POSTGRESQL

"""Tocsin is killed between any two steps of what it tells to systems outside, while those fail as they can."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.chaos.outside import IN_BAD_WEATHER, PLACES, live
from tests.chaos.run import Place

pytestmark = pytest.mark.timeout(600)

HITS = 2


async def test_killed_between_any_two_steps_it_leaves_one_ticket_one_status_one_document_one_page(
    tmp_path: Path,
) -> None:
    places = [Place(name, hit) for name in PLACES for hit in range(1, HITS + 1)]
    found = await live(places, tmp_path, nullcontext)
    assert found.faults == []
    assert found.kills >= 2 * len(places)


async def test_killed_while_systems_fail_after_doing_their_work_it_does_so_too(tmp_path: Path) -> None:
    places = [Place(name, 1) for name in IN_BAD_WEATHER]
    found = await live(places, tmp_path, nullcontext, stormy=True)
    assert found.faults == []
    assert found.kills >= len(places)

"""Whether each row of the benchmarks runs; how fast is nobody's business here."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import ROWS
from benchmarks.rounds import Plan
from benchmarks.row import Better, Goal, Row, table

pytestmark = pytest.mark.slow
POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.mark.parametrize("name", [POSTGRES if name == "postgres" else name for name in ROWS])
async def test_a_row_can_still_be_measured(name: str, tmp_path: Path) -> None:
    rows = await ROWS[name](Plan(tmp_path, rounds=1, quick=True))

    assert rows
    for row in rows:
        assert all(figure > 0 for figure in (*row.ours, *row.theirs)), row
        assert json.loads(row.line())["row"] == row.name
    assert table(rows).count("\n|") > len(rows)


def test_a_ratio_is_the_median_of_neighbours_and_tells_whether_the_goal_is_met() -> None:
    # One slow round of both sides says nothing about either.
    row = Row("name", "What", "ms", [1, 100, 3], [10, 1000, 10], "theirs", goal=Goal(Better.LESS, 0.2))

    assert row.ratio == pytest.approx(0.1)
    assert row.met
    assert "at most 0.2, met" in table([row])


def test_a_ratio_of_times_sooner_is_theirs_by_ours() -> None:
    row = Row("name", "What", "s", [0.5, 0.5], [60.0], "theirs", goal=Goal(Better.MORE, 50, inverted=True))

    assert row.ratio == pytest.approx(120)
    assert row.met


def test_a_missed_goal_is_said() -> None:
    row = Row("name", "What", "/s", [10], [10], "theirs", goal=Goal(Better.MORE, 3))

    assert not row.met
    assert "at least 3, missed" in table([row])

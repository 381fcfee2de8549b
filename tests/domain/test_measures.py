from dataclasses import replace
from typing import Any

import pytest

from app.domain.measures import Times, measures
from tests.domain.given import START, at, minutes


@pytest.mark.parametrize(
    ("changes", "measured"),
    [
        ({}, {"MTTD": minutes(10), "MTTA": minutes(5), "MTTI": minutes(22), "MTTR": minutes(60)}),
        ({"detected": None}, {"MTTD": None, "MTTA": minutes(3), "MTTI": minutes(20), "MTTR": minutes(60)}),
        ({"acknowledged": None}, {"MTTD": minutes(10), "MTTA": None, "MTTI": minutes(22), "MTTR": minutes(60)}),
        ({"detected": at(minutes=20)}, {"MTTD": minutes(32), "MTTA": None, "MTTI": minutes(0), "MTTR": minutes(60)}),
        # As the form has it until somebody says when it really started.
        ({"started": at(minutes=-2)}, {"MTTD": None, "MTTA": minutes(5), "MTTI": minutes(22), "MTTR": minutes(50)}),
        ({"started": None, "resolved": None}, {"MTTD": None, "MTTA": minutes(5), "MTTI": minutes(22), "MTTR": None}),
    ],
)
def test_measures_are_exact_or_missing(changes: dict[str, Any], measured: dict[str, object]) -> None:
    times = Times(
        started=at(minutes=-12),
        detected=at(minutes=-2),
        declared=START,
        acknowledged=at(minutes=3),
        identified=at(minutes=20),
        resolved=at(minutes=48),
    )
    assert measures(replace(times, **changes)) == measured

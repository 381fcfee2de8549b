import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.names import channel_name

TAKEN_BY_SLACK = re.compile(r"[a-z0-9_-]{1,80}")


@given(st.text())
@example("")
@example("   ")
@example("ÄÖÜ — 障害")
@example("İSTANBUL")
@example("-" * 200)
@example("x" * 79 + "-y")
def test_any_text_becomes_a_name_that_slack_takes(wanted: str) -> None:
    assert TAKEN_BY_SLACK.fullmatch(channel_name(wanted))


@given(st.text(min_size=60), st.integers(1, 10_000))
def test_a_suffix_is_kept_whole(wanted: str, suffix: int) -> None:
    name = channel_name(wanted, suffix)
    assert TAKEN_BY_SLACK.fullmatch(name)
    assert name.endswith(f"-{suffix}")


@given(st.text())
def test_a_name_stays_what_it_is(wanted: str) -> None:
    assert channel_name(channel_name(wanted)) == channel_name(wanted)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("incident-12", "incident-12"),
        ("Incident 12: Payment API", "incident-12-payment-api"),
        ("incident-2026-007", "incident-2026-007"),
        ("!!!", "incident"),
    ],
)
def test_names_stay_readable(wanted: str, name: str) -> None:
    assert channel_name(wanted) == name


def test_the_suffix_of_a_nameless_incident() -> None:
    assert channel_name("!!!", 2) == "incident-2"

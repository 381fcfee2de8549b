"""The virtual clock: it jumps to what is due, ends where only repetitions are left, and never runs for ever."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.playbook import Condition, Rules, Step, Trigger
from app.simulator import Kind, Moment, Script, in_json, rows, simulate, words
from tests.domain.given import DEFAULT, START, minutes

OPEN_FOR_AN_HOUR = Condition(Trigger.OPEN, timedelta(hours=1))
UNACKNOWLEDGED = Condition(Trigger.UNACKNOWLEDGED, minutes(15))


def happens(rules: Rules, **acts: object) -> list[Moment]:
    script = Script("SEV1", START, **acts)  # type: ignore[arg-type]
    return [one for one in simulate(rules, script).moments if not one.kind.is_of_people]


def with_step(step: Step) -> Rules:
    return replace(DEFAULT, steps=(DEFAULT.steps[0], step))


def test_it_ends_once_all_that_happens_once_has_happened() -> None:
    played = simulate(DEFAULT, Script("SEV1", START))
    assert played.lasted == timedelta(hours=1)
    assert not played.is_cut
    assert words.ending(played, rows(played.moments)) == "What repeats goes on until somebody acts."


def test_it_shows_a_repetition_once_where_nothing_else_is_to_come() -> None:
    rules = replace(
        DEFAULT, severities=tuple(replace(one, resolve_within=None) for one in DEFAULT.severities), steps=()
    )
    moments = happens(rules, acknowledge_after=minutes(1))
    assert [(one.after, one.kind) for one in moments] == [(minutes(15), Kind.NUDGED)]


def test_what_never_ends_is_cut() -> None:
    played = simulate(DEFAULT, Script("SEV1", START, lasts=timedelta(days=366)), 200)
    assert played.is_cut
    assert 200 <= len(played.moments) < 210
    assert words.ending(played, rows(played.moments)).startswith("Cut after")


def test_people_who_act_at_the_last_moment_are_in_time() -> None:
    moments = happens(DEFAULT, acknowledge_after=minutes(5), updates_after=(minutes(15),), lasts=minutes(16))
    assert [(one.after, one.kind) for one in moments] == [
        *[(timedelta(), Kind.PAGED)] * 2,
        (minutes(4), Kind.WARNED),
    ]


def test_a_step_that_tells_a_channel_warns_it() -> None:
    told = Step("4", (), (OPEN_FOR_AN_HOUR,), notifies=("leadership", "support"))
    (warned,) = (one for one in happens(with_step(told), acknowledge_after=minutes(1)) if one.step == "4")
    assert (warned.kind, warned.after) == (Kind.WARNED, timedelta(hours=1))
    assert warned.responders == ("#leadership", "#support")
    assert warned.why == "default, step 4, open 1 h"


def test_a_raise_names_its_step_and_what_the_incident_is_now() -> None:
    rules = with_step(Step("raise", (), (OPEN_FOR_AN_HOUR,), severity="SEV1"))
    script = Script("SEV2", START, acknowledge_after=minutes(1), lasts=timedelta(hours=1))
    (changed,) = (one for one in simulate(rules, script).moments if one.kind is Kind.SEVERITY_CHANGED)
    assert (changed.after, changed.step) == (timedelta(hours=1), "raise")
    assert changed.why == "default, step raise, open 1 h: now SEV1"
    assert in_json([changed])[0]["event"] == "severity_changed"


def test_a_nudge_asks_who_has_it_and_later_everybody_who_was_reached() -> None:
    rules = with_step(Step("2", ("secondary",), (UNACKNOWLEDGED,)))
    nudges = [one for one in happens(rules, lasts=minutes(45)) if one.kind is Kind.NUDGED]
    taken = [one for one in happens(rules, acknowledge_after=minutes(1), lasts=minutes(45)) if one.kind is Kind.NUDGED]
    assert nudges[0].responders == ("Secondary on-call",)
    assert {one.responders for one in taken} == {("Primary on-call",)}


def test_whoever_declared_it_is_asked_where_nobody_was_paged() -> None:
    moments = happens(replace(DEFAULT, steps=()), lasts=minutes(15))
    assert moments[-1].responders == ("whoever declared it",)


@pytest.mark.parametrize("whole", [False, True])
def test_rows_lose_no_moment(*, whole: bool) -> None:
    moments = simulate(DEFAULT, Script("SEV1", START, lasts=timedelta(days=1))).moments
    drawn = rows(moments, whole=whole)
    assert sum(row.times for row in drawn) == len(moments)
    assert len(drawn) < len(moments) / 10

from dataclasses import replace
from datetime import timedelta

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.drills import Mark, score
from app.domain.react import react
from app.domain.reference import Inject, Target
from app.domain.still_wanted import still_wanted
from app.domain.timers import timers
from tests.domain.given import (
    DEFAULT,
    PLAYBOOK,
    PRIMARY,
    ROSTER,
    START,
    Story,
    acknowledge,
    at,
    declare,
    declared,
    hours,
    minutes,
    resolve,
    update,
)

SCRIPT = (Inject(minutes(5), "Customers call"), Inject(minutes(20), "The database is slow"))


def drill(severity: str = "SEV1") -> Story:
    command = replace(declare(severity), drill=True, drill_name="monthly", injects=SCRIPT)
    return Story(DEFAULT, ROSTER, command, START)


def test_its_script_runs_on_the_clock() -> None:
    story = drill().do(acknowledge(), at(minutes=1)).until(at(minutes=30))
    assert [(one.at, one.number, one.say) for one in story.all(e.Injected)] == [
        (at(minutes=5), 1, "Customers call"),
        (at(minutes=20), 2, "The database is slow"),
    ]
    assert not any(name.startswith("inject:") for name in timers(story.incident, DEFAULT))


def test_nothing_of_the_script_is_lost_while_nobody_kept_time() -> None:
    story = drill().do(acknowledge(), at(minutes=1)).away_until(at(minutes=25))
    assert [one.number for one in story.all(e.Injected)] == [1, 2]
    assert [one.due_at for one in story.all(e.Injected)] == [at(minutes=5), at(minutes=20)]


def test_the_script_ends_with_the_drill() -> None:
    story = drill().do(acknowledge(), at(minutes=1)).do(resolve(), at(minutes=10)).until(at(hours=100))
    assert [one.number for one in story.all(e.Injected)] == [1]


def test_a_drill_that_is_reopened_goes_on_with_what_was_still_to_come() -> None:
    story = drill().do(acknowledge(), at(minutes=1)).do(resolve(), at(minutes=2))
    story.do(c.Reopen(PRIMARY), at(minutes=10)).do(acknowledge()).until(at(minutes=30))
    assert [one.number for one in story.all(e.Injected)] == [2]
    assert story.all(e.CaughtUp) == []


def test_what_comes_up_after_the_end_is_not_said() -> None:
    story = drill().do(acknowledge(), at(minutes=1)).do(resolve(), at(minutes=10))
    injected = story.last(e.Injected)
    assert not still_wanted(f.Post("injected"), injected, story.incident)


def test_a_drill_asks_for_no_postmortem() -> None:
    story = drill().do(resolve(), at(minutes=10)).until(at(hours=100))
    assert story.all(e.PostmortemReminded) == []


def test_its_end_is_scored_and_that_of_an_incident_is_not() -> None:
    story = drill().do(resolve(), at(minutes=10))
    resolved = story.last(e.Resolved)
    assert f.PostScore() in react(resolved, story.incident, PLAYBOOK)
    assert f.PostScore() not in react(resolved, declared(), PLAYBOOK)


def test_what_was_done_in_time_passes() -> None:
    story = drill().do(acknowledge(), at(minutes=2)).do(update(), at(minutes=10)).do(update(), at(minutes=24))
    story.do(c.Resolve(PRIMARY, started_at=at(minutes=-3), detected_at=at(minutes=-1)), at(minutes=35))
    scored = score(story.events, DEFAULT)
    assert scored.detection == Mark(minutes(2))
    assert scored.acknowledgement == Mark(minutes(2), minutes(5))
    assert scored.first_update == Mark(minutes(10), minutes(15))
    assert scored.resolution == Mark(minutes(35), hours(1))
    assert (scored.promises_kept, scored.promises) == (2, 2)
    assert scored.passed


def test_a_target_of_the_playbook_tells_how_soon_it_should_be_detected() -> None:
    story = drill().do(c.Resolve(PRIMARY, started_at=at(minutes=-30), detected_at=at(minutes=-1)), at(minutes=5))
    targets = (Target("mttd", below=minutes(60), severities=("SEV2",)), Target("mttd", below=minutes(5)))
    assert score(story.events, DEFAULT, targets).detection == Mark(minutes(29), minutes(5))
    assert score(story.events, DEFAULT).detection.kept is None


def test_what_came_late_or_never_does_not() -> None:
    story = drill().do(acknowledge(), at(minutes=6)).do(update(), at(minutes=16)).do(resolve(), at(minutes=61))
    scored = score(story.events, DEFAULT)
    assert [scored.acknowledgement.kept, scored.first_update.kept, scored.resolution.kept] == [False, False, False]
    # The update after the first was promised for 31 minutes, and never came.
    assert (scored.promises_kept, scored.promises) == (0, 2)
    assert not scored.passed


def test_what_was_over_before_anything_was_due_is_no_fault() -> None:
    scored = score(drill().do(resolve(), at(minutes=4)).events, DEFAULT)
    assert (scored.acknowledgement, scored.first_update) == (Mark(None), Mark(None))
    assert scored.passed
    late = score(drill().do(resolve(), at(minutes=10)).events, DEFAULT)
    assert (late.acknowledgement.kept, late.first_update.kept) == (False, None)


def test_a_severity_that_asks_for_nothing_is_passed_by_ending_it() -> None:
    story = drill("SEV4").do(acknowledge(), at(minutes=2)).do(resolve(), at(minutes=3))
    scored = score(story.events, DEFAULT)
    assert scored.first_update == Mark(None)
    assert scored.resolution.kept is None
    assert scored.passed


def test_a_mark_without_a_limit_is_neither_kept_nor_missed() -> None:
    assert Mark(timedelta(hours=9)).kept is None
    assert Mark(None, minutes(5)).kept is False

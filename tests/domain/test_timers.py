from app.domain import commands as c
from app.domain.playbook import Rules
from app.domain.timers import postmortem_due, timers, update_due
from tests.domain.given import (
    ANN,
    DEFAULT,
    MULTI_SERVICE,
    PRIMARY,
    acknowledge,
    at,
    declared,
    due,
    hours,
    play,
    resolve,
    update,
)


def test_a_fresh_incident_has_everything_ahead_of_it() -> None:
    assert due(declared("SEV1", MULTI_SERVICE), MULTI_SERVICE) == {
        "step:2:secondary": 15,
        "step:4:vp": 120,
        "step:5:cto": 240,
        "update": 15,
        "acknowledge.warning": 12,
        "acknowledge.limit": 15,
        "resolve.warning": 96,
        "resolve.limit": 120,
    }


def test_acknowledging_leaves_what_does_not_depend_on_it() -> None:
    story = play(MULTI_SERVICE, "SEV1").do(acknowledge(), at(minutes=5))
    assert due(story.incident, MULTI_SERVICE) == {
        "step:2:secondary": 30,
        "step:4:vp": 120,
        "step:5:cto": 240,
        "update": 15,
        "resolve.warning": 96,
        "resolve.limit": 120,
    }


def test_sev4_has_its_limit_alone() -> None:
    assert due(declared("SEV4", MULTI_SERVICE), MULTI_SERVICE) == {
        "acknowledge.warning": 28 * 60,
        "acknowledge.limit": 31 * 60,
    }


def test_resolved_incident_has_no_timers_but_those_of_its_review() -> None:
    story = play(MULTI_SERVICE, "SEV1").do(resolve(), at(minutes=30))
    assert set(due(story.incident, MULTI_SERVICE)) == {"postmortem.reminder", "postmortem.due"}


def test_cancelled_incident_has_no_timers() -> None:
    assert timers(play(DEFAULT).do(c.Cancel(PRIMARY), at(minutes=3)).incident, DEFAULT) == {}


def test_resolved_incident_without_postmortem_has_no_timers() -> None:
    assert timers(play(DEFAULT, "SEV3").do(resolve(), at(minutes=3)).incident, DEFAULT) == {}


def test_raising_the_severity_shortens_the_update_timer() -> None:
    story = play(DEFAULT, "SEV3").do(c.ChangeSeverity(ANN, "SEV1"), at(minutes=20))
    assert due(story.incident, DEFAULT)["update"] == 35


def test_a_severity_held_before_counts_from_the_first_time() -> None:
    story = play(DEFAULT, "SEV2").do(acknowledge(), at(minutes=1))
    story.do(c.ChangeSeverity(PRIMARY, "SEV3"), at(minutes=10)).do(c.ChangeSeverity(ANN, "SEV2"), at(minutes=20))
    assert due(story.incident, DEFAULT)["step:3:manager"] == 60
    assert due(story.incident, DEFAULT)["resolve.limit"] == 240


def test_reopening_counts_everything_anew() -> None:
    story = play(MULTI_SERVICE, "SEV1").do(resolve(), at(minutes=5)).do(c.Reopen(PRIMARY), at(minutes=500))
    fresh = due(declared("SEV1", MULTI_SERVICE), MULTI_SERVICE)
    assert due(story.incident, MULTI_SERVICE) == {name: minute + 500 for name, minute in fresh.items()}


def test_the_update_due_time_is_the_promised_one() -> None:
    incident = play(DEFAULT).do(update(due=at(minutes=25)), at(minutes=5)).incident
    assert update_due(incident, DEFAULT) == at(minutes=25)


def test_no_update_is_due_where_none_is_asked_for() -> None:
    assert update_due(declared("SEV4"), DEFAULT) is None


def test_the_postmortem_is_due_by_the_resolution() -> None:
    story = play(DEFAULT).do(resolve(), at(minutes=30))
    assert postmortem_due(story.incident, DEFAULT) == at(minutes=30) + hours(72)


def test_an_open_incident_has_no_postmortem_due() -> None:
    assert postmortem_due(declared(), DEFAULT) is None


def test_timers_are_derived_from_the_incident_alone() -> None:
    def names(rules: Rules) -> set[str]:
        return set(timers(declared("SEV2"), rules))

    assert names(DEFAULT) == {
        "step:2:secondary",
        "step:3:manager",
        "update",
        "acknowledge.warning",
        "acknowledge.limit",
        "resolve.warning",
        "resolve.limit",
    }


def test_a_page_is_repeated_only_where_no_step_comes_before_that() -> None:
    story = play(DEFAULT, "SEV1")
    assert "repeat" not in timers(story.incident, DEFAULT)
    assert timers(story.until(at(minutes=5)).incident, DEFAULT)["repeat"] == at(minutes=10)

"""What is judged of the signs: when a check is red, and what it says to do."""

from dataclasses import fields, replace
from typing import Any

import pytest

from app.domain.effects import Way
from app.health import Limits, Report, Signs, State
from app.health.checks import health, life
from app.health.signs import Closed, Stock
from app.health.watch import LOOK_EVERY
from app.store import DeliveryState

LIMITS = Limits()
WELL = Signs(
    up=500.0,
    tick=0.4,
    tick_ended=0.4,
    round=0.2,
    hung=0.0,
    stall=0.01,
    slack=9.0,
    told=3.0,
    stock=Stock(open_incidents={"SEV1": 1}),
    closed={},
    connected=frozenset({Way.SLACK, Way.PAGERDUTY}),
)


def judged(name: str, **signs: Any) -> tuple[State, str]:
    """Return how one check stands, and what it says."""
    [check] = [one for one in health(replace(WELL, **signs), LIMITS).checks if one.name == name]
    return check.state, check.says


def states(report: Report) -> dict[str, State]:
    return {check.name: check.state for check in report.checks}


def test_all_is_well() -> None:
    report = health(WELL, LIMITS)
    assert report.state is State.OK
    assert set(states(report)) == {
        *("clock", "timers", "pages", "sender", "to_slack", "to_pagerduty", "slack", "database", "event_loop"),
        *("put_off", "alerts", "dead"),
    }


def test_what_tocsin_is_to_blame_for_is_red_within_a_minute() -> None:
    own = {one.name: getattr(LIMITS, one.name) for one in fields(Limits) if one.name not in ("slack", "stuck")}
    assert {name for name, limit in own.items() if limit + LOOK_EVERY >= 60} == set()


@pytest.mark.parametrize(
    ("name", "below", "above"),
    [
        ("clock", {"tick": 29.0}, {"tick": 31.0}),
        ("clock", {"tick": 29.0, "tick_ended": 29.0}, {"tick": 31.0, "tick_ended": 31.0}),
        ("timers", {"stock": Stock(overdue=39.0)}, {"stock": Stock(overdue=41.0)}),
        ("pages", {"stock": Stock(unsent={Way.SLACK: 39.0})}, {"stock": Stock(unsent={Way.SLACK: 41.0})}),
        ("pages", {}, {"stock": Stock(unsent={Way.SLACK: 2.0, Way.PAGERDUTY: 41.0})}),
        ("sender", {"round": 29.0}, {"round": 31.0}),
        ("slack", {"slack": 89.0}, {"slack": 91.0}),
        ("database", {"told": 19.0}, {"told": 21.0}),
        ("database", {"told": None, "up": 19.0}, {"told": None}),
        ("event_loop", {"stall": 4.9}, {"stall": 5.1}),
        ("put_off", {}, {"stock": Stock(put_off=1)}),
        ("to_pagerduty", {}, {"closed": {Way.PAGERDUTY: Closed(31.0, "refused")}}),
    ],
)
def test_each_check_turns_red_by_itself(name: str, below: dict[str, Any], above: dict[str, Any]) -> None:
    assert judged(name, **below)[0] is State.OK
    red = health(replace(WELL, **above), LIMITS)
    assert [check.name for check in red.failed] == [name]
    assert red.is_red


def test_a_way_that_has_just_closed_is_no_alarm_yet() -> None:
    closed = {Way.SLACK: Closed(3.0, "Slack cannot be reached")}
    state, says = judged("to_slack", closed=closed)
    assert state is State.WARNING
    assert "Slack cannot be reached" in says
    assert not health(replace(WELL, closed=closed), LIMITS).is_red


def test_before_slack_has_answered_it_says_so_and_that_time_is_kept() -> None:
    state, says = judged("slack", slack=None, up=14.0)
    assert state is State.WARNING
    assert says.startswith("Slack has not answered since Tocsin started, 14 s ago; time is kept meanwhile.")
    assert judged("slack", slack=None, up=91.0)[0] is State.FAILED


def test_the_clock_says_whether_it_hangs_or_its_work_fails() -> None:
    assert "stood still for 45 s" in judged("clock", tick=45.0, tick_ended=45.0)[1]
    assert "No tick has done its work for 45 s" in judged("clock", tick=45.0, tick_ended=1.0)[1]


def test_a_page_that_waits_names_its_way() -> None:
    assert "waited for PagerDuty" in judged("pages", stock=Stock(unsent={Way.SLACK: 50.0, Way.PAGERDUTY: 70.0}))[1]


def test_that_no_pager_is_connected_is_said_and_is_no_alarm() -> None:
    closed = {Way.PAGERDUTY: Closed(500.0, "it has not answered yet")}
    assert judged("pager", connected=frozenset({Way.SLACK}), closed=closed) == (
        State.OK,
        "No pager is connected: a page is a Slack message, which may wake nobody.",
    )


def test_the_dead_are_counted_and_are_no_alarm() -> None:
    stock = Stock(deliveries={(DeliveryState.DEAD, Way.SLACK): 2, (DeliveryState.DEAD, Way.PAGERDUTY): 1})
    assert judged("dead", stock=stock) == (State.OK, "3 could not be delivered: tocsin outbox --dead.")


def test_what_alerts_bring_and_nobody_reads_is_told_and_is_no_alarm() -> None:
    state, says = judged("alerts", stock=Stock(unsaid=2, untaken=1))
    assert state is State.WARNING
    assert says == (
        "2 incidents that alerts suggest could not be said in Slack: see that Tocsin may post where they go, and its "
        "log for the reason. 1 request of a monitor waits to be taken: tocsin alerts."
    )


def test_no_secret_in_a_reason_is_shown() -> None:
    closed = {Way.SLACK: Closed(50.0, "xoxb-12-secret is not taken")}
    assert "secret" not in judged("to_slack", closed=closed)[1]


@pytest.mark.parametrize(
    "away",
    [
        {"slack": 9000.0, "closed": {Way.SLACK: Closed(9000.0, "away")}},
        {"slack": None},
        {"told": 9000.0, "tick": 9000.0},
        {"stock": Stock(overdue=9000.0, unsent={Way.SLACK: 9000.0}, put_off=3)},
    ],
)
def test_what_a_restart_does_not_help_is_no_reason_to_restart(away: dict[str, Any]) -> None:
    signs = replace(WELL, **away)
    assert health(replace(signs, up=9000.0), LIMITS).is_red
    assert not life(signs, LIMITS).is_red


@pytest.mark.parametrize(
    ("hung", "name"), [({"tick_ended": 61.0}, "clock"), ({"round": 61.0}, "sender"), ({"hung": 61.0}, "store")]
)
def test_what_hangs_is_a_reason_to_restart(hung: dict[str, Any], name: str) -> None:
    report = life(replace(WELL, **hung), LIMITS)
    assert [check.name for check in report.failed] == [name]
    assert "Restart Tocsin" in report.failed[0].says


def test_in_a_response_each_check_has_its_state_its_age_and_its_sentence() -> None:
    told = health(replace(WELL, tick=45.04, tick_ended=45.04), LIMITS).as_json()
    assert told["status"] == "failed"
    assert told["checks"]["clock"] == {
        "state": "failed",
        "age_seconds": 45.0,
        "says": "The clock has stood still for 45 s: nothing falls due. Restart Tocsin: nothing is lost.",
    }
    assert told["checks"]["put_off"] == {
        "state": "ok",
        "age_seconds": None,
        "count": 0,
        "says": "Every incident can be decided.",
    }

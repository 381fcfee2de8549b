"""A fix is watched for as long as its severity asks before it is time to resolve."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.playbook import Playbook
from app.domain.react import react
from app.domain.still_wanted import still_wanted
from tests.domain.given import ADMIN, DEFAULT, PRIMARY, Story, acknowledge, at, due, minutes, play, resolve

WATCHED = replace(DEFAULT, severities=tuple(replace(one, monitor_for=minutes(30)) for one in DEFAULT.severities))
PLAYBOOK = Playbook(WATCHED)


def monitored(minute: float = 20, severity: str = "SEV2") -> Story:
    story = play(WATCHED, severity).do(acknowledge(), at(minutes=2))
    return story.do(c.ChangeStatus(PRIMARY, "monitoring"), at(minutes=minute))


def test_it_is_time_to_resolve_once_the_fix_has_been_watched() -> None:
    story = monitored().until(at(hours=3))
    assert [over.at for over in story.all(e.MonitoringOver)] == [at(minutes=50)]
    [offer] = react(story.last(e.MonitoringOver), story.incident, PLAYBOOK)
    assert offer == f.Post("monitoring_over", members=(PRIMARY.id,))


def test_an_update_with_that_status_begins_it_too() -> None:
    story = play(WATCHED, "SEV2").do(c.PostUpdate(PRIMARY, "monitoring", "Restarted"), at(minutes=5))
    assert due(story.incident, WATCHED)["monitoring.over"] == 35


def test_updates_while_it_is_watched_do_not_begin_it_anew() -> None:
    story = monitored().do(c.PostUpdate(PRIMARY, "monitoring", "It holds"), at(minutes=40))
    assert due(story.incident, WATCHED)["monitoring.over"] == 50


def test_a_fix_that_does_not_hold_is_watched_anew() -> None:
    story = monitored().do(c.ChangeStatus(PRIMARY, "investigating"), at(minutes=30)).until(at(hours=1))
    assert story.all(e.MonitoringOver) == []
    story.do(c.ChangeStatus(PRIMARY, "monitoring"), at(hours=2)).until(at(hours=4))
    assert [over.at for over in story.all(e.MonitoringOver)] == [at(hours=2, minutes=30)]


def test_nothing_is_offered_where_the_severity_asks_for_no_watch() -> None:
    story = play(DEFAULT, "SEV2").do(c.ChangeStatus(PRIMARY, "monitoring"), at(minutes=5)).until(at(hours=9))
    assert story.all(e.MonitoringOver) == []


def test_the_offer_is_not_made_any_more_once_it_is_over_or_does_not_hold() -> None:
    story = monitored().until(at(minutes=50))
    said, over = f.Post("monitoring_over"), story.last(e.MonitoringOver)
    assert still_wanted(said, over, story.incident)
    assert not still_wanted(said, over, monitored().do(c.ChangeStatus(PRIMARY, "identified"), at(minutes=51)).incident)
    assert not still_wanted(said, over, story.do(resolve()).incident)


@pytest.mark.parametrize(
    ("story", "watched"),
    [(monitored(20), minutes(12)), (play(WATCHED, "SEV2"), timedelta())],
    ids=["too short", "not at all"],
)
def test_resolving_sooner_is_allowed_and_says_so(story: Story, watched: timedelta) -> None:
    resolved = story.do(resolve(), at(minutes=32)).last(e.Resolved)
    assert (resolved.monitor_for, resolved.monitored) == (minutes(30), watched)
    assert f.Post("resolved_early") in react(resolved, story.incident, PLAYBOOK)


def test_resolving_in_time_says_nothing_of_it() -> None:
    story = monitored().do(resolve(), at(minutes=50))
    assert story.last(e.Resolved).monitor_for is None
    assert f.Post("resolved_early") not in react(story.last(e.Resolved), story.incident, PLAYBOOK)


def test_after_it_was_reopened_it_is_watched_anew() -> None:
    story = monitored().do(resolve(), at(minutes=30)).do(c.Reopen(ADMIN), at(minutes=31))
    assert "monitoring.over" not in due(story.incident, WATCHED)
    story.do(c.ChangeStatus(PRIMARY, "monitoring"), at(minutes=40))
    assert due(story.incident, WATCHED)["monitoring.over"] == 70

"""What holds for every playbook that ships, whatever its figures are: the rulings that no source settles.

The figures themselves are played through in tests/simulator.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.playbook import Bound, Roster, Rules, Severity, Status, Trigger
from app.domain.timers import REPEAT_AT_LEAST, SPACING
from app.playbooks import names
from tests import shipped
from tests.domain.given import ADMIN, NOBODY, Story, acknowledge, play, resolve

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
SATURDAY = datetime(2026, 3, 7, 23, tzinfo=UTC)
NEXT_MONDAY = datetime(2026, 3, 9, 9, tzinfo=UTC)
A_DAY = timedelta(days=1)


def everybody(rules: Rules) -> Roster:
    """Return a roster in which each responder is somebody of their own."""
    return {one.id: Bound((f"U_{one.id}",), (f"U_{one.id}",)) for one in rules.responders}


def of_each_severity() -> Iterator[object]:
    for name in names():
        rules = shipped.playbook(name).rules
        yield from (pytest.param(rules, one, id=f"{name} {one.id}") for one in rules.severities)


def begun(rules: Rules, severity: str, now: datetime = MONDAY, *, tags: tuple[str, ...] = ()) -> Story:
    return play(rules, severity, tags=tags, roster=everybody(rules), now=now)


every_severity = pytest.mark.parametrize(("rules", "severity"), [*of_each_severity()])
every_playbook = pytest.mark.parametrize("rules", [shipped.playbook(name).rules for name in names()], ids=names())


@every_severity
def test_the_last_page_is_repeated_each_acknowledgement_time_until_someone_acknowledges(
    rules: Rules, severity: Severity
) -> None:
    story = begun(rules, severity.id).until(MONDAY + A_DAY)
    repeated = [paged for paged in story.all(e.Paged) if "after its last page" in paged.why]
    limit = severity.acknowledge_within
    if limit is None or limit.after is None:
        assert repeated == []
        return
    for before, after in pairwise(story.all(e.Paged)):
        in_between = [one for one in story.all(e.SeverityChanged) if one.at <= after.at]
        if after in repeated and not in_between:
            assert after.step == before.step
            assert after.at - before.at == max(limit.after, REPEAT_AT_LEAST)
    story = begun(rules, severity.id).do(acknowledge(), MONDAY + timedelta(minutes=1)).until(MONDAY + A_DAY)
    still_severe = [one for one in story.all(e.Paged) if "after its last page" in one.why]
    assert still_severe == []


@every_severity
def test_each_row_fires_once(rules: Rules, severity: Severity) -> None:
    story = begun(
        rules, severity.id, tags=tuple({tag for step in rules.steps for one in step.when for tag in one.tags})
    )
    first = [one.step for one in story.until(MONDAY + 9 * A_DAY).all(e.Paged) if "after its last page" not in one.why]
    assert len(first) == len(set(first))


@every_severity
def test_after_downtime_the_lowest_step_fires_at_once_and_the_others_five_minutes_apart(
    rules: Rules, severity: Severity
) -> None:
    back = MONDAY + timedelta(hours=30)
    story = begun(rules, severity.id).away_until(back).until(back + timedelta(hours=1))
    late = [
        one
        for one in story.all(e.Paged)
        if one.at >= back and "declared" not in one.why and "after its last page" not in one.why
    ]
    assert [one.at for one in late] == [back + at * SPACING for at in range(len(late))]
    assert len(story.all(e.CaughtUp)) <= 1


@every_severity
def test_a_step_that_nobody_plays_pages_those_of_the_step_before(rules: Rules, severity: Severity) -> None:
    first = rules.steps[0].pages[0]
    story = play(rules, severity.id, roster={first: everybody(rules)[first]}, now=MONDAY).until(MONDAY + A_DAY)
    pages = story.all(e.Paged)
    if pages and pages[0].pages == (first,):
        assert {one.members for one in pages} == {(f"U_{first}",)}
        assert all(bool(one.unbound) == (one.pages != (first,)) for one in pages)


@every_severity
def test_with_nobody_bound_everything_still_happens(rules: Rules, severity: Severity) -> None:
    bound = begun(rules, severity.id).do(acknowledge(), MONDAY).until(MONDAY + A_DAY)
    unbound = play(rules, severity.id, roster=NOBODY, now=MONDAY).do(acknowledge(), MONDAY).until(MONDAY + A_DAY)
    assert [(one.at, one.step) for one in unbound.all(e.Paged)] == [(one.at, one.step) for one in bound.all(e.Paged)]
    assert len(unbound.all(e.SeverityChanged)) == len(bound.all(e.SeverityChanged))


@every_severity
def test_a_severity_whose_first_page_waits_for_business_hours_starts_its_clocks_there(
    rules: Rules, severity: Severity
) -> None:
    triggers = {one.trigger for step in rules.steps for one in step.when if one.names(severity.id)}
    if Trigger.NEXT_BUSINESS_HOUR not in triggers or Trigger.DECLARED in triggers:
        return
    story = begun(rules, severity.id, SATURDAY).until(NEXT_MONDAY + 4 * A_DAY)
    [first, *_] = story.all(e.Paged)
    assert first.at == NEXT_MONDAY
    assert all(event.at >= NEXT_MONDAY for event in story.events[1:])
    if severity.acknowledge_within:
        assert story.all(e.LimitBroken)[0].at == severity.acknowledge_within.due(NEXT_MONDAY, rules.hours)
    if severity.update_every:
        assert story.all(e.Nudged)[0].at == severity.update_every.due(NEXT_MONDAY, rules.hours)


@every_severity
def test_a_tag_pages_at_every_severity_unless_its_row_names_some(rules: Rules, severity: Severity) -> None:
    for step in rules.steps:
        for condition in (one for one in step.when if one.trigger is Trigger.TAG):
            story = begun(rules, severity.id).do(c.ChangeTags(ADMIN, condition.tags[:1]), MONDAY + timedelta(minutes=1))
            fired = step.key in {one.step for one in story.all(e.Paged)}
            named = [one for one in step.when if one.trigger is Trigger.TAG and one.names(severity.id)]
            assert fired == any(condition.tags[0] in one.tags for one in named) or step.key in story.incident.steps
            if not condition.severities:
                assert fired


@every_playbook
def test_raising_to_the_highest_severity_does_not_page_everybody_at_once(rules: Rules) -> None:
    low, high = rules.severities[1].id, rules.severities[0].id
    story = begun(rules, low).do(acknowledge(), MONDAY + timedelta(minutes=1)).until(MONDAY + timedelta(minutes=44))
    story.do(c.ChangeSeverity(ADMIN, high))
    at_once = [one for one in story.all(e.Paged) if one.at == story.now]
    assert all("declared" in one.why for one in at_once)


@every_playbook
def test_reopening_does_not_page_everybody_at_once(rules: Rules) -> None:
    high = rules.severities[0].id
    story = begun(rules, high).do(acknowledge(), MONDAY + timedelta(minutes=1)).do(resolve(), MONDAY + A_DAY)
    before = len(story.all(e.Paged))
    story.do(c.Reopen(ADMIN), MONDAY + 2 * A_DAY).do(c.Tick())
    assert len(story.all(e.Paged)) == before


@every_playbook
def test_resolving_stops_all_but_the_review(rules: Rules) -> None:
    for severity in rules.severities:
        story = begun(rules, severity.id).do(resolve(), MONDAY + timedelta(minutes=1))
        rest = len(story.events)
        kinds = {type(event) for event in story.until(MONDAY + 99 * A_DAY).events[rest:]}
        assert kinds <= {e.PostmortemReminded, e.FollowUpDue, e.DraftDue}


@pytest.mark.parametrize(
    ("name", "status", "label"),
    [
        ("multi-service", Status.IDENTIFIED, "Mitigating"),
        ("multi-service", Status.INVESTIGATING, "Investigating"),
        ("fintech", Status.INVESTIGATING, "Active"),
        ("default", Status.IDENTIFIED, "Identified"),
    ],
)
def test_a_status_is_called_as_the_source_calls_it(name: str, status: Status, label: str) -> None:
    assert shipped.playbook(name).rules.status_label(status) == label

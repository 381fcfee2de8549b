from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import commands as c
from app.domain import events as e
from app.domain.decide import decide
from app.domain.differences import differences
from app.domain.errors import SeverityGone
from app.domain.evolve import fold
from app.domain.limits import Limit
from app.domain.playbook import Draft, FollowUp, Milestone, Rules, Step, Trigger
from app.domain.timers import timers
from tests.domain.given import (
    ADMIN,
    DEFAULT,
    MULTI_SERVICE,
    ROSTER,
    UNDIAGNOSED,
    Story,
    acknowledge,
    at,
    hours,
    minutes,
    play,
    when,
)


def with_sev1(**changes: object) -> Rules:
    first, *rest = DEFAULT.severities
    return replace(DEFAULT, severities=(replace(first, **changes), *rest))  # type: ignore[arg-type]


def adopt(story: Story, rules: Rules) -> list[e.Event]:
    events = decide(story.incident, c.AdoptRules(ADMIN, rules), story.rules, ROSTER, story.now)
    story.events += events
    story.incident, story.rules = fold(events, story.incident), rules
    return events


def test_timers_count_by_the_new_rules() -> None:
    story = play(DEFAULT).do(acknowledge(), at(minutes=1)).until(at(minutes=5))
    adopt(story, with_sev1(resolve_within=Limit(hours(2))))
    assert timers(story.incident, story.rules)["resolve.limit"] == at(hours=2)


def test_what_has_fired_does_not_fire_again() -> None:
    story = play(DEFAULT).do(acknowledge(), at(minutes=1)).until(at(minutes=70))
    assert [one.limit for one in story.all(e.LimitBroken)] == ["resolve"]
    pages = len(story.all(e.Paged))
    [adopted] = adopt(story, with_sev1(resolve_within=Limit(minutes(30))))
    assert isinstance(adopted, e.RulesAdopted)
    story.until(at(minutes=71))
    assert len(story.all(e.LimitBroken)) == 1
    assert len(story.all(e.Paged)) == pages


def test_a_limit_that_moves_later_is_armed_anew() -> None:
    story = play(DEFAULT).do(acknowledge(), at(minutes=1)).until(at(minutes=70))
    adopt(story, with_sev1(resolve_within=Limit(hours(2))))
    story.until(at(hours=2))
    assert [one.due_at for one in story.all(e.LimitBroken)] == [at(hours=1), at(hours=2)]


def test_what_is_due_by_the_new_rules_happens_at_once_and_is_not_downtime() -> None:
    story = play(DEFAULT).do(acknowledge(), at(minutes=1)).until(at(minutes=40))
    adopt(story, with_sev1(resolve_within=Limit(minutes(30))))
    assert [one.limit for one in story.all(e.LimitBroken)] == ["resolve"]
    story.until(at(minutes=45))
    assert story.all(e.CaughtUp) == []


def test_a_step_that_is_gone_never_fires() -> None:
    story = play(DEFAULT).do(acknowledge(), at(minutes=1)).until(at(minutes=5))
    adopt(story, replace(DEFAULT, steps=DEFAULT.steps[:3]))
    story.until(at(hours=3))
    assert "4" not in {label for _, label in story.pages}


def test_a_step_that_pages_others_now_does_not_page_anew() -> None:
    story = play(DEFAULT).until(at(minutes=3))
    first, *rest = DEFAULT.steps
    adopt(story, replace(DEFAULT, steps=(replace(first, pages=("head",)), *rest)))
    assert story.incident.last_step in {"1:head", "3:manager"}
    assert "1:head" in story.incident.steps
    assert [label for at_, label in story.pages if at_ >= 3] == []


def test_the_repeated_page_survives_the_end_of_its_step() -> None:
    story = play(DEFAULT).until(at(minutes=6))
    assert story.incident.last_step == "2:secondary"
    adopt(story, replace(DEFAULT, steps=(DEFAULT.steps[0],)))
    assert story.incident.last_step == "1:primary"
    story.until(at(minutes=30))
    assert story.pages[-1][1] == "1"
    assert min(timers(story.incident, story.rules).values()) > story.now


def test_without_any_step_left_nobody_is_paged_again() -> None:
    story = play(DEFAULT).until(at(minutes=3))
    adopt(story, replace(DEFAULT, steps=()))
    pages = len(story.pages)
    story.until(at(minutes=30))
    assert len(story.pages) == pages
    assert min(timers(story.incident, story.rules).values()) > story.now


def test_a_new_step_that_is_overdue_fires_at_once() -> None:
    story = play(DEFAULT).do(acknowledge(), at(minutes=1)).until(at(minutes=40))
    new = Step("5", ("head",), (when(Trigger.OPEN, "SEV1", after=minutes(30)),))
    adopt(story, replace(DEFAULT, steps=(*DEFAULT.steps, new)))
    assert story.pages[-1] == (40, "5")


def test_differences_are_told_as_people_say_them() -> None:
    second, third = DEFAULT.steps[1], DEFAULT.steps[2]
    new = replace(
        with_sev1(resolve_within=Limit(hours(2)), update_every=None),
        steps=(DEFAULT.steps[0], replace(second, pages=("head",)), third),
    )
    assert differences(DEFAULT, new) == (
        "SEV1: resolve within 1 h becomes 2 h",
        "SEV1: update every 15 min becomes none",
        "Step 2: pages Secondary on-call becomes Head of engineering",
        "Step 4: gone",
    )
    assert differences(DEFAULT, DEFAULT) == ()


def test_a_step_and_a_severity_that_are_new_are_told_whole() -> None:
    fewer = replace(DEFAULT, severities=DEFAULT.severities[:3], steps=DEFAULT.steps[:3])
    told = differences(fewer, DEFAULT)
    assert told == (
        "SEV4: new, acknowledge within the end of the next business day, announced in #incidents, own channel yes",
        "Step 4: new, pages Head of engineering, when open 1 h (SEV1) or tagged security-breach, data-loss",
    )


OTHERS = (
    MULTI_SERVICE,
    UNDIAGNOSED,
    replace(DEFAULT, steps=DEFAULT.steps[1:]),
    replace(DEFAULT, steps=()),
    with_sev1(resolve_within=Limit(minutes(10)), acknowledge_within=Limit(minutes(1)), update_every=Limit(minutes(3))),
    with_sev1(resolve_within=None, acknowledge_within=None, update_every=None),
)


@pytest.mark.slow
@given(
    rules=st.sampled_from(OTHERS),
    acknowledged_at=st.none() | st.integers(0, 90),
    adopted_at=st.integers(0, 200),
    back=st.booleans(),
)
def test_whatever_is_adopted_the_clock_goes_on(
    rules: Rules, acknowledged_at: int | None, adopted_at: int, *, back: bool
) -> None:
    story = play(DEFAULT)
    if acknowledged_at is not None:
        story.do(acknowledge(), at(minutes=acknowledged_at))
    story.until(at(minutes=max(adopted_at, acknowledged_at or 0)))
    adopt(story, rules)
    story.until(story.now + minutes(20))
    if back:
        adopt(story, DEFAULT)
    story.until(story.now + hours(3))
    assert all(due > story.now for due in timers(story.incident, story.rules).values())
    assert story.all(e.CaughtUp) == []
    paged = [(one.step, one.at) for one in story.all(e.Paged)]
    assert len(paged) == len(set(paged))
    assert fold(story.events) == story.incident


def test_what_is_asked_of_people_beside_the_pages_is_told_too() -> None:
    asking = replace(
        DEFAULT,
        steps=(replace(DEFAULT.steps[0], respond_within=minutes(5)), *DEFAULT.steps[1:]),
        milestones=(Milestone("diagnosis", "Diagnosis", minutes(15), ("SEV2",), "identified"),),
        follow_ups=(FollowUp("day-1", "Day 1", hours(24), 3),),
        drafts=(Draft("Timeline document", hours(1), ("SEV1",)),),
        hours=replace(DEFAULT.hours, days=frozenset({0, 5})),
    )
    assert differences(DEFAULT, asking) == (
        "Step 1: asks for an answer within none becomes 5 min",
        "Milestone Diagnosis: new, within 15 min, severities SEV2, reached by identified",
        "List Day 1: new, due after 1 d, severities all",
        "Draft Timeline document: new, due after 1 h, severities SEV1",
        (
            "Business hours: are 09:00 to 17:00 UTC, Mon, Tue, Wed, Thu, Fri, less 0 holidays becomes 09:00 to 17:00 "
            "UTC, Mon, Sat, less 0 holidays"
        ),
    )


def test_rules_without_a_severity_that_it_held_are_not_adopted() -> None:
    story = play(DEFAULT, "SEV3").do(c.ChangeSeverity(ADMIN, "SEV1"), at(minutes=1))
    with pytest.raises(SeverityGone, match="is or was SEV3"):
        adopt(story, replace(DEFAULT, severities=DEFAULT.severities[:2]))

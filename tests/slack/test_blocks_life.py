"""Whatever people write: what is said of life around an incident harms nobody.

Hand-overs, merges, drills, milestones, rules, subscriptions, previews of a playbook, test pages.
"""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings

from app.domain import commands as c
from app.domain import events as e
from app.domain.differences import differences
from app.domain.playbook import Checklist, Milestone, Playbook
from app.domain.reference import Drill, Inject, Period, Review
from app.domain.subscribing import LONGEST_VALUE, MOST_OF_ONE, Subject, Subscription
from app.domain.timers import timers
from app.integrations import Tried
from app.simulator import Script, simulate
from app.slack.blocks import (
    adopting,
    answers,
    briefing,
    card,
    drills,
    inputs,
    merging,
    messages,
    milestones,
    modals,
    preview,
    reasons,
    subscriptions,
)
from app.slack.text import clean, one_line
from app.store import Record
from tests.domain.given import DEFAULT, START, Story, at
from tests.slack.accepted import assert_message, assert_view
from tests.slack.examples import MANAGER, ONCALL, ROSTER, SECOND, SUPPORT, WORDS, record
from tests.slack.hostile import HOSTILE
from tests.slack.test_blocks import worded


def practised(text: str) -> Story:
    """Tell a drill in which `text` is what everybody writes, and the playbook too."""
    written = f"x{text}"
    ids = ("m1", "m2")
    rules = replace(
        worded(DEFAULT, text), milestones=tuple(Milestone(one, written, timedelta(minutes=3)) for one in ids)
    )
    injects = (Inject(timedelta(minutes=2), written),)
    command = c.Declare(SUPPORT, written, "SEV1", text, text, (written,), drill=True, injects=injects, number=12)
    story = Story(rules, ROSTER, command, START).do(c.Acknowledge(ONCALL), at(minutes=1))
    story.do(c.PostUpdate(ONCALL, None, written, text, text), at(minutes=4)).do(c.HandOff(ONCALL, SECOND.id))
    other = c.Other(3, "incident-3", written, "investigating", is_open=True, channel="C03", members=(ONCALL.id,))
    story.do(c.ReachMilestone(ONCALL, "m1")).do(c.TakeDuplicate(ONCALL, replace(other, drill=True)))
    adopted = c.AdoptRules(MANAGER, replace(rules, severities=tuple(reversed(rules.severities)), steps=()))
    return story.do(adopted).do(c.Merge(MANAGER, 3, replace(other, drill=True)), at(minutes=5))


def assert_said(story: Story, now: Record, playbook: Playbook) -> None:
    told: tuple[tuple[type[e.Event], str], ...] = (
        (e.HandedOver, "handed_over"),
        (e.DuplicateMerged, "duplicate_merged"),
        (e.Injected, "injected"),
        (e.MilestoneMissed, "milestone_missed"),
        (e.RulesAdopted, "rules_adopted"),
        (e.MergedInto, "merged"),
    )
    for kind, name in told:
        assert_message(messages.post(name, now, story.last(kind), (ONCALL.id,), WORDS))
    handed = story.last(e.HandedOver)
    assert_message(briefing.briefing("handoff", now, handed, story.events, playbook=playbook, words=WORDS))
    assert_message(card.card(now))
    assert_message(answers.timeline(now, story.events))
    assert_message(answers.upcoming(now, timers(now.incident, now.rules), story.now))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE)
def test_slack_takes_whatever_is_said_and_shown(text: str) -> None:
    story, written = practised(text), f"x{text}"
    now = record(story)
    playbook = Playbook(story.rules, checklists=(Checklist("triage", written, (written,) * 20),))
    assert_said(story, now, playbook)
    one = Drill("monthly", written, Period.MONTH, (written,) * 9)
    for message in (
        reasons.why(now, story.events, story.now),
        milestones.listing(now, story.now),
        adopting.preview(now, differences(DEFAULT, story.rules), "abc"),
        adopting.adopted(now),
        drills.scored(now, story.events, playbook),
        drills.listing((one,) * 12, now.rules),
        drills.due(one),
        drills.started(drills.due(one), one),
        drills.review_due(Review(written, Period.YEAR)),
    ):
        assert_message(message)
    alike = [one for one in [now] * 120 if merging.may_be_same(one, now)]
    assert len(alike) == 120
    for view in (merging.form(now, alike), merging.form(now, []), modals.handoff(now)):
        assert_view(view)
    assert set(inputs.KINDS) == {"private", "drill"}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE)
def test_slack_takes_whatever_somebody_subscribes_to(text: str) -> None:
    value = one_line(clean(f"x{text}"))[:LONGEST_VALUE]
    own = [Subscription(SUPPORT.id, subject, value) for subject in Subject] * (MOST_OF_ONE // len(Subject))
    for message in (
        subscriptions.subscriptions(own),
        subscriptions.subscriptions(own, own),
        subscriptions.subscriptions([], own),
    ):
        assert_message(message)
    assert_view(subscriptions.in_dialog(own))
    assert_view(subscriptions.in_dialog([]))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE)
def test_slack_takes_whatever_a_playbook_that_is_looked_at_says(text: str) -> None:
    rules = worded(DEFAULT, text)
    assert_message(preview.overview(Playbook(rules)))
    for severity in (rules.severities[0], rules.severities[-1]):
        played = simulate(rules, Script(severity.id, START), 500)
        assert_message(preview.preview(played, {}))
        assert_message(preview.preview(played, ROSTER))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE)
def test_slack_takes_whatever_a_pager_answers_to_a_test_page(text: str) -> None:
    took, written = timedelta(seconds=2), f"x{text}"
    tried = [
        Tried("Slack", took),
        Tried(written, took),
        Tried(written, took, written),
        Tried(written, took, None, written),
        Tried(written, took, written, written),
    ]
    for message in (
        answers.test_page_begins(ONCALL.id, []),
        answers.test_page_begins(ONCALL.id, [written] * 3),
        answers.test_page_ended(ONCALL.id, tried, "", connected=True),
        answers.test_page_ended(ONCALL.id, tried[2:3], written, connected=False),
    ):
        assert_message(message)

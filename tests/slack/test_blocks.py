"""Whatever people write: every message and view is one that Slack takes, and nothing foreign comes alive in it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.evolve import evolve, fold
from app.domain.playbook import Checklist, Playbook, Rules
from app.domain.react import react
from app.domain.reference import Component
from app.domain.timers import timers
from app.slack import postmortem
from app.slack.blocks import answers, card, checklist, customers, home, messages, modals, on_call, roles
from app.slack.text import Message, clean, escape, one_line
from app.store import Record
from tests.domain.given import DEFAULT, MULTI_SERVICE, Story, at
from tests.slack.accepted import assert_message, assert_view
from tests.slack.examples import (
    CHANNEL,
    HEAD,
    MANAGER,
    ONCALL,
    ROSTER,
    SECOND,
    SUPPORT,
    WORDS,
    at_home,
    duty,
    record,
    resolution,
    tell,
)
from tests.slack.hostile import HOSTILE

pytestmark = pytest.mark.slow


def worded(rules: Rules, text: str) -> Rules:
    """Return rules whose every word is `text`."""
    return replace(
        rules,
        title=f"x{text}",
        severities=tuple(replace(one, name=f"x{text}", means=f"x{text}") for one in rules.severities),
        responders=tuple(replace(one, name=f"x{text}") for one in rules.responders),
        roles=tuple(replace(one, name=f"x{text}", briefing=text) for one in rules.roles),
        status_labels={"identified": f"x{text}"},
    )


def eventful(text: str, rules: Rules = DEFAULT) -> Story:
    """Tell a story in which everything happens, and `text` is what everybody writes."""
    written = f"x{text}"
    story = tell(title=written, rules=rules, services=text, impact=text, tags=(written,))
    story.until(at(minutes=6)).do(c.Decline(ONCALL)).do(c.Acknowledge(SECOND)).do(c.Decline(SECOND))
    story.do(c.Acknowledge(ONCALL)).do(c.AssignRole(MANAGER, "commander", ONCALL.id)).do(c.AddNote(SUPPORT, written))
    story.do(c.PostUpdate(ONCALL, "identified", written, text, text, at(minutes=20)))
    story.do(c.ChangeTags(SUPPORT, ("data-loss",), (written,))).do(c.ChangeSeverity(MANAGER, "SEV2"))
    story.do(c.ChangeSeverity(MANAGER, "SEV1")).do(c.ChangeStatus(ONCALL, "monitoring"))
    story.do(c.TellCustomers(ONCALL, f"x{text}"[:140], f"x{text}"[:1900], "identified", "major", (text,)))
    story.until(at(minutes=41)).do(c.Snooze(ONCALL)).do(c.PostUpdate(ONCALL, no_change=True)).do(c.Escalate(ONCALL))
    story.do(c.RecordFailure("key", "post a message", text)).do(
        c.RecordInviteIncomplete("key", 7, {HEAD.id: text, text: text})
    )
    story.away_until(at(hours=4))
    return story.do(resolution(root_cause=text, fix=text, customer_impact=text, ended_at=story.now))


def ended(story: Story, text: str) -> Story:
    """Let it be reopened, cancelled, and its postmortem drafted."""
    story.until(at(hours=90)).do(c.CompletePostmortem(ONCALL)).do(c.DraftPostmortem(ONCALL))
    story.do(c.RecordChannelRefused(text))
    return story.do(c.Reopen(MANAGER, text)).do(c.Cancel(MANAGER, text))


def moments(story: Story) -> Iterator[tuple[Record, e.Event]]:
    """Yield each event with the record as it stands right after it."""
    incident = fold(story.events[:1])
    for number, event in enumerate(story.events):
        incident = evolve(incident, event) if number else incident
        opened = evolve(incident, e.ChannelOpened(event.at, CHANNEL, "incident-12"))
        yield Record(3, "T1", number, opened, story.rules), event


def posted(story: Story) -> Iterator[Message]:
    """Yield everything that is sent or edited because of a story."""
    playbook = Playbook(story.rules, checklists=(Checklist("triage", story.rules.title, (story.rules.title,)),))
    for at_that_time, event in moments(story):
        yield card.card(at_that_time)
        yield card.announcement(at_that_time)
        assert len(card.topic(at_that_time)) <= 250
        for effect in react(event, at_that_time.incident, playbook):
            yield from worded_effect(effect, at_that_time, event, playbook)


def worded_effect(effect: f.Effect, then: Record, event: e.Event, playbook: Playbook) -> Iterator[Message]:
    """Yield the message that one effect asks for."""
    match effect:
        case f.Post(message=name, members=members):
            yield messages.post(name, then, event, members, WORDS)
        case f.Tell(message=name) | f.TellSubscribers(message=name):
            yield messages.tell(name, then, event, WORDS)
        case f.Page(again=again) if isinstance(event, e.Paged):
            yield messages.page(then, event, WORDS, again=again, repeated=True)
        case f.PostChecklist():
            yield checklist.checklist(playbook.checklists[0], then)
        case _:
            pass


def asked_for(now: Record, story: Story, moment: datetime, text: str) -> Iterator[Message]:
    """Yield every answer to one person."""
    due = timers(now.incident, now.rules)
    yield answers.menu([now] * 30, moment)
    yield answers.menu([], moment)
    yield answers.listing([now] * 60, moment)
    yield answers.timeline(now, story.events * 5)
    yield answers.upcoming(now, due, moment)
    yield answers.status(now, due, moment)
    yield answers.help_(now.rules)
    yield on_call.on_call(duty(rules=now.rules, text=text), now.rules, moment)
    yield roles.roles(now)
    yield answers.did_you_mean(text, "ack", now)
    yield answers.did_you_mean(text, None)
    yield answers.refusal(escape(text) or "No.", now)
    yield answers.done(escape(text) or "Done.")


def forms(now: Record, moment: datetime, text: str) -> Iterator[dict[str, object]]:
    """Yield every view."""
    playbook = Playbook(now.rules, tags=(clean(f"x{text}")[:75], "data-loss"))
    yield modals.declare(now.rules, playbook, [now] * 9, moment, title=text, severity="SEV2", source="C1:1.2")
    yield modals.update(now, moment)
    yield modals.resolve(now, moment)
    yield modals.severity(now)
    yield modals.status(now)
    yield modals.commander(now)
    yield modals.role(now, "commander")
    yield modals.tags(now, playbook)
    yield modals.cancel(now)
    yield modals.responders(now.rules, ROSTER)
    yield modals.customer(now, text)
    # As the listener makes it of what was written.
    headline, body = one_line(clean(f"x{text}"))[:150], clean(text)[:1000]
    draft = customers.Draft(headline, body, "identified", "major", (one_line(clean(f"x{text}"))[:75],))
    yield customers.form(now, replace(playbook, components=(Component(clean(f"x{text}")[:75]),)), draft, posted=True)
    yield customers.preview(now, draft, [text])
    yield customers.meanwhile(now, draft)
    yield customers.copied(draft)
    yield modals.told("Not done", escape(text) or "No.")
    yield home.home(at_home([now] * 30, playbook, text))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE, st.sampled_from([DEFAULT, MULTI_SERVICE]))
def test_slack_takes_every_message_and_nothing_foreign_lives_in_it(text: str, rules: Rules) -> None:
    for message in posted(ended(eventful(text, worded(rules, text)), text)):
        assert_message(message)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE)
def test_slack_takes_every_answer_and_nothing_foreign_lives_in_it(text: str) -> None:
    story = eventful(text, worded(DEFAULT, text))
    for moment in (story.now, at(hours=80)):
        for message in asked_for(record(story), story, moment, text):
            assert_message(message)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE)
def test_slack_takes_every_view_and_nothing_foreign_lives_in_it(text: str) -> None:
    story = eventful(text, worded(DEFAULT, text))
    for view in forms(record(story), story.now, text):
        assert_view(view)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE)
def test_slack_takes_every_postmortem_and_nothing_foreign_lives_in_it(text: str) -> None:
    story = eventful(text, worded(DEFAULT, text))
    markdown = postmortem.draft(record(story), story.events, {ONCALL.id: text}, Playbook(story.rules), WORDS)
    assert_message(postmortem.message(record(story), markdown, "https://acme.slack.com/files/F1/x.md"))

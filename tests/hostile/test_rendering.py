"""Whatever people write, in whatever state: Slack takes every message and view, and nothing foreign comes alive."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.domain import effects as f
from app.domain import errors
from app.domain import events as e
from app.domain.alerts import Proposal
from app.domain.playbook import Bound
from app.domain.react import react
from app.domain.timers import timers
from app.slack import postmortem
from app.slack.blocks import (
    answers,
    card,
    checklist,
    follow_ups,
    home,
    messages,
    modals,
    on_call,
    roles,
    runbook,
    suggestions,
)
from app.slack.blocks.runbook import Shown
from app.slack.listeners.confirmations import SENTENCES, confirmed
from app.slack.requests import storable
from app.slack.text import Message, sentence
from app.store import Record, Suggestion, SuggestionState
from tests.domain.given import START
from tests.hostile.incidents import FOREIGN, Told, incidents
from tests.slack.accepted import assert_message, assert_view
from tests.slack.examples import ROSTER, WORDS, at_home, duty

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

EXAMPLES = int(os.environ.get("TOCSIN_HOSTILE_EXAMPLES", "50"))
QUICK = 10
# What fails is shown as it was drawn: making it smaller takes longer than all the rest.
PHASES = (Phase.explicit, Phase.generate)
TYPED = FOREIGN.map(lambda text: text[:2500])
FORMS = (modals.severity, modals.status, modals.cancel, modals.commander, modals.role)

quick = settings(
    max_examples=QUICK, derandomize=True, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck)
)
thorough = settings(
    phases=PHASES,
    max_examples=EXAMPLES,
    derandomize="TOCSIN_HOSTILE_SEED" not in os.environ,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def said(effect: f.Effect, event: e.Event, record: Record, told: Told) -> Iterator[Message]:
    """Yield the messages that an effect makes, as they are posted."""
    match effect:
        case f.PostCard():
            yield card.card(record)
        case f.Announce() | f.EditAnnouncement():
            yield card.announcement(record)
        case f.EditCard():
            yield card.card(record)
        case f.Post(message=name, members=members):
            yield messages.post(name, record, event, members, WORDS)
        case f.Tell(message=name) | f.TellSubscribers(message=name):
            yield messages.tell(name, record, event, WORDS)
        case f.Page(again=again) if isinstance(event, e.Paged):
            yield messages.page(record, event, WORDS, again=again, repeated=again)
        case f.PostChecklist():
            yield checklist.checklist(told.playbook.checklists[0], record)
        case f.OfferRunbook():
            yield runbook.offer(told.playbook.runbooks[0], record)
            yield runbook.show(Shown(told.playbook.runbooks[0], told.playbook, record, told.now))
        case _:
            # It says nothing, or what `assert_told` and `assert_drafted` look at.
            return


def confirmable(record: Record) -> list[Message]:
    """Return what the person reads for each command that can be done."""
    return [confirmed(record, object.__new__(kind)) for kind in SENTENCES]


def assert_told(told: Told) -> None:
    """Fail unless Slack takes all that is said about the incident, right when it happens and at the end."""
    for event, incident in told.telling:
        for effect in react(event, incident, told.playbook):
            for record in (told.at(incident), told.record):
                for message in said(effect, event, record, told):
                    assert_message(message)
    for message in confirmable(told.record):
        assert_message(message)
    assert_message(answers.timeline(told.record, told.events))
    due = timers(told.record.incident, told.rules)
    assert_message(answers.upcoming(told.record, due, told.now))
    assert_message(answers.status(told.record, due, told.now))
    assert_message(answers.menu([told.record] * 3, told.now))
    assert_message(answers.listing([told.record] * 60, told.now))
    assert_topic(card.topic(told.record))


def assert_topic(topic: str) -> None:
    assert len(topic) <= 250
    assert "\n" not in topic
    topic.encode()
    assert not re.search(r"<[!@#h]", topic)


def assert_shown(told: Told) -> None:
    """Fail unless Slack takes every form and the Home tab."""
    record, now, foreign = told.record, told.now, told.foreign
    assert_view(modals.declare(told.rules, told.playbook, [record] * 9, now, title=foreign, source=storable(foreign)))
    assert_view(modals.update(record, now))
    assert_view(modals.resolve(record, now))
    assert_view(modals.tags(record, told.playbook))
    assert_view(modals.customer(record, foreign))
    assert_view(modals.told("Not done", answers.refusal(sentence(errors.NotAllowed(what=foreign))).text))
    for form in FORMS:
        assert_view(form(record))
    roster = dict(ROSTER) | {"primary": Bound((foreign, "S0MANAGE"), (foreign,))}
    assert_view(modals.responders(told.rules, roster))
    assert_view(home.home(at_home([record] * 40, told.playbook, foreign)))
    assert_message(on_call.on_call(duty(roster, told.rules, foreign), told.rules, now))
    assert_message(roles.roles(record))
    assert_message(follow_ups.listing(record))
    assert_view(follow_ups.form(record, foreign))
    for state in SuggestionState:
        assert_message(suggestions.suggestion(suggestion(foreign, told.link or "", state), record))


def suggestion(foreign: str, url: str, state: SuggestionState) -> Suggestion:
    """Return what alerts suggest, all of it in somebody else's words."""
    proposal = Proposal(foreign, foreign, foreign, services=(foreign,) * 9, summary=foreign, url=url)
    facts: dict[str, Any] = {"state": state, "by": foreign, "created_at": START, "changed_at": START, "seen": 2}
    rest: dict[str, Any] = dict.fromkeys(Suggestion.__slots__, 0) | {"source": foreign, "proposal": proposal}
    return Suggestion(**rest | facts)


def assert_drafted(told: Told) -> None:
    """Fail unless the draft of the postmortem is harmless in a message and in a file."""
    names = dict.fromkeys(postmortem.people(told.events), told.foreign)
    draft = postmortem.draft(told.record, told.events, names, told.playbook, WORDS)
    draft.encode()
    assert_plain_markdown(draft)
    message = postmortem.message(told.record, draft, told.link)
    assert_message(message)
    assert len(message.blocks[0]["text"]) <= postmortem.LONGEST


def assert_plain_markdown(draft: str) -> None:
    """Fail if a draft holds HTML, a link, an image or a control character."""
    assert "<" not in draft
    assert not re.search(r"(?<!\\)\]\(", draft)
    assert not re.search(r"\w://", draft)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", draft)


@pytest.mark.slow
@quick
@given(told=incidents())
def test_nothing_that_people_write_harms_what_is_said(told: Told) -> None:
    assert_told(told)
    assert_shown(told)
    assert_drafted(told)


@pytest.mark.slow
@pytest.mark.timeout(900)
@thorough
@given(told=incidents())
def test_every_message_of_every_incident_is_taken_and_tame(told: Told) -> None:
    assert_told(told)


@pytest.mark.slow
@pytest.mark.timeout(900)
@thorough
@given(told=incidents())
def test_every_form_and_the_home_tab_are_taken_and_tame(told: Told) -> None:
    assert_shown(told)


@pytest.mark.slow
@pytest.mark.timeout(900)
@thorough
@given(told=incidents())
def test_every_draft_of_a_postmortem_is_tame(told: Told) -> None:
    assert_drafted(told)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(word=TYPED, guess=st.sampled_from((None, "declare", "ack", "resolve")))
def test_an_unknown_word_is_shown_and_not_brought_to_life(word: str, guess: str | None) -> None:
    assert_message(answers.did_you_mean(word, guess))


REFUSALS = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.Rejected)]


@pytest.mark.parametrize("refusal", REFUSALS)
@settings(max_examples=10, derandomize=True, deadline=None)
@given(foreign=TYPED)
def test_a_refusal_repeats_what_was_typed_and_brings_nothing_to_life(
    refusal: type[errors.Rejected], foreign: str
) -> None:
    facts = re.findall(r"{(\w+)(!t)?", refusal.__doc__ or "")
    assert_message(answers.refusal(sentence(refusal(**{name: START if time else foreign for name, time in facts}))))

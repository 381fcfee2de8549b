"""Checklists that are for some severities alone."""

from dataclasses import replace

from app.domain import commands as c
from app.domain import effects as f
from app.domain.playbook import Checklist, Playbook, Rules
from app.domain.react import react
from tests.domain.given import ADMIN, DEFAULT, PRIMARY, Story, at, play, resolve

LISTS = (
    Checklist("all", "For all", ("Look",)),
    Checklist("high", "For high ones", ("Look",), severities=("SEV1", "SEV2")),
    Checklist("low", "For low ones", ("Look",), severities=("SEV3",)),
    Checklist("watch", "Watching", ("Look",), when="monitoring", severities=("SEV1",)),
    Checklist("day-1", "Day 1", ("Look",), when="resolved", severities=("SEV2",)),
)


def posted(story: Story, rules: Rules = DEFAULT) -> list[str]:
    """Return the lists that the last command brought, in their order."""
    events = [event for event in story.events if event.at == story.now]
    effects = [one for event in events for one in react(event, story.incident, Playbook(rules, checklists=LISTS))]
    return [one.checklist for one in effects if isinstance(one, f.PostChecklist)]


def test_an_incident_gets_those_of_its_severity() -> None:
    assert posted(play(DEFAULT, "SEV2")) == ["all", "high"]
    assert posted(play(DEFAULT, "SEV3")) == ["all", "low"]
    assert posted(play(DEFAULT, "SEV4")) == ["all"]


def test_a_status_brings_those_of_its_severity() -> None:
    watched = play(DEFAULT, "SEV1").do(c.ChangeStatus(PRIMARY, "monitoring"), at(minutes=1))
    assert posted(watched) == ["watch"]
    assert posted(play(DEFAULT, "SEV2").do(c.ChangeStatus(PRIMARY, "monitoring"), at(minutes=1))) == []
    assert posted(play(DEFAULT, "SEV2").do(resolve(), at(minutes=1))) == ["day-1"]


def test_another_severity_brings_those_that_it_has_besides() -> None:
    assert posted(play(DEFAULT, "SEV2").do(c.ChangeSeverity(PRIMARY, "SEV1"), at(minutes=1))) == []
    assert posted(play(DEFAULT, "SEV3").do(c.ChangeSeverity(PRIMARY, "SEV2"), at(minutes=1))) == ["high"]
    assert posted(play(DEFAULT, "SEV2").do(c.ChangeSeverity(ADMIN, "SEV3"), at(minutes=1))) == ["low"]


def test_it_brings_those_of_the_statuses_that_were_reached_too() -> None:
    story = play(DEFAULT, "SEV3").do(c.ChangeStatus(PRIMARY, "monitoring"), at(minutes=1))
    assert posted(story.do(c.ChangeSeverity(PRIMARY, "SEV1"), at(minutes=2))) == ["high", "watch"]


def test_what_stands_there_already_is_not_posted_again() -> None:
    story = play(DEFAULT, "SEV2").do(c.RecordChecklist("high", "C12", "3.0"), at(minutes=1))
    story.do(c.ChangeSeverity(ADMIN, "SEV3"), at(minutes=2)).do(c.ChangeSeverity(PRIMARY, "SEV2"), at(minutes=3))
    assert posted(story) == []


def test_a_channel_that_is_opened_by_a_raise_gets_all_of_the_new_severity() -> None:
    severities = tuple(replace(one, own_channel=one.id == "SEV1") for one in DEFAULT.severities)
    threaded = replace(DEFAULT, severities=severities)
    story = play(threaded, "SEV3").do(c.ChangeSeverity(PRIMARY, "SEV1"), at(minutes=1))
    assert posted(story, threaded) == ["all", "high"]

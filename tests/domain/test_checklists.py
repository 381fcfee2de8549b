import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.checklists import Ticked, is_done
from app.domain.errors import AlreadyTicked, NotTicked
from app.domain.react import react
from tests.domain.given import ANN, BOB, DEFAULT, PLAYBOOK, PRIMARY, at, declared, play, resolve

LOOK = c.TickItem(ANN, "triage", "Triage", "Look")
UNLOOK = c.UntickItem(BOB, "triage", "Triage", "Look")


def test_a_tick_is_remembered_with_who_and_when() -> None:
    incident = play(DEFAULT).do(LOOK, at(minutes=3)).incident
    assert incident.ticks == {"triage": {"Look": Ticked(ANN.id, at(minutes=3))}}


def test_a_second_tick_is_refused_with_the_name_of_the_first() -> None:
    story = play(DEFAULT).do(LOOK, at(minutes=3))
    with pytest.raises(AlreadyTicked) as refused:
        story.do(c.TickItem(BOB, "triage", "Triage", "Look"), at(minutes=4))
    assert refused.value.facts == {"by": ANN.id, "at": at(minutes=3)}


def test_a_tick_can_be_taken_back_once() -> None:
    story = play(DEFAULT).do(LOOK).do(UNLOOK, at(minutes=1))
    assert story.incident.ticks == {"triage": {}}
    with pytest.raises(NotTicked):
        story.do(UNLOOK, at(minutes=2))
    assert story.do(LOOK, at(minutes=3)).incident.ticks["triage"]["Look"].at == at(minutes=3)


def test_the_same_words_in_two_lists_are_two_items() -> None:
    incident = play(DEFAULT).do(LOOK).do(c.TickItem(ANN, "after", "After", "Look")).incident
    assert {name: set(ticks) for name, ticks in incident.ticks.items()} == {"triage": {"Look"}, "after": {"Look"}}


def test_lists_go_on_after_the_end() -> None:
    story = play(DEFAULT).do(resolve(), at(minutes=5)).do(c.TickItem(PRIMARY, "week", "Week 1", "Review"), at(days=3))
    assert is_done(story.incident.ticks, "week", 1)


def test_a_list_is_done_when_all_its_items_are_ticked() -> None:
    ticks = play(DEFAULT).do(LOOK).incident.ticks
    assert is_done(ticks, "triage", 1)
    assert not is_done(ticks, "triage", 2)
    assert not is_done(ticks, "verification", 1)


def test_every_tick_brings_its_list_up_to_date_and_posts_nothing() -> None:
    incident = declared()
    for event in (
        e.ItemTicked(at(), ANN.id, "triage", "Triage", "Look"),
        e.ItemUnticked(at(), ANN.id, "triage", "Triage", "Look"),
    ):
        assert react(event, incident, PLAYBOOK) == [f.EditChecklist("triage")]


def test_a_list_that_was_ticked_before_it_was_known_to_be_posted_is_brought_up_to_date() -> None:
    posted = e.ChecklistPosted(at(), "triage", "C1", "1.0")
    assert react(posted, declared(), PLAYBOOK) == []
    assert react(posted, play(DEFAULT).do(LOOK).incident, PLAYBOOK) == [f.EditChecklist("triage")]


def test_where_a_list_was_posted_last_is_remembered() -> None:
    story = play(DEFAULT).do(c.RecordChecklist("triage", "C1", "1.0")).do(c.RecordChecklist("triage", "C1", "2.0"))
    assert story.incident.checklists["triage"].ts == "2.0"

"""What customers are told, when the next word to them is asked for, and who is asked for the last one."""

from dataclasses import replace
from datetime import datetime

import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.customers import CUSTOMERS, STATUSES, Impact, customers_due, impacts
from app.domain.effects import Way
from app.domain.errors import NotForCustomers, OnlyTheLastWord, ToldMeanwhile
from app.domain.limits import Limit
from app.domain.playbook import Playbook, Role
from app.domain.react import react
from app.domain.still_wanted import still_wanted
from app.domain.timers import timers
from tests.domain.given import ANN, BOB, DEFAULT, PRIMARY, Story, acknowledge, at, minutes, play

RULES = replace(
    DEFAULT,
    severities=tuple(replace(one, tell_customers_every=Limit(minutes(30))) for one in DEFAULT.severities),
    roles=(*DEFAULT.roles, Role("communications-lead", "Communications lead")),
)


def word(status: str = "investigating", seen: int = 0, worded_at: datetime | None = None) -> c.TellCustomers:
    said = ("Paying fails", "We are looking into it.", status, "major", ("Payments",))
    return c.TellCustomers(BOB, *said, seen, worded_at)


def told() -> Story:
    return play(RULES).do(acknowledge(), at(minutes=1)).do(word(), at(minutes=10))


def asked(story: Story) -> list[tuple[float, tuple[str, ...]]]:
    return [((one.at - at()) / minutes(1), one.members) for one in story.all(e.CustomersAsked)]


def ended() -> c.Resolve:
    return c.Resolve(PRIMARY)


def effects(story: Story, *ways: Way) -> list[f.Effect]:
    playbook = Playbook(RULES, connected=frozenset({Way.SLACK, *ways}))
    return react(story.events[-1], story.incident, playbook)


def posts(story: Story) -> list[str]:
    return [one.message for one in effects(story) if isinstance(one, f.Post)]


def test_what_customers_read_is_kept_word_for_word() -> None:
    story = told()
    assert story.last(e.CustomersTold) == e.CustomersTold(
        at(minutes=10), BOB.id, "Paying fails", "We are looking into it.", "investigating", "major", ("Payments",), 1, 1
    )
    assert story.incident.told is not None
    assert story.incident.told.headline == "Paying fails"


def test_the_second_of_two_who_write_at_once_is_told_what_the_first_has_said() -> None:
    with pytest.raises(ToldMeanwhile, match="@U_BOB told customers at 4 Mar 10:10"):
        told().do(word("identified", seen=0))
    assert told().do(word("identified", seen=1)).incident.tellings == 2


@pytest.mark.parametrize("kind", ["private", "drill"])
def test_what_is_private_or_a_drill_is_never_told_nor_asked_for(kind: str) -> None:
    story = play(RULES)
    story.incident = replace(story.incident, private=kind == "private", drill=kind == "drill")
    with pytest.raises(NotForCustomers):
        story.do(word())
    assert CUSTOMERS not in timers(story.incident, RULES)


def test_whether_there_is_anything_to_tell_is_asked_once() -> None:
    story = play(RULES).do(acknowledge(), at(minutes=1)).until(at(hours=3))
    assert asked(story) == [(30, (PRIMARY.id,))]


def test_customers_who_wait_are_not_forgotten_and_whoever_speaks_to_them_is_asked() -> None:
    story = told().do(c.AssignRole(ANN, "communications-lead", ANN.id)).until(at(minutes=105))
    assert asked(story) == [(35, (ANN.id,)), (65, (ANN.id,)), (95, (ANN.id,))]
    story.do(word(seen=1)).until(at(minutes=129))
    assert len(asked(story)) == 3
    assert customers_due(story.incident, RULES) == at(minutes=135)


def test_the_next_word_is_asked_for_before_the_time_that_customers_were_promised() -> None:
    begun = word(worded_at=at(minutes=4))
    story = play(RULES).do(acknowledge(), at(minutes=1)).do(begun, at(minutes=10))
    assert customers_due(story.incident, RULES) == at(minutes=34)
    story.until(at(minutes=33))
    assert [(one.at, one.due_at) for one in story.all(e.CustomersAsked)] == [(at(minutes=29), at(minutes=34))]


def test_a_text_that_was_open_for_longer_than_it_promises_counts_from_when_it_was_sent() -> None:
    story = play(RULES).do(acknowledge(), at(minutes=1)).do(word(worded_at=at()), at(minutes=30))
    assert customers_due(story.incident, RULES) == at(minutes=60)


def test_without_a_rhythm_nobody_is_asked() -> None:
    assert not play(DEFAULT).do(word()).until(at(hours=3)).all(e.CustomersAsked)


def test_after_the_last_word_nobody_is_asked_again() -> None:
    story = told().do(word("resolved", seen=1)).do(ended()).until(at(hours=5))
    assert not story.all(e.CustomersAsked)
    assert "customers_wait" not in posts(told().do(word("resolved", seen=1)).do(ended()))


@pytest.mark.parametrize("command", [ended(), c.Cancel(PRIMARY, "a test")])
def test_who_ends_it_is_asked_for_the_last_word_and_reminded_of_it_once(command: c.Command) -> None:
    story = told().do(command, at(minutes=20))
    assert f.Post("customers_wait", members=(PRIMARY.id,)) in effects(story)
    assert asked(story.until(at(hours=9))) == [(50, (PRIMARY.id,))]


def test_who_ends_it_is_reminded_also_where_somebody_was_asked_before_the_end() -> None:
    story = told().do(ended(), at(minutes=36))
    assert asked(story.until(at(hours=9))) == [(35, (PRIMARY.id,)), (66, (PRIMARY.id,))]


def test_when_it_is_over_customers_can_be_told_only_that() -> None:
    story = told().do(ended())
    with pytest.raises(OnlyTheLastWord, match="is resolved, so customers can only be told that it is over"):
        story.do(word("monitoring", seen=1))
    assert story.do(word("resolved", seen=1)).last(e.CustomersTold).episode == 1


def test_what_goes_on_after_its_end_is_another_public_incident() -> None:
    story = told().do(word("resolved", seen=1)).do(ended()).do(c.Reopen(PRIMARY))
    assert "customers_read_over" in posts(story)
    assert story.do(word(seen=2)).last(e.CustomersTold).episode == 2


def test_a_word_goes_to_the_status_page_only_where_one_is_connected() -> None:
    assert f.PublishStatus() in effects(told(), Way.STATUS_PAGE)
    assert f.PublishStatus() not in effects(told())
    assert f.Post("customers_told") in effects(told())


def test_a_word_that_comes_late_gives_way_to_a_later_one_of_the_same_public_incident() -> None:
    story = told()
    first = story.last(e.CustomersTold)
    story.do(word("resolved", seen=1))
    over = story.last(e.CustomersTold)
    story.do(word(seen=2))
    assert [still_wanted(f.PublishStatus(), one, story.incident) for one in (first, over)] == [True, True]
    assert not still_wanted(f.PublishStatus(), first, told().do(word("identified", seen=1)).incident)


def test_a_component_is_as_bad_as_the_worst_that_is_told_of_it() -> None:
    words = [
        e.CustomersTold(at(), BOB.id, "", "", "investigating", "minor", ("API", "Shop")),
        e.CustomersTold(at(), BOB.id, "", "", "monitoring", "critical", ("API",)),
        e.CustomersTold(at(), BOB.id, "", "", "resolved", "critical", ("Shop",)),
    ]
    assert impacts(words) == {"API": Impact.CRITICAL, "Shop": Impact.MINOR}


def test_where_it_stands_is_learned_once_and_forgotten_when_somebody_took_it_away() -> None:
    story = told().do(c.RecordPublished("p1", 1, "https://stspg.io/p1"))
    story.do(c.RecordPublished("p1", 1, "https://stspg.io/p1"))
    assert len(story.all(e.Published)) == 1
    story.do(c.RecordWithdrawn("another", "somebody deleted it"))
    assert story.incident.on_page is not None
    assert story.do(c.RecordWithdrawn("p1", "somebody deleted it")).incident.on_page is None


def test_an_older_word_is_not_mailed_once_a_newer_one_is_known() -> None:
    story = told().do(word("identified", 1), at(minutes=20))
    mail = f.MailList("customers", "mail/customers_told")
    assert [still_wanted(mail, one, story.incident) for one in story.all(e.CustomersTold)] == [False, True]


def test_an_older_update_is_not_mailed_once_a_newer_one_is_known() -> None:
    story = told()
    for minute in (20, 30):
        story.do(c.PostUpdate(ANN, happening="We look."), at(minutes=minute))
    mail = f.MailList("managers", "mail/update")
    assert [still_wanted(mail, one, story.incident) for one in story.all(e.UpdatePosted)] == [False, True]


def test_who_confirms_a_word_reads_its_status_as_customers_do() -> None:
    assert list(STATUSES.values()) == ["Investigating", "Identified", "Monitoring", "Resolved"]

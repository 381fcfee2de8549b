from dataclasses import replace
from datetime import timedelta

from app.domain import commands as c
from app.domain.alerts import Tally
from app.slack.blocks import card
from app.slack.text import when, when_ago
from tests.domain.given import MULTI_SERVICE, START, at
from tests.slack.accepted import assert_message, labels, shown
from tests.slack.examples import MANAGER, ONCALL, in_thread, record, resolution, tell

SOURCE = "https://acme.slack.com/archives/C0SUPPORT/p1700000000000100"


def test_the_card_tells_what_is_known_and_what_comes_next() -> None:
    message = card.card(record(tell(rules=MULTI_SERVICE)))
    assert_message(message)
    assert message.blocks[0]["text"]["text"] == ":large_orange_circle: SEV1 · Payment API down"
    text = shown(message)
    assert "*Status*\nInvestigating" in text
    assert f"*Declared*\n{when_ago(START)} by <@U0SUPPORT>" in text
    assert "*Incident commander*\nnobody yet" in text
    assert f"*Next update due*\n{when(at(minutes=15))}" in text
    assert f"step 1 paged {when(START)}; step 3 paged {when(START)}; step 2 at {when(at(minutes=15))}" in text
    assert "step 2 at <!date^1772619300^{time}|10:15 UTC> unless acknowledged" in text
    assert "*Services*\npayments" in text
    assert "*Impact*\nNobody can pay" in text


def test_an_update_that_was_asked_for_in_vain_is_overdue_since_it_was_due() -> None:
    story = tell()
    story.do(c.Acknowledge(ONCALL))
    story.until(at(minutes=15))
    assert f"*Update overdue*\nsince {when(at(minutes=15))}" in shown(card.card(record(story)))
    story.do(c.PostUpdate(ONCALL, happening="The pool is full"), at(minutes=16))
    assert f"*Next update due*\n{when(at(minutes=31))}" in shown(card.card(record(story)))


def test_a_step_that_reached_nobody_says_so() -> None:
    assert f"step 1 reached nobody {when(START)}" in shown(card.card(record(tell(roster={}))))


def test_its_notification_stands_alone() -> None:
    message = card.card(record(tell()))
    assert message.text == (
        f"SEV1 Payment API down: Investigating, declared {when(START)} by <@U0SUPPORT>. Incident commander: nobody yet."
    )


def test_the_likeliest_button_comes_first() -> None:
    story = tell()
    assert labels(card.card(record(story))) == [
        "Acknowledge",
        "Post update",
        "Escalate",
        "Resolve",
        "More",
        "Take command",
    ]
    story.do(c.Acknowledge(ONCALL)).do(c.AssignRole(ONCALL, "commander", ONCALL.id))
    assert labels(card.card(record(story))) == ["Post update", "Escalate", "Resolve", "More"]


def test_a_card_of_alerts_has_no_more_buttons_than_any_other_and_links_the_monitor() -> None:
    story = tell()
    tally = Tally("alertmanager", ("Down",), 1, 1, "https://prometheus.example/graph")
    story.incident = replace(story.incident, alerts=tally)
    shown = card.card(record(story))
    assert len(shown.blocks[-1]["elements"]) <= 5
    assert "told by Alertmanager: <https://prometheus.example/graph|open the monitor>" in str(shown.blocks)


def test_its_menu_says_what_and_for_which_incident() -> None:
    more = card.card(record(tell())).blocks[-1]["elements"][-1]
    words = (
        "commander handoff customers severity status roles tags runbook checklists follow_ups timeline milestones "
        "timers why merge cancel"
    )
    assert [option["value"] for option in more["options"]] == [f"{word}:3" for word in words.split()]


def test_a_closed_card_offers_what_is_left() -> None:
    story = tell().do(c.Acknowledge(ONCALL), at(minutes=3))
    resolved = card.card(record(story.do(resolution(), at(minutes=30))))
    assert labels(resolved) == ["Draft postmortem", "Reopen"]
    assert resolved.blocks[0]["text"]["text"].startswith(":white_check_mark: SEV1")
    assert "*Lasted*\n42 min" in shown(resolved)
    assert "*Postmortem*\ndue <!date^" in shown(resolved)
    cancelled = card.card(record(story.do(c.Reopen(MANAGER)).do(c.Cancel(MANAGER))))
    assert labels(cancelled) == ["Reopen"]


def test_a_card_never_tells_a_distance_of_its_own() -> None:
    story = tell().do(c.Acknowledge(ONCALL)).until(at(hours=5))
    assert " ago" not in shown(card.card(record(story))).replace("{ago}", "")
    assert "in 1" not in shown(card.card(record(story)))


def test_a_snoozed_update_says_until_when() -> None:
    story = tell().do(c.Acknowledge(ONCALL)).until(at(minutes=16)).do(c.Snooze(ONCALL))
    assert f"snoozed until {when(at(minutes=30))}" in shown(card.card(record(story)))


def test_tags_and_the_message_it_came_from_are_noted() -> None:
    now = record(tell(tags=("data-loss", "<!here>")))
    noted = card.card(replace(now, incident=replace(now.incident, source=SOURCE)))
    assert "Tags: data-loss, &lt;!here&gt;" in shown(noted)
    assert f"<{SOURCE}|this message>" in shown(noted)


def test_the_announcement_points_to_the_channel() -> None:
    story = tell()
    assert "Its channel is being opened." in shown(card.announcement(record(story, channel=None)))
    announced = card.announcement(record(story))
    assert_message(announced)
    assert "Follow it in <#C0INCIDENT12>." in shown(announced)
    assert labels(announced) == []


def test_without_a_channel_the_announcement_is_the_card() -> None:
    threaded = in_thread(tell())
    announced = card.announcement(threaded)
    assert_message(announced)
    assert announced == card.card(threaded)
    assert "without a channel of its own: this workspace does not let Tocsin do that" in shown(announced)
    assert "`/incident status 12`" in shown(announced)


def test_a_severity_for_tickets_says_so() -> None:
    ticketed = card.announcement(record(tell("SEV4", rules=MULTI_SERVICE)))
    assert "SEV4 goes to the ticket queue: open a ticket." in shown(ticketed)
    assert "no step pages anybody" in shown(ticketed)
    assert "none asked for by SEV4" in shown(ticketed)


def test_the_topic_tells_no_time() -> None:
    assert card.topic(record(tell())) == "SEV1 · Payment API down · Investigating"
    assert len(card.topic(record(tell(title="x" * 900)))) <= 250


def test_times_of_another_day_show_it() -> None:
    story = tell("SEV3", rules=MULTI_SERVICE, now=START + timedelta(hours=9))
    assert "step 1 at <!date^1772701200^{time}, {date_short_pretty}|09:00 UTC, 5 Mar 2026>" in shown(
        card.card(record(story))
    )

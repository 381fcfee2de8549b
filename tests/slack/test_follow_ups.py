"""Follow-ups, tickets and bridges, as people see them in Slack; and links outside, whatever their text."""

import pytest

from app.domain import commands as c
from app.domain.asking import Ask, asked_of
from app.slack.blocks import card, follow_ups
from app.slack.postmortem import outside as in_markdown
from app.slack.text import outside
from tests.domain.given import PLAYBOOK
from tests.slack.accepted import assert_message, assert_view, shown
from tests.slack.examples import ONCALL, SECOND, SUPPORT, record, tell

TICKET = "https://example.atlassian.net/browse/OPS-7"


def test_what_is_open_comes_first_and_has_a_button() -> None:
    story = tell().do(c.AddFollowUps(ONCALL, ("Add an alert for <!channel>", "Test the failover"), SECOND.id))
    story.do(c.CompleteFollowUp(ONCALL, 1)).do(c.RecordTicket(2, "OPS-7", TICKET))
    message = follow_ups.listing(record(story))
    assert_message(message)
    assert message.text == "One of two follow-ups of SEV1 Payment API down is open."
    _, first, second, add = message.blocks
    assert f"☐ *2* Test the failover\n<@{SECOND.id}> · <{TICKET}|OPS-7>" in first["text"]["text"]
    assert first["accessory"]["action_id"] == "follow_up.done"
    assert "&lt;!channel&gt;" in second["text"]["text"]
    assert second["accessory"]["value"] == "3:1"
    assert add["elements"][0]["action_id"] == "follow_up.add"


def test_what_its_ticket_says_is_done_has_no_button() -> None:
    story = tell().do(c.AddFollowUps(ONCALL, ("Test the failover",))).do(c.RecordTicket(1, "OPS-7", TICKET))
    story.do(c.RecordTicketState(1, "Closed", done=True))
    message = follow_ups.listing(record(story))
    assert message.text == "The follow-up of SEV1 Payment API down is done."
    assert "accessory" not in message.blocks[1]


def test_a_hundred_fit_into_a_message_and_nothing_into_one() -> None:
    story = tell().do(c.AddFollowUps(ONCALL, tuple(f"{number} {'x' * 600}" for number in range(100))))
    assert_message(follow_ups.listing(record(story)))
    nothing = follow_ups.listing(record(tell()))
    assert_message(nothing)
    assert "`/incident follow-up @name what is to be done`" in nothing.text


def test_the_form_takes_one_a_line() -> None:
    form = follow_ups.form(record(tell()), "Runbook\nAlert <!here>")
    assert_view(form)
    assert form["blocks"][1]["element"]["initial_value"] == "Runbook\nAlert <!here>"


def test_whoever_does_one_is_asked_for_it_until_it_is_done() -> None:
    story = tell().do(c.Acknowledge(ONCALL)).do(c.AddFollowUps(ONCALL, ("Test the failover",), SUPPORT.id))
    now = story.incident
    assert list(asked_of(SUPPORT.id, now, story.rules, PLAYBOOK)) == [Ask.FOLLOW_UP]
    now = story.do(c.CompleteFollowUp(ONCALL, 1)).incident
    assert list(asked_of(SUPPORT.id, now, story.rules, PLAYBOOK)) == []


def test_the_card_links_the_ticket_and_the_bridge() -> None:
    story = tell().do(c.RecordTicket(0, "OPS-7", TICKET)).do(c.RecordBridge("https://example.zoom.us/j/7?pwd=a&b=c"))
    said = shown(card.card(record(story)))
    assert f"Ticket: <{TICKET}|OPS-7>" in said
    assert "Bridge: <https://example.zoom.us/j/7?pwd=a&amp;b=c|join the call>" in said


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "https://x|y>", "https://x.com/a b", "http://x/<!channel>", "https://[::1]/", "", None],
)
def test_what_is_no_plain_address_is_no_link(url: str | None) -> None:
    assert outside(url, "OPS-7 <!here>") == "OPS-7 &lt;!here&gt;"
    assert "](" not in in_markdown(url, "OPS-7")


def test_the_words_of_a_link_cannot_end_it() -> None:
    assert outside(TICKET, "a|b>\nc") == f"<{TICKET}|a|b&gt; c>"
    assert in_markdown(TICKET, "a](b)") == rf"[a\](b)]({TICKET})"

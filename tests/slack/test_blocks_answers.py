import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.events import Event
from app.domain.timers import timers
from app.slack.blocks import answers
from app.slack.blocks.timeline import HOUSEKEEPING, kind, rows
from app.slack.listeners.commands import ABOUT, GENERAL
from app.slack.text import Message, when, when_in
from app.slack.words import OWN_MESSAGES
from tests.domain.given import MULTI_SERVICE, START, Story, at
from tests.slack.accepted import assert_message, labels, shown
from tests.slack.examples import ONCALL, SECOND, SUPPORT, record, resolution, tell


def upcoming(story: Story) -> str:
    """Return what the answer about timers shows."""
    now = record(story)
    message = answers.upcoming(now, timers(now.incident, now.rules), story.now)
    assert_message(message)
    return shown(message)


def checked(message: Message) -> Message:
    assert_message(message)
    return message


def test_the_menu_shows_what_is_open_and_how_to_declare() -> None:
    message = checked(answers.menu([record(tell())], at(minutes=14)))
    assert message.text == "One incident is open."
    assert (
        ":large_orange_circle: *SEV1 · Payment API down*\n"
        f"Investigating · Incident commander: nobody yet · declared {when_in(START, at(minutes=14))} · <#C0INCIDENT12>"
    ) in shown(message)
    assert labels(message) == ["Declare an incident"]
    assert checked(answers.menu([], START)).text == "No incident is open."
    assert checked(answers.menu([record(tell())] * 2, START)).text == "Two incidents are open, the worst first."


def test_a_long_list_says_what_it_leaves_out() -> None:
    message = checked(answers.listing([record(tell())] * 26, START))
    assert message.text == "26 incidents."
    assert "One more incident is left out." in shown(message)
    assert checked(answers.listing([], START)).text == "There is no incident to list."


def test_what_comes_next_is_told_with_what_prevents_it() -> None:
    text = upcoming(tell(rules=MULTI_SERVICE))
    first = when_in(at(minutes=12), START)
    assert f"*{first}* a warning: 80 % of the time to acknowledge has passed" in text
    assert f"*{when_in(at(minutes=15), START)}* step 2 pages Secondary on-call unless acknowledged" in text
    assert "step 3 again" not in text or "unless acknowledged" in text
    assert f"*{when_in(at(minutes=15), START)}* an update is asked for: SEV1 asks for one every 15 min" in text
    assert f"*{when_in(at(hours=2), START)}* step 4 pages VP Engineering unless resolved" in text
    assert text.index("80 %") < text.index("Secondary on-call") < text.index("VP Engineering")


def test_after_the_end_only_the_postmortem_comes() -> None:
    text = upcoming(tell().do(resolution(), at(minutes=60)))
    assert "a reminder of the postmortem" in text
    assert "the postmortem is due: SEV1 asks for it within 3 d" in text
    assert "pages" not in text


def test_nothing_to_come_is_said() -> None:
    assert "Nothing is due for <#C0INCIDENT12>" in upcoming(tell().do(c.Cancel(ONCALL)))


def test_the_status_tells_how_it_stands_and_what_comes() -> None:
    now = record(tell().do(c.Acknowledge(ONCALL)))
    message = checked(answers.status(now, timers(now.incident, now.rules), START))
    assert message.text.startswith("SEV1 Payment API down: Investigating")
    assert "*Impact* Nobody can pay" in shown(message)
    assert "the time to resolve runs out" in shown(message)


def test_the_timeline_tells_who_did_what_when() -> None:
    story = tell(rules=MULTI_SERVICE).do(c.Acknowledge(ONCALL), at(minutes=3))
    story.do(c.PostUpdate(ONCALL, "identified", "Full", "Freed", "Grow"), at(minutes=9))
    story.do(c.RecordCard("C1", "1.2"))
    lines = shown(checked(answers.timeline(record(story), story.events))).splitlines()
    rule = "rule: multi-service"
    assert lines[1:] == [
        f"{when(START)} <@U0SUPPORT> declared SEV1 Payment API down",
        f"{when(START)} Tocsin paged step 1 (Primary on-call): <@U0ONCALL>; {rule}, step 1, SEV1 declared",
        f"{when(START)} Tocsin paged step 3 (Engineering manager): <@U0MANAGER>; {rule}, step 3, SEV1 declared",
        f"{when(at(minutes=3))} <@U0ONCALL> acknowledged it",
        f"{when(at(minutes=9))} <@U0ONCALL> posted an update, Identified: Full; done so far: Freed; next: Grow",
    ]


def test_a_long_timeline_keeps_its_newest_part() -> None:
    story = tell()
    for number in range(300):
        story.do(c.AddNote(SUPPORT, f"note {number} {'x' * 100}"))
    message = checked(answers.timeline(record(story), story.events))
    assert "earlier lines are left out; the postmortem draft has them all." in message.text
    assert "note 299" in shown(message)
    assert "note 0 " not in shown(message)


@pytest.mark.parametrize("event", Event.__args__, ids=lambda event: event.__name__)
def test_the_timeline_has_words_for_every_kind_of_event(event: type[e.Event]) -> None:
    there = (OWN_MESSAGES / "timeline" / f"{kind(event.__new__(event))}.j2").is_file()
    assert there != issubclass(event, HOUSEKEEPING)


def test_what_tocsin_notes_for_itself_is_left_out() -> None:
    events: list[Event] = [e.CardPosted(START, "C1", "1.2"), e.Acknowledged(START, SECOND.id)]
    assert [row.what for row in rows(events, record(tell()))] == ["acknowledged it"]


def test_a_typo_is_answered_with_what_was_meant() -> None:
    message = checked(answers.did_you_mean("aknowledge", "ack", record(tell())))
    assert message.text == 'Unknown word "aknowledge". Did you mean `/incident ack`? · `/incident help`'
    assert labels(message) == ["Acknowledge"]
    assert labels(checked(answers.did_you_mean("tgi", "tag", record(tell())))) == []
    assert labels(checked(answers.did_you_mean("aknowledge", "ack"))) == []
    assert labels(checked(answers.did_you_mean("zzz", None))) == ["Declare an incident"]


def test_a_refusal_offers_to_open_a_closed_incident_again() -> None:
    story = tell()
    assert labels(checked(answers.refusal("That cannot be done now.", record(story)))) == []
    assert labels(checked(answers.refusal("It is over.", record(story.do(resolution()))))) == ["Reopen"]
    assert checked(answers.done("It is done.")).text == "It is done."


def test_help_names_every_word() -> None:
    text = shown(checked(answers.help_(MULTI_SERVICE)))
    for word in {*ABOUT, *GENERAL} - {"", "help", "postmortem"}:
        assert f"`{word}" in text
    assert "/postmortem" in text

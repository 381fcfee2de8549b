from datetime import timedelta

from app.domain import commands as c
from app.domain.playbook import Checklist
from app.slack.blocks import checklist
from app.slack.text import Message, when
from app.store import Record
from tests.domain.given import START, at
from tests.slack.accepted import assert_message, labels, shown
from tests.slack.examples import ONCALL, SECOND, record, tell
from tests.slack.hostile import ATTACKS

LIST = Checklist("triage", "Triage", ("Look at <graphs>", "Roll back?"))


def ticked(*items: str) -> Record:
    story = tell()
    for item in items:
        story.do(c.TickItem(ONCALL, "triage", "Triage", item), at(minutes=3))
    return record(story)


def checked(message: Message) -> Message:
    assert_message(message)
    return message


def test_each_item_has_its_button() -> None:
    message = checked(checklist.checklist(LIST, ticked()))
    assert message.text == 'Checklist "Triage" for SEV1 Payment API down: two items.'
    assert "☐ Look at &lt;graphs&gt;" in shown(message)
    assert labels(message) == ["Done", "Done"]


def test_what_is_ticked_shows_by_whom_and_when_and_can_be_taken_back() -> None:
    message = checked(checklist.checklist(LIST, ticked("Roll back?")))
    assert message.text == 'Checklist "Triage" for SEV1 Payment API down: 1 of 2 done.'
    assert f"☑ Roll back?\n<@{ONCALL.id}>, {when(at(minutes=3), START)}" in shown(message)
    assert labels(message) == ["Done", "Undo"]
    whole = checked(checklist.checklist(LIST, ticked(*LIST.items)))
    assert whole.text == 'Checklist "Triage" for SEV1 Payment API down: all two done.'


def test_buttons_say_which_item_they_are_for_to_whoever_hears_them() -> None:
    blocks = checklist.checklist(LIST, ticked()).blocks[1:]
    assert [block["accessory"]["accessibility_label"] for block in blocks] == [
        "Done: Look at <\u2060graphs>",
        "Done: Roll back?",
    ]
    assert len({block["accessory"]["value"] for block in blocks}) == 2


def test_a_tick_outlives_the_item_in_the_playbook() -> None:
    changed = Checklist("triage", "Triage", ("Roll back or forward?",))
    message = checked(checklist.checklist(changed, ticked("Roll back?")))
    assert message.text.endswith("1 of 2 done.")
    assert labels(message) == ["Done", "Undo"]


def test_forty_long_items_fit_into_one_message() -> None:
    long = Checklist("triage", "Triage", tuple(f"{number} {'x' * 200}" for number in range(40)))
    story = tell()
    for item in long.items:
        story.do(c.TickItem(SECOND, "triage", "Triage", item))
    message = checked(checklist.checklist(long, record(story)))
    assert labels(message) == ["Undo"] * 40


def test_hostile_words_stay_words() -> None:
    for text in ATTACKS:
        one = Checklist("triage", text, (text, f"{text} again"))
        checked(checklist.checklist(one, ticked(text)))
        checked(checklist.overview([one, one], ticked(text)))


def test_the_overview_tells_how_far_each_list_is_and_when_it_begins() -> None:
    after = Checklist("week", "Week 1", ("Review",), when="resolved", severities=("SEV1",), due=timedelta(days=7))
    message = checked(checklist.overview([LIST, after], ticked("Roll back?")))
    assert message.text == "Two checklists for SEV1 Payment API down."
    assert "*Triage*\n1 of 2 done · from the declaration on" in shown(message)
    assert "*Week 1*\n0 of 1 done · once it is Resolved, due 7 d after the resolution, for SEV1" in shown(message)
    assert labels(message) == ["Open", "Open"]

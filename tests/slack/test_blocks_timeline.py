"""A message that was added to a timeline stands there at its own time, in its author's name, with a link."""

from app.domain import commands as c
from app.domain import events as e
from app.slack import postmortem
from app.slack.blocks import timeline
from app.slack.blocks.timeline import Row, in_slack
from app.slack.words import OWN_MESSAGES, OWN_WORDS, PLAIN, Words
from tests.domain.given import PLAYBOOK, Story, at
from tests.slack.examples import ONCALL, SECOND, record, tell

LINK = "https://acme.slack.com/archives/C0INCIDENT12/p1700000000000100"


def told(author: str | None = ONCALL.id, link: str | None = LINK) -> Story:
    """Return a story in which something of the third minute was added in the ninth."""
    story = tell().do(c.Acknowledge(ONCALL), at(minutes=5))
    said = c.AddNote(SECOND, "It is <DNS>", said_at=at(minutes=3), author=author, link=link, message="C1:1.0")
    return story.do(said, at(minutes=9))


def noted(story: Story, words: Words = OWN_WORDS, **context: object) -> tuple[int, Row]:
    """Return the line of the message, and which it is after the declaration and the pages."""
    rows = list(timeline.rows(story.events, record(story), words, **context))
    place = next(place for place, row in enumerate(rows) if "DNS" in row.what)
    acknowledged = next(place for place, row in enumerate(rows) if "acknowledged" in row.what)
    return place - acknowledged, rows[place]


def test_it_stands_at_its_own_time_by_its_author() -> None:
    place, row = noted(told())
    assert place < 0
    assert (row.at, row.by) == (at(minutes=3), ONCALL.id)


def test_in_slack_it_links_to_the_message_and_says_who_added_it() -> None:
    story = told()
    line = in_slack(noted(story)[1], record(story))
    assert f"<@{ONCALL.id}> said: It is &lt;DNS&gt; (<{LINK}|message>, added by <@{SECOND.id}>)" in line


def test_what_is_no_link_of_slacks_links_nowhere() -> None:
    _, row = noted(told(link="https://evil.example.com"))
    assert "(message, added by" in row.what
    _, row = noted(told(link=None))
    assert "(message, added by" in row.what


def test_what_an_app_said_is_told_of_whoever_added_it() -> None:
    _, row = noted(told(author=None))
    assert row.by == SECOND.id
    assert row.what.startswith("added what an app said: It is &lt;DNS&gt;")


def test_in_plain_text_the_link_is_its_address() -> None:
    _, row = noted(told(), Words((OWN_MESSAGES,), PLAIN), names={SECOND.id: "Sam"})
    assert row.what == f"said: It is <DNS> ({LINK}, added by Sam)"


def test_the_postmortem_has_it_at_its_own_time_too() -> None:
    story = told()
    names = {ONCALL.id: "Ann", SECOND.id: "Sam"}
    lines = postmortem.draft(record(story), story.events, names, PLAYBOOK, OWN_WORDS).splitlines()
    said = next(place for place, line in enumerate(lines) if "It is" in line)
    assert next(place for place, line in enumerate(lines) if "paged step 1" in line) < said
    assert said < next(place for place, line in enumerate(lines) if "acknowledged" in line and "Ann" in line)
    assert "Ann" in lines[said]
    assert f"[message]({LINK})" in lines[said]


def test_a_note_in_ones_own_words_stands_where_it_was_written() -> None:
    story = tell().do(c.AddNote(SECOND, "DNS again"), at(minutes=4)).do(c.Acknowledge(ONCALL), at(minutes=5))
    place, row = noted(story)
    assert (place < 0, row.by, row.what) == (True, SECOND.id, "noted: DNS again")
    assert isinstance(story.last(e.Noted), e.Noted)

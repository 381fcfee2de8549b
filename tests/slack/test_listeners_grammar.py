import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.slack.listeners.commands import ABOUT, GENERAL
from app.slack.listeners.grammar import (
    ALIASES,
    Phrase,
    Reference,
    guess,
    one_of,
    parse,
    read_reference,
    take_member,
    take_tags,
)


@pytest.mark.parametrize(
    ("typed", "phrase"),
    [
        ("", Phrase("")),
        ("   ", Phrase("")),
        ("ack", Phrase("ack")),
        ("ACK", Phrase("ack")),
        ("acknowledge", Phrase("ack")),
        ("sev SEV2", Phrase("severity", rest="SEV2")),
        ("declare  Payment API   down", Phrase("declare", rest="Payment API   down")),
        ("12 ack", Phrase("ack", Reference(number=12))),
        ("#12 ack now", Phrase("ack", Reference(number=12), "now")),
        ("12", Phrase("status", Reference(number=12))),
        ("<#C0ROOM|incident-12> ack", Phrase("ack", Reference(channel="C0ROOM"))),
        ("incident-2026-012 timeline", Phrase("timeline", Reference(name="incident-2026-012"))),
        ("#Incident-12", Phrase("status", Reference(name="incident-12"))),
    ],
)
def test_a_phrase_is_understood(typed: str, phrase: Phrase) -> None:
    assert parse(typed) == phrase


@pytest.mark.parametrize(
    ("typed", "phrase"),
    [
        ("ack 12", Phrase("ack", Reference(number=12))),
        ("note #12 the pods restart", Phrase("note", Reference(number=12), "the pods restart")),
        ("role <@U1|ann> scribe", Phrase("role", rest="<@U1|ann> scribe")),
        ("12 note 13 pods restart", Phrase("note", Reference(number=12), "13 pods restart")),
    ],
)
def test_the_first_word_behind_may_name_the_incident(typed: str, phrase: Phrase) -> None:
    assert parse(typed).with_leading_reference() == phrase


@pytest.mark.parametrize("text", ["", "payments", "+data-loss", "12th", "#", "<@U1|ann>", "1" * 10, "１２", "p-1."])
def test_other_words_name_no_incident(text: str) -> None:
    assert read_reference(text) is None


def test_a_member_is_taken_out_of_the_text() -> None:
    assert take_member("scribe <@U0BOB|bob>") == ("U0BOB", "scribe")
    assert take_member("<@W0BOB> technical lead") == ("W0BOB", "technical lead")
    assert take_member("scribe @bob") == (None, "scribe @bob")


def test_tags_are_added_and_removed() -> None:
    assert take_tags("+Data-Loss, security-breach -user-impact - +") == (
        ("data-loss", "security-breach"),
        ("user-impact",),
    )


def test_spelling_does_not_matter() -> None:
    assert one_of("sev 1", ["SEV-1", "SEV-2"]) == "SEV-1"
    assert one_of("Technical_Lead", ["technical-lead"]) == "technical-lead"
    assert one_of("SEV3", ["SEV-1", "SEV-2"]) is None


@pytest.mark.parametrize(
    ("typed", "meant"), [("aknowledge", "ack"), ("resolv", "resolve"), ("timelin", "timeline"), ("xyzzy", None)]
)
def test_a_mistyped_word_is_guessed(typed: str, meant: str | None) -> None:
    assert guess(typed, [*GENERAL, *ABOUT]) == meant


def test_every_alias_stands_for_a_word() -> None:
    assert set(ALIASES.values()) <= {*GENERAL, *ABOUT}
    assert not set(ALIASES) & {*GENERAL, *ABOUT}


@given(st.text())
def test_any_text_is_a_phrase(text: str) -> None:
    assert isinstance(parse(text).with_leading_reference().written, str)

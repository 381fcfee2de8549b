"""The table of Slack's errors: every code of every method has one meaning, and what is dead is told to somebody."""

import json
import os
from pathlib import Path

import pytest

from app.slack.errors import TOKEN, UNREACHABLE, Meaning, Row, Told, in_words, row
from app.slack.errors.table import ANY_METHOD, OF_METHOD, TOLD
from app.slack.errors.words import IN_PERSON, IN_WORDS
from app.slack.methods import METHODS

SPECS = os.environ.get("SLACK_SPECS")
specs = pytest.mark.skipif(not SPECS, reason="SLACK_SPECS names no folder with Slack's specifications")


def test_no_method_lacks_rows_and_no_row_lacks_a_method() -> None:
    assert set(OF_METHOD) == set(TOLD) == set(METHODS)


@specs
@pytest.mark.parametrize("method", METHODS)
def test_every_error_that_slack_documents_has_a_meaning(method: str) -> None:
    documented = json.loads((Path(SPECS or "") / "methods" / f"{method}.json").read_text())["errors"]
    assert set(documented) - set(OF_METHOD[method]) - set(ANY_METHOD) == set()


@specs
def test_no_row_is_made_up() -> None:
    # Met in practice, or documented elsewhere, though the method's own page forgets them.
    met = {
        "auth.test": {"enterprise_is_restricted", "team_access_not_granted", "two_factor_setup_required"},
        "bookmarks.add": {"not_in_channel"},
        "bookmarks.list": {"not_in_channel"},
        "chat.postMessage": {"msg_too_long", "user_disabled", "user_not_found"},
        "chat.update": {"msg_blocks_too_long", "not_in_channel"},
        "conversations.archive": {"not_in_channel"},
        "conversations.history": {"not_in_channel"},
        "conversations.invite": {"user_is_ultra_restricted"},
        "conversations.replies": {"not_in_channel"},
        "pins.add": {"not_in_channel"},
        "users.conversations": {"user_not_found"},
        "views.publish": {"user_not_found"},
    }
    made_up = {}
    for method, rows in OF_METHOD.items():
        documented = json.loads((Path(SPECS or "") / "methods" / f"{method}.json").read_text())["errors"]
        if unknown := set(rows) - set(documented) - met.get(method, set()):
            made_up[method] = unknown
    assert made_up == {}


def test_a_row_of_one_method_says_something_else_than_that_of_all() -> None:
    needless = {
        (method, code)
        for method, rows in OF_METHOD.items()
        for code, meaning in rows.items()
        if ANY_METHOD.get(code) is meaning
    }
    assert needless == set()


def test_an_unknown_code_is_dead_and_told() -> None:
    assert row("chat.postMessage", "a_new_error") == Row(Meaning.DEAD, Told.INCIDENT)
    assert row("views.open", "a_new_error") == Row(Meaning.DEAD, Told.ASKER)
    assert row("a.method.of.tomorrow", "a_new_error") == Row(Meaning.DEAD, Told.OPERATOR)


def test_a_method_may_mean_something_else_than_all() -> None:
    assert row("chat.postMessage", "channel_not_found").meaning is Meaning.GONE
    assert row("conversations.open", "channel_not_found").meaning is Meaning.DEAD


def test_the_words_are_of_codes_that_are_in_the_table() -> None:
    known = {code for rows in (ANY_METHOD, *OF_METHOD.values()) for code in rows}
    assert (set(IN_WORDS) | set(IN_PERSON) | UNREACHABLE) - known == set()


def test_what_slack_answers_without_a_token_has_words() -> None:
    assert set(IN_WORDS) >= TOKEN


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("is_archived", "the channel is archived"),
        ("a_new_error", "Slack says a_new_error"),
    ],
)
def test_codes_are_told_in_words(code: str, said: str) -> None:
    assert in_words(code) == said


def test_a_missing_permission_is_named() -> None:
    told = "the app lacks the permission pins:write; install it again from manifest.yml"
    assert in_words("missing_scope", scope="pins:write") == told
    assert in_words("missing_scope") == "the app lacks a permission; install it again from manifest.yml"

"""Block Kit's shapes and limits; where Slack's own schema is at hand, it must agree."""

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from app.sandbox.blockkit import characters, message_complaints, view_complaints
from tests.sandbox.hands import Json

SPECS = Path(os.environ.get("SLACK_SPECS", ""))
needs_specs = pytest.mark.skipif(not os.environ.get("SLACK_SPECS"), reason="SLACK_SPECS names no folder of schemas")


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(value: str) -> Json:
    return {"text": plain("Option"), "value": value}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def asks(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


BUTTON = {"type": "button", "text": plain("Press"), "action_id": "press"}
SELECT = {"type": "static_select", "options": [option("a"), option("b")], "placeholder": plain("Pick")}
CONFIRM = {"title": plain("Sure?"), "text": mrkdwn("Really"), "confirm": plain("Yes"), "deny": plain("No")}

WELL = [
    {"type": "header", "text": plain("x" * 150)},
    {"type": "section", "text": mrkdwn("x" * 3000), "block_id": "b"},
    {"type": "section", "fields": [mrkdwn("a"), plain("b")]},
    {"type": "section", "text": mrkdwn("a"), "accessory": {"type": "overflow", "options": [option("a")]}},
    {"type": "section", "text": mrkdwn("a"), "accessory": {"type": "image", "image_url": "https://x", "alt_text": "x"}},
    {"type": "context", "elements": [mrkdwn("a"), {"type": "image", "image_url": "https://x", "alt_text": "x"}]},
    {"type": "divider"},
    {"type": "markdown", "text": "# Title"},
    {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a", "title": plain("a")},
    {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a"},
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "a"}]}]},
    {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]], "column_settings": [{"align": "right"}]},
    actions(BUTTON | {"style": "danger", "value": "v", "url": "https://x", "confirm": CONFIRM}),
    actions(SELECT | {"initial_option": option("a")}),
    actions({"type": "static_select", "option_groups": [{"label": plain("Group"), "options": [option("a")]}]}),
    actions({"type": "external_select", "min_query_length": 0}),
    actions({"type": "users_select", "initial_user": "U1"}, {"type": "channels_select"}),
    actions({"type": "conversations_select", "default_to_current_conversation": True, "filter": {"include": ["im"]}}),
    actions({"type": "multi_static_select", "options": [option("a")]}, {"type": "multi_users_select"}),
    actions({"type": "datepicker", "initial_date": "2026-01-31"}, {"type": "timepicker", "initial_time": "09:30"}),
    actions({"type": "datetimepicker", "initial_date_time": 1_700_000_000}),
    actions({"type": "checkboxes", "options": [option("a")], "initial_options": [option("a")]}),
    actions({"type": "radio_buttons", "options": [option("a")]}),
    asks({"type": "plain_text_input", "multiline": True, "max_length": 10}, optional=True, hint=plain("Hint")),
    asks({"type": "number_input", "is_decimal_allowed": False, "min_value": "1"}, dispatch_action=True),
    asks({"type": "url_text_input", "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]}}),
]

# A block, the complaint of it, and whether Slack's schema sees it too: it knows no rules between two fields.
ILL: list[tuple[Any, str, bool]] = [
    ("text", "must provide an object [json-pointer:/blocks/0]", True),
    ({"type": "banner"}, "unsupported type: banner [json-pointer:/blocks/0/type]", True),
    ({}, "unsupported type: None [json-pointer:/blocks/0/type]", True),
    ({"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters", True),
    ({"type": "header", "text": mrkdwn("x")}, "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]", True),
    ({"type": "section"}, "missing required field: text or fields", False),
    ({"type": "section", "text": mrkdwn("")}, "must be more than 0 characters", False),
    ({"type": "section", "text": mrkdwn("x" * 3001)}, "[json-pointer:/blocks/0/text/text]", True),
    ({"type": "section", "text": "x"}, "must provide an object [json-pointer:/blocks/0/text]", True),
    ({"type": "section", "fields": [mrkdwn("x")] * 11}, "no more than 10 items allowed", True),
    ({"type": "section", "fields": [mrkdwn("x" * 2001)]}, "must be less than 2001 characters", False),
    ({"type": "section", "text": mrkdwn("x"), "color": "red"}, "invalid additional property: color", True),
    ({"type": "section", "text": mrkdwn("x"), "block_id": "x" * 256}, "must be less than 256 characters", True),
    (actions(), "must provide at least 1 items [json-pointer:/blocks/0/elements]", False),
    (actions(*[BUTTON | {"action_id": str(n)} for n in range(26)]), "no more than 25 items allowed", True),
    (actions(BUTTON, BUTTON), "`action_id` already exists: press", False),
    (actions(BUTTON | {"text": plain("x" * 76)}), "must be less than 76 characters", True),
    (actions(BUTTON | {"value": "x" * 2001}), "[json-pointer:/blocks/0/elements/0/value]", True),
    (actions(BUTTON | {"style": "blue"}), "value must be one of: primary, danger", True),
    (actions(BUTTON | {"confirm": CONFIRM | {"confirm": plain("x" * 31)}}), "must be less than 31 characters", True),
    (actions(SELECT | {"options": [option("x" * 76)]}), "must be less than 76 characters", True),
    (actions(SELECT | {"options": [option(str(n)) for n in range(101)]}), "no more than 100 items", True),
    (actions(SELECT | {"option_groups": []}), "must provide at least 1 items", False),
    (actions({"type": "static_select"}), "must provide either options or option_groups", False),
    (actions(SELECT | {"initial_option": option("z")}), "initial option does not match", False),
    (actions({"type": "overflow", "options": [option(str(n)) for n in range(6)]}), "no more than 5 items", True),
    (actions({"type": "plain_text_input"}), "unsupported type: plain_text_input", True),
    (actions({"type": "multi_users_select", "max_selected_items": "2"}), "must be a number", True),
    (asks(BUTTON), "unsupported type: button [json-pointer:/blocks/0/element/type]", True),
    (asks({"type": "number_input"}), "missing required field: is_decimal_allowed", True),
    (asks({"type": "plain_text_input"}, optional="yes"), "must be a boolean [json-pointer:/blocks/0/optional]", True),
    ({"type": "image", "alt_text": "a"}, "must provide either image_url or slack_file", True),
    ({"type": "context", "elements": [BUTTON]}, "unsupported type: button", True),
    ({"type": "context", "elements": [mrkdwn("x")] * 11}, "no more than 10 items allowed", True),
    ({"type": "markdown", "text": "x" * 12_001}, "must be less than 12001 characters", False),
    ({"type": "rich_text", "elements": [{"type": "text"}]}, "unsupported type: text", True),
    ({"type": "table", "rows": []}, "must provide at least 1 items", False),
]


@pytest.mark.parametrize("block", WELL, ids=json.dumps)
def test_what_slack_takes_is_taken(block: Json) -> None:
    assert message_complaints([block]) == []


@pytest.mark.parametrize(("block", "complaint"), [row[:2] for row in ILL], ids=[row[1] for row in ILL])
def test_what_slack_refuses_is_refused_in_its_words(block: Any, complaint: str) -> None:
    (said,) = message_complaints([block])
    assert said.startswith("[ERROR] ")
    assert complaint in said


@needs_specs
@pytest.mark.parametrize("block", WELL, ids=json.dumps)
def test_slacks_schema_takes_it_too(block: Json) -> None:
    schema().validate({"blocks": [block]})


@needs_specs
@pytest.mark.parametrize("block", [block for block, _, seen in ILL if seen], ids=lambda block: json.dumps(block)[:60])
def test_slacks_schema_refuses_it_too(block: Json) -> None:
    assert not schema().is_valid({"blocks": [block]})


def schema() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads((SPECS / "blocks.schema.json").read_text()))


def test_a_message_has_at_most_fifty_blocks_with_ids_of_their_own() -> None:
    assert message_complaints([{"type": "divider"}] * 50) == []
    assert message_complaints([{"type": "divider"}] * 51) == [
        "[ERROR] no more than 50 items allowed [json-pointer:/blocks]"
    ]
    twice = message_complaints([{"type": "divider", "block_id": "a"}] * 2)
    assert twice == ["[ERROR] `block_id` already exists: a [json-pointer:/blocks]"]


MODAL = {"type": "modal", "title": plain("Title"), "blocks": [{"type": "divider"}]}


@pytest.mark.parametrize(
    ("view", "complaint"),
    [
        (None, "must provide an object [json-pointer:/view]"),
        (MODAL | {"title": plain("x" * 25)}, "must be less than 25 characters [json-pointer:/view/title/text]"),
        (MODAL | {"submit": plain("x" * 25)}, "[json-pointer:/view/submit/text]"),
        (MODAL | {"blocks": [{"type": "divider"}] * 101}, "no more than 100 items allowed"),
        (MODAL | {"blocks": [asks({"type": "plain_text_input"})]}, "missing required field: submit"),
        (MODAL | {"blocks": [{"type": "markdown", "text": "x"}]}, "unsupported type: markdown"),
        (MODAL | {"private_metadata": "x" * 3001}, "[json-pointer:/view/private_metadata]"),
        (MODAL | {"callback_id": "x" * 256}, "[json-pointer:/view/callback_id]"),
        ({"type": "home", "title": plain("Home"), "blocks": []}, "invalid additional property: title"),
        ({"type": "modal", "blocks": []}, "missing required field: title"),
    ],
)
def test_malformed_views_are_refused(view: Any, complaint: str) -> None:
    (said,) = view_complaints(view)
    assert complaint in said


def test_well_formed_views_are_taken() -> None:
    assert view_complaints(MODAL | {"submit": plain("Go"), "close": plain("Stop"), "notify_on_close": True}) == []
    assert view_complaints({"type": "home", "blocks": [actions(BUTTON)]}) == []


def test_characters_counts_all_text() -> None:
    assert characters([{"type": "section", "text": mrkdwn("abc"), "fields": [plain("de")]}, actions(BUTTON)]) == 10

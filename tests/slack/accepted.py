"""What Slack accepts, and what comes alive in it: the checks that every message and view must pass."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from app.sandbox import blockkit
from app.slack.text import Message

LONGEST_MESSAGE = 13_000
LONGEST_TEXT = 4000
# What Tocsin makes from typed values. No example gives anybody an id that begins with U0EVIL.
OURS = re.compile(
    r"@[UW](?!0EVIL)\w+|!subteam\^S(?!0EVIL)\w+|#C(?!0EVIL)\w+"
    r"|!date\^\d+\^\{time\}(, \{date_short_pretty\}| \(\{ago\}\))?\|\d\d:\d\d UTC(, \d+ \w+ \d+)?"
    r"|https://example\.(atlassian\.net|zoom\.us)/[^<>|]*\|[\w -]+"
    r"|https://prometheus\.example/[^<>|]*\|open the monitor"
    r"|https?://[\w.:/-]+/archives/\w+/p\d+(\?[\w=.&;-]*)?\|[\w ]+"
)


def assert_message(message: Message) -> None:
    """Fail unless Slack takes the message, and nothing in it is alive that Tocsin did not make."""
    assert message.text.strip()
    assert len(message.text) <= LONGEST_TEXT
    assert blockkit.message_complaints(message.blocks) == []
    assert blockkit.characters(message.blocks) <= LONGEST_MESSAGE
    for block in Block.parse_all(message.blocks):
        block.validate_json()
    _assert_schema("blocks.schema.json", {"text": message.text, "blocks": message.blocks})
    assert_tame(message.text)
    _assert_tame_and_sendable(message.blocks)


def assert_view(view: Mapping[str, Any]) -> None:
    """Fail unless Slack takes the view, and nothing in it is alive that Tocsin did not make."""
    assert blockkit.view_complaints(view) == []
    View(**view).validate_json()
    _assert_schema("view.schema.json", view)
    _assert_tame_and_sendable(view)


def assert_tame(mrkdwn: str) -> None:
    """Fail if text holds a mention or link that Tocsin did not make."""
    for token in re.findall(r"<([^<>]*)", mrkdwn):
        assert OURS.fullmatch(token), token


def texts(part: Any, kind: str) -> Iterator[str]:
    """Yield the texts of all text objects and blocks of that type."""
    if isinstance(part, Mapping):
        if part.get("type") == kind and isinstance(part.get("text"), str):
            yield part["text"]
        for inner in part.values():
            yield from texts(inner, kind)
    elif isinstance(part, list):
        for inner in part:
            yield from texts(inner, kind)


def labels(message: Message) -> list[str]:
    """Return what the buttons and menus of a message say, in order."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    elements = [element for row in rows for element in row]
    elements += [block["accessory"] for block in message.blocks if "accessory" in block]
    return [(element.get("text") or element["placeholder"])["text"] for element in elements]


def shown(message: Message) -> str:
    """Return everything that a message shows in blocks."""
    kinds = ("mrkdwn", "plain_text", "markdown")
    return "\n".join(text for kind in kinds for text in texts(message.blocks, kind))


def _assert_tame_and_sendable(part: Any) -> None:
    json.dumps(part, ensure_ascii=False).encode()
    for text in texts(part, "mrkdwn"):
        assert_tame(text)
    for text in texts(part, "markdown"):
        assert "<" not in text
        assert not re.search(r"(?<!\\)\]\(", text)


def _assert_schema(name: str, value: Any) -> None:
    if folder := os.environ.get("SLACK_SPECS"):
        faults = [f"{fault.json_path}: {fault.message}"[:300] for fault in _schema(folder, name).iter_errors(value)]
        assert faults == []


@lru_cache
def _schema(folder: str, name: str) -> Draft7Validator:
    return Draft7Validator(json.loads((Path(folder) / name).read_text()))

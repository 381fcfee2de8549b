"""Block Kit: which blocks, messages and views Slack takes, and what it says of the others.

Slack's pages: https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/reference/views
"""

import copy
import secrets
from collections.abc import Iterator
from typing import Any

from app.sandbox.checks import Check, choice, complain, flag, many, number, one_of, shape, string, tell_twice
from app.sandbox.elements import BUTTONS, CHOICES, MOMENTS, SELECTS, TYPED, any_text, plain_text
from app.sandbox.workspace import Json

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_CHARACTERS = 13_000
MARKDOWN_CHARACTERS = 12_000
VIEW_BYTES = 250_000
TABLE_ROWS = 100
TABLE_COLUMNS = 20
RICH_TEXT_PARTS = 1000


def _anything(value: Any, pointer: str, complaints: list[str]) -> None:
    """Accept what the sandbox does not look into."""


def _says_something(block: Any, pointer: str, complaints: list[str]) -> None:
    if "text" not in block and "fields" not in block:
        complain(complaints, "missing required field: text or fields", pointer)


def _has_one_image(image: Any, pointer: str, complaints: list[str]) -> None:
    if ("image_url" in image) == ("slack_file" in image):
        complain(complaints, "must provide either image_url or slack_file", pointer)


def _unlike_action_ids(block: Any, pointer: str, complaints: list[str]) -> None:
    ids = [element["action_id"] for element in block["elements"] if "action_id" in element]
    tell_twice("action_id", ids, pointer, complaints)


_BLOCK = {"block_id": string(255, 1)}
_FILE = shape({}, {"id": string(255, 1), "url": string(3000, 1)})
_IMAGE: Check = shape(
    {"alt_text": string(2000, 1)}, {"image_url": string(3000, 1), "slack_file": _FILE}, _has_one_image
)
_RICH_TEXT = shape(
    {
        "elements": many(
            one_of(
                {
                    name: shape({"elements": _anything}, {"style": _anything, "indent": number, "border": number})
                    for name in ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
                }
            ),
            RICH_TEXT_PARTS,
            0,
        )
    },
    _BLOCK,
)
_CELL = one_of({"raw_text": shape({"text": string(3000)}), "rich_text": _RICH_TEXT})
_COLUMN = shape({}, {"align": choice("left", "center", "right"), "is_wrapped": flag})

_EVERYWHERE: dict[str, Check] = {
    "header": shape({"text": plain_text(150)}, _BLOCK),
    "section": shape(
        {},
        {
            **_BLOCK,
            "text": any_text(),
            "fields": many(any_text(2000), 10),
            "accessory": one_of({**BUTTONS, **SELECTS, **CHOICES, "image": _IMAGE}),
            "expand": flag,
        },
        _says_something,
    ),
    "context": shape(
        {"elements": many(one_of({"plain_text": any_text(), "mrkdwn": any_text(), "image": _IMAGE}), 10)}, _BLOCK
    ),
    "actions": shape(
        {"elements": many(one_of({**BUTTONS, **SELECTS, **CHOICES, **MOMENTS}), 25)}, _BLOCK, _unlike_action_ids
    ),
    "divider": shape({}, _BLOCK),
    "image": shape(
        {"alt_text": string(2000, 1)},
        {**_BLOCK, "title": plain_text(2000), "image_url": string(3000, 1), "slack_file": _FILE},
        _has_one_image,
    ),
    "input": shape(
        {"label": plain_text(2000), "element": one_of({**TYPED, **SELECTS, **CHOICES, **MOMENTS})},
        {**_BLOCK, "hint": plain_text(2000), "optional": flag, "dispatch_action": flag},
    ),
    "rich_text": _RICH_TEXT,
}
_IN_MESSAGES = {
    "markdown": shape({"text": string(MARKDOWN_CHARACTERS, 1)}, _BLOCK),
    "table": shape(
        {"rows": many(many(_CELL, TABLE_COLUMNS), TABLE_ROWS)},
        {**_BLOCK, "column_settings": many(_COLUMN, TABLE_COLUMNS, 0)},
    ),
}
_message_blocks = many(one_of({**_EVERYWHERE, **_IN_MESSAGES}), MESSAGE_BLOCKS, 0)
_view_blocks = many(one_of(_EVERYWHERE), VIEW_BLOCKS, 0)
_VIEW = {
    "blocks": _view_blocks,
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
_ON_VIEWS = {"clear_on_close": flag, "notify_on_close": flag, "submit_disabled": flag}
_view = one_of(
    {
        "modal": shape(
            {"title": plain_text(24), "blocks": _view_blocks},
            {**_VIEW, **_ON_VIEWS, "submit": plain_text(24), "close": plain_text(24)},
        ),
        "home": shape({"blocks": _view_blocks}, _VIEW),
    }
)


def message_complaints(blocks: Any) -> list[str]:
    """Return what is wrong with a message's blocks; nothing when they are well."""
    complaints: list[str] = []
    _message_blocks(blocks, "/blocks", complaints)
    return complaints or _repeated_block_ids(blocks, "/blocks")


def view_complaints(view: Any) -> list[str]:
    """Return what is wrong with a view; nothing when it is well."""
    complaints: list[str] = []
    _view(view, "/view", complaints)
    if complaints:
        return complaints
    complaints = _repeated_block_ids(view["blocks"], "/view/blocks")
    asks = any(block["type"] == "input" for block in view["blocks"])
    if asks and view["type"] == "modal" and "submit" not in view:
        complain(complaints, "missing required field: submit", "/view")
    return complaints


def _repeated_block_ids(blocks: list[Json], pointer: str) -> list[str]:
    complaints: list[str] = []
    tell_twice("block_id", [block["block_id"] for block in blocks if "block_id" in block], pointer, complaints)
    return complaints


def characters(blocks: Any) -> int:
    """Return how many characters of text the blocks hold."""
    match blocks:
        case {"text": str(text), **rest}:
            return len(text) + characters(rest)
        case dict():
            return sum(characters(value) for value in blocks.values())
        case list():
            return sum(characters(value) for value in blocks)
        case _:
            return 0


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Yield each interactive element with the block that it stands in."""
    for block in blocks:
        inside = {
            "section": [block.get("accessory")],
            "actions": block.get("elements", []),
            "input": [block.get("element")],
        }
        for element in inside.get(block["type"], []):
            if element is not None and element["type"] != "image":
                yield block, element


def with_ids(blocks: list[Json]) -> list[Json]:
    """Return the blocks with an id for each block and element that came without one, as Slack gives them."""
    named = copy.deepcopy(blocks)
    for block in named:
        block.setdefault("block_id", secrets.token_urlsafe(4))
    for _, element in elements(named):
        element.setdefault("action_id", secrets.token_urlsafe(4))
    return named

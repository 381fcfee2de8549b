"""Block Kit's parts, each within Slack's limits whatever text it is given.

mrkdwn is always `verbatim`, so that Slack makes no links and mentions of bare text; what is to be live, `text` makes.
Limits: https://docs.slack.dev/reference/block-kit
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.slack.text import Message, clean, fit, plain

Part = dict[str, Any]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
SECTION = 3000
FIELD = 2000
HEADER = 150
BUTTON = 75
OPTION = 75
OPTIONS = 100
TITLE = 24
PLACEHOLDER = 150
LABEL = 2000
METADATA = 3000
CHOICES_SEEN_AT_ONCE = 10
PRIMARY = "primary"
NOTHING = "–"
"""Stands for text that turned out empty, which Slack refuses."""
MESSAGE_TEXT = 11_000
"""Slack takes about 13,000 characters in a message; the rest is for what stands around the text."""


def mrkdwn(text: str, limit: int = SECTION) -> Part:
    """Return text with Slack's formatting; what people wrote in it must have been escaped."""
    return {"type": "mrkdwn", "text": fit(text, limit) or NOTHING, "verbatim": True}


def plain_text(text: str, limit: int) -> Part:
    """Return text without formatting, which people may have written."""
    return {"type": "plain_text", "text": fit(plain(text), limit) or NOTHING, "emoji": True}


def header(text: str) -> Part:
    """Return a line in large letters."""
    return {"type": "header", "text": plain_text(text, HEADER)}


def section(text: str, accessory: Part | None = None) -> Part:
    """Return a paragraph, with a button beside it where one is given."""
    return _with(accessory, {"type": "section", "text": mrkdwn(text)})


def fields(texts: Sequence[str], accessory: Part | None = None) -> Part:
    """Return short texts in two columns."""
    return _with(accessory, {"type": "section", "fields": [mrkdwn(text, FIELD) for text in texts]})


def _with(accessory: Part | None, block: Part) -> Part:
    return block | {"accessory": accessory} if accessory else block


def context(*texts: str) -> Part:
    """Return small print."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts]}


def preformatted(text: str) -> Part:
    """Return text exactly as it is, to be copied; Slack brings nothing in it to life."""
    copied = {"type": "text", "text": fit(clean(text), SECTION) or NOTHING}
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [copied]}]}


def actions(*elements: Part) -> Part:
    """Return a row of buttons and menus."""
    return {"type": "actions", "elements": list(elements)}


def button(label: str, action: str, value: str, style: str | None = None) -> Part:
    """Return a button; its `style` is `PRIMARY` for the one that is likeliest right."""
    made = {"type": "button", "text": plain_text(label, BUTTON), "action_id": action, "value": value}
    return made | {"style": style} if style else made


def option(label: str, value: str) -> Part:
    """Return one choice of a menu."""
    return {"text": plain_text(label, OPTION), "value": value}


def menu(placeholder: str, action: str, options: Sequence[Part]) -> Part:
    """Return a menu that acts on its choice."""
    return {
        "type": "static_select",
        "action_id": action,
        "placeholder": plain_text(placeholder, PLACEHOLDER),
        "options": list(options)[:OPTIONS],
    }


def paragraphs(text: str, limit: int = MESSAGE_TEXT) -> list[Part]:
    """Return a section for each paragraph of `text`, which is cut where a message cannot hold it."""
    parts = (part.strip() for part in fit(text, limit).split("\n\n"))
    return [section(part) for part in parts if part]


def sections(lines: Iterable[str]) -> list[Part]:
    """Return short lines in as few sections as hold them."""
    texts: list[str] = []
    for line in lines:
        if texts and len(texts[-1]) + len(line) < SECTION:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
    return [section(text) for text in texts]


def leading(lines: Sequence[str], room: int = MESSAGE_TEXT) -> list[str]:
    """Return the first of some lines, as many as there is room for."""
    kept = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept


def speak(said: str, *blocks: Part) -> Message:
    """Return what a template said as a message: its first line notifies, and is shown above its paragraphs."""
    first, _, rest = said.strip().partition("\n")
    first = fit(first, SECTION)
    return message(first, section(first), *paragraphs(rest, MESSAGE_TEXT - len(first)), *blocks)


def message(text: str, *blocks: Part) -> Message:
    """Return a message of as many blocks as Slack takes."""
    return Message(fit(text, SECTION) or NOTHING, list(blocks[:MESSAGE_BLOCKS]))


def modal(callback: str, title: str, submit: str | None, metadata: str, blocks: Iterable[Part]) -> Part:
    """Return a form; without `submit` it is only read."""
    view = {
        "type": "modal",
        "callback_id": callback,
        "title": plain_text(title, TITLE),
        "close": plain_text("Close" if submit is None else "Cancel", TITLE),
        "private_metadata": metadata if len(metadata) <= METADATA else "",
        "blocks": list(blocks)[:VIEW_BLOCKS],
    }
    return view | {"submit": plain_text(submit, TITLE)} if submit else view


def ask(field: str, label: str, element: Mapping[str, Any], *, hint: str = "", optional: bool = False) -> Part:
    """Return a field of a form. `field` is its block's id and its element's: submitted values are found by it."""
    block = {
        "type": "input",
        "block_id": field,
        "label": plain_text(label, LABEL),
        "element": {"action_id": field, **element},
        "optional": optional,
    }
    return block | {"hint": plain_text(hint, LABEL)} if hint else block

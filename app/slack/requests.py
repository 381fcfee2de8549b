"""Slack's payloads, turned into one plain value: who asks for what, and from where.

Everything here is pure and total: a payload that lacks a part gives a `Request` that lacks it too, and no text in one
holds what cannot be stored.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

Payload = Mapping[str, Any]
Answered = str | tuple[str, ...] | datetime | None
Reader = Callable[[Payload], "Request"]

# What no database and no JSON takes: control characters and halves of characters.
UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
# Slack escapes these three in commands and messages; `&amp;` comes last, so that nothing is unescaped twice.
ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
RECEIPT = 32
LAST_SECOND = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())
TOKEN = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


class Kind(StrEnum):
    """The ways in which people reach Tocsin through Slack."""

    COMMAND = "command"
    CLICK = "click"
    SUBMISSION = "submission"
    SEARCH = "search"
    SHORTCUT = "shortcut"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Request:
    """Something that one member asks of Tocsin.

    `name` says what: the command, the action, the form, the shortcut or the event. `receipt` is the same each time
    Slack delivers the same thing, empty where nothing tells that. `surface` is the type of the view that it came from
    (`home`, `modal`), empty outside views; `metadata` is what Tocsin wrote into that view. `private` says that they
    pressed in a message that they alone see. `teams` are the workspace
    and the organisation of whoever asks, as far as Slack tells them.
    """

    kind: Kind
    name: str
    user: str
    receipt: str
    teams: tuple[str, ...] = ()
    channel: str | None = None
    thread_ts: str | None = None
    message_ts: str | None = None
    text: str = ""
    author: str = ""
    value: str = ""
    fields: Mapping[str, Answered] = field(default_factory=dict)
    metadata: str = ""
    surface: str = ""
    private: bool = False
    trigger_id: str = ""
    response_url: str = ""

    def written(self, name: str) -> str:
        """Return what was typed or chosen in the field `name`, empty if nothing was."""
        answer = self.fields.get(name)
        return answer if isinstance(answer, str) else ""

    def chosen(self, name: str) -> tuple[str, ...]:
        """Return everything that was chosen in the field `name`."""
        answer = self.fields.get(name)
        return answer if isinstance(answer, tuple) else ()

    def time(self, name: str) -> datetime | None:
        """Return the time that was picked in the field `name`."""
        answer = self.fields.get(name)
        return answer if isinstance(answer, datetime) else None


def command(body: Payload) -> Request:
    """Read a slash command."""
    return Request(
        Kind.COMMAND,
        _text(body, "command"),
        _text(body, "user_id"),
        receipt=_receipt("command", _text(body, "trigger_id")),
        teams=_known(_text(body, "team_id"), _text(body, "enterprise_id")),
        channel=_text(body, "channel_id") or None,
        text=_text(body, "text"),
        trigger_id=_text(body, "trigger_id"),
        response_url=_text(body, "response_url"),
    )


def click(body: Payload) -> Request:
    """Read a press of a button, or a choice from a menu that stands in a message or a view."""
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else {}
    name, user, container = _text(action, "action_id"), _id(body, "user"), _part(body, "container")
    return Request(
        Kind.CLICK,
        name,
        user,
        receipt=_receipt("click", user, _text(action, "action_ts"), name),
        teams=_teams(body),
        channel=_id(body, "channel") or _text(container, "channel_id") or None,
        thread_ts=_text(container, "thread_ts") or _text(_part(body, "message"), "thread_ts") or None,
        value=_text(action, "value") or _text(_part(action, "selected_option"), "value"),
        metadata=_text(_part(body, "view"), "private_metadata"),
        surface=_text(_part(body, "view"), "type"),
        private=container.get("is_ephemeral") is True,
        trigger_id=_text(body, "trigger_id"),
        response_url=_text(body, "response_url"),
    )


def submission(body: Payload) -> Request:
    """Read a modal that was sent off."""
    view = _part(body, "view")
    return Request(
        Kind.SUBMISSION,
        _text(view, "callback_id"),
        _id(body, "user"),
        receipt=_receipt("view", _text(view, "id"), _text(view, "hash")),
        teams=_teams(body),
        fields=_fields(_part(_part(view, "state"), "values")),
        metadata=_text(view, "private_metadata"),
        surface="modal",
        trigger_id=_text(body, "trigger_id"),
    )


def search(body: Payload) -> Request:
    """Read the letters that somebody typed into a menu whose options Tocsin gives."""
    return Request(
        Kind.SEARCH,
        _text(body, "action_id"),
        _id(body, "user"),
        receipt="",
        teams=_teams(body),
        text=_text(body, "value"),
    )


def shortcut(body: Payload) -> Request:
    """Read a shortcut; one on a message brings that message along."""
    message = _part(body, "message")
    return Request(
        Kind.SHORTCUT,
        _text(body, "callback_id"),
        _id(body, "user"),
        receipt=_receipt("shortcut", _text(body, "trigger_id")),
        teams=_teams(body),
        channel=_id(body, "channel") or None,
        message_ts=_text(message, "ts") or None,
        thread_ts=_text(message, "thread_ts") or None,
        text=_text(message, "text"),
        author=_text(message, "user"),
        trigger_id=_text(body, "trigger_id"),
        response_url=_text(body, "response_url"),
    )


def event(body: Payload) -> Request:
    """Read an event; `value` is the tab of the app's home, where one was opened, or the reaction to a message."""
    happened = _part(body, "event")
    item = _part(happened, "item")
    team = _text(happened, "user_team") or _text(happened, "team") or _text(body, "team_id")
    return Request(
        Kind.EVENT,
        _text(happened, "type"),
        _text(happened, "user"),
        receipt=_receipt("event", _text(body, "event_id")),
        teams=_known(team, _text(body, "enterprise_id")),
        channel=_text(happened, "channel") or _text(item, "channel") or None,
        message_ts=_text(item, "ts") or None,
        value=_text(happened, "tab") or _text(happened, "reaction"),
    )


def storable(text: str) -> str:
    """Return `text` without the characters that cannot be stored or sent."""
    return UNSTORABLE.sub("", text)


def readable(text: str) -> str:
    """Return text that Slack sent with its markup (`<@U1|ann>`, `&amp;`) as people wrote it."""
    written = TOKEN.sub(_as_written, text)
    for entity, character in ENTITIES:
        written = written.replace(entity, character)
    return written.strip()


def _receipt(kind: str, *parts: str) -> str:
    """Return a receipt, or none where Slack did not send what would tell two requests apart.

    It tells nothing of its parts, which may open forms, and is as long whatever their length.
    """
    if not all(parts):
        return ""
    return f"{kind}:{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:RECEIPT]}"


def _teams(body: Payload) -> tuple[str, ...]:
    """Return the workspace and the organisation of a member who clicks, or of the place where Slack tells neither."""
    user, team = _part(body, "user"), _part(body, "team")
    return _known(_text(user, "team_id") or _text(team, "id"), _text(team, "enterprise_id") or _id(body, "enterprise"))


def _known(*ids: str) -> tuple[str, ...]:
    return tuple(filter(None, ids))


def _as_written(token: re.Match[str]) -> str:
    sigil, target, label = token.groups()
    if not sigil:
        # A label that is not part of its address could hide where a link leads.
        return label if label and label in target else target
    return sigil.replace("!", "@") + (label or target).removeprefix("@")


def _fields(values: Mapping[str, Any]) -> dict[str, Answered]:
    return {name: _answered(next(iter(_part(values, name).values()), None)) for name in values}


def _answered(state: Any) -> Answered:  # noqa: PLR0911 -- one case for each kind of element
    match state:
        case {"selected_date_time": int(seconds)} if 0 <= seconds < LAST_SECOND:
            return datetime.fromtimestamp(seconds, UTC)
        case {"selected_options": [*options]}:
            return _known(*(_text(option, "value") for option in options))
        case {"selected_users": [*members]}:
            return tuple(storable(member) for member in members if isinstance(member, str))
        case {"selected_option": {"value": str(value)}}:
            return storable(value)
        case {"selected_user": str(member)}:
            return storable(member)
        case {"value": str(text)}:
            return storable(text)
        case _:
            return None


def _part(payload: Any, name: str) -> Payload:
    part = payload.get(name) if isinstance(payload, dict) else None
    return part if isinstance(part, dict) else {}


def _text(payload: Any, name: str) -> str:
    value = payload.get(name) if isinstance(payload, dict) else None
    return storable(value) if isinstance(value, str) else ""


def _id(payload: Payload, name: str) -> str:
    return _text(_part(payload, name), "id")

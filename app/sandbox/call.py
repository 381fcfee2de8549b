"""One call of a Web API method: its arguments, read as Slack reads them, and what it names."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from app.sandbox import scopes
from app.sandbox.refusals import Refused, missing
from app.sandbox.seed import BOT_USER
from app.sandbox.slack import Slack
from app.sandbox.workspace import Channel, Kind, Member, Message

Item = TypeVar("Item")

PAGE_LIMIT = 1000
TIMESTAMP = re.compile(r"\d+\.\d{6}")


@dataclass(frozen=True, slots=True)
class Call:
    """A method, called by the bot with these arguments. Every reader refuses what Slack would."""

    slack: Slack
    method: str
    arguments: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """Return an argument as text, or None when it is missing or empty."""
        value = self.arguments.get(name)
        return None if value is None or value == "" else str(value)

    def need(self, name: str) -> str:
        """Return an argument that must be there."""
        value = self.text(name)
        if value is None:
            raise missing(name)
        return value

    def flag(self, name: str) -> bool:
        """Return a yes or no; slack_sdk sends 1 and 0 in forms."""
        return str(self.arguments.get(name, "")).lower() in {"1", "true"}

    def listed(self, name: str) -> list[str]:
        """Return a list, which may come as JSON or separated by commas."""
        value = self.arguments.get(name) or []
        if isinstance(value, str):
            value = value.split(",")
        return [str(each).strip() for each in value if str(each).strip()]

    def json(self, name: str) -> Any:
        """Return an argument that is JSON, or a string of it; None when it is missing or broken."""
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return None

    def demand(self, kind: Kind) -> None:
        """Refuse unless a scope for this kind of conversation was granted."""
        scopes.demand(self.method, self.slack.manifest.scopes, kind)

    def channel(self, name: str = "channel", *, joined: bool = False, alive: bool = False) -> Channel:
        """Return the conversation that an argument names, if the bot may know of it and has the scope for it.

        `joined` asks that the bot is in it, `alive` that it is not archived.
        """
        return self.admitted(self.slack.workspace.channels.get(self.need(name)), joined=joined, alive=alive)

    def admitted(self, room: Channel | None, *, joined: bool = False, alive: bool = False) -> Channel:
        """Return the conversation, or refuse it as the bot may not see it, use it, or speak in it."""
        if room is None or (room.kind != "channel" and BOT_USER not in room.members):
            raise Refused("channel_not_found")
        self.demand(room.kind)
        if alive and room.archived:
            raise Refused("is_archived")
        if joined and BOT_USER not in room.members:
            raise Refused("not_in_channel")
        return room

    def not_direct(self, room: Channel) -> Channel:
        """Refuse direct messages, where a method makes no sense."""
        if room.kind == "im":
            raise Refused("method_not_supported_for_channel_type")
        return room

    def member(self, name: str = "user") -> Member:
        """Return the member that an argument names by id."""
        person = self.slack.workspace.members.get(self.need(name))
        if person is None:
            raise Refused("user_not_found")
        return person

    def stamped(self, room: Channel) -> Message:
        """Return the message that `timestamp` names."""
        ts = self.text("timestamp")
        if ts is None:
            raise Refused("no_item_specified")
        if not TIMESTAMP.fullmatch(ts):
            raise Refused("bad_timestamp")
        message = room.lasting(ts)
        if message is None:
            raise Refused("message_not_found")
        return message

    def page(self, items: Sequence[Item], default: int = 100) -> tuple[list[Item], str]:
        """Return the page of a list that limit and cursor ask for, and the cursor of the next one."""
        start, limit = self._start(), self._limit(default)
        more = len(items) > start + limit
        return list(items[start : start + limit]), _cursor(start + limit) if more else ""

    def _limit(self, default: int) -> int:
        given = self.text("limit") or str(default)
        if not given.isdecimal() or not 0 < int(given) <= PAGE_LIMIT:
            raise Refused("invalid_limit")
        return int(given)

    def _start(self) -> int:
        cursor = self.text("cursor")
        if cursor is None:
            return 0
        try:
            return int(b64decode(cursor, validate=True).decode("ascii").removeprefix("next:"))
        except ValueError:
            raise Refused("invalid_cursor") from None


def _cursor(start: int) -> str:
    return b64encode(f"next:{start}".encode("ascii")).decode("ascii")

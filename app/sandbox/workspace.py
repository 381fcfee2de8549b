"""The workspace itself: members, channels, messages and files as plain data.

Rule of this file: nothing here knows HTTP, sockets or permissions. It only keeps what is so.
"""

import secrets
import string
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
# The state of elements by block id and action id.
Entered = dict[str, dict[str, Json]]
Kind = Literal["channel", "private", "im"]

MICROSECONDS = 1_000_000


@dataclass
class Member:
    """A person or a bot user."""

    id: str
    name: str
    real_name: str
    is_admin: bool = False
    is_bot: bool = False
    deleted: bool = False


@dataclass
class UserGroup:
    """A user group: a handle that stands for several members."""

    id: str
    handle: str
    name: str
    users: list[str]


@dataclass
class Message:
    """A message; one with `ephemeral_for` exists in that member's eyes alone."""

    ts: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    bot_id: str | None = None
    subtype: str | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    metadata: Json | None = None
    ephemeral_for: str | None = None
    edited: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        """Whether the message stands in a thread, under another."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass
class Bookmark:
    """A link in a channel's header."""

    id: str
    title: str
    link: str
    emoji: str
    created: int
    updated: int


@dataclass
class Notice:
    """A channel's topic or purpose."""

    value: str = ""
    creator: str = ""
    last_set: int = 0


@dataclass
class Channel:
    """A public channel, a private one, or the direct messages of `user` with the app."""

    id: str
    name: str
    kind: Kind
    creator: str
    created: int
    members: list[str]
    user: str | None = None
    topic: Notice = field(default_factory=Notice)
    purpose: Notice = field(default_factory=Notice)
    is_general: bool = False
    archived: bool = False
    previous_names: list[str] = field(default_factory=list)
    pins: dict[str, Json] = field(default_factory=dict)
    bookmarks: list[Bookmark] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)

    def lasting(self, ts: str | None) -> Message | None:
        """Return the message that everyone in the channel sees at `ts`, or None."""
        message = self.messages.get(ts or "")
        return None if message is None or message.ephemeral_for else message

    def replies(self) -> dict[str, list[Message]]:
        """Return the replies of each thread by its root's ts, oldest first; ephemeral ones are no replies."""
        threads: dict[str, list[Message]] = defaultdict(list)
        for message in self.messages.values():
            if message.is_reply and not message.ephemeral_for:
                threads[str(message.thread_ts)].append(message)
        return threads


@dataclass
class File:
    """An uploaded file; its content is on the shelf."""

    id: str
    name: str
    title: str
    size: int
    created: int
    upload_key: str
    uploaded: bool = False
    complete: bool = False
    shares: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Alert:
    """An alert that PagerDuty holds; `log` says what was done with it, when, and by whom where it was somebody."""

    id: str
    service: str
    dedup_key: str
    summary: str
    severity: str
    source: str
    details: Json = field(default_factory=dict)
    link: str | None = None
    status: str = "triggered"
    log: list[Json] = field(default_factory=list)

    def is_open_under(self, service: str, dedup_key: str) -> bool:
        """Say whether events of this service with this key are about it."""
        return self.status != "resolved" and (self.service, self.dedup_key) == (service, dedup_key)


@dataclass
class View:
    """A modal or a Home tab, with what the member has entered in it so far."""

    id: str
    user: str
    content: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    entered: Entered = field(default_factory=dict)


@dataclass
class Workspace:
    """Everything that lasts."""

    members: dict[str, Member]
    usergroups: dict[str, UserGroup]
    channels: dict[str, Channel]
    files: dict[str, File] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    latest_microsecond: int = 0
    clock_offset: float = 0.0
    version: int = 0

    def next_ts(self, now: datetime) -> str:
        """Return a message ts later than every one before, whatever the clock says."""
        self.latest_microsecond = max(int(now.timestamp() * MICROSECONDS), self.latest_microsecond + 1)
        seconds, microseconds = divmod(self.latest_microsecond, MICROSECONDS)
        return f"{seconds}.{microseconds:06d}"

    def channel_named(self, name: str) -> Channel | None:
        """Return the public or private channel of that name, or None."""
        return next((c for c in self.channels.values() if c.kind != "im" and c.name == name), None)

    def direct_channel(self, member: Member, bot: str, now: datetime) -> Channel:
        """Return the member's direct messages with the bot, opened now if they never were."""
        for channel in self.channels.values():
            if channel.user == member.id:
                return channel
        channel = Channel(
            id=new_id("D"),
            name=member.name,
            kind="im",
            creator=bot,
            created=int(now.timestamp()),
            members=[member.id, bot],
            user=member.id,
        )
        self.channels[channel.id] = channel
        return channel


def new_id(prefix: str) -> str:
    """Return an id of Slack's shape: a letter that says what it names, then ten capitals and digits."""
    return prefix + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(10))

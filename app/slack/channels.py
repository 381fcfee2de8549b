"""Makes and finds channels. Never lists a whole workspace: only the conversations that Tocsin itself is in."""

import asyncio
import re
from datetime import timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from app import failpoints
from app.domain import commands as c
from app.domain.naming import MOST_SUFFIXES, channel_names
from app.outbox import Dead, Outcome, Sent
from app.slack import errors
from app.store import Record

CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{8,}")
CLOCK_SLACK = timedelta(minutes=2)
PAGE = 200
FEW = 3


class Channels:
    """The channels of incidents, and those that they are announced in."""

    def __init__(self, client: AsyncWebClient, bot_user: str) -> None:
        self.client = client
        self.bot_user = bot_user
        self._announce: dict[str, str] = {}
        self._lock = asyncio.Lock()

    async def open_for(self, record: Record) -> Outcome:
        """Make the channel of an incident, or take the one that Tocsin made for it before it was stopped."""
        incident = record.incident
        if incident.channel:
            return Sent({"channel": incident.channel})
        for name in channel_names(incident, record.rules):
            channel = await self._make_or_adopt(name, record)
            if channel:
                return Sent({"channel": channel}, learned=(c.RecordChannel(channel, name),))
        reason = f"{incident.name} and its next {MOST_SUFFIXES - 1} names are taken"
        return Dead("open the channel", reason)

    async def announce(self, name: str) -> str | None:
        """Return the id of an announce channel, made if it was missing; nothing where it is there but not joined."""
        if CHANNEL_ID.fullmatch(name):
            return name
        async with self._lock:
            if name not in self._announce:
                found = await self._own(name) or await self._make(name)
                failpoints.reach("slack.found-announce-channel")
                if found is None:
                    return None
                self._announce[name] = found
            return self._announce[name]

    async def readers(self, name: str) -> int | None:
        """Return how many are in an announce channel beside Tocsin, up to a few; nothing where it is not in it yet."""
        channel = name if CHANNEL_ID.fullmatch(name) else await self._own(name)
        if channel is None:
            return None
        told = await self.client.conversations_members(channel=channel, limit=FEW)
        return len([member for member in told["members"] if member != self.bot_user])

    def known(self, name: str) -> str:
        """Return the id of an announce channel that is known by now, or how a message names it."""
        return self._announce.get(name) or (name if CHANNEL_ID.fullmatch(name) else f"#{name}")

    def one_name(self, channel: str) -> str:
        """Return the same name for a channel whether or not its id was known when it was named."""
        return next((f"#{name}" for name, known in self._announce.items() if known == channel), channel)

    async def join(self, name: str, channel: str) -> None:
        """Join an announce channel that a post has just found, so that messages in it can be looked up."""
        await self.client.conversations_join(channel=channel)
        self._announce[name] = channel

    def forget(self, channel: str) -> None:
        """Look for an announce channel anew the next time: this one does not take posts."""
        self._announce = {name: known for name, known in self._announce.items() if known != channel}

    async def _make_or_adopt(self, name: str, record: Record) -> str | None:
        made = await self._make(name, private=record.incident.private)
        if made:
            return made
        channel = await self._find(name)
        return str(channel["id"]) if channel and self._made_for(channel, record) else None

    async def _make(self, name: str, *, private: bool = False) -> str | None:
        try:
            response = await self.client.conversations_create(name=name, is_private=private)
        except SlackApiError as error:
            if errors.meaning_of(error) is errors.Meaning.SUFFIX:
                return None
            raise
        failpoints.reach("slack.made-channel")
        return str(response["channel"]["id"])

    def _made_for(self, channel: dict[str, Any], record: Record) -> bool:
        # The name is this incident's alone; a channel of that name from before the incident is somebody else's.
        since = (record.incident.declared_at - CLOCK_SLACK).timestamp()
        alike = bool(channel.get("is_private")) == record.incident.private
        return alike and channel.get("creator") == self.bot_user and float(channel.get("created", 0)) >= since

    async def _own(self, name: str) -> str | None:
        channel = await self._find(name)
        return str(channel["id"]) if channel else None

    async def _find(self, name: str) -> dict[str, Any] | None:
        cursor: str | None = None
        while True:
            response = await self.client.users_conversations(
                types="public_channel,private_channel", exclude_archived=True, limit=PAGE, cursor=cursor
            )
            for channel in response["channels"]:
                if channel["name"] == name:
                    return dict(channel)
            cursor = (response.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None

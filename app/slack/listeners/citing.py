"""What somebody said in Slack, to be kept in a timeline: read once, with who said it, when, and a link."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from app.domain import commands as c
from app.slack.errors import FAILURES
from app.slack.listeners.edge import Edge
from app.slack.people import patience
from app.slack.requests import readable, storable
from app.slack.text import MEMBER

log = structlog.get_logger(__name__)

LONGEST = 3000


@dataclass(frozen=True, slots=True)
class Cited:
    """A message: where it stands, the thread that it is in, who said it (nobody: an app), and what."""

    channel: str
    ts: str
    text: str
    author: str | None = None
    thread_ts: str | None = None

    @property
    def at(self) -> datetime | None:
        """When it was said."""
        try:
            return datetime.fromtimestamp(float(self.ts), UTC)
        except (ValueError, OverflowError, OSError):
            return None

    async def note(self, edge: Edge, by: str) -> c.AddNote:
        """Return the command that puts it into a timeline."""
        text = readable(storable(self.text))[:LONGEST]
        link = await permalink(edge, self.channel, self.ts)
        message = f"{self.channel}:{self.ts}"
        return c.AddNote(c.Actor(by), text, said_at=self.at, author=self.author, link=link, message=message)


async def read(edge: Edge, channel: str, ts: str) -> Cited | None:
    """Return the message at `ts`, as far as Slack gives it in the time there is."""
    try:
        async with asyncio.timeout(patience()):
            # What stands in a thread alone is no part of the channel's history.
            found = await edge.client.conversations_history(
                channel=channel, oldest=ts, latest=ts, inclusive=True, limit=1
            )
            messages = (
                found["messages"]
                or (
                    await edge.client.conversations_replies(
                        channel=channel, ts=ts, oldest=ts, latest=ts, inclusive=True
                    )
                )["messages"]
            )
    except FAILURES as error:
        log.warning("a message could not be read", error=str(error))
        return None
    return next((cited(channel, one) for one in messages if one.get("ts") == ts), None)


def cited(channel: str, message: dict[str, Any]) -> Cited:
    """Return what Slack's `message` says."""
    author = str(message.get("user") or "")
    text = str(message.get("text") or "") or _fallback(message)
    thread = message.get("thread_ts")
    return Cited(channel, str(message["ts"]), text, author if MEMBER.fullmatch(author) else None, thread)


def _fallback(message: dict[str, Any]) -> str:
    # Alerts of other apps often stand in attachments alone.
    attachments = message.get("attachments") or ()
    return "\n".join(str(one.get("fallback") or one.get("text") or "") for one in attachments if isinstance(one, dict))


async def permalink(edge: Edge, channel: str, ts: str) -> str | None:
    """Return a link to a message, where Slack gives it in time."""
    if not ts:
        return None
    with suppress(*FAILURES):
        async with asyncio.timeout(patience()):
            answer = await edge.client.chat_getPermalink(channel=channel, message_ts=ts)
        return str(answer["permalink"])
    return None

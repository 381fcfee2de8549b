"""What Slack shows of recent incidents, for the audit to compare with the store.

Read are the incidents' own channels, whole, and the direct messages that paged for them. The announce channel is not:
its threads are older than what can be read of it.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from app.audit import Room, Seen, Sight
from app.slack.posting import delivery_key, says_repeated
from app.store import Record

PAGE = 200
MOST_PAGES = 5
EVER = "0"
EARLIER = timedelta(minutes=1)


async def sight(web: AsyncWebClient, bot_user: str, recent: Sequence[Record]) -> Sight:
    """Return what Slack shows of these incidents; raises what the calls raise."""
    if not recent:
        return Sight(())
    began = str((min(record.incident.declared_at for record in recent) - EARLIER).timestamp())
    own = {record.incident.channel for record in recent if record.incident.channel}
    direct = {page.message.channel for record in recent for page in record.incident.page_messages}
    rooms = [
        Room(
            channel["id"],
            channel["name"],
            ours=channel.get("creator") == bot_user and float(channel.get("created", 0)) >= float(began),
            messages=await _messages(web, channel["id"], EVER) if channel["id"] in own else None,
            since=EVER,
        )
        async for channel in _channels(web)
    ]
    rooms += [
        Room(channel, "a direct message", ours=False, messages=await _messages(web, channel, began), since=began)
        for channel in sorted(direct)
    ]
    return Sight(tuple(rooms))


async def _channels(web: AsyncWebClient) -> AsyncIterator[dict[str, Any]]:
    cursor: str | None = None
    while cursor != "":
        answer = await web.users_conversations(
            types="public_channel,private_channel", exclude_archived=True, limit=PAGE, cursor=cursor
        )
        for channel in answer["channels"]:
            yield channel
        cursor = _next(answer.data)


async def _messages(web: AsyncWebClient, channel: str, since: str) -> tuple[Seen, ...] | None:
    """Return Tocsin's messages in a conversation; nothing where there are more than anybody reads."""
    seen: dict[str, Seen] = {}
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        answer = await web.conversations_history(
            channel=channel, oldest=since, limit=PAGE, cursor=cursor, include_all_metadata=True
        )
        for message in answer["messages"]:
            replies = await _replies(web, channel, message) if message.get("reply_count") else []
            seen |= {one["ts"]: _seen(one) for one in (message, *replies) if delivery_key(one)}
        cursor = _next(answer.data)
        if not cursor:
            return tuple(seen.values())
    return None


async def _replies(web: AsyncWebClient, channel: str, parent: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await web.conversations_replies(
        channel=channel, ts=parent["ts"], limit=PAGE * MOST_PAGES, include_all_metadata=True
    )
    messages: list[dict[str, Any]] = answer["messages"]
    return messages


def _seen(message: dict[str, Any]) -> Seen:
    key = delivery_key(message) or ""
    return Seen(message["ts"], key, says_repeated=says_repeated(message))


def _next(answer: Any) -> str:
    return str((answer.get("response_metadata") or {}).get("next_cursor") or "")

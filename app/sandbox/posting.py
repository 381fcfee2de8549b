"""Messages: read from an app's arguments, put into channels, changed and taken away."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.sandbox import events
from app.sandbox.blockkit import MESSAGE_CHARACTERS, characters, message_complaints, with_ids
from app.sandbox.refusals import Refused, invalid
from app.sandbox.seed import BOT_ID, BOT_USER, SLACKBOT
from app.sandbox.slack import Slack
from app.sandbox.workspace import Channel, Json, Member, Message

# Longer texts are cut: https://docs.slack.dev/reference/methods/chat.postMessage
TEXT_LIMIT = 40_000

_FILE_LINK = re.compile(r"/files/(F[A-Z0-9]+)")


@dataclass(frozen=True, slots=True)
class Draft:
    """What an app wants to say."""

    text: str
    blocks: list[Json]
    metadata: Json | None = None


def draft(arguments: Mapping[str, Any]) -> Draft:
    """Read text, blocks and metadata, or refuse them as Slack does."""
    text = str(arguments.get("text") or "")
    blocks = _parsed(arguments.get("blocks"), list, "invalid_blocks_format") or []
    complaints = message_complaints(blocks)
    if complaints:
        raise Refused("invalid_blocks", errors=complaints, response_metadata={"messages": complaints})
    if characters(blocks) > MESSAGE_CHARACTERS:
        raise Refused("msg_blocks_too_long")
    if not text and not blocks:
        raise Refused("no_text")
    return Draft(text[:TEXT_LIMIT], with_ids(blocks), _metadata(arguments.get("metadata")))


def _metadata(given: Any) -> Json | None:
    metadata = _parsed(given, dict, "invalid_metadata_format")
    if metadata is None:
        return None
    event_type, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not isinstance(event_type, str) or not event_type or not isinstance(payload, dict):
        raise invalid("invalid_metadata_format", ["[ERROR] event_type and event_payload are required"])
    return {"event_type": event_type, "event_payload": payload}


def _parsed(given: Any, kind: type, error: str) -> Any:
    if given is None or given == "":
        return None
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except json.JSONDecodeError:
            raise Refused(error) from None
    if not isinstance(given, kind):
        raise Refused(error)
    return given


def post(slack: Slack, room: Channel, message: Message) -> Message:
    """Put a message into a channel, with the files that it links, and tell the app."""
    message.thread_ts = _root(room, message.thread_ts)
    room.messages[message.ts] = message
    _share_linked_files(slack, room, message)
    slack.touch()
    if not message.ephemeral_for:
        events.message_posted(slack, room, message)
    return message


def bot_message(slack: Slack, written: Draft, *, thread_ts: str | None = None, shown_to: str | None = None) -> Message:
    """Return a new message by the bot, for everyone or for one member."""
    return Message(
        ts=slack.ts(),
        user=BOT_USER,
        text=written.text,
        blocks=written.blocks,
        bot_id=BOT_ID,
        thread_ts=thread_ts,
        metadata=written.metadata,
        ephemeral_for=shown_to,
    )


def whisper(slack: Slack, room: Channel, user: str, text: str) -> None:
    """Let Slackbot say something to one member."""
    post(slack, room, Message(ts=slack.ts(), user=SLACKBOT, text=text, ephemeral_for=user))


def notice(slack: Slack, room: Channel, user: str, subtype: str, text: str) -> None:
    """Add the line that Slack adds when someone joins, leaves, or sets the topic."""
    post(slack, room, Message(ts=slack.ts(), user=user, text=text, subtype=subtype))


def change(slack: Slack, room: Channel, message: Message, written: Draft) -> None:
    """Replace what a message says."""
    message.text = written.text
    message.blocks = written.blocks
    message.metadata = written.metadata
    message.edited = {"user": BOT_USER, "ts": slack.ts()}
    slack.touch()
    if not message.ephemeral_for:
        events.message_changed(slack, room, message)


def delete(slack: Slack, room: Channel, message: Message) -> None:
    """Take a message away."""
    del room.messages[message.ts]
    room.pins.pop(message.ts, None)
    slack.touch()
    if not message.ephemeral_for:
        events.message_deleted(slack, room, message.ts)


def join(slack: Slack, room: Channel, member: Member, inviter: str | None = None) -> None:
    """Let a member into a channel, with Slack's line about it."""
    room.members.append(member.id)
    notice(slack, room, member.id, "channel_join", f"<@{member.id}> has joined the channel")
    events.member_joined(slack, room, member.id, inviter)


def leave(slack: Slack, room: Channel, member: Member) -> None:
    """Let a member out of a channel, with Slack's line about it."""
    room.members.remove(member.id)
    notice(slack, room, member.id, "channel_leave", f"<@{member.id}> has left the channel")
    events.member_left(slack, room, member.id)


def _root(room: Channel, thread_ts: str | None) -> str | None:
    """Return the root of the thread that `thread_ts` stands in: a reply to a reply goes into the same thread."""
    target = room.messages.get(thread_ts or "")
    return target.thread_ts if target is not None and target.is_reply else thread_ts


def _share_linked_files(slack: Slack, room: Channel, message: Message) -> None:
    """Show a file under a message that links it, as Slack does with the permalink of an unshared upload."""
    for file_id in dict.fromkeys(_FILE_LINK.findall(message.text + json.dumps(message.blocks))):
        file = slack.workspace.files.get(file_id)
        if file is not None and file.complete and file_id not in message.files:
            message.files.append(file_id)
            file.shares.setdefault(room.id, []).append(message.ts)

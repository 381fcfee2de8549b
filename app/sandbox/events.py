"""Events: what the app is told of, if its manifest subscribes to it.

Slack's page: https://docs.slack.dev/apis/events-api
"""

import asyncio

from app.sandbox import seed, shapes
from app.sandbox.slack import Slack
from app.sandbox.workspace import Channel, Json, Kind, Member, Message, new_id

VERIFICATION_TOKEN = "sandbox-verification-token"  # noqa: S105 - deprecated by Slack, yet in every payload

_MESSAGE_EVENTS: dict[Kind, str] = {"channel": "message.channels", "private": "message.groups", "im": "message.im"}
_CHANNEL_TYPES: dict[Kind, str] = {"channel": "C", "private": "G", "im": "D"}
_MESSAGE_TYPES: dict[Kind, str] = {"channel": "channel", "private": "group", "im": "im"}


def emit(slack: Slack, subscription: str, event: Json) -> asyncio.Task[None] | None:
    """Tell the app of an event; return the delivery, or None when the app does not subscribe to it."""
    if subscription not in slack.manifest.events:
        return None
    return slack.tell(
        {
            "token": VERIFICATION_TOKEN,
            "team_id": seed.TEAM_ID,
            "context_team_id": seed.TEAM_ID,
            "context_enterprise_id": None,
            "api_app_id": seed.APP_ID,
            "event": {"event_ts": slack.ts(), **event},
            "type": "event_callback",
            "event_id": new_id("Ev"),
            "event_time": slack.seconds(),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": seed.TEAM_ID,
                    "user_id": seed.BOT_USER,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": "sandbox",
        }
    )


def message_posted(slack: Slack, room: Channel, said: Message) -> None:
    """Tell of a message in a conversation that the bot is in, and of a mention of the bot."""
    event = shapes.message(slack, room, said, metadata=True) | {"event_ts": said.ts}
    _in_conversation(slack, room, event)
    if f"<@{seed.BOT_USER}" in said.text and said.user != seed.BOT_USER and room.kind != "im" and _hears(room):
        emit(slack, "app_mention", event | {"type": "app_mention", "channel": room.id})


def message_changed(slack: Slack, room: Channel, said: Message) -> None:
    """Tell of an edited message."""
    event = {"type": "message", "subtype": "message_changed", "ts": slack.ts(), "hidden": True}
    _in_conversation(slack, room, event | {"message": shapes.message(slack, room, said, metadata=True)})


def message_deleted(slack: Slack, room: Channel, ts: str) -> None:
    """Tell of a deleted message."""
    event = {"type": "message", "subtype": "message_deleted", "ts": slack.ts(), "hidden": True}
    _in_conversation(slack, room, event | {"deleted_ts": ts})


def reaction(slack: Slack, room: Channel, said: Message, user: str, name: str, *, added: bool) -> None:
    """Tell of a reaction that was added or removed."""
    kind = "reaction_added" if added else "reaction_removed"
    item = {"type": "message", "channel": room.id, "ts": said.ts}
    if _hears(room):
        emit(slack, kind, {"type": kind, "user": user, "reaction": name, "item": item, "item_user": said.user})


def member_joined(slack: Slack, room: Channel, user: str, inviter: str | None) -> None:
    """Tell of a member who came into a conversation that the bot is in."""
    event = {"type": "member_joined_channel", "user": user, "channel": room.id, "team": seed.TEAM_ID}
    event["channel_type"] = _CHANNEL_TYPES[room.kind]
    if inviter:
        event["inviter"] = inviter
    if _hears(room):
        emit(slack, "member_joined_channel", event)


def member_left(slack: Slack, room: Channel, user: str) -> None:
    """Tell of a member who left a conversation that the bot is in, or of the bot that left one."""
    event = {"type": "member_left_channel", "user": user, "channel": room.id, "team": seed.TEAM_ID}
    if _hears(room) or user == seed.BOT_USER:
        emit(slack, "member_left_channel", event | {"channel_type": _CHANNEL_TYPES[room.kind]})


def channel_created(slack: Slack, room: Channel) -> None:
    """Tell of a new public channel."""
    about = {"id": room.id, "name": room.name, "created": room.created, "creator": room.creator}
    if room.kind == "channel":
        emit(slack, "channel_created", {"type": "channel_created", "channel": about})


def channel_renamed(slack: Slack, room: Channel) -> None:
    """Tell of a channel's new name."""
    kind = "channel_rename" if room.kind == "channel" else "group_rename"
    emit(slack, kind, {"type": kind, "channel": {"id": room.id, "name": room.name, "created": room.created}})


def channel_archived(slack: Slack, room: Channel, user: str) -> None:
    """Tell of a channel that was archived."""
    kind = "channel_archive" if room.kind == "channel" else "group_archive"
    emit(slack, kind, {"type": kind, "channel": room.id, "user": user})


def home_opened(slack: Slack, person: Member) -> asyncio.Task[None] | None:
    """Tell that a member looks at the app's Home tab."""
    room = slack.direct_channel(person)
    event: Json = {"type": "app_home_opened", "user": person.id, "channel": room.id, "tab": "home"}
    home = slack.workspace.homes.get(person.id)
    return emit(slack, "app_home_opened", event | ({"view": shapes.view(home)} if home else {}))


def _in_conversation(slack: Slack, room: Channel, event: Json) -> None:
    if _hears(room):
        about = {"channel": room.id, "channel_type": _MESSAGE_TYPES[room.kind]}
        emit(slack, _MESSAGE_EVENTS[room.kind], event | about)


def _hears(room: Channel) -> bool:
    return seed.BOT_USER in room.members

"""What provokes each refusal: a workspace with one thing of every kind, and the arguments that go wrong in it."""

import time
from typing import Any

from app.sandbox import Sandbox
from app.sandbox.seed import BOT_ID, BOT_USER
from app.sandbox.triggers import Trigger
from app.sandbox.views import new_view
from app.sandbox.workspace import Bookmark, Channel, File, Kind, Message

ROOM, ALONE, SECRET, HIDDEN, OLD, OLD_OUTSIDE, DIRECT = (
    "C0ROOM",
    "C0ALONE",
    "C0SECRET",
    "C0HIDDEN",
    "C0OLD",
    "C0OLDOUTSIDE",
    "D0ONCALL",
)
OURS, THEIRS, PINNED, REACTED = "1700000000.000100", "1700000000.000200", "1700000000.000300", "1700000000.000400"
NOWHERE, NEVER = "C0NOWHERE", "1600000000.000000"

PLAIN = {"type": "plain_text", "text": "Title"}
MODAL = {"type": "modal", "title": PLAIN, "blocks": []}
NAMED = MODAL | {"external_id": "taken"}
HUGE = MODAL | {
    "blocks": [
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2000}] * 10, "block_id": str(number)}
        for number in range(13)
    ]
}
HOME = {"type": "home", "blocks": []}
LONG = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}] * 5
HI = {"channel": ROOM, "text": "hi"}
EDIT = {"channel": ROOM, "ts": OURS, "text": "hi"}
WHISPER = {"channel": ROOM, "user": "U0ONCALL", "text": "hi"}
LINK = {"channel_id": ROOM, "title": "Runbook", "type": "link", "link": "https://example.com"}
REACTION = {"channel": ROOM, "timestamp": OURS, "name": "eyes"}
OUTSIDE = {"channel": "C0SUPPORT"}

Rows = dict[str, dict[str, dict[str, Any]]]

NAMES: dict[str, dict[str, Any]] = {
    "invalid_name_required": {"name": " "},
    "invalid_name_maxlength": {"name": "a" * 81},
    "invalid_name_punctuation": {"name": "--"},
    "invalid_name_specials": {"name": "Incident!"},
    "name_taken": {"name": "general"},
}
WORDS: dict[str, dict[str, Any]] = {
    "no_text": {"text": ""},
    "invalid_blocks": {"blocks": [{"type": "header"}]},
    "invalid_blocks_format": {"blocks": "no json"},
    "msg_blocks_too_long": {"blocks": LONG},
}
BOUNDS: dict[str, dict[str, Any]] = {
    "invalid_ts_latest": {"latest": "tomorrow"},
    "invalid_ts_oldest": {"oldest": "yesterday"},
    "invalid_cursor": {"cursor": "?"},
}
TRIGGERS: dict[str, dict[str, Any]] = {
    "invalid_trigger_id": {"trigger_id": "none", "view": MODAL},
    "expired_trigger_id": {"trigger_id": "old", "view": MODAL},
    "exchanged_trigger_id": {"trigger_id": "used", "view": MODAL},
    "duplicate_external_id": {"trigger_id": "good", "view": NAMED},
    "view_too_large": {"trigger_id": "good", "view": HUGE},
    "invalid_arguments": {"trigger_id": "good", "view": MODAL | {"title": PLAIN | {"text": "x" * 25}}},
}
MARKED: dict[str, dict[str, Any]] = {
    "not_in_channel": OUTSIDE | {"timestamp": OURS},
    "no_item_specified": {"channel": ROOM},
    "bad_timestamp": {"channel": ROOM, "timestamp": "soon"},
    "message_not_found": {"channel": ROOM, "timestamp": NEVER},
}


def on(base: dict[str, Any], rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {error: base | arguments for error, arguments in rows.items()}


PROVOKED: Rows = {
    "auth.test": {},
    "apps.connections.open": {},
    "chat.postMessage": on(HI, WORDS)
    | on(
        HI,
        {
            "invalid_metadata_format": {"metadata": {"event_type": "x"}},
            "not_in_channel": {"channel": "C0SUPPORT"},
            "is_archived": {"channel": OLD},
            "too_many_attachments": {"attachments": [{}] * 101},
        },
    ),
    "chat.update": on(EDIT, WORDS)
    | on(
        EDIT,
        {
            "invalid_metadata_format": {"metadata": "no json"},
            "message_not_found": {"ts": NEVER},
            "cant_update_message": {"ts": THEIRS},
            "msg_too_long": {"text": "x" * 4001},
        },
    ),
    "chat.delete": on(EDIT, {"message_not_found": {"ts": NEVER}, "cant_delete_message": {"ts": THEIRS}}),
    "chat.postEphemeral": on(WHISPER, WORDS)
    | on(
        WHISPER,
        {
            "is_archived": {"channel": OLD},
            "not_in_channel": OUTSIDE,
            "user_not_in_channel": {"user": "U0CTO"},
            "msg_too_long": {"text": "x" * 40_001},
        },
    ),
    "chat.getPermalink": {"message_not_found": {"channel": ROOM, "message_ts": NEVER}},
    "conversations.create": NAMES,
    "conversations.info": {},
    "conversations.invite": on(
        {"channel": ROOM, "users": "U0CTO"},
        {
            "is_archived": {"channel": OLD},
            "not_in_channel": OUTSIDE,
            "no_user": {"users": ""},
            "user_not_found": {"users": "U0NOBODY"},
            "cant_invite": {"users": "U0VPENG"},
            "cant_invite_self": {"users": BOT_USER},
            "already_in_channel": {"users": "U0ONCALL"},
            "method_not_supported_for_channel_type": {"channel": DIRECT},
        },
    ),
    "conversations.join": {
        "is_archived": {"channel": OLD_OUTSIDE},
        "method_not_supported_for_channel_type": {"channel": SECRET},
    },
    "conversations.leave": {
        "is_archived": {"channel": OLD},
        "cant_leave_general": {"channel": "C0GENERAL"},
        "last_member": {"channel": ALONE},
        "method_not_supported_for_channel_type": {"channel": DIRECT},
    },
    "conversations.kick": on(
        {"channel": ROOM, "user": "U0ONCALL"},
        {
            "not_in_channel": {"user": "U0CTO"},
            "user_not_found": {"user": "U0NOBODY"},
            "cant_kick_self": {"user": BOT_USER},
            "cant_kick_from_general": {"channel": "C0GENERAL"},
            "method_not_supported_for_channel_type": {"channel": DIRECT},
        },
    ),
    "conversations.members": on({"channel": ROOM}, {"invalid_cursor": {"cursor": "?"}, "invalid_limit": {"limit": 0}}),
    "conversations.open": {
        "channel_not_found": {"channel": NOWHERE},
        "users_list_not_supplied": {},
        "too_many_users": {"users": "U0ONCALL,U0CTO"},
        "user_not_found": {"users": "U0NOBODY"},
        "user_disabled": {"users": "U0VPENG"},
    },
    "conversations.history": on({"channel": ROOM}, BOUNDS) | {"not_in_channel": OUTSIDE},
    "conversations.replies": on({"channel": ROOM, "ts": OURS}, BOUNDS)
    | {"not_in_channel": OUTSIDE | {"ts": OURS}, "thread_not_found": {"channel": ROOM, "ts": NEVER}},
    "conversations.setTopic": {
        "is_archived": {"channel": OLD, "topic": "x"},
        "not_in_channel": OUTSIDE | {"topic": "x"},
        "too_long": {"channel": ROOM, "topic": "x" * 251},
    },
    "conversations.setPurpose": {
        "is_archived": {"channel": OLD, "purpose": "x"},
        "not_in_channel": OUTSIDE | {"purpose": "x"},
        "too_long": {"channel": ROOM, "purpose": "x" * 251},
    },
    "conversations.rename": on({"channel": ROOM}, NAMES)
    | {
        "is_archived": {"channel": OLD, "name": "new"},
        "not_in_channel": OUTSIDE | {"name": "new"},
        "method_not_supported_for_channel_type": {"channel": DIRECT, "name": "new"},
    },
    "conversations.archive": {
        "already_archived": {"channel": OLD},
        "cant_archive_general": {"channel": "C0GENERAL"},
        "not_in_channel": OUTSIDE,
        "method_not_supported_for_channel_type": {"channel": DIRECT},
    },
    "conversations.list": {
        "invalid_cursor": {"cursor": "?"},
        "invalid_limit": {"limit": 1001},
        "invalid_types": {"types": "public"},
    },
    "users.conversations": {
        "invalid_cursor": {"cursor": "?"},
        "invalid_limit": {"limit": 1001},
        "invalid_types": {"types": "public"},
        "user_not_found": {"user": "U0NOBODY"},
    },
    "users.info": {"user_not_found": {"user": "U0NOBODY"}},
    "users.lookupByEmail": {"users_not_found": {"email": "nobody@example.com"}},
    "users.list": {"invalid_cursor": {"cursor": "?"}, "invalid_limit": {"limit": "many"}},
    "usergroups.list": {},
    "usergroups.users.list": {"no_such_subteam": {"usergroup": "S0NOBODY"}},
    "pins.add": MARKED | {"already_pinned": {"channel": ROOM, "timestamp": PINNED}},
    "pins.list": {"not_in_channel": OUTSIDE},
    "pins.remove": MARKED | {"no_pin": {"channel": ROOM, "timestamp": OURS}},
    "bookmarks.add": on(
        LINK,
        {
            "not_in_channel": {"channel_id": "C0SUPPORT"},
            "invalid_bookmark_type": {"type": "file"},
            "invalid_link": {"link": "example.com"},
            "too_many_bookmarks": {"channel_id": SECRET},
        },
    ),
    "bookmarks.edit": {
        "not_in_channel": {"channel_id": "C0SUPPORT", "bookmark_id": "Bk0"},
        "not_found": {"channel_id": ROOM, "bookmark_id": "Bk1"},
        "invalid_link": {"channel_id": ROOM, "bookmark_id": "Bk0", "link": "ftp://example.com"},
    },
    "bookmarks.list": {"not_in_channel": {"channel_id": "C0SUPPORT"}},
    "bookmarks.remove": {
        "not_in_channel": {"channel_id": "C0SUPPORT", "bookmark_id": "Bk0"},
        "not_found": {"channel_id": ROOM, "bookmark_id": "Bk1"},
    },
    "reactions.add": on({"name": "eyes"}, MARKED)
    | {
        "is_archived": REACTION | {"channel": OLD},
        "invalid_name": REACTION | {"name": "two words"},
        "already_reacted": REACTION | {"timestamp": REACTED},
    },
    "reactions.remove": on({"name": "eyes"}, MARKED)
    | {"invalid_name": REACTION | {"name": "two words"}, "no_reaction": REACTION},
    "views.open": TRIGGERS,
    "views.push": TRIGGERS
    | {
        "not_found": {"trigger_id": "good, no modal", "view": MODAL},
        "push_limit_reached": {"trigger_id": "good", "view": MODAL},
    },
    "views.update": {
        "invalid_arguments": {"view_id": "V0", "view": HOME},
        "view_too_large": {"view_id": "V0", "view": HUGE},
        "duplicate_external_id": {"view_id": "V1", "view": NAMED},
        "not_found": {"view_id": "V9", "view": MODAL},
        "hash_conflict": {"view_id": "V0", "view": MODAL, "hash": "stale"},
    },
    "views.publish": {
        "invalid_arguments": {"user_id": "U0NOBODY", "view": HOME},
        "view_too_large": {"user_id": "U0CTO", "view": HUGE | {"type": "home", "title": None}},
        "duplicate_external_id": {"user_id": "U0CTO", "view": HOME | {"external_id": "taken"}},
        "hash_conflict": {"user_id": "U0ONCALL", "view": HOME, "hash": "stale"},
        "not_enabled": {"user_id": "U0CTO", "view": HOME},
    },
    "files.getUploadURLExternal": {
        "invalid_arguments": {"filename": "a.txt"},
        "missing_argument": {"filename": "a.txt", "length": 0},
    },
    "files.completeUploadExternal": {
        "file_not_found": {"files": [{"id": "F9"}]},
        "file_update_failed": {"files": [{"id": "F0EMPTY"}]},
        "invalid_channel": {"files": [{"id": "F0FULL"}], "channel_id": NOWHERE},
        "not_in_channel": {"files": [{"id": "F0FULL"}], "channel_id": "C0SUPPORT"},
    },
    "files.info": {"file_not_found": {"file": "F9"}},
}
PROVOKED["views.publish"]["view_too_large"]["view"].pop("title")


def prepare(sandbox: Sandbox) -> None:
    """Fill the workspace with one thing of every kind."""
    slack = sandbox.slack

    def room(channel_id: str, kind: Kind, members: list[str]) -> Channel:
        made = Channel(channel_id, channel_id.lower(), kind, creator=BOT_USER, created=0, members=members)
        slack.workspace.channels[channel_id] = made
        return made

    full = room(ROOM, "channel", [BOT_USER, "U0ONCALL"])
    for ts in (OURS, PINNED, REACTED):
        full.messages[ts] = Message(ts, BOT_USER, "ours", bot_id=BOT_ID)
    full.messages[THEIRS] = Message(THEIRS, "U0ONCALL", "theirs")
    full.messages[REACTED].reactions["eyes"] = [BOT_USER]
    full.pins[PINNED] = {}
    full.bookmarks.append(Bookmark("Bk0", "Link", "https://example.com", "", 0, 0))
    room(ALONE, "private", [BOT_USER])
    room(SECRET, "private", [BOT_USER, "U0ONCALL"]).bookmarks = full.bookmarks * 100
    room(HIDDEN, "private", ["U0ONCALL"])
    room(OLD, "channel", [BOT_USER]).archived = True
    room(OLD_OUTSIDE, "channel", []).archived = True
    room(DIRECT, "im", [BOT_USER, "U0ONCALL"]).user = "U0ONCALL"
    slack.workspace.channels["C0GENERAL"].members.append(BOT_USER)
    slack.workspace.members["U0VPENG"].deleted = True
    slack.workspace.files["F0EMPTY"] = File("F0EMPTY", "a", "a", 1, 0, "key")
    slack.workspace.files["F0FULL"] = File("F0FULL", "a", "a", 1, 0, "key", uploaded=True)
    slack.workspace.homes["U0ONCALL"] = new_view("U0ONCALL", HOME)
    for number, content in enumerate((NAMED, MODAL, MODAL)):
        view = slack.views.open("U0ONCALL", content) if number == 0 else slack.views.push("U0ONCALL", content)
        view.id = f"V{number}"
    slack.triggers._triggers |= {
        "good": Trigger("U0ONCALL"),
        "good, no modal": Trigger("U0CTO"),
        "used": Trigger("U0ONCALL", exchanged=True),
        "old": Trigger("U0ONCALL", born=time.monotonic() - 4),
    }

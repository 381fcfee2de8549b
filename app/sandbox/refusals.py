"""What each Web API method refuses, as one table.

Rule of this file: a method gives no error that is not in its row, and every row is provoked by a test.
The errors of a method are listed on its page, https://docs.slack.dev/reference/methods/METHOD.
"""

from collections.abc import Mapping
from typing import Any


class Refused(Exception):
    """A Web API call is answered with `ok: false`, this error, and what else Slack adds to it."""

    def __init__(self, error: str, **details: Any) -> None:
        super().__init__(error)
        self.error = error
        self.details = details


def invalid(error: str, complaints: list[str]) -> Refused:
    """Return a refusal that says in Slack's words which parts of the arguments are wrong."""
    return Refused(error, response_metadata={"messages": complaints})


def missing(argument: str) -> Refused:
    """Return the refusal of a call without a required argument."""
    return invalid("invalid_arguments", [f"[ERROR] missing required field: {argument}"])


_TOKEN = ("not_authed", "invalid_auth", "not_allowed_token_type")
_SCOPED = (*_TOKEN, "missing_scope")
_CHANNEL = (*_SCOPED, "invalid_arguments", "channel_not_found")
_NAME = (
    "invalid_name_required",
    "invalid_name_maxlength",
    "invalid_name_punctuation",
    "invalid_name_specials",
    "name_taken",
)
_BLOCKS = ("no_text", "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long")
_METADATA = ("invalid_metadata_format",)
_HISTORY = ("invalid_ts_latest", "invalid_ts_oldest", "invalid_cursor")
_TRIGGER = ("invalid_trigger_id", "expired_trigger_id", "exchanged_trigger_id")
_VIEW = (*_TOKEN, "invalid_arguments", "view_too_large", "duplicate_external_id")
_LIST = ("invalid_cursor", "invalid_limit", "invalid_types")

UNKNOWN_METHOD = "unknown_method"

REFUSALS: Mapping[str, tuple[str, ...]] = {
    "auth.test": _TOKEN,
    "apps.connections.open": _TOKEN,
    "chat.postMessage": (*_CHANNEL, *_BLOCKS, *_METADATA, "not_in_channel", "is_archived", "too_many_attachments"),
    "chat.update": (*_CHANNEL, *_BLOCKS, *_METADATA, "message_not_found", "cant_update_message", "msg_too_long"),
    "chat.delete": (*_CHANNEL, "message_not_found", "cant_delete_message"),
    "chat.postEphemeral": (*_CHANNEL, *_BLOCKS, "is_archived", "not_in_channel", "user_not_in_channel", "msg_too_long"),
    "chat.getPermalink": (*_TOKEN, "invalid_arguments", "channel_not_found", "message_not_found"),
    "conversations.create": (*_SCOPED, *_NAME),
    "conversations.info": _CHANNEL,
    "conversations.invite": (
        *_CHANNEL,
        "is_archived",
        "not_in_channel",
        "no_user",
        "user_not_found",
        "cant_invite",
        "cant_invite_self",
        "already_in_channel",
        "method_not_supported_for_channel_type",
    ),
    "conversations.join": (*_CHANNEL, "is_archived", "method_not_supported_for_channel_type"),
    "conversations.leave": (
        *_CHANNEL,
        "is_archived",
        "cant_leave_general",
        "last_member",
        "method_not_supported_for_channel_type",
    ),
    "conversations.kick": (
        *_CHANNEL,
        "not_in_channel",
        "user_not_found",
        "cant_kick_self",
        "cant_kick_from_general",
        "method_not_supported_for_channel_type",
    ),
    "conversations.members": (*_CHANNEL, "invalid_cursor", "invalid_limit"),
    "conversations.open": (
        *_SCOPED,
        "channel_not_found",
        "users_list_not_supplied",
        "too_many_users",
        "user_not_found",
        "user_disabled",
    ),
    "conversations.history": (*_CHANNEL, *_HISTORY, "not_in_channel"),
    "conversations.replies": (*_CHANNEL, *_HISTORY, "not_in_channel", "thread_not_found"),
    "conversations.setTopic": (*_CHANNEL, "is_archived", "not_in_channel", "too_long"),
    "conversations.setPurpose": (*_CHANNEL, "is_archived", "not_in_channel", "too_long"),
    "conversations.rename": (
        *_CHANNEL,
        *_NAME,
        "is_archived",
        "not_in_channel",
        "method_not_supported_for_channel_type",
    ),
    "conversations.archive": (
        *_CHANNEL,
        "already_archived",
        "cant_archive_general",
        "not_in_channel",
        "method_not_supported_for_channel_type",
    ),
    "conversations.list": (*_SCOPED, *_LIST),
    "users.conversations": (*_SCOPED, *_LIST, "user_not_found"),
    "users.info": (*_SCOPED, "invalid_arguments", "user_not_found"),
    "users.lookupByEmail": (*_SCOPED, "invalid_arguments", "users_not_found"),
    "users.list": (*_SCOPED, "invalid_cursor", "invalid_limit"),
    "usergroups.list": _SCOPED,
    "usergroups.users.list": (*_SCOPED, "invalid_arguments", "no_such_subteam"),
    "pins.add": (
        *_CHANNEL,
        "not_in_channel",
        "no_item_specified",
        "bad_timestamp",
        "message_not_found",
        "already_pinned",
    ),
    "pins.list": (*_CHANNEL, "not_in_channel"),
    "pins.remove": (*_CHANNEL, "not_in_channel", "no_item_specified", "bad_timestamp", "message_not_found", "no_pin"),
    "bookmarks.add": (
        *_CHANNEL,
        "not_in_channel",
        "invalid_bookmark_type",
        "invalid_link",
        "too_many_bookmarks",
    ),
    "bookmarks.edit": (*_CHANNEL, "not_in_channel", "not_found", "invalid_link"),
    "bookmarks.list": (*_CHANNEL, "not_in_channel"),
    "bookmarks.remove": (*_CHANNEL, "not_in_channel", "not_found"),
    "reactions.add": (
        *_CHANNEL,
        "not_in_channel",
        "is_archived",
        "invalid_name",
        "no_item_specified",
        "bad_timestamp",
        "message_not_found",
        "already_reacted",
    ),
    "reactions.remove": (
        *_CHANNEL,
        "not_in_channel",
        "invalid_name",
        "no_item_specified",
        "bad_timestamp",
        "message_not_found",
        "no_reaction",
    ),
    "views.open": (*_VIEW, *_TRIGGER),
    "views.push": (*_VIEW, *_TRIGGER, "not_found", "push_limit_reached"),
    "views.update": (*_VIEW, "not_found", "hash_conflict"),
    "views.publish": (*_VIEW, "not_enabled", "hash_conflict"),
    "files.getUploadURLExternal": (*_SCOPED, "invalid_arguments", "missing_argument"),
    "files.completeUploadExternal": (
        *_SCOPED,
        "invalid_arguments",
        "file_not_found",
        "file_update_failed",
        "invalid_channel",
        "not_in_channel",
    ),
    "files.info": (*_SCOPED, "invalid_arguments", "file_not_found"),
}

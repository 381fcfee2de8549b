"""Every error code of every method that Tocsin calls, with its one meaning. A code that is in no row is dead and told.

The codes of a method stand on its page, https://docs.slack.dev/reference/methods/METHOD; those of all methods are
described at https://docs.slack.dev/apis/web-api. A method's own row goes before the row of all methods.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Rows = Mapping[str, "Meaning"]


class Meaning(StrEnum):
    """What an error means for whatever was wanted."""

    FINE = "it is so already, or there is nothing left to do it to"
    RETRY = "nothing was done: it is tried again"
    LOOK_UP = "some of it may have been done: it is looked up, then tried again"
    JOIN = "Tocsin joins the channel, once, and tries again"
    POST_ANEW = "the message that was to be changed is gone: a fresh one takes its place"
    PLAIN = "Slack does not take the layout: the text goes out without it"
    SUFFIX = "somebody has the name: the next one is tried"
    GONE = "the conversation takes nothing any more: an incident moves to its thread; anything else is dead and told"
    AWAY = "Slack takes nothing from Tocsin: all that goes to Slack waits until it does"
    DEAD = "it cannot be done, and somebody is told"


class Told(StrEnum):
    """Who is told of what is dead."""

    INCIDENT = "the incident's room; whoever leads, in person, where the room takes no messages"
    ASKER = "whoever asked for it, in the answer"
    OPERATOR = "whoever runs Tocsin, by its log"


@dataclass(frozen=True, slots=True)
class Row:
    """What one code of one method means, and who is told where it is dead."""

    meaning: Meaning
    told: Told


def _rows(**codes: str) -> Rows:
    """Return rows from the names of meanings, in lower case, and the codes that have them."""
    pairs = [(code, Meaning[name.upper()]) for name, listed in codes.items() for code in listed.split()]
    if len(pairs) != len(dict(pairs)):
        raise ValueError("a code has one meaning")
    return dict(pairs)


ANY_METHOD: Rows = _rows(
    retry="ratelimited rate_limited message_limit_exceeded too_many_requests external_channel_migrating",
    look_up="fatal_error internal_error service_unavailable request_timeout team_added_to_org",
    away="invalid_auth not_authed account_inactive token_revoked token_expired org_login_required",
    gone="channel_not_found is_archived",
    dead=(
        "missing_scope no_permission access_denied accesslimited restricted_action not_allowed_token_type "
        "two_factor_setup_required enterprise_is_restricted team_access_not_granted ekm_access_denied "
        "deprecated_endpoint method_deprecated method_not_supported_for_channel_type unknown_method not_implemented "
        "invalid_arg_name invalid_arguments invalid_array_arg invalid_charset invalid_form_data invalid_post_type "
        "missing_post_type missing_argument"
    ),
)
"""Codes that any method may answer with."""

OF_METHOD: Mapping[str, Rows] = {
    "apps.connections.open": _rows(dead="forbidden_team insecure_request missing_args"),
    "auth.test": _rows(away="enterprise_is_restricted team_access_not_granted two_factor_setup_required"),
    "bookmarks.add": _rows(
        fine="file_already_added",
        join="not_in_channel",
        dead=(
            "cannot_bookmark_from_external_org cannot_bookmark_restricted_sharing_enabled file_not_found "
            "invalid_app_action_type invalid_bookmark_type invalid_child_type invalid_emoji invalid_entity_id "
            "invalid_link invalid_parent_type invalid_shortcut_type parent_bookmark_disabled parent_with_link "
            "permission_denied slack_connect_blocked_file_type slack_connect_clip_sharing_blocked "
            "slack_connect_file_upload_sharing_blocked too_many_bookmarks too_many_tabs"
        ),
    ),
    "bookmarks.list": _rows(join="not_in_channel"),
    "chat.delete": _rows(fine="message_not_found", dead="cant_delete_message"),
    "chat.getPermalink": _rows(fine="message_not_found"),
    "chat.postMessage": _rows(
        join="not_in_channel",
        plain="invalid_blocks invalid_blocks_format msg_blocks_too_long markdown_text_conflict",
        dead=(
            "app_access_restricted as_user_not_supported attachment_payload_limit_exceeded cannot_reply_to_message "
            "draft_already_deleted draft_already_sent draft_has_conflict draft_not_found duplicate_channel_not_found "
            "duplicate_message_not_found invalid_metadata_format invalid_metadata_schema messages_tab_disabled "
            "metadata_must_be_sent_from_app metadata_too_large missing_file_data msg_too_long no_text "
            "restricted_action_non_threadable_channel restricted_action_read_only_channel "
            "restricted_action_thread_locked restricted_action_thread_only_channel send_on_behalf_not_allowed "
            "slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked "
            "slack_connect_lists_sharing_blocked team_not_found too_many_attachments too_many_contact_cards "
            "user_disabled user_not_found"
        ),
    ),
    "chat.update": _rows(
        retry="streaming_state_conflict",
        look_up="update_failed",
        join="not_in_channel",
        post_anew="message_not_found cant_update_message edit_window_closed block_mismatch",
        plain="invalid_blocks invalid_blocks_format msg_blocks_too_long markdown_text_conflict",
        gone="is_inactive",
        dead=(
            "as_user_not_supported blocked_file_type cant_broadcast_message file_deleted file_is_deleted "
            "file_not_found file_share_limit_reached invalid_attachments invalid_metadata_format "
            "invalid_metadata_schema max_file_sharing_exceeded metadata_must_be_sent_from_app metadata_too_large "
            "msg_too_long no_dual_broadcast_content_update no_text posting_to_channel_denied "
            "slack_connect_blocked_file_type slack_connect_canvas_sharing_blocked slack_connect_clip_sharing_blocked "
            "slack_connect_file_link_sharing_blocked slack_connect_file_upload_sharing_blocked team_not_found "
            "too_many_attachments unable_to_share_files"
        ),
    ),
    "conversations.archive": _rows(
        fine="already_archived",
        join="not_in_channel",
        dead="cant_archive_general cant_archive_required",
    ),
    "conversations.create": _rows(
        suffix="name_taken",
        dead=(
            "cannot_create_channel canvas_disabled_user_team invalid_name invalid_name_maxlength "
            "invalid_name_punctuation invalid_name_required invalid_name_specials no_channel"
        ),
    ),
    "conversations.history": _rows(
        retry="invalid_cursor",
        join="not_in_channel",
        dead="channel_is_limited_access invalid_metadata_filter_keys invalid_ts_latest invalid_ts_oldest",
    ),
    "conversations.invite": _rows(
        fine="already_in_channel cant_invite_self",
        join="not_in_channel",
        dead=(
            "app_cannot_join_channel cant_invite invitee_cant_see_channel no_external_invite_permission no_user "
            "org_user_not_in_team ura_max_channels user_is_restricted user_is_ultra_restricted user_not_found"
        ),
    ),
    "conversations.join": _rows(dead="channel_is_limited_access too_many_members"),
    "conversations.members": _rows(retry="invalid_cursor", dead="fetch_members_failed invalid_limit"),
    "conversations.open": _rows(
        dead=(
            "channel_not_found invalid_user_combination not_enough_users too_many_users user_disabled user_not_found "
            "user_not_visible users_list_not_supplied"
        ),
    ),
    "conversations.replies": _rows(
        retry="invalid_cursor list_record_comment_fetch_failed",
        fine="thread_not_found",
        join="not_in_channel",
        dead="invalid_metadata_filter_keys invalid_ts_latest invalid_ts_oldest",
    ),
    "conversations.setTopic": _rows(join="not_in_channel", dead="too_long user_is_restricted"),
    "files.completeUploadExternal": _rows(
        look_up="file_update_failed",
        dead=(
            "channels_limit_exceeded file_not_found file_type_not_allowed file_uploads_except_images_disabled "
            "invalid_blocks invalid_channel not_in_channel posting_to_channel_denied"
        ),
    ),
    "files.getUploadURLExternal": _rows(
        dead=(
            "alt_txt_too_large file_type_not_allowed file_upload_size_restricted file_uploads_disabled "
            "file_uploads_except_images_disabled snippet_too_large storage_limit_reached unknown_snippet_type "
            "unknown_subtype"
        ),
    ),
    "pins.add": _rows(
        fine="already_pinned message_not_found",
        join="not_in_channel",
        dead="bad_timestamp file_not_found file_not_shared no_item_specified not_pinnable too_many_pins",
    ),
    "usergroups.list": _rows(dead="invalid_cursor invalid_team plan_upgrade_required users_not_found"),
    "usergroups.users.list": _rows(dead="invalid_cursor no_such_subteam plan_upgrade_required"),
    "users.conversations": _rows(retry="invalid_cursor", dead="invalid_limit invalid_types user_not_found"),
    "users.info": _rows(dead="too_many_users user_not_found user_not_visible"),
    "users.lookupByEmail": _rows(dead="users_not_found"),
    "views.open": _rows(
        dead="duplicate_external_id exchanged_trigger_id expired_trigger_id invalid_trigger_id view_too_large",
    ),
    "views.publish": _rows(
        dead="duplicate_external_id hash_conflict missing_profile_id not_enabled user_not_found view_too_large",
    ),
}
"""Codes of single methods, and what the codes of all methods mean otherwise for one."""

TOLD: Mapping[str, Told] = {
    "apps.connections.open": Told.OPERATOR,
    "auth.test": Told.OPERATOR,
    "bookmarks.add": Told.INCIDENT,
    "bookmarks.list": Told.INCIDENT,
    "chat.delete": Told.OPERATOR,
    "chat.getPermalink": Told.INCIDENT,
    "chat.postMessage": Told.INCIDENT,
    "chat.update": Told.INCIDENT,
    "conversations.archive": Told.ASKER,
    "conversations.create": Told.INCIDENT,
    "conversations.history": Told.INCIDENT,
    "conversations.invite": Told.INCIDENT,
    "conversations.join": Told.OPERATOR,
    "conversations.members": Told.OPERATOR,
    "conversations.open": Told.INCIDENT,
    "conversations.replies": Told.INCIDENT,
    "conversations.setTopic": Told.INCIDENT,
    "files.completeUploadExternal": Told.INCIDENT,
    "files.getUploadURLExternal": Told.INCIDENT,
    "pins.add": Told.INCIDENT,
    "usergroups.list": Told.OPERATOR,
    "usergroups.users.list": Told.OPERATOR,
    "users.conversations": Told.INCIDENT,
    "users.info": Told.OPERATOR,
    "users.lookupByEmail": Told.OPERATOR,
    "views.open": Told.ASKER,
    "views.publish": Told.OPERATOR,
}
"""Who is told when a call of a method is dead."""

TOKEN = frozenset(code for code, meant in ANY_METHOD.items() if meant is Meaning.AWAY)
"""What Slack answers to every call where it does not take the token."""

UNREACHABLE = frozenset({"app_access_restricted", "channel_not_found", "user_disabled", "user_not_found"})
"""What Slack answers to a direct message where it is the member who cannot be reached, and not a rule for all."""


def meaning(method: str, code: str) -> Meaning:
    """Return what `code` means as an answer of `method`."""
    return OF_METHOD.get(method, {}).get(code) or ANY_METHOD.get(code, Meaning.DEAD)


def row(method: str, code: str) -> Row:
    """Return the row of `code` as an answer of `method`."""
    return Row(meaning(method, code), TOLD.get(method, Told.OPERATOR))

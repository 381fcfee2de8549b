"""The codes that people meet, in words that end a sentence: "I could not post a message: ..."."""

IN_WORDS = {
    "account_inactive": "the bot's account is deactivated",
    "app_access_restricted": "this member may not use this app",
    "app_cannot_join_channel": "this app may not be in the channel",
    "cannot_create_channel": "this workspace does not let Tocsin make channels",
    "cannot_reply_to_message": "this message takes no replies",
    "cant_invite": "this person cannot be invited",
    "channel_not_found": "the channel is not there, or it is private and Tocsin is not in it",
    "ekm_access_denied": "an admin has stopped messages to this channel",
    "enterprise_is_restricted": "this organisation does not let Tocsin do that",
    "external_channel_migrating": "Slack is moving the channel",
    "file_uploads_disabled": "this workspace takes no files",
    "file_uploads_except_images_disabled": "this workspace takes no files but images",
    "invalid_auth": "Slack does not take the bot token",
    "invitee_cant_see_channel": "this person is in another workspace of the organisation",
    "is_archived": "the channel is archived",
    "is_inactive": "the channel is archived or frozen",
    "messages_tab_disabled": "the app takes no direct messages; turn on its Messages tab, under App Home",
    "missing_scope": "the app lacks a permission; install it again from manifest.yml",
    "name_taken": "the name is taken",
    "no_external_invite_permission": "Tocsin may not invite people of other organisations",
    "no_permission": "Tocsin may not do that here",
    "not_authed": "there is no bot token",
    "not_in_channel": "Tocsin is not in the channel",
    "org_login_required": "Slack is moving this workspace to another plan",
    "org_user_not_in_team": "this person is in another workspace of the organisation",
    "plan_upgrade_required": "this workspace's plan has no user groups",
    "restricted_action": "this workspace does not let Tocsin do that",
    "restricted_action_non_threadable_channel": "the channel takes no threads",
    "restricted_action_read_only_channel": "the channel takes no messages from Tocsin",
    "restricted_action_thread_locked": "the thread is locked",
    "restricted_action_thread_only_channel": "the channel takes messages in threads alone",
    "storage_limit_reached": "this workspace has no room left for files",
    "token_expired": "the bot token has expired",
    "token_revoked": "the bot token was revoked",
    "too_many_bookmarks": "the channel has as many bookmarks as Slack allows",
    "too_many_members": "the channel has as many members as Slack allows",
    "too_many_pins": "the channel has as many pins as Slack allows",
    "ura_max_channels": "guest who may be in no further channel",
    "user_disabled": "deactivated",
    "user_is_restricted": "guest",
    "user_is_ultra_restricted": "guest",
    "user_not_found": "not in this workspace",
    "user_not_visible": "Tocsin may not see this person",
}

IN_PERSON = {
    "channel_not_found": "Slack opens no direct messages with this member, who may be deactivated",
    "user_disabled": "this member is deactivated",
    "user_not_found": "this member is not in this workspace",
}
"""What a code means where a direct message met it."""


def in_words(code: str, *, in_person: bool = False, scope: str = "") -> str:
    """Return what Slack's error `code` means, for people.

    `in_person` where a direct message met it; `scope` is the permission that Slack names with `missing_scope`.
    """
    if code == "missing_scope" and scope:
        return f"the app lacks the permission {scope}; install it again from manifest.yml"
    known = IN_WORDS | IN_PERSON if in_person else IN_WORDS
    return known.get(code, f"Slack says {code}")

"""Every row of the table of refusals, provoked by Slack's own client over HTTP."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from app.sandbox import Sandbox
from app.sandbox.methods import METHODS
from app.sandbox.refusals import REFUSALS
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


ROWS = [(method, error) for method, errors in REFUSALS.items() for error in errors]


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


async def refused(client: AsyncWebClient, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as raised:
        await client.api_call(method, json=arguments)
    answer: dict[str, Any] = raised.value.response.data
    return answer


def arguments_for(method: str, error: str) -> dict[str, Any]:
    if error in PROVOKED[method]:
        return PROVOKED[method][error]
    named = "channel_id" if method.startswith("bookmarks.") else "channel"
    return {"channel_not_found": {named: NOWHERE}}.get(error, {})


@pytest.mark.parametrize(("method", "error"), ROWS, ids=[f"{method}-{error}" for method, error in ROWS])
async def test_every_row_of_the_table_is_given(start: Any, quiet: dict[str, Any], method: str, error: str) -> None:
    if error in {"missing_scope", "not_enabled"}:
        quiet = {}
    elif error == "not_in_channel":
        scopes = [scope for scope in quiet["oauth_config"]["scopes"]["bot"] if scope != "chat:write.public"]
        quiet = quiet | {"oauth_config": {"scopes": {"bot": scopes}}}
    sandbox = await start(quiet, patience=3.0)
    prepare(sandbox)
    wrong_kind = sandbox.bot_token if method == "apps.connections.open" else sandbox.app_token
    token = {"not_authed": "", "invalid_auth": "xoxb-wrong", "not_allowed_token_type": wrong_kind}
    client = AsyncWebClient(token=token.get(error, sandbox.bot_token), base_url=sandbox.api_url, retry_handlers=[])
    answer = await refused(client, method, arguments_for(method, error))
    assert answer["error"] == error


def test_the_table_names_every_method_and_no_other() -> None:
    assert set(REFUSALS) == set(METHODS) == set(PROVOKED)


def test_every_provocation_has_its_row() -> None:
    assert {(method, error) for method, errors in PROVOKED.items() for error in errors} <= set(ROWS)


async def test_unknown_methods_are_refused(client: AsyncWebClient) -> None:
    answer = await refused(client, "chat.shout", {})
    assert answer == {"ok": False, "error": "unknown_method", "req_method": "chat.shout"}


async def test_missing_scope_says_which_and_what_there_is(start: Any, quiet: dict[str, Any]) -> None:
    sandbox = await start(quiet | {"oauth_config": {"scopes": {"bot": ["channels:read", "chat:write"]}}})
    prepare(sandbox)
    client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])
    answer = await refused(client, "conversations.info", {"channel": SECRET})
    assert (answer["needed"], answer["provided"]) == ("groups:read", "channels:read,chat:write")
    assert (await client.conversations_info(channel=ROOM))["channel"]["name"] == "c0room"


async def test_a_private_channel_without_the_bot_does_not_exist_for_it(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    prepare(sandbox)
    for method in ("conversations.info", "conversations.history", "chat.postMessage"):
        assert (await refused(client, method, {"channel": HIDDEN, "text": "x"}))["error"] == "channel_not_found"


async def test_invalid_blocks_say_where(sandbox: Sandbox, client: AsyncWebClient) -> None:
    prepare(sandbox)
    answer = await refused(client, "chat.postMessage", HI | {"blocks": [{"type": "divider"}, {"type": "header"}]})
    complaint = "[ERROR] missing required field: text [json-pointer:/blocks/1]"
    assert answer["response_metadata"]["messages"] == answer["errors"] == [complaint]


@pytest.mark.skipif("SLACK_SPECS" not in os.environ, reason="SLACK_SPECS names no folder of Slack's method pages")
def test_slack_documents_every_refusal() -> None:
    # Slack gives these on any method, or the method's page forgets them.
    general = {"not_authed", "invalid_auth", "not_allowed_token_type", "missing_scope", "invalid_arguments"}
    forgotten = {"msg_blocks_too_long", "not_in_channel", "invalid_limit", "user_not_found"}
    undocumented = {}
    for method, errors in REFUSALS.items():
        page = json.loads((Path(os.environ["SLACK_SPECS"]) / "methods" / f"{method}.json").read_text())
        if unknown := set(errors) - set(page["errors"]) - general - forgotten:
            undocumented[method] = unknown
    assert undocumented == {}

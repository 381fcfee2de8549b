"""Slack's JSON for what the workspace holds.

Slack's pages: https://docs.slack.dev/reference/objects
"""

from collections.abc import Mapping

from app.sandbox import seed
from app.sandbox.entries import state_of
from app.sandbox.slack import Slack
from app.sandbox.workspace import Bookmark, Channel, File, Json, Member, Message, Notice, UserGroup, View

TEAM: Json = {"id": seed.TEAM_ID, "domain": seed.TEAM_DOMAIN}


def address(person: Member) -> str:
    """Return the e-mail address of a member, which Slack shows to apps with users:read.email alone."""
    return f"{person.name}@example.com"


def member(person: Member) -> Json:
    """Return a user object."""
    return {
        "id": person.id,
        "team_id": seed.TEAM_ID,
        "name": person.name,
        "real_name": person.real_name,
        "deleted": person.deleted,
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "tz": "Etc/UTC",
        "tz_label": "Coordinated Universal Time",
        "tz_offset": 0,
        "updated": 0,
        "profile": {
            "real_name": person.real_name,
            "real_name_normalized": person.real_name,
            "display_name": person.name,
            "display_name_normalized": person.name,
            "title": "",
            "status_text": "",
            "status_emoji": "",
            "team": seed.TEAM_ID,
            **({"api_app_id": seed.APP_ID, "bot_id": seed.BOT_ID} if person.is_bot else {}),
        },
    }


def usergroup(group: UserGroup) -> Json:
    """Return a user group object, its users left out."""
    return {
        "id": group.id,
        "team_id": seed.TEAM_ID,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "is_external": False,
        "date_create": 0,
        "date_update": 0,
        "date_delete": 0,
        "auto_type": None,
        "created_by": "U0MANAGER",
        "updated_by": "U0MANAGER",
        "deleted_by": None,
        "prefs": {"channels": [], "groups": []},
        "user_count": len(group.users),
    }


def channel(room: Channel) -> Json:
    """Return a conversation object."""
    common: Json = {
        "id": room.id,
        "created": room.created,
        "is_archived": room.archived,
        "is_im": room.kind == "im",
        "is_mpim": False,
        "is_org_shared": False,
        "context_team_id": seed.TEAM_ID,
        "updated": room.created * 1000,
    }
    if room.kind == "im":
        return common | {"user": room.user, "is_user_deleted": False, "priority": 0, "is_open": True}
    return common | {
        "name": room.name,
        "name_normalized": room.name,
        "is_channel": room.kind == "channel",
        "is_group": room.kind == "private",
        "is_private": room.kind == "private",
        "is_general": room.is_general,
        "is_member": seed.BOT_USER in room.members,
        "is_shared": False,
        "is_ext_shared": False,
        "is_pending_ext_shared": False,
        "unlinked": 0,
        "creator": room.creator,
        "shared_team_ids": [seed.TEAM_ID],
        "pending_shared": [],
        "previous_names": room.previous_names,
        "topic": notice(room.topic),
        "purpose": notice(room.purpose),
    }


def notice(said: Notice) -> Json:
    """Return a topic or purpose object."""
    return {"value": said.value, "creator": said.creator, "last_set": said.last_set}


def message(slack: Slack, room: Channel, said: Message, *, metadata: bool = False) -> Json:
    """Return a message object, without what only its thread knows."""
    shaped: Json = {"type": "message", "user": said.user, "ts": said.ts, "text": said.text, "team": seed.TEAM_ID}
    if said.bot_id:
        shaped |= {"bot_id": said.bot_id, "app_id": seed.APP_ID, "bot_profile": bot_profile()}
    optional: Json = {
        "subtype": "thread_broadcast" if said.broadcast and said.is_reply else said.subtype,
        "blocks": said.blocks,
        "thread_ts": said.thread_ts,
        "edited": said.edited,
        "files": [file(slack, slack.workspace.files[each]) for each in said.files],
        "reactions": [{"name": n, "users": u, "count": len(u)} for n, u in said.reactions.items()],
        "pinned_to": [room.id] if said.ts in room.pins else [],
        "metadata": said.metadata if metadata else None,
    }
    return shaped | {key: value for key, value in optional.items() if value}


def thread(replies: list[Message]) -> Json:
    """Return what a thread's root adds to its message object; nothing when there is no thread."""
    if not replies:
        return {}
    people = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": replies[0].thread_ts,
        "reply_count": len(replies),
        "reply_users_count": len(people),
        "reply_users": people,
        "latest_reply": replies[-1].ts,
        "is_locked": False,
        "subscribed": True,
    }


def bot_profile() -> Json:
    """Return the bot as its messages carry it."""
    return {
        "id": seed.BOT_ID,
        "app_id": seed.APP_ID,
        "name": seed.APP_NAME,
        "deleted": False,
        "updated": 0,
        "icons": {},
        "team_id": seed.TEAM_ID,
    }


def bookmark(room: Channel, mark: Bookmark) -> Json:
    """Return a bookmark object."""
    return {
        "id": mark.id,
        "channel_id": room.id,
        "title": mark.title,
        "link": mark.link,
        "emoji": mark.emoji,
        "icon_url": None,
        "type": "link",
        "entity_id": None,
        "date_created": mark.created,
        "date_updated": mark.updated,
        "rank": "",
        "last_updated_by_user_id": seed.BOT_USER,
        "last_updated_by_team_id": seed.TEAM_ID,
        "shortcut_id": None,
        "app_id": None,
    }


def file(slack: Slack, upload: File) -> Json:
    """Return a file object."""
    url = f"{slack.url}files/{upload.id}"
    return {
        "id": upload.id,
        "created": upload.created,
        "timestamp": upload.created,
        "name": upload.name,
        "title": upload.title,
        "size": upload.size,
        "user": seed.BOT_USER,
        "user_team": seed.TEAM_ID,
        "mode": "hosted",
        "is_external": False,
        "is_public": any(room.startswith("C") for room in upload.shares),
        "url_private": url,
        "url_private_download": url,
        "permalink": f"{url}/{upload.name}",
        "channels": [room for room in upload.shares if slack.workspace.channels[room].kind == "channel"],
        "groups": [room for room in upload.shares if slack.workspace.channels[room].kind == "private"],
        "ims": [room for room in upload.shares if slack.workspace.channels[room].kind == "im"],
        "shares": {"public": {room: [{"ts": ts} for ts in shares] for room, shares in upload.shares.items()}},
    }


def view(shown: View) -> Json:
    """Return a view object with its state."""
    content = shown.content
    return {
        "id": shown.id,
        "team_id": seed.TEAM_ID,
        "type": content["type"],
        "title": content.get("title"),
        "submit": content.get("submit"),
        "close": content.get("close"),
        "blocks": content["blocks"],
        "private_metadata": content.get("private_metadata", ""),
        "callback_id": content.get("callback_id", ""),
        "external_id": content.get("external_id", ""),
        "state": {"values": state_of(content["blocks"], shown.entered)},
        "hash": shown.hash,
        "clear_on_close": content.get("clear_on_close", False),
        "notify_on_close": content.get("notify_on_close", False),
        "submit_disabled": content.get("submit_disabled", False),
        "root_view_id": shown.root_id,
        "previous_view_id": shown.previous_id,
        "app_id": seed.APP_ID,
        "app_installed_team_id": seed.TEAM_ID,
        "bot_id": seed.BOT_ID,
    }


def permalink(slack: Slack, room: Channel, said: Message) -> str:
    """Return the address of a message, of Slack's form."""
    address = f"{slack.url}archives/{room.id}/p{said.ts.replace('.', '')}"
    return f"{address}?thread_ts={said.thread_ts}&cid={room.id}" if said.is_reply else address


def with_threads(slack: Slack, room: Channel, messages: list[Message], *, metadata: bool) -> list[Json]:
    """Return message objects, each thread's root with what it knows of its thread."""
    replies: Mapping[str, list[Message]] = room.replies()
    return [message(slack, room, said, metadata=metadata) | thread(replies.get(said.ts, [])) for said in messages]

"""conversations.* but for who is in them and what was said: make, name, describe, archive, list."""

from collections.abc import Iterable
from html import escape

from app.sandbox import events, posting, shapes
from app.sandbox.call import Call
from app.sandbox.refusals import Refused
from app.sandbox.seed import BOT_USER
from app.sandbox.workspace import Channel, Json, Kind, Notice, new_id

NAME_LIMIT = 80
NOTICE_LIMIT = 250

# https://docs.slack.dev/reference/methods/conversations.list: public channels alone unless `types` asks for others.
_TYPES: dict[str, Kind | None] = {"public_channel": "channel", "private_channel": "private", "im": "im", "mpim": None}


def create(call: Call) -> Json:
    """Make a channel with the bot in it."""
    kind: Kind = "private" if call.flag("is_private") else "channel"
    call.demand(kind)
    slack = call.slack
    name = _name(call)
    room = Channel(new_id("C"), name, kind, creator=BOT_USER, created=slack.seconds(), members=[])
    slack.workspace.channels[room.id] = room
    events.channel_created(slack, room)
    posting.join(slack, room, slack.workspace.members[BOT_USER])
    return {"channel": shapes.channel(room)}


def info(call: Call) -> Json:
    """Describe a conversation."""
    room = call.channel()
    count = {"num_members": len(room.members)} if call.flag("include_num_members") else {}
    return {"channel": shapes.channel(room) | count}


def open_direct(call: Call) -> Json:
    """Open the bot's direct messages with one member."""
    if call.text("channel"):
        room = call.channel()
    else:
        call.demand("im")
        room = _direct(call)
    full = shapes.channel(room) if call.flag("return_im") else {"id": room.id}
    return {"no_op": bool(room.messages), "already_open": bool(room.messages), "channel": full}


def _direct(call: Call) -> Channel:
    users = call.listed("users")
    if not users:
        raise Refused("users_list_not_supplied")
    if len(users) > 1:
        raise Refused("too_many_users")
    member = call.slack.workspace.members.get(users[0])
    if member is None or member.is_bot:
        raise Refused("user_not_found")
    if member.deleted:
        raise Refused("user_disabled")
    room = call.slack.direct_channel(member)
    call.slack.touch()
    return room


def set_topic(call: Call) -> Json:
    """Set the topic, which adds a line to the channel."""
    room = call.channel(joined=True, alive=True)
    room.topic = _notice(call, "topic")
    # A topic is no markup: in the line about it, nothing of it comes alive.
    text = f"<@{BOT_USER}> set the channel topic: {escape(room.topic.value, quote=False)}"
    posting.notice(call.slack, room, BOT_USER, "channel_topic", text)
    return {"channel": shapes.channel(room)}


def set_purpose(call: Call) -> Json:
    """Set the purpose, which adds a line to the channel."""
    room = call.channel(joined=True, alive=True)
    room.purpose = _notice(call, "purpose")
    text = f"<@{BOT_USER}> set the channel purpose: {room.purpose.value}"
    posting.notice(call.slack, room, BOT_USER, "channel_purpose", text)
    return {"purpose": room.purpose.value, "channel": shapes.channel(room)}


def rename(call: Call) -> Json:
    """Give a channel another name."""
    room = call.not_direct(call.channel(joined=True, alive=True))
    before, room.name = room.name, _name(call, room)
    room.previous_names.append(before)
    text = f'<@{BOT_USER}> has renamed the channel from "{before}" to "{room.name}"'
    posting.notice(call.slack, room, BOT_USER, "channel_name", text)
    events.channel_renamed(call.slack, room)
    return {"channel": shapes.channel(room)}


def archive(call: Call) -> Json:
    """Archive a channel; a bot cannot undo it."""
    room = call.not_direct(call.channel())
    if room.archived:
        raise Refused("already_archived")
    if room.is_general:
        raise Refused("cant_archive_general")
    call.admitted(room, joined=True)
    posting.notice(call.slack, room, BOT_USER, "channel_archive", f"<@{BOT_USER}> archived the channel")
    room.archived = True
    events.channel_archived(call.slack, room, BOT_USER)
    return {}


def list_all(call: Call) -> Json:
    """List the conversations that the bot may know of."""
    rooms = call.slack.workspace.channels.values()
    return _listing(call, (room for room in rooms if room.kind == "channel" or BOT_USER in room.members))


def list_joined(call: Call) -> Json:
    """List the conversations that the bot, or a member whom it shares them with, is in."""
    user = call.text("user") or BOT_USER
    if user not in call.slack.workspace.members:
        raise Refused("user_not_found")
    rooms = [room for room in call.slack.workspace.channels.values() if user in room.members]
    return _listing(call, (room for room in rooms if room.kind == "channel" or BOT_USER in room.members))


def _listing(call: Call, rooms: Iterable[Channel]) -> Json:
    types = call.listed("types") or ["public_channel"]
    if not set(types) <= set(_TYPES):
        raise Refused("invalid_types")
    kinds = {kind for kind in map(_TYPES.__getitem__, types) if kind is not None}
    for kind in kinds:
        call.demand(kind)
    wanted = [room for room in rooms if room.kind in kinds]
    shown = [room for room in wanted if not (room.archived and call.flag("exclude_archived"))]
    page, cursor = call.page(shown)
    return {
        "channels": [shapes.channel(room) | {"num_members": len(room.members)} for room in page],
        "response_metadata": {"next_cursor": cursor},
    }


def _name(call: Call, renamed: Channel | None = None) -> str:
    """Return a name that a channel may have.

    The rules: https://docs.slack.dev/reference/methods/conversations.create#naming
    """
    name = (call.text("name") or "").strip()
    if not name:
        raise Refused("invalid_name_required")
    if len(name) > NAME_LIMIT:
        raise Refused("invalid_name_maxlength")
    if not any(letter.isalnum() for letter in name):
        raise Refused("invalid_name_punctuation")
    if name != name.lower() or not all(letter.isalnum() or letter in "-_" for letter in name):
        raise Refused("invalid_name_specials")
    if call.slack.workspace.channel_named(name) not in (None, renamed):
        raise Refused("name_taken")
    return name


def _notice(call: Call, name: str) -> Notice:
    value = str(call.arguments.get(name, ""))
    if len(value) > NOTICE_LIMIT:
        raise Refused("too_long")
    return Notice(value, BOT_USER, call.slack.seconds())

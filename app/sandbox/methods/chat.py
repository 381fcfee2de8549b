"""chat.*: the bot speaks, edits and takes back."""

from app.sandbox import posting, shapes
from app.sandbox.call import Call
from app.sandbox.refusals import Refused
from app.sandbox.seed import BOT_USER
from app.sandbox.workspace import Channel, Json, Message

# https://docs.slack.dev/reference/methods/chat.update names 4,000 characters; a new message takes ten times as many.
EDIT_LIMIT = 4000
ATTACHMENTS = 100


def post_message(call: Call) -> Json:
    """Post for everyone: to a channel by id or name, or to a member's direct messages."""
    room = _destination(call)
    if len(call.json("attachments") or []) > ATTACHMENTS:
        raise Refused("too_many_attachments")
    written = posting.draft(call.arguments)
    said = posting.bot_message(call.slack, written, thread_ts=call.text("thread_ts"))
    said.broadcast = call.flag("reply_broadcast")
    posting.post(call.slack, room, said)
    answer = {"channel": room.id, "ts": said.ts, "message": shapes.message(call.slack, room, said, metadata=True)}
    if len(call.text("text") or "") > posting.TEXT_LIMIT:
        answer |= {"warning": "message_truncated", "response_metadata": {"warnings": ["message_truncated"]}}
    return answer


def update(call: Call) -> Json:
    """Replace a message of the bot's own. Blocks and metadata that are not given stay; empty ones go."""
    room = call.channel()
    said = _message(call, room, "ts")
    if said.user != BOT_USER or said.subtype:
        raise Refused("cant_update_message")
    if len(call.text("text") or "") > EDIT_LIMIT:
        raise Refused("msg_too_long")
    kept = {"blocks": said.blocks, "metadata": said.metadata}
    given = {key: value for key, value in call.arguments.items() if value is not None}
    forgets = call.json("metadata") == {}
    posting.change(call.slack, room, said, posting.draft({**kept, **given} | ({"metadata": None} if forgets else {})))
    shaped = shapes.message(call.slack, room, said, metadata=True)
    return {"channel": room.id, "ts": said.ts, "text": said.text, "message": shaped}


def delete(call: Call) -> Json:
    """Take back a message of the bot's own."""
    room = call.channel()
    said = _message(call, room, "ts")
    if said.user != BOT_USER or said.subtype:
        raise Refused("cant_delete_message")
    posting.delete(call.slack, room, said)
    return {"channel": room.id, "ts": said.ts}


def post_ephemeral(call: Call) -> Json:
    """Post for one member of a channel."""
    room = call.channel(joined=True, alive=True)
    user = call.need("user")
    if user not in room.members:
        raise Refused("user_not_in_channel")
    if len(call.text("text") or "") > posting.TEXT_LIMIT:
        raise Refused("msg_too_long")
    written = posting.draft(call.arguments)
    said = posting.bot_message(call.slack, written, thread_ts=call.text("thread_ts"), shown_to=user)
    posting.post(call.slack, room, said)
    return {"message_ts": said.ts}


def get_permalink(call: Call) -> Json:
    """Return the address of a message."""
    room = call.channel()
    said = _message(call, room, "message_ts")
    return {"channel": room.id, "permalink": shapes.permalink(call.slack, room, said)}


def _message(call: Call, room: Channel, name: str) -> Message:
    said = room.lasting(call.need(name))
    if said is None:
        raise Refused("message_not_found")
    return said


def _destination(call: Call) -> Channel:
    workspace, name = call.slack.workspace, call.need("channel")
    member = workspace.members.get(name)
    if member is not None and not member.is_bot and not member.deleted:
        return call.slack.direct_channel(member)
    room = workspace.channels.get(name) or workspace.channel_named(name.removeprefix("#"))
    # https://docs.slack.dev/reference/scopes/chat.write.public: no need to be in a public channel to post there.
    everywhere = room is not None and room.kind == "channel" and "chat:write.public" in call.slack.manifest.scopes
    return call.admitted(room, joined=not everywhere, alive=True)

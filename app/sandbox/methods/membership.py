"""conversations.*: who is in a conversation, who comes and who goes."""

from app.sandbox import posting, shapes
from app.sandbox.call import Call
from app.sandbox.refusals import Refused
from app.sandbox.seed import BOT_USER
from app.sandbox.workspace import Channel, Json


def invite(call: Call) -> Json:
    """Let members in. One who cannot be let in spoils the call, unless `force` lets the others in."""
    room = call.not_direct(call.channel(joined=True, alive=True))
    users = call.listed("users")
    if not users:
        raise Refused("no_user")
    obstacles = {user: _obstacle(call, room, user) for user in users}
    failures = [{"user": user, "ok": False, "error": error} for user, error in obstacles.items() if error]
    welcome = [user for user, error in obstacles.items() if not error]
    if failures and not (call.flag("force") and welcome):
        raise Refused(str(failures[0]["error"]), errors=failures)
    for user in welcome:
        posting.join(call.slack, room, call.slack.workspace.members[user], inviter=BOT_USER)
    return {"channel": shapes.channel(room)} | ({"errors": failures} if failures else {})


def _obstacle(call: Call, room: Channel, user: str) -> str | None:
    member = call.slack.workspace.members.get(user)
    if user == BOT_USER:
        return "cant_invite_self"
    if member is None:
        return "user_not_found"
    if member.deleted:
        return "cant_invite"
    return "already_in_channel" if user in room.members else None


def join(call: Call) -> Json:
    """Let the bot into a public channel."""
    room = call.channel(alive=True)
    if room.kind != "channel":
        raise Refused("method_not_supported_for_channel_type")
    if BOT_USER in room.members:
        warned = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
        return {"channel": shapes.channel(room)} | warned
    posting.join(call.slack, room, call.slack.workspace.members[BOT_USER])
    return {"channel": shapes.channel(room)}


def leave(call: Call) -> Json:
    """Let the bot out of a channel."""
    room = call.not_direct(call.channel(alive=True))
    if room.is_general:
        raise Refused("cant_leave_general")
    if BOT_USER not in room.members:
        return {"not_in_channel": True}
    if room.kind == "private" and len(room.members) == 1:
        raise Refused("last_member")
    posting.leave(call.slack, room, call.slack.workspace.members[BOT_USER])
    return {}


def kick(call: Call) -> Json:
    """Put a member out of a channel."""
    room = call.not_direct(call.channel(joined=True))
    member = call.member()
    if member.id == BOT_USER:
        raise Refused("cant_kick_self")
    if room.is_general:
        raise Refused("cant_kick_from_general")
    if member.id not in room.members:
        raise Refused("not_in_channel")
    posting.leave(call.slack, room, member)
    return {"errors": {}}


def members(call: Call) -> Json:
    """List who is in a conversation."""
    page, cursor = call.page(call.channel().members)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}

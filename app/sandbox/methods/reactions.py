"""reactions.*: the bot's own reactions to messages."""

import re

from app.sandbox import events
from app.sandbox.call import Call
from app.sandbox.refusals import Refused
from app.sandbox.seed import BOT_USER
from app.sandbox.workspace import Channel, Json, Message

# Any well-formed name is taken; the sandbox has no list of emoji.
EMOJI = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def add(call: Call) -> Json:
    """React to a message."""
    room, said, name = _target(call, alive=True)
    users = said.reactions.setdefault(name, [])
    if BOT_USER in users:
        raise Refused("already_reacted")
    users.append(BOT_USER)
    _told(call, room, said, name, added=True)
    return {}


def remove(call: Call) -> Json:
    """Take a reaction back."""
    room, said, name = _target(call, alive=False)
    if BOT_USER not in said.reactions.get(name, []):
        raise Refused("no_reaction")
    said.reactions[name].remove(BOT_USER)
    if not said.reactions[name]:
        del said.reactions[name]
    _told(call, room, said, name, added=False)
    return {}


def _target(call: Call, *, alive: bool) -> tuple[Channel, Message, str]:
    room = call.channel(joined=True, alive=alive)
    name = call.need("name").strip(":")
    if not EMOJI.fullmatch(name):
        raise Refused("invalid_name")
    return room, call.stamped(room), name


def _told(call: Call, room: Channel, said: Message, name: str, *, added: bool) -> None:
    call.slack.touch()
    events.reaction(call.slack, room, said, BOT_USER, name, added=added)

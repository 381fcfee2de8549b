"""pins.*: messages that a channel keeps at hand."""

from app.sandbox import shapes
from app.sandbox.call import Call
from app.sandbox.refusals import Refused
from app.sandbox.seed import BOT_USER
from app.sandbox.workspace import Json


def add(call: Call) -> Json:
    """Pin a message."""
    room = call.channel(joined=True)
    ts = call.stamped(room).ts
    if ts in room.pins:
        raise Refused("already_pinned")
    room.pins[ts] = {"created": call.slack.seconds(), "created_by": BOT_USER}
    call.slack.touch()
    return {}


def list_all(call: Call) -> Json:
    """List the pinned messages, the latest pin first."""
    room = call.channel(joined=True)
    return {
        "items": [
            {
                "type": "message",
                "channel": room.id,
                "message": shapes.message(call.slack, room, room.messages[ts])
                | {"permalink": shapes.permalink(call.slack, room, room.messages[ts])},
                **pin,
            }
            for ts, pin in reversed(room.pins.items())
        ]
    }


def remove(call: Call) -> Json:
    """Take a pin off."""
    room = call.channel(joined=True)
    ts = call.stamped(room).ts
    if ts not in room.pins:
        raise Refused("no_pin")
    del room.pins[ts]
    call.slack.touch()
    return {}

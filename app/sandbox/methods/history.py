"""conversations.history and conversations.replies: what was said.

Message metadata comes only when `include_all_metadata` asks for it:
https://docs.slack.dev/messaging/message-metadata
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable

from app.sandbox import shapes
from app.sandbox.call import Call
from app.sandbox.refusals import Refused
from app.sandbox.workspace import Channel, Json, Message

DEFAULT_LIMIT = 100
MOST = 999

_TS = re.compile(r"\d+(\.\d{1,6})?")


def history(call: Call) -> Json:
    """Return a conversation's messages, newest first, without the replies in threads."""
    room = call.channel(joined=True)
    said = [m for m in room.messages.values() if not m.ephemeral_for and (m.broadcast or not m.is_reply)]
    newest_first = sorted(_within(call, said), key=lambda message: _moment(message.ts), reverse=True)
    cursor = _cursor(call)
    rest = [m for m in newest_first if cursor is None or _moment(m.ts) <= cursor]
    return _answer(call, room, rest, {"pin_count": len(room.pins), "channel_actions_ts": None})


def replies(call: Call) -> Json:
    """Return a thread, oldest first: its root, then the replies. `ts` may be the root or any reply."""
    room = call.channel(joined=True)
    target = room.lasting(call.need("ts"))
    root = room.lasting(target.thread_ts or target.ts) if target is not None else None
    if root is None:
        raise Refused("thread_not_found")
    thread = [root, *_within(call, room.replies().get(root.ts, []))]
    cursor = _cursor(call)
    rest = [m for m in thread if cursor is None or _moment(m.ts) >= cursor]
    return _answer(call, room, rest, {})


def _answer(call: Call, room: Channel, messages: list[Message], more: Json) -> Json:
    limit = _limit(call)
    shown = shapes.with_threads(call.slack, room, messages[:limit], metadata=call.flag("include_all_metadata"))
    # The cursor names the next message rather than a place in the list: messages that come meanwhile shift nothing.
    next_cursor = _encoded(messages[limit].ts) if len(messages) > limit else ""
    return {
        "messages": shown,
        "has_more": bool(next_cursor),
        **more,
        "response_metadata": {"next_cursor": next_cursor},
    }


def _within(call: Call, messages: Iterable[Message]) -> list[Message]:
    oldest, latest = _bound(call, "oldest"), _bound(call, "latest")
    inclusive = call.flag("inclusive")

    def wanted(message: Message) -> bool:
        moment = _moment(message.ts)
        if inclusive and moment in {oldest, latest}:
            return True
        return (oldest is None or moment > oldest) and (latest is None or moment < latest)

    return [message for message in messages if wanted(message)]


def _bound(call: Call, name: str) -> int | None:
    given = call.text(name)
    if given is None or given == "now":
        return None
    if not _TS.fullmatch(given):
        raise Refused(f"invalid_ts_{name}")
    return _moment(given)


def _moment(ts: str) -> int:
    """Return a ts in microseconds: its digits are no float's business."""
    seconds, _, fraction = ts.partition(".")
    return int(seconds) * 1_000_000 + int(fraction.ljust(6, "0") or 0)


def _limit(call: Call) -> int:
    given = call.text("limit") or str(DEFAULT_LIMIT)
    return max(1, min(int(given), MOST)) if given.isdecimal() else DEFAULT_LIMIT


def _encoded(ts: str) -> str:
    return b64encode(f"next_ts:{_moment(ts)}".encode("ascii")).decode("ascii")


def _cursor(call: Call) -> int | None:
    cursor = call.text("cursor")
    if cursor is None:
        return None
    try:
        return int(b64decode(cursor, validate=True).decode("ascii").removeprefix("next_ts:"))
    except ValueError:
        raise Refused("invalid_cursor") from None

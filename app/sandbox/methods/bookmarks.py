"""bookmarks.*: the links in a channel's header."""

from app.sandbox import shapes
from app.sandbox.call import Call
from app.sandbox.refusals import Refused
from app.sandbox.workspace import Bookmark, Channel, Json, new_id

MOST = 100


def add(call: Call) -> Json:
    """Add a link."""
    room = call.channel("channel_id", joined=True)
    title = call.need("title")
    if call.need("type") != "link":
        raise Refused("invalid_bookmark_type")
    link = _link(call.text("link"))
    if len(room.bookmarks) >= MOST:
        raise Refused("too_many_bookmarks")
    now = call.slack.seconds()
    mark = Bookmark(new_id("Bk"), title, link, call.text("emoji") or "", created=now, updated=now)
    room.bookmarks.append(mark)
    call.slack.touch()
    return {"bookmark": shapes.bookmark(room, mark)}


def edit(call: Call) -> Json:
    """Change what is given; the rest stays."""
    room = call.channel("channel_id", joined=True)
    mark = _bookmark(call, room)
    if call.text("link"):
        mark.link = _link(call.text("link"))
    mark.title = call.text("title") or mark.title
    mark.emoji = call.text("emoji") or mark.emoji
    mark.updated = call.slack.seconds()
    call.slack.touch()
    return {"bookmark": shapes.bookmark(room, mark)}


def list_all(call: Call) -> Json:
    """List a channel's links."""
    room = call.channel("channel_id", joined=True)
    return {"bookmarks": [shapes.bookmark(room, mark) for mark in room.bookmarks]}


def remove(call: Call) -> Json:
    """Take a link away."""
    room = call.channel("channel_id", joined=True)
    room.bookmarks.remove(_bookmark(call, room))
    call.slack.touch()
    return {}


def _bookmark(call: Call, room: Channel) -> Bookmark:
    wanted = call.need("bookmark_id")
    for mark in room.bookmarks:
        if mark.id == wanted:
            return mark
    raise Refused("not_found")


def _link(given: str | None) -> str:
    if given is None or not given.startswith(("http://", "https://")):
        raise Refused("invalid_link")
    return given

"""Text as a member types it, turned into what Slack's client sends.

`&`, `<` and `>` are escaped; a mention that the client resolved stays a token.
Slack's page: https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from html import escape

from app.sandbox.workspace import Workspace

# A script may write tokens itself, for what the client's pickers would put in.
_TOKEN = re.compile(r"(<(?:[@#][A-Z0-9]+|!subteam\^[A-Z0-9]+)(?:\|[^<>]*)?>)")
_WORD = re.compile(r"(?<![\w&])([@#])([\w.-]*\w)")
_LINK = re.compile(r"https?://[^\s<>]+")
_BROADCASTS = ("here", "channel", "everyone")


def sent(workspace: Workspace, text: str, *, mentions: bool = True) -> str:
    """Return typed text as it reaches the app: escaped, and with mentions and links as tokens if `mentions`."""
    return "".join(
        part if _is_known(workspace, part) else _plain(workspace, part, mentions=mentions)
        for part in _TOKEN.split(text)
    )


def _is_known(workspace: Workspace, part: str) -> bool:
    if not _TOKEN.fullmatch(part):
        return False
    name = part.strip("<>").split("|")[0].removeprefix("!subteam^").lstrip("@#")
    return name in workspace.members or name in workspace.channels or name in workspace.usergroups


def _plain(workspace: Workspace, text: str, *, mentions: bool) -> str:
    escaped = escape(text, quote=False)
    if not mentions:
        return escaped
    linked = _LINK.sub(lambda found: f"<{found[0]}>", escaped)
    return _WORD.sub(lambda found: _mention(workspace, found[1], found[2]) or found[0], linked)


def _mention(workspace: Workspace, sign: str, name: str) -> str | None:
    if sign == "#":
        channel = workspace.channel_named(name)
        return f"<#{channel.id}|{channel.name}>" if channel and channel.kind == "channel" else None
    for member in workspace.members.values():
        if member.name == name:
            return f"<@{member.id}>"
    for group in workspace.usergroups.values():
        if group.handle == name:
            return f"<!subteam^{group.id}>"
    return f"<!{name}>" if name in _BROADCASTS else None

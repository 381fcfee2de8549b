"""Which bot scopes open which method, for each kind of conversation.

Each method's page names its scopes: https://docs.slack.dev/reference/methods/METHOD
"""

from collections.abc import Iterable, Mapping

from app.sandbox.refusals import Refused
from app.sandbox.workspace import Kind

# For each kind the scopes of which any one is enough.
ByKind = Mapping[Kind, tuple[str, ...]]

_READ: ByKind = {"channel": ("channels:read",), "private": ("groups:read",), "im": ("im:read",)}
_HISTORY: ByKind = {"channel": ("channels:history",), "private": ("groups:history",), "im": ("im:history",)}
_WRITE: ByKind = {"channel": ("channels:manage",), "private": ("groups:write",), "im": ("im:write",)}
_INVITE: ByKind = {
    **_WRITE,
    "channel": ("channels:manage", "channels:write.invites"),
    "private": ("groups:write", "groups:write.invites"),
}
_TOPIC: ByKind = {
    "channel": ("channels:manage", "channels:write.topic"),
    "private": ("groups:write", "groups:write.topic"),
    "im": ("im:write", "im:write.topic"),
}


def _always(scope: str) -> ByKind:
    return {"channel": (scope,), "private": (scope,), "im": (scope,)}


NEEDED: Mapping[str, ByKind] = {
    "chat.postMessage": _always("chat:write"),
    "chat.update": _always("chat:write"),
    "chat.delete": _always("chat:write"),
    "chat.postEphemeral": _always("chat:write"),
    "conversations.create": _WRITE,
    "conversations.info": _READ,
    "conversations.invite": _INVITE,
    "conversations.join": _always("channels:join"),
    "conversations.leave": _WRITE,
    "conversations.kick": _WRITE,
    "conversations.members": _READ,
    "conversations.open": _WRITE,
    "conversations.history": _HISTORY,
    "conversations.replies": _HISTORY,
    "conversations.setTopic": _TOPIC,
    "conversations.setPurpose": _TOPIC,
    "conversations.rename": _WRITE,
    "conversations.archive": _WRITE,
    "conversations.list": _READ,
    "users.conversations": _READ,
    "users.info": _always("users:read"),
    "users.list": _always("users:read"),
    "users.lookupByEmail": _always("users:read.email"),
    "usergroups.list": _always("usergroups:read"),
    "usergroups.users.list": _always("usergroups:read"),
    "pins.add": _always("pins:write"),
    "pins.list": _always("pins:read"),
    "pins.remove": _always("pins:write"),
    "bookmarks.add": _always("bookmarks:write"),
    "bookmarks.edit": _always("bookmarks:write"),
    "bookmarks.list": _always("bookmarks:read"),
    "bookmarks.remove": _always("bookmarks:write"),
    "reactions.add": _always("reactions:write"),
    "reactions.remove": _always("reactions:write"),
    "files.getUploadURLExternal": _always("files:write"),
    "files.completeUploadExternal": _always("files:write"),
    "files.info": _always("files:read"),
}


def needed(method: str, kind: Kind | None = None) -> tuple[str, ...]:
    """Return the scopes of which one is needed, for one kind of conversation or (None) for any at all."""
    by_kind = NEEDED.get(method, {})
    if kind is not None:
        return by_kind.get(kind, ())
    return tuple(dict.fromkeys(scope for scopes in by_kind.values() for scope in scopes))


def demand(method: str, granted: Iterable[str], kind: Kind | None = None) -> None:
    """Refuse with `missing_scope` unless one of the needed scopes was granted."""
    wanted, provided = needed(method, kind), tuple(granted)
    if wanted and not set(wanted) & set(provided):
        raise Refused("missing_scope", needed=",".join(wanted), provided=",".join(provided))

"""Every Web API method that Tocsin calls, and the scope that it needs in each kind of conversation.

The bot's scopes in `manifest.yml` are those of this table and no others; a test compares the two both ways.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Where(StrEnum):
    """The kinds of conversation that Tocsin works in."""

    OWN = "a public channel that it is in: an incident's, or the announce channel"
    FOREIGN = "a public channel that it is not in yet: the announce channel, at first"
    PRIVATE = "a private channel: that of a private incident, or an announce channel that it was invited to"
    DIRECT = "its direct messages with a member"
    NOWHERE = "no conversation at all"


_ROOMS = (Where.OWN, Where.PRIVATE)
_JOINED = (Where.OWN, Where.PRIVATE, Where.DIRECT)


def _in(places: Iterable[Where], scope: str | None) -> dict[Where, str | None]:
    return dict.fromkeys(places, scope)


METHODS: Mapping[str, Mapping[Where, str | None]] = {
    "apps.connections.open": {Where.NOWHERE: None},  # the app-level token's connections:write
    "auth.test": {Where.NOWHERE: None},
    "bookmarks.add": _in(_ROOMS, "bookmarks:write"),
    "bookmarks.list": _in(_ROOMS, "bookmarks:read"),
    "chat.delete": _in(_JOINED, "chat:write"),
    "chat.getPermalink": _in((*_JOINED, Where.FOREIGN), None),
    "chat.postMessage": _in(_JOINED, "chat:write") | {Where.FOREIGN: "chat:write.public"},
    "chat.update": _in(_JOINED, "chat:write"),
    "conversations.archive": {Where.OWN: "channels:manage"},
    "conversations.create": {Where.OWN: "channels:manage", Where.PRIVATE: "groups:write"},
    "conversations.history": {
        Where.OWN: "channels:history",
        Where.PRIVATE: "groups:history",
        Where.DIRECT: "im:history",
    },
    "conversations.invite": {Where.OWN: "channels:manage", Where.PRIVATE: "groups:write"},
    "conversations.join": {Where.FOREIGN: "channels:join"},
    "conversations.members": {Where.OWN: "channels:read", Where.PRIVATE: "groups:read"},
    "conversations.open": {Where.DIRECT: "im:write"},
    "conversations.replies": {Where.OWN: "channels:history", Where.PRIVATE: "groups:history"},
    "conversations.setTopic": {Where.OWN: "channels:manage", Where.PRIVATE: "groups:write"},
    "files.completeUploadExternal": {Where.NOWHERE: "files:write"},
    "files.getUploadURLExternal": {Where.NOWHERE: "files:write"},
    "pins.add": _in(_ROOMS, "pins:write"),
    "usergroups.list": {Where.NOWHERE: "usergroups:read"},
    "usergroups.users.list": {Where.NOWHERE: "usergroups:read"},
    "users.conversations": {Where.OWN: "channels:read", Where.PRIVATE: "groups:read"},
    "users.info": {Where.NOWHERE: "users:read"},
    "users.lookupByEmail": {Where.NOWHERE: "users:read.email"},
    "views.open": {Where.NOWHERE: None},
    "views.publish": {Where.NOWHERE: None},
}

EVENTS: Mapping[str, tuple[str, ...]] = {
    "app_home_opened": (),
    "member_joined_channel": ("channels:read", "groups:read"),
    "reaction_added": ("reactions:read",),
}
"""Every event that Slack tells Tocsin of, and the scopes that it needs."""

# What slash commands and shortcuts need: no method asks for it.
COMMANDS = "commands"


def scopes() -> frozenset[str]:
    """Return the bot's scopes: those that the methods and events need, and the one for commands."""
    needed = {scope for places in METHODS.values() for scope in places.values() if scope}
    told = {scope for scopes in EVENTS.values() for scope in scopes}
    return frozenset({COMMANDS, *needed, *told})

"""The Web API methods, a family to a module. Each is a function from a call to what Slack answers beside `ok`."""

from collections.abc import Callable, Mapping

from app.sandbox.call import Call
from app.sandbox.methods import (
    bookmarks,
    chat,
    connection,
    conversations,
    files,
    history,
    members,
    membership,
    pins,
    reactions,
    views,
)
from app.sandbox.workspace import Json

Method = Callable[[Call], Json]

METHODS: Mapping[str, Method] = {
    "auth.test": connection.test,
    "apps.connections.open": connection.open_socket,
    "chat.postMessage": chat.post_message,
    "chat.update": chat.update,
    "chat.delete": chat.delete,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.getPermalink": chat.get_permalink,
    "conversations.create": conversations.create,
    "conversations.info": conversations.info,
    "conversations.open": conversations.open_direct,
    "conversations.setTopic": conversations.set_topic,
    "conversations.setPurpose": conversations.set_purpose,
    "conversations.rename": conversations.rename,
    "conversations.archive": conversations.archive,
    "conversations.list": conversations.list_all,
    "users.conversations": conversations.list_joined,
    "conversations.invite": membership.invite,
    "conversations.join": membership.join,
    "conversations.leave": membership.leave,
    "conversations.kick": membership.kick,
    "conversations.members": membership.members,
    "conversations.history": history.history,
    "conversations.replies": history.replies,
    "users.info": members.info,
    "users.list": members.list_all,
    "users.lookupByEmail": members.by_address,
    "usergroups.list": members.usergroups,
    "usergroups.users.list": members.usergroup_members,
    "pins.add": pins.add,
    "pins.list": pins.list_all,
    "pins.remove": pins.remove,
    "bookmarks.add": bookmarks.add,
    "bookmarks.edit": bookmarks.edit,
    "bookmarks.list": bookmarks.list_all,
    "bookmarks.remove": bookmarks.remove,
    "reactions.add": reactions.add,
    "reactions.remove": reactions.remove,
    "views.open": views.open_modal,
    "views.push": views.push,
    "views.update": views.update,
    "views.publish": views.publish,
    "files.getUploadURLExternal": files.get_upload_url,
    "files.completeUploadExternal": files.complete_upload,
    "files.info": files.info,
}

"""users.* and usergroups.*: who is in the workspace."""

from app.sandbox import shapes
from app.sandbox.call import Call
from app.sandbox.refusals import Refused
from app.sandbox.workspace import Json


def info(call: Call) -> Json:
    """Describe a member."""
    return {"user": shapes.member(call.member())}


def by_address(call: Call) -> Json:
    """Describe the member with an e-mail address: the name in the workspace, at example.com."""
    wanted = call.need("email").lower()
    for person in call.slack.workspace.members.values():
        if wanted == shapes.address(person) and not (person.is_bot or person.deleted):
            return {"user": shapes.member(person)}
    raise Refused("users_not_found")


def list_all(call: Call) -> Json:
    """List the members, the bot and Slackbot among them."""
    people, cursor = call.page(list(call.slack.workspace.members.values()), default=1000)
    return {
        "members": [shapes.member(person) for person in people],
        "cache_ts": call.slack.seconds(),
        "response_metadata": {"next_cursor": cursor},
    }


def usergroups(call: Call) -> Json:
    """List the user groups, with their users if asked."""
    groups = call.slack.workspace.usergroups.values()
    with_users = call.flag("include_users")
    return {
        "usergroups": [shapes.usergroup(group) | ({"users": group.users} if with_users else {}) for group in groups]
    }


def usergroup_members(call: Call) -> Json:
    """List the users of one group."""
    group = call.slack.workspace.usergroups.get(call.need("usergroup"))
    if group is None:
        raise Refused("no_such_subteam")
    return {"users": group.users}

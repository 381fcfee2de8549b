"""The whole workspace at a glance, for the page and for scripts."""

from dataclasses import dataclass

from app.domain.playbook import Playbook
from app.sandbox import seed, shapes
from app.sandbox.slack import Slack
from app.sandbox.workspace import Channel, Json, Member, Message

ALERTS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Playbooks:
    """Which playbook the app runs, by name, and which ones people can choose; `here` is the one that plays."""

    playing: str = ""
    known: tuple[str, ...] = ()
    here: Playbook | None = None


def snapshot(slack: Slack, due: list[Json], playbooks: Playbooks) -> Json:
    """Return everything that a member could see, what is due next, and which playbooks there are."""
    workspace = slack.workspace
    return {
        "now": slack.clock.now().isoformat(),
        "version": workspace.version,
        "team": {"id": seed.TEAM_ID, "name": seed.TEAM_NAME, "domain": seed.TEAM_DOMAIN},
        "bot": {"id": seed.BOT_USER, "bot_id": seed.BOT_ID, "app_id": seed.APP_ID, "name": seed.APP_NAME.lower()},
        "members": [_member(person) for person in workspace.members.values() if not _is_machine(person)],
        "usergroups": [
            {"id": group.id, "handle": group.handle, "name": group.name, "users": group.users}
            for group in workspace.usergroups.values()
        ],
        "channels": [_channel(slack, room) for room in workspace.channels.values()],
        "modals": {user: [shapes.view(view) for view in stack] for user, stack in slack.views.stacks.items()},
        "homes": {user: shapes.view(view) for user, view in workspace.homes.items()},
        "commands": [
            {key: command.get(key, "") for key in ("command", "description", "usage_hint")}
            for command in slack.manifest.commands
        ],
        "shortcuts": [
            {key: shortcut.get(key, "") for key in ("name", "type", "callback_id", "description")}
            for shortcut in slack.manifest.shortcuts
        ],
        "pager": {
            "name": "PagerDuty",
            "down": slack.pager_down,
            "alerts": [vars(alert) for alert in workspace.alerts[-ALERTS_SHOWN:]],
        },
        "due": due,
        "playbooks": {"playing": playbooks.playing, "known": playbooks.known},
    }


def _is_machine(person: Member) -> bool:
    return person.is_bot or person.id == seed.SLACKBOT


def _member(person: Member) -> Json:
    return {
        "id": person.id,
        "name": person.name,
        "real_name": person.real_name,
        "is_admin": person.is_admin,
        "deleted": person.deleted,
    }


def _channel(slack: Slack, room: Channel) -> Json:
    replies = room.replies()
    shown: Json = {
        "id": room.id,
        "name": room.name,
        "kind": room.kind,
        "topic": room.topic.value,
        "purpose": room.purpose.value,
        "members": room.members,
        "archived": room.archived,
        "creator": room.creator,
        "pins": list(room.pins),
        "bookmarks": [
            {"id": mark.id, "title": mark.title, "link": mark.link, "emoji": mark.emoji} for mark in room.bookmarks
        ],
        "messages": [_message(slack, said, len(replies.get(said.ts, []))) for said in room.messages.values()],
    }
    return shown | ({"user": room.user} if room.user else {})


def _message(slack: Slack, said: Message, reply_count: int) -> Json:
    shown: Json = {
        "ts": said.ts,
        "user": said.user,
        "text": said.text,
        "blocks": said.blocks,
        "reactions": [{"name": name, "users": users} for name, users in said.reactions.items()],
    }
    optional: Json = {
        "bot_id": said.bot_id,
        "subtype": said.subtype,
        "thread_ts": said.thread_ts,
        "metadata": said.metadata,
        "ephemeral_for": said.ephemeral_for,
        "edited": said.edited,
        "files": [_file(slack, file_id) for file_id in said.files],
        "reply_count": reply_count,
    }
    return shown | {key: value for key, value in optional.items() if value}


def _file(slack: Slack, file_id: str) -> Json:
    upload = slack.workspace.files[file_id]
    return {"id": upload.id, "name": upload.name, "size": upload.size, "url": f"{slack.url}files/{upload.id}"}

"""What members do that reaches the app at once: commands, shortcuts, messages, reactions, the Home tab."""

import asyncio
from collections.abc import Mapping
from typing import Any

from app.sandbox import events, posting, seed, shapes, typed
from app.sandbox.delivery import PayloadKind, Undelivered
from app.sandbox.refusals import Refused
from app.sandbox.responses import show_answer
from app.sandbox.slack import Slack
from app.sandbox.workspace import Channel, Json, Member, Message

# What Slackbot says when a click or a shortcut went unanswered; Slack gives no reason there.
WENT_WRONG = "Oh no, something went wrong. Please try that again."


class Impossible(Exception):
    """A member cannot do that: there is no such thing, or the app did not take it."""


def interaction(person: Member, kind: str) -> Json:
    """Return what every interaction payload holds.

    Slack's page: https://docs.slack.dev/reference/interaction-payloads
    """
    return {
        "type": kind,
        "token": events.VERIFICATION_TOKEN,
        "api_app_id": seed.APP_ID,
        "team": shapes.TEAM,
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": seed.TEAM_ID},
    }


def room_name(room: Channel) -> str:
    """Return a conversation's name as payloads give it: direct messages and private channels have none."""
    return {"channel": room.name, "private": "privategroup", "im": "directmessage"}[room.kind]


def response_url(slack: Slack, person: Member, room: Channel, ts: str | None = None) -> str:
    """Return a new address where the app may answer."""
    return f"{slack.side}response/{slack.triggers.allow_response(person.id, room.id, ts)}"


async def ask(
    slack: Slack, kind: PayloadKind, payload: Json, person: Member, room: Channel | None, *, sorry: str = WENT_WRONG
) -> Json | None:
    """Send a payload and return the acknowledgement; if none comes, tell the member in `room` what Slack tells."""
    try:
        return await slack.delivery.ask(kind, payload)
    except Undelivered as undelivered:
        if room is not None:
            posting.whisper(slack, room, person.id, sorry.format(error=undelivered.error))
        raise Impossible(undelivered.error) from None


async def command(slack: Slack, person: Member, room: Channel, name: str, text: str) -> Json | None:
    """Type a slash command; return what the app acknowledged with, which is shown to the member.

    Slack's page: https://docs.slack.dev/interactivity/implementing-slash-commands
    """
    known = slack.manifest.command(name)
    if known is None:
        posting.whisper(slack, room, person.id, f"`{name}` is not a valid command.")
        raise Impossible("unknown_command")
    address = response_url(slack, person, room)
    payload = {
        "token": events.VERIFICATION_TOKEN,
        "team_id": seed.TEAM_ID,
        "team_domain": seed.TEAM_DOMAIN,
        "channel_id": room.id,
        "channel_name": room_name(room),
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": typed.sent(slack.workspace, text.strip(), mentions=bool(known.get("should_escape"))),
        "api_app_id": seed.APP_ID,
        "is_enterprise_install": "false",
        "response_url": address,
        "trigger_id": slack.triggers.pull(person.id),
    }
    sorry = f'{name} failed with the error "{{error}}"'
    answer = await ask(slack, "slash_commands", payload, person, room, sorry=sorry)
    if answer is not None:
        try:
            show_answer(slack, address.rsplit("/", 1)[-1], answer)
        except Refused as refused:
            posting.whisper(slack, room, person.id, sorry.format(error=refused.error))
            raise Impossible(refused.error) from None
    return answer


async def shortcut(
    slack: Slack, person: Member, callback_id: str, room: Channel | None, said: Message | None
) -> Json | None:
    """Use a global shortcut, or one of a message's.

    Slack's page: https://docs.slack.dev/interactivity/implementing-shortcuts
    """
    known = slack.manifest.shortcut(callback_id)
    if known is None:
        raise Impossible("unknown_shortcut")
    if known.get("type") == "global":
        payload = interaction(person, "shortcut")
        room = room or slack.direct_channel(person)
    elif room is None or said is None:
        raise Impossible("message_not_found")
    else:
        payload = interaction(person, "message_action") | {
            "channel": {"id": room.id, "name": room_name(room)},
            "message_ts": said.ts,
            "message": shapes.message(slack, room, said, metadata=True),
            "response_url": response_url(slack, person, room, said.ts),
        }
    payload |= {
        "callback_id": callback_id,
        "trigger_id": slack.triggers.pull(person.id),
        "action_ts": slack.ts(),
    }
    return await ask(slack, "interactive", payload, person, room)


def message(slack: Slack, person: Member, room: Channel, text: str, thread_ts: str | None) -> Message:
    """Say something; a public channel is joined first, as the client offers."""
    if room.archived:
        raise Impossible("is_archived")
    if not text.strip():
        raise Impossible("no_text")
    enter(slack, person, room)
    words = typed.sent(slack.workspace, text)
    return posting.post(slack, room, Message(ts=slack.ts(), user=person.id, text=words, thread_ts=thread_ts))


def react(slack: Slack, person: Member, room: Channel, said: Message, name: str) -> None:
    """Add a reaction, or take the same one back."""
    users = said.reactions.setdefault(name, [])
    added = person.id not in users
    if added:
        users.append(person.id)
    else:
        users.remove(person.id)
        if not users:
            del said.reactions[name]
    slack.touch()
    events.reaction(slack, room, said, person.id, name, added=added)


def enter(slack: Slack, person: Member, room: Channel) -> None:
    """Join a public channel, if the member is not in it."""
    if person.id not in room.members:
        posting.join(slack, room, person)


async def home(slack: Slack, person: Member) -> None:
    """Look at the app's Home tab, until the app has heard of it."""
    told = events.home_opened(slack, person)
    slack.touch()
    if told is not None:
        await asyncio.wait({told}, timeout=slack.patience)


def known_member(slack: Slack, name: str) -> Member:
    """Return the person with that id or name."""
    for person in slack.workspace.members.values():
        if name.removeprefix("@") in {person.id, person.name} and not person.is_bot and person.id != seed.SLACKBOT:
            return person
    raise Impossible("user_not_found")


def known_room(slack: Slack, person: Member, name: Any) -> Channel:
    """Return the conversation with that id or name that the member can see."""
    workspace = slack.workspace
    room = workspace.channels.get(str(name)) or workspace.channel_named(str(name or "").removeprefix("#"))
    if room is None and str(name).lstrip("@") in {workspace.members[seed.BOT_USER].name, person.name, person.id}:
        room = slack.direct_channel(person)
    if room is None or (room.kind != "channel" and person.id not in room.members):
        raise Impossible("channel_not_found")
    return room


def known_message(room: Channel, person: Member, ts: Any) -> Message:
    """Return the message at that ts which the member sees."""
    said = room.messages.get(str(ts))
    if said is None or said.ephemeral_for not in {None, person.id}:
        raise Impossible("message_not_found")
    return said


def chosen(acts: Mapping[str, Any], key: str) -> str:
    """Return what a request must say."""
    value = acts.get(key)
    if value is None or value == "":
        raise Impossible(f"missing_{key}")
    return str(value)

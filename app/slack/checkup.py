"""What can be tried in Slack without disturbing anybody: who Tocsin is, what it may do, a room made and put away."""

import secrets
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from app.slack.app import Identity
from app.slack.methods import scopes

ROOM = "tocsin-doctor"
SAID = "Tocsin tries whether it can post here. This message and this channel go away again."


@dataclass(frozen=True, slots=True)
class Introduction:
    """Who Tocsin is, and the scopes that Slack says were granted to it; nothing where it does not say."""

    identity: Identity
    granted: frozenset[str] | None

    @property
    def lacking(self) -> frozenset[str]:
        """The scopes that Tocsin needs and was not granted, as far as Slack says."""
        return frozenset() if self.granted is None else scopes() - self.granted


async def introduce(web: AsyncWebClient) -> Introduction:
    """Ask Slack who this is and what it may do; raises what the call raises."""
    answer = await web.auth_test()
    identity = Identity(answer["team_id"], answer.get("enterprise_id"), answer["user_id"], answer["bot_id"])
    headers = {name.lower(): value for name, value in answer.headers.items()}
    said = headers.get("x-oauth-scopes")
    return Introduction(identity, None if said is None else frozenset(filter(None, said.replace(" ", "").split(","))))


async def can_connect(web: AsyncWebClient, app_token: str) -> None:
    """Ask for a place to connect to, as Socket Mode does, and leave it; raises what the call raises."""
    await web.apps_connections_open(app_token=app_token)


async def make_room(web: AsyncWebClient) -> str:
    """Make a channel that nobody has, and return its id; raises what the call raises."""
    made = await web.conversations_create(name=f"{ROOM}-{secrets.token_hex(4)}")
    return str(made["channel"]["id"])


async def speak_in(web: AsyncWebClient, room: str) -> None:
    """Post a message and delete it; raises what the calls raise."""
    posted = await web.chat_postMessage(channel=room, text=SAID)
    await web.chat_delete(channel=room, ts=posted["ts"])


async def put_away(web: AsyncWebClient, room: str) -> None:
    """Archive a channel: no app can delete one. Raises what the call raises."""
    await web.conversations_archive(channel=room)

"""The Bolt app: six listeners that take everything, and an authorization that asks Slack nothing."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from app.slack import requests
from app.slack.client import Client
from app.slack.dispatch import unreadable
from app.slack.listeners import Edge, listener

__all__ = ["Edge", "Identity", "build", "client", "identify"]

EVERYTHING = re.compile("")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who Tocsin is in Slack."""

    team_id: str
    enterprise_id: str | None
    user_id: str
    bot_id: str

    @property
    def workspace(self) -> str:
        """The key of this workspace in the store: its id, after that of its enterprise where it has one."""
        return f"{self.enterprise_id}:{self.team_id}" if self.enterprise_id else self.team_id


def client(token: str | None, api_url: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Client:
    """Return a client that never sends twice by itself: all retrying belongs to the outbox."""
    return Client(token, api_url, now)


async def identify(web: AsyncWebClient) -> Identity:
    """Ask Slack who this is; raises `SlackApiError` for a token that it does not take."""
    answer = await web.auth_test()
    return Identity(answer["team_id"], answer.get("enterprise_id"), answer["user_id"], answer["bot_id"])


def build(edge: Edge, identity: Identity) -> AsyncApp:
    """Return the Bolt app whose listeners work with `edge`."""
    known = AuthorizeResult(
        enterprise_id=identity.enterprise_id,
        team_id=identity.team_id,
        bot_user_id=identity.user_id,
        bot_id=identity.bot_id,
        bot_token=edge.client.token,
    )

    async def authorize() -> AuthorizeResult:
        return known

    bolt = AsyncApp(
        name="tocsin",
        logger=logging.getLogger("slack_bolt"),
        # Without this, Bolt acknowledges events before the listener has run, and polls for every other answer.
        process_before_response=True,
        # Bolt's own client is for Socket Mode's connection, which brings its own token.
        client=client(None, edge.client.base_url),
        authorize=authorize,
        # `connect` verifies in front of Bolt, whose verifier raises on hostile headers and logs bodies.
        request_verification_enabled=False,
        # What they would bring to each listener is for functions and assistants.
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
        raise_error_for_unhandled_request=True,
    )
    bolt.error(unreadable)
    # Asked in this order whether it is theirs: clicks first, for these have to be quick.
    bolt.action(EVERYTHING)(listener(edge, requests.click))
    bolt.command(EVERYTHING)(listener(edge, requests.command))
    bolt.view(EVERYTHING)(listener(edge, requests.submission))
    bolt.options(EVERYTHING)(listener(edge, requests.search))
    bolt.shortcut(EVERYTHING)(listener(edge, requests.shortcut))
    bolt.event(EVERYTHING)(listener(edge, requests.event))
    return bolt

"""Trigger ids and response URLs: what an app may do because a member just did something.

Their lifetimes are real time, never the sandbox's movable one: three seconds for a trigger
(https://docs.slack.dev/interactivity), five uses in thirty minutes for a response URL
(https://docs.slack.dev/interactivity/handling-user-interaction).
"""

import secrets
import time
from dataclasses import dataclass, field

from app.sandbox.refusals import Refused

RESPONSE_SECONDS = 30 * 60
RESPONSE_USES = 5


@dataclass
class Trigger:
    """One chance to open a modal for the member who acted."""

    user: str
    born: float = field(default_factory=time.monotonic)
    exchanged: bool = False


@dataclass
class ResponseUrl:
    """A way to answer in the channel where the member acted; `ts` is the message that a replacement replaces."""

    user: str
    channel: str
    ts: str | None = None
    born: float = field(default_factory=time.monotonic)
    uses: int = 0


class Gone(Exception):
    """A response URL is used up (`used_url`) or too old (`expired_url`)."""


class Triggers:
    """The trigger ids and response URLs handed out so far."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._triggers: dict[str, Trigger] = {}
        self._responses: dict[str, ResponseUrl] = {}

    def pull(self, user: str) -> str:
        """Return a new trigger id, of the form that Slack documents: two numbers and a hexadecimal tail."""
        trigger_id = f"{secrets.randbelow(10**10)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user)
        return trigger_id

    def exchange(self, trigger_id: str) -> str:
        """Use a trigger up, and return the member who pulled it."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.exchanged:
            raise Refused("exchanged_trigger_id")
        if time.monotonic() - trigger.born > self._patience:
            raise Refused("expired_trigger_id")
        trigger.exchanged = True
        return trigger.user

    def allow_response(self, user: str, channel: str, ts: str | None = None) -> str:
        """Return the id of a new response URL."""
        response_id = secrets.token_hex(12)
        self._responses[response_id] = ResponseUrl(user, channel, ts)
        return response_id

    def response(self, response_id: str) -> ResponseUrl:
        """Return a response URL that may still be used."""
        response = self._responses.get(response_id)
        if response is None or time.monotonic() - response.born > RESPONSE_SECONDS:
            raise Gone("expired_url")
        if response.uses >= RESPONSE_USES:
            raise Gone("used_url")
        return response

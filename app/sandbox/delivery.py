"""How payloads reach the app: the face that Socket Mode and HTTP share."""

from typing import Literal, Protocol

from app.sandbox.workspace import Json

PayloadKind = Literal["slash_commands", "interactive", "events_api"]

# Slack tries an event three more times: https://docs.slack.dev/apis/events-api/#retries
EVENT_ATTEMPTS = 4


class Undelivered(Exception):
    """The app did not take a payload; `error` is Slack's word for it."""

    def __init__(self, error: Literal["operation_timeout", "dispatch_failed"]) -> None:
        super().__init__(error)
        self.error = error


class Delivery(Protocol):
    """A way into the app."""

    async def ask(self, kind: PayloadKind, payload: Json) -> Json | None:
        """Deliver once and return what the app acknowledged with, or raise `Undelivered`."""

    async def tell(self, event: Json) -> None:
        """Deliver an event, again if need be, until the app acknowledges it or the attempts are over."""

    async def close(self) -> None:
        """Let go of every connection."""

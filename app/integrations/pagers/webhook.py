"""A webhook of the operator's own: told of each page, signed, and free to make ring whatever there is.

Signed as https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md says: `webhook-id`
is the same each time the same is told, so that twice told is once done; `webhook-signature` is an HMAC-SHA256 of id,
time and body. What is told stands in docs/integrations.md.
"""

import base64
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from json import dumps

from pydantic import SecretStr

from app.config import Settings
from app.domain.playbook import Playbook
from app.integrations.answers import OtherSide
from app.integrations.misfit import Misfit
from app.integrations.pagers.pager import Alert, Result, Route
from app.integrations.proof import Proof, disproof
from app.line import PUBLIC, Answer, Fence, Json, Line, Unanswered, Unreachable
from app.outbox import Sent

SETTING = "TOCSIN_PAGER_WEBHOOK_URL"
PREFIX = "whsec_"

Now = Callable[[], datetime]


class Webhook:
    """Tells an address of pages. A route is a responder, by id: each is told of by itself."""

    name = "the pager's webhook"
    everybody = None

    def __init__(self, address: SecretStr, secret: SecretStr, fence: Fence = PUBLIC, now: Now | None = None) -> None:
        """Take the address, and the secret to sign with; `now` is the time that is signed."""
        self._line = Line(address.get_secret_value(), fence=fence)
        self._secret = base64.b64decode(secret.get_secret_value().removeprefix(PREFIX))
        self._now = now or _utc
        self._side = OtherSide(self.name, SETTING, (address, secret))

    def routes(self, responders: Sequence[str]) -> Mapping[Route, tuple[str, ...]]:
        """Return a route to each."""
        return {responder: (responder,) for responder in responders}

    async def trigger(self, route: Route, alert: Alert) -> Result:
        """Tell of a page."""
        told = {
            "summary": alert.summary,
            "rank": alert.rank,
            "source": alert.source,
            "details": dict(alert.details),
            "link": alert.link,
        }
        return await self._tell("page.triggered", route, alert.key, told)

    async def acknowledge(self, route: Route, key: str) -> Result:
        """Tell that somebody has taken it."""
        return await self._tell("page.acknowledged", route, key, {})

    async def resolve(self, route: Route, key: str) -> Result:
        """Tell that it is over."""
        return await self._tell("page.resolved", route, key, {})

    async def away(self) -> str | None:
        """Ask for the head of the address: whatever it answers, it is there.

        Many an address leads to another one for whoever only looks, and takes what it is told all the same.
        """
        head = await self._head()
        return None if isinstance(head, Answer) else head

    async def prove(self) -> list[Proof]:
        """Ask the same: what would be told rings somebody."""
        head = await self._head()
        if not isinstance(head, Answer):
            return [disproof(head, f"See {SETTING}")]
        if head.leads_elsewhere:
            return [Proof(ok=True, says=_doubted(self._side.leads_elsewhere(head)), to_look_at=True)]
        said = (
            f"{self.name.capitalize()} is there. What is sent is signed; nobody was rung. To ring: tocsin doctor --page"
        )
        return [Proof(ok=True, says=said)]

    async def close(self) -> None:
        """Let go of every connection."""
        await self._line.close()

    async def _head(self) -> Answer | str:
        try:
            return await self._line.ask("HEAD")
        except Unreachable as error:
            return f"{self.name} cannot be reached: {error}"
        except Unanswered:
            return f"{self.name} did not answer"

    async def _tell(self, kind: str, route: Route, key: str, more: Json) -> Result:
        now = self._now()
        data = {"key": key, "responder": route, **more}
        body = dumps({"type": kind, "timestamp": f"{now:%Y-%m-%dT%H:%M:%SZ}", "data": data}).encode()
        message = f"{key}-{route}-{kind.partition('.')[2]}"
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signature(message, int(now.timestamp()), body),
        }
        asking = self._line.ask("POST", content=body, headers=headers)
        # One's own address refuses a page, not us: the page goes to the next way, and no other waits.
        asked = await self._side.hear(asking, f"tell {self.name} of a page", refuses_us=())
        return Sent() if isinstance(asked, Answer) else asked

    def _signature(self, message: str, at: int, body: bytes) -> str:
        signed = hmac.digest(self._secret, f"{message}.{at}.".encode() + body, sha256)
        return f"v1,{base64.b64encode(signed).decode()}"


def connect(settings: Settings, _playbook: Playbook) -> Webhook | None:
    """Return the webhook, if the settings connect it. Raises `Misfit` where it has no secret to sign with."""
    address, secret = settings.pager_webhook_url, settings.pager_webhook_secret
    if address is None:
        return None
    if secret is None:
        raise Misfit(
            "TOCSIN_PAGER_WEBHOOK_URL is set and TOCSIN_PAGER_WEBHOOK_SECRET is not. Make one, and give it to both "
            'sides: printf "whsec_%s" "$(openssl rand -base64 32)"'
        )
    return Webhook(address, secret, Fence(settings.allowed_hosts))


def _doubted(reason: str) -> str:
    return (
        f"{reason[:1].upper()}{reason[1:]}. If it does that with pages too, none arrives. To ring: tocsin doctor --page"
    )


def _utc() -> datetime:
    return datetime.now(UTC)

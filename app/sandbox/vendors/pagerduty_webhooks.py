"""PagerDuty's webhooks, version 3, as the sandbox's PagerDuty sends them: signed, one for each thing that happens.

https://developer.pagerduty.com/docs/webhooks-overview (the payload) and
https://developer.pagerduty.com/docs/verifying-signatures (`X-PagerDuty-Signature`: HMAC with SHA-256 of the body).
PagerDuty sends again what was not taken; here each is sent once.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import secrets
from datetime import datetime
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from app.sandbox.workspace import Alert, Json, new_id

log = logging.getLogger(__name__)

TOLD = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}
WITHIN = ClientTimeout(total=5)


class Webhooks:
    """One subscription: what happens is told `at` an address, where there is one."""

    def __init__(self) -> None:
        self.secret = secrets.token_hex(16)
        self.at = ""
        self._under_way: set[asyncio.Task[None]] = set()

    def tell_later(self, alert: Alert, act: str, now: datetime) -> None:
        """Tell of what an integration did, while its event is answered."""
        if self.at:
            task = asyncio.create_task(self.tell(alert, act, now))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def tell(self, alert: Alert, act: str, now: datetime, person: Json | None = None) -> None:
        """Tell of what somebody did with an alert, or an integration where it was nobody."""
        if not self.at:
            return
        body = json.dumps(_payload(alert, act, now, person)).encode()
        signature = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-PagerDuty-Signature": f"v1={signature}"}
        try:
            async with (
                ClientSession(timeout=WITHIN) as session,
                session.post(self.at, data=body, headers=headers) as got,
            ):
                if not got.ok:
                    log.warning("PagerDuty's webhook was answered %s", got.status)
        except (ClientError, TimeoutError) as error:
            log.warning("PagerDuty's webhook was not taken: %s", type(error).__name__)


def _payload(alert: Alert, act: str, now: datetime, person: Json | None) -> dict[str, Any]:
    service = {"id": "PSERVICE", "type": "service_reference", "summary": alert.service}
    machine = {"id": "PINTEGR", "type": "integration_reference", "summary": "Events API V2"}
    agent = {key: value for key, value in (person or machine).items() if key != "email"}
    return {
        "event": {
            "id": new_id("01"),
            "event_type": f"incident.{TOLD[act]}",
            "resource_type": "incident",
            "occurred_at": now.isoformat(),
            "agent": agent,
            "client": None,
            "data": {
                "id": alert.id,
                "type": "incident",
                "number": 1,
                "status": alert.status,
                "incident_key": alert.dedup_key,
                "created_at": alert.log[0]["at"],
                "title": alert.summary,
                "service": service,
                "assignees": [],
                "urgency": "high",
            },
        }
    }

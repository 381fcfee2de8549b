"""HTTP in place of Socket Mode: signed requests to the app's request URL.

Slack's page: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp

from app.sandbox.delivery import EVENT_ATTEMPTS, PayloadKind, Undelivered
from app.sandbox.workspace import Json

FORM = "application/x-www-form-urlencoded"
JSON_TYPE = "application/json"


class Webhook:
    """Delivers by POST, form or JSON as Slack does for each kind of payload."""

    def __init__(self, url: str, secret: str, patience: float) -> None:
        self._url = url
        self._secret = secret
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, kind: PayloadKind, payload: Json) -> Json | None:
        """Post once and return what the response's body says."""
        fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
        return await self._post(urlencode(_flat(fields)), FORM)

    async def tell(self, event: Json) -> None:
        """Post an event until it is acknowledged."""
        headers: dict[str, str] = {}
        for attempt in range(EVENT_ATTEMPTS):
            try:
                await self._post(json.dumps(event), JSON_TYPE, headers)
            except Undelivered as undelivered:
                reason = "http_timeout" if undelivered.error == "operation_timeout" else "http_error"
                headers = {"X-Slack-Retry-Num": str(attempt + 1), "X-Slack-Retry-Reason": reason}
                if reason == "http_error":
                    await asyncio.sleep(self._patience)
            else:
                return

    async def close(self) -> None:
        """Close the connections to the app."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, body: str, content_type: str, headers: Mapping[str, str] | None = None) -> Json | None:
        # Signed with real time, as the app compares it with its own.
        timestamp = str(int(time.time()))
        signed = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": self._signature(timestamp, body),
            **(headers or {}),
        }
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._patience))
        try:
            async with self._session.post(self._url, data=body.encode(), headers=signed) as response:
                text = await response.text()
        except TimeoutError:
            raise Undelivered("operation_timeout") from None
        except aiohttp.ClientError:
            raise Undelivered("dispatch_failed") from None
        if response.status != HTTPStatus.OK:
            raise Undelivered("dispatch_failed")
        return _answer(text)

    def _signature(self, timestamp: str, body: str) -> str:
        message = f"v0:{timestamp}:{body}".encode()
        return "v0=" + hmac.new(self._secret.encode(), message, hashlib.sha256).hexdigest()


def _flat(fields: Json) -> dict[str, str]:
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in fields.items()}


def _answer(text: str) -> Json | None:
    if not text.strip():
        return None
    try:
        answer = json.loads(text)
    except json.JSONDecodeError:
        return {"text": text}
    return answer if isinstance(answer, dict) else {"text": text}

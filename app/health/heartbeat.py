"""The sign of life that goes out: a request to a dead-man address, whose owner raises the alarm when it stays away.

It depends on nothing that it speaks for: not on Slack, not on the clock, not on the outbox.
"""

import asyncio
import logging
from collections.abc import Callable

import httpx

from app.health.checks import Report

log = logging.getLogger(__name__)

EVERY = 30.0
WITHIN = 5.0


class Heartbeat:
    """Calls `address` (a secret: who knows it can keep the alarm quiet) while `report` is not red."""

    def __init__(self, address: str, report: Callable[[], Report], every: float = EVERY) -> None:
        self._address = address
        self._report = report
        self._every = every
        self._trouble = ""

    async def run(self) -> None:
        """Beat until cancelled."""
        async with httpx.AsyncClient(timeout=WITHIN, follow_redirects=False) as client:
            while True:
                self._note(await self._beat(client))
                await asyncio.sleep(self._every)

    async def _beat(self, client: httpx.AsyncClient) -> str:
        """Send the sign of life, and return why it could not be sent, or nothing."""
        failed = self._report().failed
        if failed:
            return f"the heartbeat is withheld, {', '.join(check.name for check in failed)} being red: {failed[0].says}"
        try:
            async with asyncio.timeout(WITHIN), client.stream("GET", self._address) as answer:
                if answer.is_success:
                    return ""
                return f"the heartbeat was not taken: {answer.status_code}. See TOCSIN_HEARTBEAT_URL"
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            return f"the heartbeat did not arrive: {type(error).__name__}. See TOCSIN_HEARTBEAT_URL, and the network"
        except Exception as error:
            log.exception("the heartbeat failed")
            return f"the heartbeat failed: {type(error).__name__}"

    def _note(self, trouble: str) -> None:
        # Each trouble is logged when it begins, and its end.
        if trouble and not self._trouble:
            log.warning("%s", trouble)
        elif self._trouble and not trouble:
            log.warning("the heartbeat goes out again")
        self._trouble = trouble

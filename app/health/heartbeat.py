"""The sign of life that goes out: a request to a dead-man address, whose owner raises the alarm when it stays away.

It depends on nothing that it speaks for: not on Slack, not on the clock, not on the outbox.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from app.health.checks import Report
from app.line import PUBLIC, Fence, Line, Unanswered, Unreachable

log = logging.getLogger(__name__)

EVERY = 30.0
WITHIN = timedelta(seconds=5)


class Heartbeat:
    """Calls `address` (a secret: who knows it can keep the alarm quiet) while `report` is not red."""

    def __init__(self, address: str, report: Callable[[], Report], every: float = EVERY, fence: Fence = PUBLIC) -> None:
        self._line = Line(address, within=WITHIN, fence=fence)
        self._report = report
        self._every = every
        self._trouble = ""

    async def run(self) -> None:
        """Beat until cancelled."""
        try:
            while True:
                self._note(await self._beat())
                await asyncio.sleep(self._every)
        finally:
            await self._line.close()

    async def _beat(self) -> str:
        """Send the sign of life, and return why it could not be sent, or nothing."""
        failed = self._report().failed
        if failed:
            return f"the heartbeat is withheld, {', '.join(check.name for check in failed)} being red: {failed[0].says}"
        try:
            answer = await self._line.ask("GET")
        except Unreachable as error:
            return f"the heartbeat did not arrive: {error}. See TOCSIN_HEARTBEAT_URL, and the network"
        except Unanswered:
            return "the heartbeat had no answer in time. See TOCSIN_HEARTBEAT_URL, and the network"
        except Exception as error:
            log.exception("the heartbeat failed")
            return f"the heartbeat failed: {type(error).__name__}"
        if answer.is_good:
            return ""
        return f"the heartbeat was not taken: {answer.status}. See TOCSIN_HEARTBEAT_URL"

    def _note(self, trouble: str) -> None:
        # Each trouble is logged when it begins, and its end.
        if trouble and not self._trouble:
            log.warning("%s", trouble)
        elif self._trouble and not trouble:
            log.warning("the heartbeat goes out again")
        self._trouble = trouble

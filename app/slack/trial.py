"""A test page: it goes by every way that a real one goes, and nothing is left open."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from slack_sdk.web.async_client import AsyncWebClient

from app.integrations import Pager, Tried, try_pager
from app.integrations.pagers.trial import RINGS_FOR
from app.slack import errors
from app.slack.words import OWN_WORDS

BY_MESSAGE = "Slack direct message"
WITHIN = 10.0


async def try_page(
    client: AsyncWebClient,
    pagers: Sequence[Pager],
    member: str,
    *,
    by: str | None = None,
    responders: Sequence[str] = (),
    rings_for: timedelta = RINGS_FOR,
) -> list[Tried]:
    """Send `member` a test page, asked for `by` a member, and ring these responders; return what became of each way.

    Every pager rings at once, and stops after `rings_for`. No incident comes of it.
    """
    ringing = (try_pager(pager, responders, rings_for=rings_for) for pager in pagers)
    message, *rung = await asyncio.gather(_by_message(client, member, by), *ringing)
    return [one for tried in (message, *rung) for one in tried]


async def _by_message(client: AsyncWebClient, member: str, by: str | None) -> list[Tried]:
    clock = asyncio.get_running_loop().time
    began, reason = clock(), None
    try:
        async with asyncio.timeout(WITHIN):
            await client.chat_postMessage(channel=member, text=OWN_WORDS.say("test_page", by=by))
    except errors.FAILURES as error:
        reason = errors.outcome(error, "send a test page", in_person=True).reason
    return [Tried(BY_MESSAGE, timedelta(seconds=clock() - began), reason)]

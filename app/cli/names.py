"""How people are called, for those who read ids badly: as Slack says, or else their ids."""

import asyncio
from collections.abc import Iterable

from app.bot import token
from app.config import Settings
from app.slack.app import client
from app.slack.people import People


def names(settings: Settings, ids: Iterable[str]) -> dict[str, str]:
    """Return how members are called, by their ids. Waits for Slack a second at most."""
    if not settings.slack_bot_token:
        return {}
    return asyncio.run(_asked(settings, list(ids)))


async def _asked(settings: Settings, ids: list[str]) -> dict[str, str]:
    people = People(client(token(settings.slack_bot_token), settings.slack_api_url), frozenset())
    return dict(zip(ids, await asyncio.gather(*map(people.name, ids)), strict=True))

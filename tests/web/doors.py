"""A door for alerts, and what stands behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette

from app.alerts.notice import Reading, There
from app.alerts.sources import sources
from app.store import NotRecorded
from app.web.alerts import Door
from tests.alerts.payloads import SECRETS, proven

NOW = 1_763_719_300.0
"""A little after PagerDuty's example happened."""


@dataclass
class Taker:
    """Keeps what it is given, unless the database is away."""

    taken: list[tuple[str, bytes, Reading, str]] = field(default_factory=list)
    heard: list[There] = field(default_factory=list)
    away: bool = False
    fails: Exception | None = None

    async def take(self, source: str, body: bytes, reading: Reading, once: str) -> None:
        if self.away:
            raise NotRecorded
        if self.fails:
            raise self.fails
        self.taken.append((source, body, reading, once))

    async def hear(self, acts: Sequence[There]) -> None:
        self.heard.extend(acts)


def door(taker: Taker, secrets: Mapping[str, Sequence[str]] | None = None, **limits: Any) -> Door:
    held = SECRETS if secrets is None else secrets
    return Door(sources({}), held, taker.take, taker.hear, now=lambda: NOW, **limits)


def client(through: Door) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Starlette(routes=[through.route()]))
    return httpx.AsyncClient(transport=transport, base_url="https://tocsin.example.org")


async def send(
    through: Door, source: str, body: bytes, headers: dict[str, str] | None = None, *, kind: str = "application/json"
) -> httpx.Response:
    sent = {"content-type": kind, **(proven(source, body) if headers is None else headers)}
    async with client(through) as site:
        return await site.post(f"/alerts/{source}", content=body, headers=sent)

"""A Tocsin that takes alerts, with a clock that stands still, and monitors that tell of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.alerts.notice import Notice, Reading
from app.alerts.sources import sources
from app.alerts.taking import Taking
from app.domain.events import Event
from app.domain.incident import Incident
from app.domain.playbook import Playbook
from app.store import Delivery, KeptBody, Record, Store, Suggestion
from tests import shipped

WORKSPACE = "T1"
NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
DOWN = "WaqitiPaymentSystemDown"


@dataclass
class Clock:
    """What time it is."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **span: float) -> None:
        self.at += timedelta(**span)


def notice(name: str = DOWN, *, firing: bool = True, of: str = "", **more: Any) -> Notice:
    """Return one alert; `of` tells it from others of its group."""
    group = more.pop("group", name)
    known = {"starts_at": NOW - timedelta(minutes=2), "ends_at": None if firing else NOW - timedelta(minutes=1)} | more
    return Notice(more.pop("source", "alertmanager"), f"{group}/{of}", group, name, firing=firing, **_unsourced(known))


def _unsourced(known: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in known.items() if key != "source"}


def over(one: Notice, ends_at: datetime) -> Notice:
    """Return that an alert is over."""
    return replace(one, firing=False, ends_at=ends_at)


@dataclass
class Desk:
    """Takes alerts, and tells what became of them."""

    store: Store
    clock: Clock = field(default_factory=Clock)
    playbook: Playbook = field(default_factory=lambda: shipped.playbook("waqiti"))
    workspace: str | None = WORKSPACE
    most_waiting: int = 100

    def __post_init__(self) -> None:
        self.taking = Taking(
            self.store,
            self.playbook,
            self.clock,
            lambda: None,
            sources=sources({}),
            workspace=self.workspace,
            most_waiting=self.most_waiting,
        )

    async def hear(self, *notices: Notice, once: str = "", body: bytes | None = None) -> None:
        told = body if body is not None else json.dumps([repr(one) for one in notices]).encode()
        await self.taking.take(notices[0].source if notices else "alertmanager", told, Reading(notices), once)

    async def incidents(self) -> list[Incident]:
        """Return all incidents, the first one first."""
        return [record.incident for record in reversed(await self.records())]

    async def records(self) -> list[Record]:
        return list(await self.store.run(lambda tx: tx.latest(WORKSPACE, 1000)))

    async def only(self) -> Incident:
        [one] = await self.incidents()
        return one

    async def timeline(self, number: int = 1) -> list[Event]:
        def told(tx: Any) -> list[Event]:
            return list(tx.timeline(tx.by_number(WORKSPACE, number).id))

        return await self.store.run(told)

    async def suggestions(self) -> list[Suggestion]:
        return list(await self.store.run(lambda tx: tx.suggested(WORKSPACE, "alertmanager", NOW - timedelta(days=9))))

    async def bodies(self) -> list[KeptBody]:
        return list(await self.store.run(lambda tx: tx.bodies(NOW - timedelta(days=99), 10_000)))

    async def deliveries(self) -> Sequence[Delivery]:
        return list(await self.store.run(lambda tx: tx.deliveries(WORKSPACE)))

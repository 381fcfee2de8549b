"""What people do with a page in the pager itself, as the incident learns of it."""

from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.alerts import opsgenie
from app.alerts.fields import Part
from app.alerts.notice import There
from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.handle import Handler
from app.integrations.pagers import Elsewhere
from app.store import Record, Store
from tests import shipped
from tests.alerts import payloads
from tests.test_outbox import ringing

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
ANN = c.Actor("U_ANN")


class Account:
    """Knows one person's address."""

    async def address_of(self, person: str) -> str:
        return {"P1": "Nadia@Example.com"}.get(person, "")


@dataclass
class Room:
    """A store with an incident that rings, and the pager that tells of it."""

    store: Store
    handler: Handler
    elsewhere: Elsewhere
    record: Record
    now: list[datetime] = field(default_factory=lambda: [NOW])

    async def key(self) -> str:
        deliveries = await self.store.run(lambda tx: tx.deliveries("T1"))
        return next(one.key for one in deliveries if isinstance(one.effect, f.RingPager))

    async def happens(self, did: str = "acknowledged", **more: Any) -> None:
        told = There("pagerduty", did, await self.key(), incident="Q1", person="P1", name="Nadia", at=self.now[0])
        await self.elsewhere.take([replace(told, **more)])

    async def happened(self, *kinds: type[e.Event]) -> list[e.Event]:
        return [one for one in await self.store.run(lambda tx: tx.timeline(self.record.id)) if isinstance(one, kinds)]


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Room]:
    async def who(address: str) -> str | None:
        return {"nadia@example.com": "U_NADIA"}.get(address)

    with closing(Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")) as store:
        now = [NOW]
        handler = Handler(store, ringing(shipped.playbook()), lambda: now[0], lambda: None)
        record = (await handler.declare("T1", c.Declare(ANN, "Payment API down", "SEV1"))).record
        yield Room(store, handler, Elsewhere(store, handler, who, {"pagerduty": Account()}), record, now)


async def test_who_acknowledges_there_has_acknowledged_here(there: Room) -> None:
    await there.happens()
    await there.happens()
    [taken] = await there.happened(e.Acknowledged)
    assert taken == e.Acknowledged(NOW, "U_NADIA", "pagerduty", "Nadia")


async def test_who_acknowledges_in_opsgenie_is_known_by_the_address_that_it_tells(there: Room) -> None:
    told = payloads.opsgenie("Acknowledge")
    told["alert"] |= {"alias": await there.key(), "username": "Nadia@Example.com", "userId": "u-1"}
    await there.elsewhere.take(opsgenie.read(Part(told)).acts)
    [taken] = await there.happened(e.Acknowledged)
    assert isinstance(taken, e.Acknowledged)
    assert (taken.by, taken.way) == ("U_NADIA", "opsgenie")


async def test_whom_slack_does_not_know_is_told_by_the_name_they_have_there(there: Room) -> None:
    await there.happens(person="P2", name="<!channel> Sam")
    [taken] = await there.happened(e.Acknowledged)
    assert taken == e.Acknowledged(NOW, None, "pagerduty", "<!channel> Sam")


async def test_the_echo_of_what_tocsin_told_changes_nothing(there: Room) -> None:
    await there.happens(person="", name="Events API V2")
    await there.happens("resolved", person="", name="Events API V2")
    assert await there.happened(e.Acknowledged, e.HappenedThere) == []


async def test_what_was_handed_back_since_stays_so(there: Room) -> None:
    await there.handler("T1", there.record.id, c.Acknowledge(ANN))
    there.now[0] = NOW + timedelta(minutes=5)
    await there.handler("T1", there.record.id, c.Decline(ANN))
    await there.happens(at=NOW + timedelta(minutes=1))
    assert len(await there.happened(e.Acknowledged)) == 1


async def test_resolved_there_is_noted_once_and_resolves_nothing_here(there: Room) -> None:
    for _ in range(2):
        await there.happens("resolved")
    [noted] = await there.happened(e.HappenedThere)
    assert noted == e.HappenedThere(NOW, "pagerduty", "resolved", "U_NADIA", "Nadia")
    found = await there.store.run(lambda tx: tx.incident(there.record.id))
    assert found is not None
    assert found.incident.is_open


async def test_whom_it_was_handed_to_there_is_noted(there: Room) -> None:
    await there.happens("reassigned", to=("Sam", "Kim"))
    [noted] = await there.happened(e.HappenedThere)
    assert isinstance(noted, e.HappenedThere)
    assert noted.to == ("Sam", "Kim")


async def test_what_is_about_no_incident_of_ours_is_passed_over(there: Room) -> None:
    for key in ("", "another's", "%", "'"):
        await there.happens(key=key)
    assert await there.happened(e.Acknowledged) == []


async def test_an_alert_of_the_monitor_that_was_adopted_is_found(there: Room) -> None:
    key = 'a "quoted" % key_'
    await there.handler("T1", there.record.id, c.AdoptPage("pagerduty", key))
    await there.happens(key=key)
    assert len(await there.happened(e.Acknowledged)) == 1

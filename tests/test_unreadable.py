"""Deliveries that cannot be read: logged, told, gone on from, and, where a newer Tocsin may run beside, left to it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from app.cli.doctor.findings import Finding
from app.cli.doctor.record import examine
from app.config import Settings
from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.effects import Way
from app.domain.playbook import Playbook
from app.handle import Handler
from app.health.signs import Stock
from app.outbox import Outbox
from app.store import Delivery, DeliveryState, Record, Store, Transaction, Unreadable
from app.store.tables import delivery, event, incident
from tests import shipped
from tests.store.given import LEASE
from tests.test_outbox import ANN, START, WORKSPACE, World
from tests.waiting import until

SECRET = "the password is tulip"
READ = "this version of Tocsin cannot read what is stored of it"
NEXT = (Way.PAGERDUTY, Way.EMAIL)
Values = dict[str, Any]


def ringing(playbook: Playbook) -> Playbook:
    """Return the playbook with two ways, beside Slack, by which everybody is paged."""
    return replace(playbook, pages_by={one.id: NEXT for one in playbook.rules.responders})


@dataclass
class Office:
    """An outbox, its store and its world, on a time that is moved by hand."""

    store: Store
    playbook: Playbook
    world: World = field(default_factory=World)
    time: list[datetime] = field(default_factory=lambda: [START])

    def __post_init__(self) -> None:
        self.world.open.set()
        self.outbox = Outbox(self.store, dict.fromkeys(Way, self.world), self.playbook, lambda: self.time[0])
        self.handler = Handler(self.store, self.playbook, lambda: self.time[0], self.outbox.wake)

    async def declares(self, title: str = "Payment API down") -> Record:
        """Declare an incident that pages a member; nothing of it is delivered yet."""
        await self.store.run(lambda tx: tx.bind(WORKSPACE, "primary", ("U_CAROL",), ("U_CAROL",)))
        return (await self.handler.declare(WORKSPACE, c.Declare(ANN, title, "SEV1"))).record

    async def spoils(self, of: type[f.Effect], /, **values: Any) -> str:
        """Spoil the first row of a kind, and return its key."""
        return await self.store.run(lambda tx: spoil(tx, of, values or {"effect": f'{{"{SECRET}": 1}}'}))

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Let the outbox run."""
        running = asyncio.create_task(self.outbox.run())
        yield
        self.outbox.stop()
        await running

    async def works(self) -> None:
        """Do all that can be done now."""
        async with self.working():
            await self.outbox.settle()
        self.outbox = Outbox(self.store, dict.fromkeys(Way, self.world), self.playbook, lambda: self.time[0])

    async def happened(self, record: Record, kind: type[e.Event]) -> list[Any]:
        """Return the events of one kind."""
        return [one for one in await self.store.run(lambda tx: tx.timeline(record.id)) if isinstance(one, kind)]

    def rung(self) -> list[tuple[str, Way]]:
        """Return whose phones rang, by which ways."""
        rings = (one for one in self.world.effects() if isinstance(one, f.RingPager))
        return [(", ".join(one.responders), one.way) for one in rings]

    def said(self, event: type[e.Event]) -> list[f.Effect]:
        """Return what was posted or sent because of events of one kind."""
        return [one.effect for one in self.world.delivered if isinstance(one.event, event)]

    async def row(self, key: str) -> Row[Any]:
        """Return a delivery as it is stored."""
        found = select(delivery).where(delivery.c.key == key)
        return await self.store.run(lambda tx: tx.connection.execute(found).one())


def spoil(tx: Transaction, kind: type[f.Effect], values: Values) -> str:
    unsent = (delivery.c.kind == kind.__name__, delivery.c.state != DeliveryState.SENT)
    chosen = tx.connection.execute(select(delivery.c.id, delivery.c.key).where(*unsent).order_by(delivery.c.id)).first()
    assert chosen is not None
    tx.connection.execute(update(delivery).where(delivery.c.id == chosen.id).values(values))
    return str(chosen.key)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")) as store:
        yield Office(store, ringing(shipped.playbook()))


async def test_a_ring_that_cannot_be_read_goes_on_by_the_next_way_and_is_told(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    record = await office.declares()
    key = await office.spoils(f.RingPager)
    await office.works()
    assert office.rung() == [("incident-manager", Way.PAGERDUTY), ("primary", Way.EMAIL)]
    [failed] = await office.happened(record, e.DeliveryFailed)
    assert (failed.delivery, failed.effect, failed.reason) == (key, "RingPager", READ)
    [called] = failed.pages
    assert (called.responders, called.tried) == (("primary",), (Way.PAGERDUTY.value,))
    assert f.Post("delivery_failed") in office.said(e.DeliveryFailed)
    [line] = [one.getMessage() for one in caplog.records if key in one.getMessage()]
    assert line == (
        f"delivery {key} is dead: it cannot be read (RingPager by pagerduty of the incident with the id {record.id})"
    )
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "spoilt",
    [{"kind": "Shout"}, {"effect": "{"}, {"effect": f'{{"{SECRET}": 1}}'}],
    ids=["its kind", "its JSON", "its fields"],
)
async def test_a_page_that_cannot_be_read_is_told_with_what_to_do(office: Office, spoilt: Values) -> None:
    record = await office.declares()
    key = await office.spoils(f.Page, **spoilt)
    await office.works()
    [failed] = await office.happened(record, e.DeliveryFailed)
    assert failed.delivery == key
    assert failed.what.startswith("page ")
    assert failed.reason == f"{READ}. Until somebody acknowledges, call them yourselves, or press Escalate on the card"
    assert office.said(e.DeliveryFailed) == [f.Post("delivery_failed")]
    assert (await office.row(key)).state == DeliveryState.DEAD
    assert (await office.row(key)).reason.startswith("It cannot be read: ")


async def test_a_page_whose_reason_cannot_be_read_is_told_too(office: Office) -> None:
    await office.declares()
    await office.store.run(
        lambda tx: tx.connection.execute(update(event).where(event.c.kind == "Paged").values(kind="Cried"))
    )
    await office.works()
    failed = [one.event for one in office.world.delivered if isinstance(one.event, e.DeliveryFailed)]
    assert {"page somebody", "page people"} <= {one.what for one in failed if "call them yourselves" in one.reason}
    assert office.said(e.DeliveryFailed).count(f.Post("delivery_failed")) >= 2


async def test_it_counts_like_everything_that_is_dead(office: Office) -> None:
    await office.declares()
    key = await office.spoils(f.Page, kind="Shout")
    await office.works()
    assert (await office.store.run(lambda tx: Stock.take(tx, START))).dead == 1
    [dead] = await office.store.run(lambda tx: tx.undelivered([WORKSPACE], (DeliveryState.DEAD,)))
    assert (dead.key, dead.reason) == (key, "It cannot be read: this version of Tocsin knows no 'Shout'")
    found: list[Finding] = [
        one async for one in examine(office.store, Settings(database_url="sqlite:///tocsin.db"), None)
    ]
    assert "1 could not be delivered: tocsin outbox --dead" in [one.says for one in found]


async def test_it_is_told_once_and_again_when_somebody_tries_it_again(office: Office) -> None:
    record = await office.declares()
    key = await office.spoils(f.Page, kind="Shout")
    for _ in range(3):
        await office.works()
        await office.outbox.recover(at_start=True)
    assert len(await office.happened(record, e.DeliveryFailed)) == 1
    assert await office.outbox.retry(key)
    await office.works()
    assert len(await office.happened(record, e.DeliveryFailed)) == 2


async def test_of_many_alike_people_hear_once(office: Office) -> None:
    record = await office.declares()
    await office.works()
    for text in ("one", "two", "three"):
        await office.handler(WORKSPACE, record.id, c.PostUpdate(ANN, happening=text))
        await office.spoils(f.Post, kind="Shout")
        await office.works()
    assert len(await office.happened(record, e.DeliveryFailed)) == 1
    assert (await office.store.run(lambda tx: Stock.take(tx, START))).dead == 3


async def test_a_failure_that_cannot_be_told_goes_round_once(office: Office) -> None:
    record = await office.declares()
    await office.works()
    await office.handler(WORKSPACE, record.id, c.RecordFailure("1", "pin the card", "no", "PinCard"))
    await office.spoils(f.Post, effect="{")
    await office.works()
    assert [one.effect for one in await office.happened(record, e.DeliveryFailed)] == ["PinCard"]


async def test_a_channel_that_cannot_be_opened_for_it_is_done_without(office: Office) -> None:
    record = await office.declares()
    await office.spoils(f.OpenChannel, effect="[]")
    await office.works()
    [refused] = await office.happened(record, e.ChannelRefused)
    assert refused.reason == f"{READ}; whoever runs Tocsin finds it by tocsin outbox --dead"


async def test_an_incident_that_cannot_be_read_either_keeps_nobody_waiting(office: Office) -> None:
    record = await office.declares()
    await office.spoils(f.RingPager)
    await office.store.run(
        lambda tx: tx.connection.execute(update(incident).where(incident.c.id == record.id).values(state="{"))
    )
    second = await office.declares("Search is down")
    await office.works()
    assert {one.incident_id for one in office.world.delivered} == {second.id}


async def test_what_a_process_that_died_left_is_told_too(office: Office) -> None:
    record = await office.declares()
    await office.store.run(lambda tx: tx.claim(START, 50, LEASE))
    key = await office.spoils(f.RingPager)
    await office.outbox.recover(at_start=True)
    assert (await office.row(key)).state == DeliveryState.DEAD
    [failed] = await office.happened(record, e.DeliveryFailed)
    assert failed.delivery == key


async def test_a_ring_that_may_have_rung_before_is_known_to(office: Office) -> None:
    record = await office.declares()
    key = await office.spoils(f.RingPager, effect="{", repeated=True)
    await office.works()
    [rung] = [one for one in await office.happened(record, e.PagerRung) if one.key == key]
    assert (rung.perhaps, rung.way, rung.responders) == (True, "pagerduty", ("primary",))


def claimed(store: Store, buries: Callable[[Unreadable], bool], now: datetime = START) -> list[Delivery]:
    return store.call(lambda tx: tx.claim(now, 24, LEASE, buries=buries))


@pytest.mark.parametrize("state", [DeliveryState.WAITING, DeliveryState.UNKNOWN])
async def test_one_that_is_left_to_others_stands_as_it_stood(office: Office, state: DeliveryState) -> None:
    await office.declares()
    key = await office.spoils(f.Page, kind="Shout", state=state)
    before = await office.row(key)
    found: list[Unreadable] = []

    def leave(one: Unreadable) -> bool:
        found.append(one)
        return False

    taken = claimed(office.store, leave)
    assert [one.key for one in found] == [key]
    assert found[0].is_page
    assert taken
    assert await office.row(key) == before


async def test_however_many_are_left_to_others_the_rest_goes_out(office: Office) -> None:
    await office.declares()
    await office.store.run(
        lambda tx: tx.connection.execute(update(delivery).values(kind="Shout", urgency=0, lane=None, held=False))
    )
    rows = await office.store.run(lambda tx: tx.connection.execute(select(delivery)).mappings().all())
    copies = [dict(row) | {"id": None, "key": f"{n}-{row['key']}"} for n in range(12) for row in rows]
    await office.store.run(lambda tx: tx.connection.execute(delivery.insert(), copies))
    second = await office.declares("Search is down")
    assert len(copies) > 48
    assert {one.incident_id for one in claimed(office.store, lambda _: False)} == {second.id}


@pytest.mark.postgres
async def test_where_a_newer_one_may_run_beside_it_is_left_for_two_minutes(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(Store.open(postgres_url)) as store:
        office = Office(store, ringing(shipped.playbook()))
        record = await office.declares()
        key = await office.spoils(f.RingPager)
        before = await office.row(key)
        async with office.working():
            for others in range(1, 5):
                # A page of theirs goes out in a round in which the one that is left was met.
                await office.declares("Search is down")
                await until(lambda so_many=1 + 2 * others: len(office.rung()) == so_many)  # type: ignore[misc]
                assert await office.row(key) == before
                assert await office.happened(record, e.DeliveryFailed) == []
                office.time[0] += timedelta(seconds=39)
            office.outbox.wake()
            await until(lambda: ("primary", Way.EMAIL) in office.rung())
        assert (await office.row(key)).state == DeliveryState.DEAD
        assert len(await office.happened(record, e.DeliveryFailed)) == 1
        assert [one.levelno for one in caplog.records if key in one.getMessage()] == [logging.WARNING] * 2

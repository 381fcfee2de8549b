"""Much at once, and what cannot be taken: neither keeps Tocsin from the rest of its work."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.alerts.notice import Reading
from app.alerts.sources import Source, sources
from app.alerts.taking import NOT_TAKEN, TOGETHER, Taking
from app.domain import effects as f
from app.domain.alerts import AlertRule, Deed
from app.store import NotRecorded, Store
from tests import shipped
from tests.alerts.given import NOW, WORKSPACE, Clock, Desk, notice, over


def sent(name: str) -> bytes:
    """Return what a sender of JSON sends, with a line break in a text as Datadog writes it."""
    return b'{"name": "%s", "status": "firing", "summary": "one line\nand another"}' % name.encode()


async def test_a_body_that_the_door_took_is_taken_once_the_workspace_is_known(store: Store) -> None:
    desk = Desk(store, workspace=None)
    await desk.taking.take("generic", sent("DiskFull"), Reading((notice(),)))

    await desk.taking.know(WORKSPACE)

    assert [one.became for one in await desk.bodies()] == ["suggested"]


def failing_at(name: str) -> dict[str, Source]:
    """Return sources of which one fails at an alert of that name, in a way that nobody foresaw."""
    known = sources({})
    [generic] = [one for one in known.values() if one.name == "generic"]

    def read(part: object) -> Reading:
        found = generic.read(part)  # type: ignore[arg-type]
        if found.notices[0].name == name:
            raise KeyError(name)
        return found

    return known | {"generic": replace(generic, read=read)}


async def test_a_body_that_cannot_be_taken_holds_up_neither_the_start_nor_the_bodies_behind_it(store: Store) -> None:
    desk = Desk(store, workspace=None)
    for name in ("Bad", "DiskFull"):
        await desk.taking.take("generic", sent(name), Reading((notice(),)))
    after = Taking(store, desk.playbook, desk.clock, lambda: None, sources=failing_at("Bad"))

    await after.know(WORKSPACE)

    assert sorted(one.became for one in await desk.bodies()) == [NOT_TAKEN, "suggested"]
    assert not [one for one in await desk.bodies() if one.waiting]


async def test_what_no_rule_can_decide_is_noted_and_the_rest_is_taken(store: Store) -> None:
    desk = Desk(store, workspace=None)
    for name in ("Bad", "DiskFull"):
        await desk.taking.take("generic", sent(name), Reading((notice(),)))
    impossible = AlertRule(Deed.DECLARE, names=("Bad",), labels=None)  # type: ignore[arg-type]
    desk.taking.playbook = replace(desk.playbook, alerts=(impossible, *desk.playbook.alerts))

    await desk.taking.know(WORKSPACE)

    assert sorted(one.became for one in await desk.bodies()) == [NOT_TAKEN, "suggested"]


async def test_a_large_request_is_taken_in_pieces_and_counts_as_one(desk: Desk) -> None:
    many = [notice(of=str(number)) for number in range(2 * TOGETHER + 50)]
    first = replace(many[-1], starts_at=NOW - timedelta(minutes=30))

    for _ in range(2):
        await desk.hear(*many[:-1], first, once="1")

    assert (await desk.only()).detected_at == first.starts_at
    [body] = await desk.bodies()
    assert body.became.startswith("declared incident-1, 449 ")
    desk.clock.passes(minutes=2)
    await desk.taking.follow_up()
    tally = (await desk.only()).alerts
    assert tally
    assert tally.seen == len(many)


async def test_the_pieces_of_a_large_request_are_transactions_of_their_own(desk: Desk) -> None:
    impossible = AlertRule(Deed.DECLARE, names=("Bad",), labels=None)  # type: ignore[arg-type]
    desk = Desk(desk.store, playbook=replace(desk.playbook, alerts=(impossible, *desk.playbook.alerts)))

    with pytest.raises(AttributeError):
        await desk.hear(*(notice(of=str(number)) for number in range(TOGETHER)), notice("Bad", starts_at=None))

    tally = (await desk.only()).alerts
    assert tally
    assert tally.seen == TOGETHER


async def test_more_than_there_is_room_for_is_asked_to_come_again(store: Store) -> None:
    small = Taking(store, shipped.playbook("waqiti"), Clock(), lambda: None, sources=sources({}), most_bytes=100)

    with pytest.raises(NotRecorded):
        await small.take("generic", b"x" * 101, Reading())
    for _ in range(3):
        await small.take("generic", b"x" * 60, Reading())


async def test_a_body_of_another_workspace_is_not_taken(desk: Desk) -> None:
    await desk.store.run(lambda tx: tx.keep_body("T2", "generic", sent("DiskFull"), NOW, waiting=True))

    await desk.taking.follow_up()

    assert await desk.suggestions() == []
    assert [one.waiting for one in await desk.bodies()] == [True]


async def test_an_incident_that_this_version_cannot_read_keeps_no_alert_from_being_taken(desk: Desk) -> None:
    rules = (AlertRule(Deed.DECLARE, severity="P2", apart=True),)
    desk = Desk(desk.store, playbook=replace(desk.playbook, alerts=rules))
    await desk.hear(notice("A"))
    spoil = "UPDATE incident SET state = '{\"x\": 1}'"
    await desk.store.run(lambda tx: tx.connection.exec_driver_sql(spoil))

    await desk.hear(notice("B"))
    await desk.hear(over(notice("A"), desk.clock()))
    desk.clock.passes(minutes=5)
    await desk.taking.follow_up()

    assert await desk.store.run(lambda tx: [one.incident.title for one in tx.readable_open(WORKSPACE)]) == ["B"]


async def test_pages_of_many_keys_are_looked_up_at_once(desk: Desk) -> None:
    desk = Desk(desk.store, playbook=replace(desk.playbook, connected=frozenset(f.Way)))
    await desk.hear(notice(source="pagerduty", paged="PD1"))
    [own, *_] = await desk.deliveries()

    found = await desk.store.run(lambda tx: tx.rung_all(["", "PD1", own.key, "of nobody"]))

    assert {key: number for key, (_, number) in found.items()} == {"PD1": 1, own.key: 1}

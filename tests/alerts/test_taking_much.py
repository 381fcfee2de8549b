"""Much at once, and what cannot be taken: neither keeps Tocsin from the rest of its work."""

import json
from dataclasses import replace
from datetime import timedelta

from app.alerts import taking
from app.alerts.notice import Notice, Reading
from app.alerts.sources import Source, sources
from app.alerts.taking import NOT_TAKEN, TOGETHER, Taking
from app.domain.alerts import AlertRule, Deed
from app.store import NotRecorded, Store, Transaction
from tests import shipped
from tests.alerts.given import NOW, WORKSPACE, Clock, Desk, notice, over

import pytest


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


async def test_a_large_request_is_taken_in_pieces_and_counts_as_one(store: Store) -> None:
    works: list[int] = []

    class Counted(Taking):
        def _take_piece(self, tx: Transaction, told: taking.Told, workspace: str) -> "taking.Counter[str]":
            works.append(len(told.notices))
            return super()._take_piece(tx, told, workspace)

    clock, playbook = Clock(), shipped.playbook("waqiti")
    desk = Desk(store, clock, playbook)
    desk.taking = Counted(store, playbook, clock, lambda: None, sources=sources({}), workspace=WORKSPACE)
    many = [notice(of=str(number)) for number in range(2 * TOGETHER + 50)]
    first = replace(many[-1], starts_at=NOW - timedelta(minutes=30))

    await desk.hear(*many[:-1], first, once="1")
    await desk.hear(*many[:-1], first, once="1")

    incident = await desk.only()
    assert works == [TOGETHER] * 4
    assert incident.detected_at == first.starts_at
    [body] = await desk.bodies()
    assert sum(int(word) for word in body.became.replace(",", "").split() if word.isdecimal()) in {449, 450}
    desk.clock.passes(minutes=2)
    await desk.taking.follow_up()
    tally = (await desk.only()).alerts
    assert tally
    assert tally.seen == len(many)


async def test_more_than_there_is_room_for_is_asked_to_come_again(store: Store) -> None:
    small = Taking(store, shipped.playbook("waqiti"), Clock(), lambda: None, sources=sources({}), most_bytes=100)

    with pytest.raises(NotRecorded):
        await small.take("generic", b"x" * 101, Reading())
    for _ in range(3):
        await small.take("generic", b"x" * 60, Reading())


async def test_bodies_are_not_kept_without_end_between_two_hours(desk: Desk) -> None:
    await desk.hear(notice())

    def jump(tx: Transaction) -> None:
        tx.connection.exec_driver_sql("UPDATE alert_body SET id = 60999 WHERE id = 1")
        tx.keep_body(WORKSPACE, "generic", b"new", NOW, waiting=False)
        tx.connection.exec_driver_sql("UPDATE alert_body SET id = 10 WHERE id = 60999")
        tx.connection.exec_driver_sql("UPDATE alert_body SET id = 61999 WHERE id = 61000")
        tx.keep_body(WORKSPACE, "generic", b"newer", NOW, waiting=False)

    await desk.store.run(jump)

    assert sorted(one.id for one in await desk.bodies()) == [61999, 62000]


async def test_what_is_old_is_forgotten_a_little_at_a_time(desk: Desk) -> None:
    await desk.hear(*(over(notice(of=str(number)), NOW) for number in range(7)))

    def forget(tx: Transaction) -> bool:
        return tx.forget_alerts(NOW + timedelta(days=8), NOW, 3)

    more = [await desk.store.run(forget) for _ in range(3)]

    assert more == [True, True, False]


async def test_a_body_of_another_workspace_is_not_taken(desk: Desk) -> None:
    await desk.store.run(lambda tx: tx.keep_body("T2", "generic", sent("DiskFull"), NOW, waiting=True))

    await desk.taking.follow_up()

    assert await desk.suggestions() == []
    assert [one.waiting for one in await desk.bodies()] == [True]

"""Alerts that fire again after the end of their incident: nobody is left without word, and nothing is doubled."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.alerts.notice import Notice
from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.alerts import AlertRule, Deed
from app.domain.incident import Incident
from app.handle import declare
from app.store import Store, Transaction
from tests import shipped
from tests.alerts.given import NOW, WORKSPACE, Clock, Desk, notice, over
from tests.alerts.test_taking import ANN, do

DECLARES = AlertRule(Deed.DECLARE, severity="P1")


def desk_with(store: Store, *rules: AlertRule, **more: Any) -> Desk:
    return Desk(store, playbook=replace(shipped.playbook("waqiti"), alerts=rules or (DECLARES,), **more))


@pytest.fixture
def desk(store: Store) -> Desk:
    """A Tocsin that declares a P1 for every alert."""
    return desk_with(store)


def fires(clock: Clock, name: str = "Down", **more: Any) -> Notice:
    return notice(name, **({"starts_at": clock()} | more))


def counted(incident: Incident) -> tuple[int, int]:
    assert incident.alerts
    return incident.alerts.seen, incident.alerts.firing


async def offers(desk: Desk, number: int = 1) -> list[tuple[str, ...]]:
    return [one.names for one in await desk.timeline(number) if isinstance(one, e.AlertsFiredAgain)]


@pytest.mark.parametrize("dated", [True, False])
async def test_an_alert_whose_end_nobody_told_declares_when_it_begins_anew(desk: Desk, *, dated: bool) -> None:
    starts_at = NOW if dated else None
    await desk.hear(notice("Down", starts_at=starts_at))
    await do(desk, c.Resolve(ANN))
    desk.clock.passes(minutes=10)
    await desk.hear(notice("Down", starts_at=starts_at))
    assert len(await desk.incidents()) == 1
    desk.clock.passes(days=3)

    await desk.hear(notice("Down", starts_at=desk.clock() if dated else None))

    assert [one.is_open for one in await desk.incidents()] == [False, True]


async def test_an_alert_whose_end_nobody_told_is_suggested_when_it_begins_anew(store: Store) -> None:
    desk = desk_with(store, AlertRule(Deed.SUGGEST))
    await desk.hear(notice("Odd"))
    desk.clock.passes(days=3)
    await desk.hear(notice("Odd"))
    assert len(await desk.suggestions()) == 1

    await desk.hear(fires(desk.clock, "Odd"))

    assert len(await desk.suggestions()) == 2


async def test_groups_of_one_incident_that_fire_again_ask_once_and_declare_one(store: Store) -> None:
    rules = (AlertRule(Deed.DECLARE, names=("B",), severity="P1", tags=("data-loss",)),)
    desk = desk_with(store, *rules, AlertRule(Deed.DECLARE, severity="P2"))
    names, pay = ("B", "A", "C"), {"service": "pay"}
    for name in names:
        await desk.hear(notice(name, labels=pay))
    await desk.hear(*(over(notice(name, labels=pay), desk.clock()) for name in names))
    await do(desk, c.Resolve(ANN))
    desk.clock.passes(minutes=6)
    await desk.hear(*(fires(desk.clock, name, labels=pay) for name in ("A", "B")))
    desk.clock.passes(minutes=4, seconds=55)
    await desk.hear(fires(desk.clock, "C", labels=pay))
    assert await offers(desk) == [("A", "B")]
    desk.clock.passes(seconds=10)

    await desk.taking.follow_up()
    desk.clock.passes(minutes=10)
    await desk.taking.follow_up()

    first, second = await desk.incidents()
    assert (first.is_open, second.severity, list(second.tags)) == (False, "P1", ["data-loss"])
    assert counted(second) == (3, 3)
    assert counted(first) == (3, 0)
    assert not isinstance((await desk.timeline())[-1], e.AlertsResolved)


async def test_what_fires_again_counts_in_what_people_have_declared_meanwhile(desk: Desk) -> None:
    pay = {"service": "pay"}
    await desk.hear(notice("Down", labels=pay))
    await desk.hear(over(notice("Down"), NOW))
    await do(desk, c.Resolve(ANN))
    desk.clock.passes(minutes=6)
    await desk.hear(fires(desk.clock, labels=pay))
    await people_declare(desk, "pay")
    desk.clock.passes(minutes=6)

    await desk.taking.follow_up()

    assert len(await desk.incidents()) == 2
    assert counted((await desk.incidents())[1]) == (1, 1)


async def people_declare(desk: Desk, services: str) -> None:
    command = c.Declare(ANN, "Payments", "P1", services=services)
    await desk.store.run(lambda tx: declare(tx, WORKSPACE, command, desk.playbook, desk.clock()))


async def test_the_rest_of_a_group_comes_along_into_another_incident(desk: Desk) -> None:
    first = notice("A", group="g", of="a")
    await desk.hear(first)
    await desk.hear(over(first, NOW))
    await do(desk, c.Resolve(ANN))
    desk.clock.passes(minutes=6)
    await desk.hear(replace(first, starts_at=desk.clock()))
    await people_declare(desk, "pay")
    desk.clock.passes(minutes=1)

    await desk.hear(fires(desk.clock, "B", group="g", of="b", labels={"service": "pay"}))
    desk.clock.passes(minutes=6)
    await desk.taking.follow_up()

    assert len(await desk.incidents()) == 2
    assert counted((await desk.incidents())[1]) == (2, 2)


async def test_the_end_is_told_to_whoever_reopened_it(desk: Desk) -> None:
    await desk.hear(notice("Down"))
    desk.clock.passes(minutes=2)
    await desk.hear(over(notice("Down"), desk.clock()))
    await do(desk, c.Resolve(ANN))
    desk.clock.passes(minutes=2)
    again = fires(desk.clock)
    await desk.hear(again)
    assert counted(await desk.only()) == (1, 1)
    await do(desk, c.Reopen(ANN))
    before = len([one for one in await desk.deliveries() if one.effect == f.Post("alerts_resolved")])
    desk.clock.passes(hours=1)

    await desk.hear(over(again, desk.clock()))

    after = len([one for one in await desk.deliveries() if one.effect == f.Post("alerts_resolved")])
    assert (after - before, counted(await desk.only())) == (1, (1, 0))


async def test_what_can_be_declared_no_more_is_suggested_and_holds_nothing_up(desk: Desk) -> None:
    await desk.hear(notice("Down"))
    await desk.hear(over(notice("Down"), NOW))
    await do(desk, c.Resolve(ANN))
    desk.clock.passes(minutes=6)
    await desk.hear(fires(desk.clock))
    desk.taking.playbook = desk.playbook = replace(shipped.playbook("default"), alerts=(DECLARES,))
    desk.clock.passes(minutes=6)

    await desk.taking.follow_up()
    await desk.hear(fires(desk.clock, "Other"))

    assert len(await desk.incidents()) == 1
    suggested = {one.proposal.name: (one.proposal.severity, one.firing) for one in await desk.suggestions()}
    assert suggested == {"Down": (None, 1), "Other": (None, 1)}


async def test_the_alerts_of_a_duplicate_are_those_of_the_incident_that_it_was_merged_into(desk: Desk) -> None:
    first, second = notice("A", labels={"service": "a"}), notice("B", labels={"service": "b"})
    await desk.hear(first, second)
    await do(desk, c.Merge(ANN, 1), number=2)
    await desk.taking.follow_up()
    desk.clock.passes(minutes=2)
    await desk.hear(over(first, desk.clock()))
    assert counted((await desk.incidents())[0]) == (2, 1)
    desk.clock.passes(minutes=2)

    await desk.hear(over(second, desk.clock()))

    assert counted((await desk.incidents())[0]) == (2, 0)
    told = [type(one) for one in await desk.timeline(1)]
    assert told.count(e.AlertsResolved) == 1


async def test_alerts_come_to_an_incident_that_had_none_by_a_merge(desk: Desk) -> None:
    await people_declare(desk, "pay")
    await desk.hear(notice("B", labels={"service": "b"}))
    await do(desk, c.Merge(ANN, 1), number=2)

    await desk.taking.follow_up()

    [first, _] = await desk.incidents()
    assert first.alerts
    assert (first.alerts.source, first.alerts.names, counted(first)) == ("alertmanager", ("B",), (1, 1))


async def test_what_the_monitor_left_out_is_over_with_its_group(desk: Desk) -> None:
    every = [notice("Down", group="g", of=str(number)) for number in range(5)]
    await desk.hear(*every, notice("Down", group="other"))
    desk.clock.passes(minutes=5)
    rest = Notice("alertmanager", "", "g", "the rest", firing=False, rest=True)

    await desk.hear(*(over(one, desk.clock()) for one in every[:2]), rest)

    assert counted(await desk.only()) == (6, 1)
    desk.clock.passes(minutes=5)
    await desk.hear(over(notice("Down", group="other"), desk.clock()), rest)
    assert counted(await desk.only()) == (6, 0)


def ignoring(name: str) -> tuple[AlertRule, ...]:
    return (AlertRule(Deed.IGNORE, names=(name,)), DECLARES)


async def test_what_is_ignored_counts_nowhere_whatever_else_its_group_has(store: Store) -> None:
    desk = desk_with(store, *ignoring("Watchdog"))
    dog = notice("Watchdog", group="g", of="w", starts_at=NOW - timedelta(hours=20))
    down = notice("Down", group="g", of="d")
    await desk.hear(dog, down)
    incident = await desk.only()
    assert (counted(incident), incident.detected_at) == ((1, 1), down.starts_at)
    desk.clock.passes(minutes=5)
    await desk.hear(dog, down)
    desk.clock.passes(minutes=5)

    await desk.hear(over(down, desk.clock()))

    incident = await desk.only()
    assert incident.alerts
    assert (counted(incident), incident.alerts.names) == ((1, 0), ("Down",))


async def test_an_alert_that_fired_for_days_does_not_hide_when_the_other_began(desk: Desk) -> None:
    old = notice("Down", group="g", of="a", starts_at=NOW - timedelta(hours=30))
    await desk.hear(old, notice("Down", group="g", of="b", starts_at=NOW - timedelta(minutes=9)))

    assert (await desk.only()).detected_at == NOW - timedelta(minutes=9)


async def test_a_page_that_pagerduty_told_of_is_not_declared_anew_by_its_monitor(store: Store) -> None:
    rule = replace(DECLARES, paged_by="pagerduty")
    desk = desk_with(store, rule, connected=frozenset({f.Way.PAGERDUTY}))
    await desk.hear(notice("In PagerDuty", source="pagerduty", paged="the-key", services=("PD",)))

    await desk.hear(notice("Errors", pages_as="the-key", labels={"service": "api"}))

    assert [ring.key for ring in (await desk.only()).rings] == ["the-key"]


async def test_pages_that_are_known_tell_nothing_and_no_incident_takes_over_more_than_some(store: Store) -> None:
    rule = replace(DECLARES, paged_by="pagerduty")
    desk = desk_with(store, rule, connected=frozenset({f.Way.PAGERDUTY}))
    for number in range(12):
        desk.clock.passes(seconds=1)
        await desk.hear(notice("Errors", group="g", of=str(number), pages_as="one"))
    assert len([one for one in await desk.timeline() if isinstance(one, e.AlertsCounted)]) == 0

    await desk.hear(*(notice("Errors", group=f"g{number}", pages_as=f"key {number}") for number in range(50)))

    assert len((await desk.only()).rings) == 20


async def test_an_incident_keeps_a_few_names_of_its_alerts(desk: Desk) -> None:
    await desk.hear(*(notice(f"Alert {number}", group="g", of=str(number)) for number in range(100)))

    tally = (await desk.only()).alerts
    assert tally
    assert (tally.seen, len(tally.names)) == (100, 20)


async def test_alerts_come_into_no_suggestion_of_another_channel_or_severity_or_that_was_answered(
    store: Store,
) -> None:
    theft = AlertRule(Deed.SUGGEST, names=("Theft",), channel="security", severity="P1")
    desk = desk_with(store, theft, AlertRule(Deed.SUGGEST))
    await desk.hear(*(notice(f"Disk{number}") for number in range(6)), notice("Theft"))

    suggested = await desk.suggestions()
    assert [(one.proposal.name, one.seen) for one in suggested[:2]] == [("Theft", 1), ("Disk4", 2)]

    def answer(tx: Transaction) -> None:
        for one in suggested:
            tx.change_suggestion(one.id, desk.clock(), state="ignored")

    await desk.store.run(answer)
    await desk.hear(notice("Disk6"))
    assert [(one.proposal.name, one.seen) for one in (await desk.suggestions())[:1]] == [("Disk6", 1)]

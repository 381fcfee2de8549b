"""Several groups of alerts, told in any order and more than once: the same in the end, and one incident for each."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.alerts.notice import Notice
from app.domain.incident import Incident
from app.store import Store
from tests.alerts.given import NOW, WORKSPACE, Desk, notice, over

NAMES = ("WaqitiPaymentSystemDown", "WaqitiDatabaseConnectionPoolExhaustion", "WaqitiHighCPUUsage")
FIRING = [notice(name, of=of, labels={"service": name}) for name in NAMES for of in ("a", "b")]
OVER = [over(one, NOW) for one in FIRING[:3]]
EVERYTHING = [*FIRING, *OVER, *FIRING[:2]]


@settings(max_examples=12, deadline=None)
@given(st.permutations(EVERYTHING), st.integers(1, 4))
def test_any_order_ends_the_same_with_one_incident_for_each_group(told: Sequence[Notice], at_once: int) -> None:
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:  # noqa: S108
        store = Store.open(f"sqlite:///{folder}/tocsin.db")
        try:
            incidents = asyncio.run(_heard(store, told, at_once))
        finally:
            store.close()
    firing = {one.alerts.names[0]: one.alerts.firing for one in incidents if one.alerts}
    assert len(firing) == len(incidents)
    assert {name: count for name, count in firing.items() if count} == {NAMES[1]: 1, NAMES[2]: 2}


async def _heard(store: Store, told: Sequence[Notice], at_once: int) -> list[Incident]:
    desk = Desk(store)
    for start in range(0, len(told), at_once):
        desk.clock.passes(seconds=10)
        await desk.hear(*told[start : start + at_once])
    desk.clock.passes(minutes=2)
    await desk.taking.follow_up()
    return await desk.incidents()


@pytest.mark.slow
async def test_two_processes_on_one_database_make_one_incident_of_a_group(postgres_url: str) -> None:
    one, other = Desk(Store.open(postgres_url)), Desk(Store.open(postgres_url))
    try:
        told = [notice(of=str(number), group=f"g{number % 2}") for number in range(20)]
        sent = (desk.hear(each) for each in told for desk in (one, other))
        await asyncio.gather(*sent)
        one.clock.passes(minutes=2)
        await one.taking.follow_up()

        incident = await one.only()
        assert incident.alerts
        assert (incident.alerts.seen, incident.alerts.firing) == (20, 20)
        suggested = [replace(notice("DiskFull"), starts_at=NOW - timedelta(minutes=number)) for number in range(6)]
        await asyncio.gather(*(desk.hear(each) for each in suggested for desk in (one, other)))
        assert len(await one.suggestions()) == 1
        assert await one.store.run(lambda tx: tx.workspaces()) == [WORKSPACE]
    finally:
        one.store.close()
        other.store.close()

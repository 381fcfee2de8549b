"""Trying a pager out leaves nothing open, and says what became of each way."""

import asyncio
from datetime import timedelta

import pytest

from app.integrations import try_pager
from app.sandbox import Sandbox
from tests.integrations.conftest import Connect
from tests.integrations.phones import Phones
from tests.waiting import until

AT_ONCE = timedelta()


async def test_it_rings_and_ends(phones: Phones, connect: Connect) -> None:
    [tried] = await try_pager(connect(), ["primary"], rings_for=AT_ONCE)
    assert (tried.way, tried.reason, tried.left) == ("PagerDuty", None, None)
    assert tried.took > timedelta()
    assert phones.log == [["trigger", "resolve"]]
    assert phones.alerts[0].summary.startswith("Test page from Tocsin")
    assert phones.alerts[0].severity == "critical"


async def test_each_way_is_tried_by_itself(phones: Phones, connect: Connect) -> None:
    pager = connect(manager=Sandbox.managers_key, head="w" * 32)
    ways = await try_pager(pager, ["primary", "manager", "head"], rings_for=AT_ONCE)
    assert [one.reason is None for one in ways] == [True, True, False]
    assert {one.status for one in phones.alerts} == {"resolved"}


async def test_what_may_have_rung_is_ended_too(phones: Phones, connect: Connect) -> None:
    phones.fail("accept_then_drop")
    [tried] = await try_pager(connect(), ["primary"], rings_for=AT_ONCE)
    assert (tried.reason, tried.left) == ("PagerDuty did not answer", None)
    assert phones.log == [["trigger", "resolve"]]


@pytest.mark.slow
async def test_what_could_not_be_ended_is_told(phones: Phones, connect: Connect) -> None:
    trying = asyncio.create_task(try_pager(connect(), ["primary"], rings_for=timedelta(seconds=1)))
    await until(lambda: bool(phones.alerts))
    phones.go_down()
    [tried] = await trying
    assert (tried.reason, tried.left) == (None, "PagerDuty failed: 503")


async def test_giving_up_in_the_middle_ends_it(phones: Phones, connect: Connect) -> None:
    trying = asyncio.create_task(try_pager(connect(), ["primary"], rings_for=timedelta(hours=1)))
    await until(lambda: bool(phones.alerts))
    trying.cancel()
    await asyncio.wait({trying})
    assert phones.log == [["trigger", "resolve"]]

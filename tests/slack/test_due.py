from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.reference import Drill, Period, Review
from app.slack.channels import Channels
from app.slack.due import DueDates
from tests.slack.workplace import Workplace, workplace

MONTHLY = Drill("monthly", "Monthly <!channel> drill", Period.MONTH, ("Fail the database over",))
NOVEMBER, LATE_NOVEMBER, DECEMBER, JANUARY = (
    datetime(2026, 11, 24, 10, tzinfo=UTC),
    datetime(2026, 11, 30, 10, tzinfo=UTC),
    datetime(2026, 12, 1, 10, tzinfo=UTC),
    datetime(2027, 1, 4, 10, tzinfo=UTC),
)


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path, connected=False) as place:
        yield place


def dates(at_work: Workplace, *reviews: Review) -> DueDates:
    edge = at_work.edge
    playbook = replace(edge.playbook, drills=(MONTHLY,), reviews=reviews)
    return DueDates(edge.client, Channels(edge.client, "U0TOCSIN"), edge.store, playbook, edge.workspace)


async def told(at_work: Workplace) -> list[str]:
    return [str(call["text"]) for call in await at_work.calls("chat.postMessage")]


async def test_a_fresh_tocsin_asks_for_nothing_in_the_period_in_which_it_begins(at_work: Workplace) -> None:
    for now in (NOVEMBER, LATE_NOVEMBER):
        await dates(at_work).tell(now)
    assert await told(at_work) == []


async def test_what_is_due_is_told_once_in_each_period(at_work: Workplace) -> None:
    for now in (NOVEMBER, DECEMBER, DECEMBER.replace(hour=15), DECEMBER.replace(day=30), JANUARY):
        await dates(at_work).tell(now)
    assert await told(at_work) == ["A drill is due this month: Monthly &lt;!channel&gt; drill."] * 2


async def test_nobody_is_asked_outside_of_business_hours(at_work: Workplace) -> None:
    await dates(at_work).tell(NOVEMBER)
    await dates(at_work).tell(DECEMBER.replace(hour=3))
    assert await told(at_work) == []
    await dates(at_work).tell(DECEMBER)
    assert len(await told(at_work)) == 1


async def test_what_slack_did_not_take_is_told_later(at_work: Workplace) -> None:
    await dates(at_work).tell(NOVEMBER)
    await at_work.control("fault", method="chat.postMessage", kind="error", error="internal_error", times=1)
    await dates(at_work).tell(DECEMBER)
    await dates(at_work).tell(DECEMBER.replace(hour=11))
    await dates(at_work).tell(DECEMBER.replace(hour=12))
    assert len(await told(at_work)) == 2


async def test_reviews_come_round_too(at_work: Workplace) -> None:
    quarterly = Review("Go through the runbooks", Period.QUARTER)
    await dates(at_work, quarterly).tell(NOVEMBER)
    await dates(at_work, quarterly).tell(DECEMBER)
    await dates(at_work, quarterly).tell(JANUARY)
    assert (await told(at_work))[-1] == "A review is due this quarter: Go through the runbooks."
    assert sum("review" in text for text in await told(at_work)) == 1

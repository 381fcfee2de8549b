"""A system outside that takes nothing: what waits, what is said of it, and what becomes of it after a day."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.effects import Way
from app.outbox import Away, Dead, Doubtful, Later, Outcome, Sent
from app.outbox.circuits import PAUSES, Circuits
from app.outbox.outages import TELL_AFTER
from app.store import DeliveryState
from tests.test_outbox import ANN, START, WORKSPACE, Office, World, office, ringing

__all__ = ["office"]

REFUSED = Away("PagerDuty does not let us in: Unauthorized (401). See PAGERDUTY_ROUTING_KEY")
SECOND = timedelta(seconds=1)


def posts(office: Office, message: str) -> int:
    """Return how many messages by that name were posted."""
    return sum(isinstance(one, f.Post) and one.message == message for one in office.world.effects())


@pytest.fixture
async def paged(office: Office) -> Office:
    """An office whose pages ring nowhere: PagerDuty refuses the key, and says so when it is asked."""
    office.handler.playbook = office.outbox.playbook = ringing(office.playbook)
    office.world.gone = REFUSED.reason
    office.world.answers[f.RingPager] = [REFUSED]
    return office


async def looks(office: Office, **span: float) -> None:
    """Let time pass, and let the outbox look who waits."""
    await office.passes(**span)
    await office.outbox.tell_outages()
    await office.outbox.settle()


async def test_who_waits_for_a_system_that_takes_nothing_is_told_once_and_once_when_it_goes_on(paged: Office) -> None:
    record = await paged.declares()
    await looks(paged, seconds=5)
    assert await paged.happened(record, e.WayAway) == []
    for _ in range(4):
        await looks(paged, seconds=20)
    [told] = await paged.happened(record, e.WayAway)
    assert told == e.WayAway(told.at, "pagerduty", REFUSED.reason, ("page people",), ("Slack direct message", "e-mail"))
    assert posts(paged, "way_away") == 1
    await paged.comes_back()
    for _ in range(2):
        await looks(paged, seconds=20)
    [over] = await paged.happened(record, e.WayBack)
    assert over == e.WayBack(over.at, "pagerduty")
    assert posts(paged, "way_back") == 1


async def test_pages_of_which_people_read_that_they_are_late_are_not_told_once_more(paged: Office) -> None:
    record = await paged.declares()
    await paged.passes(minutes=1)
    await paged.outbox.tell_unconfirmed()
    await looks(paged, seconds=20)
    [told] = await paged.happened(record, e.WayAway)
    assert isinstance(told, e.WayAway)
    assert told.is_told
    assert (posts(paged, "page_unconfirmed"), posts(paged, "way_away")) == (1, 0)


async def test_what_is_over_before_anybody_would_ask_is_not_told(paged: Office) -> None:
    record = await paged.declares()
    await looks(paged, seconds=TELL_AFTER.total_seconds() - 1)
    await paged.comes_back()
    await looks(paged, minutes=1)
    assert [await paged.happened(record, kind) for kind in (e.WayAway, e.WayBack)] == [[], []]


async def test_an_incident_that_waits_for_nothing_there_is_told_nothing(paged: Office) -> None:
    await paged.declares()
    quiet = (await paged.handler.declare(WORKSPACE, c.Declare(ANN, "Logo is askew", "SEV4"))).record
    await looks(paged, minutes=1)
    assert await paged.happened(quiet, e.WayAway) == []


async def test_what_has_waited_for_a_day_is_given_up_and_told(paged: Office) -> None:
    record = await paged.declares()
    await looks(paged, hours=23, minutes=59)
    assert await paged.happened(record, e.DeliveryFailed) == []
    await looks(paged, minutes=2)
    failed = await paged.happened(record, e.DeliveryFailed)
    reasons = {one.reason for one in failed if isinstance(one, e.DeliveryFailed)}
    assert reasons == {f"{REFUSED.reason}; it has waited for 24 hours"}
    await paged.outbox.tell_outages()
    assert len(await paged.happened(record, e.DeliveryFailed)) == len(failed)


async def test_what_slack_has_not_taken_for_days_is_kept(office: Office) -> None:
    await office.declares()
    office.world.gone = "Slack cannot be reached"
    office.outbox.circuits.note(Way.SLACK, Away("Slack cannot be reached"), office.time[0])
    record = (await office.handler.declare(WORKSPACE, c.Declare(ANN, "Payment API down", "SEV2"))).record
    await looks(office, days=3)
    assert DeliveryState.DEAD not in await office.states()
    assert await office.happened(record, e.WayAway) == []


@pytest.fixture
def circuits() -> Circuits:
    found = Circuits(START)
    for way in Way:
        found.connect(way, World())
    return found


def note(circuits: Circuits, *outcomes: Outcome, way: Way = Way.TRACKER, after: timedelta = timedelta()) -> bool:
    """Note what became of attempts, and say whether deliveries still go that way."""
    for outcome in outcomes:
        circuits.note(way, outcome, START + after)
    return way in circuits.passable


def test_one_that_asks_for_a_pause_again_and_again_is_left_alone_until_it_is_over(circuits: Circuits) -> None:
    pause = Later("Jira asked for a pause", timedelta(minutes=2))
    assert note(circuits, *[pause] * (PAUSES - 1), Sent(), pause)
    assert not note(circuits, *[pause] * PAUSES)
    assert note(circuits, *[pause] * PAUSES, way=Way.SLACK)


def test_what_is_put_off_by_itself_keeps_nothing_else_waiting(circuits: Circuits) -> None:
    greylisted = Later("the mail server puts off 1 address: 450 greylisted", of_all=False)
    assert note(circuits, *[greylisted] * 50, way=Way.EMAIL)


async def test_one_that_cannot_even_be_asked_keeps_no_other_away(circuits: Circuits) -> None:
    class Broken(World):
        async def away(self) -> str | None:
            raise ValueError("Unknown scheme for proxy URL")

    circuits.connect(Way.EMAIL, Broken())
    for way in (Way.EMAIL, Way.TRACKER):
        circuits.note(way, Away("it is not there"), START)
    assert await circuits.try_again(START + timedelta(minutes=1))
    assert Way.TRACKER in circuits.passable
    assert Way.EMAIL not in circuits.passable


async def test_it_is_asked_once_the_pause_that_it_asked_for_is_over(circuits: Circuits) -> None:
    note(circuits, *[Later("Jira asked for a pause", timedelta(minutes=2))] * PAUSES)
    assert not await circuits.try_again(START + timedelta(minutes=1))
    assert await circuits.try_again(START + timedelta(minutes=2))


async def test_one_that_says_it_is_there_and_takes_nothing_is_left_alone_longer_and_longer(circuits: Circuits) -> None:
    waits, at = [], START
    broken = [Doubtful("Jira failed: 500")] * 3
    for _ in range(4):
        note(circuits, *broken, after=at - START)
        began = at
        while not await circuits.try_again(at):
            at += SECOND
        waits.append((at - began).total_seconds())
    assert waits == [0, 0, 15, 30]
    assert circuits.failing(at)[Way.TRACKER].since == START
    note(circuits, Sent(), after=at - START)
    assert Way.TRACKER not in circuits.failing(at)


async def test_a_trouble_long_ago_does_not_count_as_the_same(circuits: Circuits) -> None:
    later = timedelta(hours=5)
    note(circuits, Away("Jira cannot be reached"))
    await circuits.try_again(START)
    note(circuits, Away("Jira cannot be reached"), after=later)
    assert circuits.failing(START + later)[Way.TRACKER].since == START + later


def test_what_is_skipped_or_refused_for_good_says_nothing_of_the_way(circuits: Circuits) -> None:
    doubt = Doubtful("Jira failed: 500")
    assert note(circuits, doubt, doubt, Dead("open a ticket", "no such project"), doubt, doubt)
    assert not note(circuits, doubt)
    assert replace(circuits[Way.TRACKER]).reason == doubt.reason

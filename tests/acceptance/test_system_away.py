"""A system outside that takes nothing: what people read, where, and that all of it goes on by itself."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.requests import Request

from app.health import State
from app.sandbox.vendors import Vendors
from app.sandbox.vendors.jira import Jira
from app.store import DeliveryState
from tests.acceptance.workspace import ON_CALL, Town, town
from tests.waiting import until

pytestmark = pytest.mark.slow

SAID = "Nothing goes to the tracker just now: Jira does not let us in:"


class Locked(Jira):
    """A Jira whose account was locked."""

    locked = True

    def admits(self, request: Request) -> bool:
        return not self.locked and super().admits(request)


@dataclass
class Place:
    """A town, and the tracker that it is connected to."""

    town: Town
    jira: Locked

    async def looks(self, **span: float) -> None:
        """Let time pass, and let the outbox look who waits."""
        await self.town.passes(**span)
        await self.town.bot.outbox.tell_outages()
        await self.town.settles()

    async def said(self, what: str) -> list[str]:
        """Return what was said of it in the incident's channel."""
        record = await self.town.incident()
        return [one.words for one in (await self.town.room(record.incident.name)).posts if what in one.words]

    async def at_home(self) -> str:
        """Return what the Home tab says."""
        await self.town.act("home", user=ON_CALL)
        state = await self.town.look()
        return str(state["homes"][ON_CALL])


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    vendors = Vendors([Locked()])
    await vendors.start()
    async with town(tmp_path, **vendors.settings()) as there:
        yield Place(there, vendors.of(Locked))
    await vendors.stop()


async def test_a_refused_account_is_told_once_with_the_setting_and_goes_on_by_itself(place: Place) -> None:
    await place.town.declares("SEV2 Payment API down")
    await place.town.types(ON_CALL, "follow-up 1 Watch the disk")
    for _ in range(3):
        await place.looks(seconds=20)
    [told] = await place.said(SAID)
    assert "See JIRA_EMAIL and JIRA_API_TOKEN" in told
    assert "Waiting: open a ticket." in told
    assert "What goes to the tracker waits" in await place.at_home()
    await until(lambda: place.town.bot.health.report().state is State.WARNING)
    [check] = [one for one in place.town.bot.health.report().checks if one.name == "to_tracker"]
    assert check.state is State.WARNING
    place.jira.locked = False
    await until(lambda: bool(place.jira.tickets))
    await place.looks(seconds=20)
    assert len(await place.said("The tracker is there again")) == 1
    assert "What goes to the tracker waits" not in await place.at_home()
    assert await place.town.deliveries(DeliveryState.WAITING) == []


async def test_what_has_waited_for_a_day_is_said_to_be_left_to_people(place: Place) -> None:
    await place.town.declares("SEV2 Payment API down")
    await place.town.types(ON_CALL, "follow-up 1 Watch the disk")
    await place.town.types(ON_CALL, "ack 1")
    await place.looks(hours=25)
    [told] = await place.said("I could not open a ticket")
    assert "it has waited for 24 hours" in told
    assert place.jira.tickets == {}

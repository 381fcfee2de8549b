"""Statuspage: each word once, whatever happens on the way, and nothing written over that people did there."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.config import look
from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.integrations.status import Statuspage, StatusSink
from app.outbox import Away, Dead, Doubtful, Later, Outcome, Sent
from app.sandbox.vendors import Vendors
from app.sandbox.vendors.statuspage import API_KEY, PAGE
from app.sandbox.vendors.statuspage import Statuspage as Fake
from app.store import Delivery
from tests.integrations.test_sink import delivery
from tests.slack.examples import ONCALL, record, tell

PARTS = ("Website", "Payments")


class Page:
    """A page on Statuspage, an incident that customers are told of, and what brings the one to the other."""

    def __init__(self, vendors: Vendors) -> None:
        self.fake = vendors.of(Fake)
        self.fake.show(PARTS)
        self.address = f"{vendors.url('statuspage')}/v1"
        self.story = tell()
        self.seconds = 0.0
        self.made: list[StatusSink] = []
        self.sink = self.connected()

    def connected(self, key: str = API_KEY, page: str = PAGE, most: int = 60) -> StatusSink:
        there = Statuspage(SecretStr(key), page, self.address, clock=lambda: self.seconds, most=most)
        self.made.append(StatusSink(there, PARTS))
        return self.made[-1]

    def says(self, status: str = "investigating", impact: str = "major", *components: str) -> Delivery:
        """Return the delivery of what somebody tells customers now."""
        seen = self.story.incident.tellings
        self.story.do(c.TellCustomers(ONCALL, "Paying fails", f"Word {seen + 1}.", status, impact, components, seen))
        return replace(delivery(f.PublishStatus(), self.story.last(e.CustomersTold)), key=f"k{seen + 1}")

    async def deliver(self, said: Delivery) -> Outcome:
        """Deliver it, and let the incident learn what came of it."""
        became = await self.sink.deliver(said, record(self.story))
        for learned in became.learned if isinstance(became, Sent | Dead) else ():
            self.story.do(learned)
        return became

    async def tells(self, *words: str) -> Outcome:
        return await self.deliver(self.says(*words))

    async def somebody(self, method: str, path: str = "", **what: Any) -> None:
        """Let somebody change an incident there by hand."""
        url = f"{self.address}/pages/{PAGE}/incidents{path}"
        async with httpx.AsyncClient() as client:
            answer = await client.request(method, url, json=what, headers={"Authorization": f"OAuth {API_KEY}"})
            assert answer.is_success, answer.text

    def read(self) -> list[tuple[str, list[str]]]:
        """Return what customers read: how each incident stands, and its words, the newest first."""
        return [(one.status, [word["body"] for word in one.updates]) for one in self.fake.incidents.values()]

    def works(self) -> dict[str, str]:
        return {self.fake.components[one]: state for one, state in self.fake.states.items()}


@pytest.fixture
async def page(vendors: Vendors) -> AsyncIterator[Page]:
    made = Page(vendors)
    yield made
    for sink in made.made:
        await sink.close()


async def test_a_public_incident_begins_goes_on_and_ends_in_one_place(page: Page) -> None:
    began = await page.tells("investigating", "major", "Payments")
    assert isinstance(began, Sent)
    assert page.works() == {"Website": "operational", "Payments": "partial_outage"}
    await page.tells("identified", "critical", "Payments", "Website")
    assert page.works() == {"Website": "major_outage", "Payments": "major_outage"}
    await page.tells("monitoring", "minor", "Payments")
    assert page.works() == {"Website": "operational", "Payments": "degraded_performance"}
    await page.tells("resolved", "major", "Payments")
    assert page.works() == {"Website": "operational", "Payments": "operational"}
    assert page.read() == [("resolved", ["Word 4.", "Word 3.", "Word 2.", "Word 1."])]


async def test_what_goes_on_after_its_end_is_another_incident_there(page: Page) -> None:
    await page.tells()
    await page.tells("resolved")
    await page.tells()
    assert [status for status, _ in page.read()] == ["resolved", "investigating"]


async def test_a_component_stays_as_bad_as_others_say(page: Page) -> None:
    payments = next(one for one, name in page.fake.components.items() if name == "Payments")
    other = {"name": "Cards", "impact_override": "critical", "component_ids": [payments]}
    await page.somebody("POST", incident=other)
    await page.tells("investigating", "minor", "Payments")
    assert page.works()["Payments"] == "major_outage"
    await page.tells("resolved", "minor", "Payments")
    assert page.works()["Payments"] == "major_outage"


@pytest.mark.parametrize("fault", ["error_after", "drop_after"])
@pytest.mark.parametrize("first", [True, False])
async def test_what_arrived_although_nobody_said_so_is_found_by_its_key(page: Page, fault: Any, *, first: bool) -> None:
    if not first:
        await page.tells()
    said = page.says("identified")
    page.fake.fail(fault)
    assert isinstance(await page.deliver(said), Doubtful)
    found = await page.sink.find(said, record(page.story))
    assert isinstance(found, Sent)
    [learned] = found.learned
    assert isinstance(learned, c.RecordPublished)
    page.story.do(learned)
    await page.tells("resolved")
    assert [status for status, _ in page.read()] == ["resolved"]


async def test_what_did_not_arrive_is_not_found_and_tried_again(page: Page) -> None:
    said = page.says()
    page.fake.fail("server_error")
    assert isinstance(await page.deliver(said), Doubtful)
    assert await page.sink.find(said, record(page.story)) is None
    assert isinstance(await page.deliver(said), Sent)


async def test_a_word_that_stands_there_is_not_written_again(page: Page) -> None:
    said = page.says()
    page.fake.fail("error_after")
    assert isinstance(await page.deliver(said), Doubtful)
    assert isinstance(await page.deliver(said), Sent)
    assert page.read() == [("investigating", ["Word 1."])]


async def test_components_are_known_however_many_there_are(page: Page) -> None:
    page.fake.show((*(f"Part {number}" for number in range(150)), *PARTS))
    became = await page.tells("investigating", "minor", "Payments")
    assert isinstance(became, Sent)
    assert page.works()["Payments"] == "degraded_performance"


async def test_a_later_word_goes_on_in_what_an_earlier_one_may_have_begun(page: Page) -> None:
    page.fake.fail("drop_after")
    assert isinstance(await page.tells(), Doubtful)
    await page.tells("identified")
    assert page.read() == [("identified", ["Word 2.", "Word 1."])]


@pytest.mark.parametrize("deleted", [True, False])
async def test_what_somebody_took_away_there_is_told_and_published_anew_by_retry(page: Page, *, deleted: bool) -> None:
    await page.tells()
    [there] = page.fake.incidents
    if deleted:
        await page.somebody("DELETE", f"/{there}")
    else:
        await page.somebody("PATCH", f"/{there}", incident={"status": "resolved", "body": "By hand."})
    said = page.says("identified")
    became = await page.deliver(said)
    assert isinstance(became, Dead)
    assert "press Retry" in page.story.last(e.DeliveryFailed).reason
    assert page.story.incident.on_page is None
    assert isinstance(await page.deliver(said), Sent)
    assert page.read()[-1] == ("identified", ["Word 2."])


async def test_a_last_word_is_written_below_what_somebody_ended_there(page: Page) -> None:
    await page.tells()
    await page.somebody("PATCH", f"/{next(iter(page.fake.incidents))}", incident={"status": "resolved"})
    assert isinstance(await page.tells("resolved"), Sent)
    assert page.read() == [("resolved", ["Word 2.", "Word 1."])]


async def test_what_statuspage_does_not_have_is_told_once(page: Page) -> None:
    await page.tells("investigating", "major", "Payments", "Fax")
    assert page.story.last(e.Published).missing == ("Fax",)
    assert page.works()["Payments"] == "partial_outage"


async def test_a_wrong_key_closes_the_way_and_is_not_told_to_anybody(page: Page) -> None:
    page.sink = page.connected(key="another-key-of-theirs")
    became = await page.tells()
    assert isinstance(became, Away)
    assert "STATUSPAGE_API_KEY" in became.reason
    assert "another-key" not in became.reason
    assert await page.sink.away() == became.reason
    page.sink = page.connected()
    assert await page.sink.away() is None


async def test_who_asks_too_often_waits(page: Page) -> None:
    page.fake.fail("ratelimited")
    assert await page.tells() == Later("Statuspage asked for a pause", timedelta(seconds=1))


async def test_nobody_asks_more_often_than_statuspage_takes(page: Page) -> None:
    page.sink = page.connected(most=4)
    for _ in range(4):
        assert await page.sink.away() is None
    became = await page.tells()
    assert became == Later("Statuspage takes no more requests this minute", timedelta(seconds=60), tried=False)
    page.seconds = 60
    assert isinstance(await page.tells("identified"), Sent)


async def test_what_statuspage_refuses_is_said_in_its_words(page: Page) -> None:
    await page.tells("investigating", "major", "Payments")
    page.fake.show(["Website"])
    became = await page.tells("identified", "major", "Payments")
    assert became == Dead("tell customers on Statuspage", "Statuspage refuses it: Component not found (422)")
    assert isinstance(await page.tells("monitoring", "major", "Payments"), Sent)


async def test_it_proves_that_the_key_the_page_and_the_components_fit(page: Page) -> None:
    assert [one.ok for one in await page.sink.prove()] == [True, True]
    page.fake.show(["Website"])
    [_, missing] = await page.connected().prove()
    assert (missing.ok, "no component called Payments" in missing.says) == (False, True)
    [wrong] = await page.connected(page="anotherpage").prove()
    assert (wrong.ok, "STATUSPAGE_PAGE_ID" in wrong.says) == (False, True)
    assert not page.fake.incidents


def test_half_a_connection_is_refused_with_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATUSPAGE_PAGE_ID", PAGE)
    _, faults = look(slack=False)
    assert [one for one in faults if one.startswith("STATUSPAGE_PAGE_ID is set without STATUSPAGE_API_KEY")]


async def test_nothing_of_the_incident_itself_leaves_with_a_word(page: Page) -> None:
    await page.tells("investigating", "major", "Payments")
    sent = b"".join(one.body for one in page.fake.heard)
    incident = page.story.incident
    assert b"Word 1." in sent
    assert not [word for word in (incident.title, incident.name, incident.severity, ONCALL.id) if word.encode() in sent]

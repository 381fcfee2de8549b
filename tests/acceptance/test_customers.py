"""Customers are told on Statuspage and on Tocsin's own page: once, in order, and only what somebody has confirmed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from app.domain import events as e
from app.sandbox.vendors import Vendors
from app.sandbox.vendors.statuspage import Statuspage
from tests.acceptance.workspace import ON_CALL, SECONDARY, Town, plain, town
from tests.web.test_server import free_port

WORD = {
    "headline": "Paying fails",
    "body": "We know of it.",
    "public_status": "investigating",
    "public_impact": "major",
}


@asynccontextmanager
async def public(folder: Path) -> AsyncIterator[tuple[Town, Statuspage, str]]:
    """Run a Tocsin with a Statuspage, and a page of its own at that address."""
    vendors = Vendors([Statuspage()])
    await vendors.start()
    page, port = vendors.of(Statuspage), free_port()
    page.show(["API", "Payments"])
    address = f"http://127.0.0.1:{port}/status"
    async with town(folder, port=port, host="127.0.0.1", status_page=address, **vendors.settings()) as slack:
        yield slack, page, address
    await vendors.stop()


async def tells(slack: Town, member: str, **words: Any) -> None:
    """Write, look at what customers will read, and confirm it."""
    await slack.types(member, "customers 1")
    assert await slack.fills(member, **WORD | words) == {}
    assert await slack.fills(member) == {}


async def own(address: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(address)).raise_for_status().text


def read(page: Statuspage) -> list[tuple[str, str, list[str]]]:
    return [(one.name, one.status, [word["body"] for word in one.updates]) for one in page.incidents.values()]


async def test_customers_read_each_word_once_and_wait_for_the_last(tmp_path: Path) -> None:
    async with public(tmp_path) as (slack, page, address):
        await slack.declares("SEV1 SECRET disk of db-7")
        await slack.types(ON_CALL, "ack 1")
        assert read(page) == []
        await tells(slack, ON_CALL, components=["Payments"])
        assert read(page) == [("Paying fails", "investigating", ["We know of it."])]
        room = await slack.room("incident-1")
        assert "told customers" in room.find("Paying fails").text
        assert "Customers read Investigating" in room.card.words
        # SEV1 of this playbook asks for a word to customers every 30 minutes.
        await slack.passes(minutes=31)
        nudge = (await slack.room("incident-1")).find("Customers wait for the next word")
        assert nudge.actions == ["incident.customers"]
        await slack.types(ON_CALL, "resolve 1")
        await slack.fills(ON_CALL)
        assert "Customers still read" in (await slack.room("incident-1")).find("Customers still read").text
        assert "Paying fails" in await own(address)
        await tells(slack, ON_CALL, body="It works again.", public_status="resolved", components=["Payments"])
        assert read(page) == [("Paying fails", "resolved", ["It works again.", "We know of it."])]
        assert set(page.states.values()) == {"operational"}
        assert "SECRET" not in await own(address)


async def test_while_statuspage_is_down_words_wait_and_the_newest_goes_out(tmp_path: Path) -> None:
    async with public(tmp_path) as (slack, page, _):
        await slack.declares()
        page.down = True
        await tells(slack, ON_CALL)
        await tells(slack, SECONDARY, body="Found it.", public_status="identified")
        assert read(page) == []
        page.down = False
        await slack.passes(minutes=5)
        assert read(page) == [("Paying fails", "identified", ["Found it."])]
        assert len(await slack.timeline(e.CustomersTold)) == 2


async def test_what_somebody_deleted_there_is_told_in_the_channel_and_retried_there(tmp_path: Path) -> None:
    async with public(tmp_path) as (slack, page, _):
        await slack.declares()
        await tells(slack, ON_CALL)
        page.incidents.clear()
        await tells(slack, ON_CALL, body="Found it.", public_status="identified")
        failed = (await slack.room("incident-1")).find("somebody deleted it on Statuspage")
        assert "I could not tell customers on Statuspage" in plain(failed.text)
        await slack.presses(ON_CALL, failed, "delivery.retry")
        assert read(page) == [("Paying fails", "identified", ["Found it."])]

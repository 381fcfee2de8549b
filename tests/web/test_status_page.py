"""The status page of Tocsin's own: what customers were told and nothing else, from memory, whatever is down."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request

from app.alerts.taking import PULSE
from app.bot import Bot
from app.config import Settings
from app.domain import commands as c
from app.domain.playbook import Playbook
from app.domain.reference import Component
from app.handle import Handled, declare, handle
from app.store import Store, Transaction
from app.web.status import status_page
from app.web.status.board import board
from app.web.status.kept import CURRENT, Kept, Known
from app.web.status.pages import Pages, Served
from app.web.status.routes import Answers
from tests.domain.given import ANN, BOB, DEFAULT, at
from tests.waiting import until
from tests.web.test_server import free_port

ADDRESS = "https://status.example.com"
HOSTILE = '<script>alert(1)</script> {{ 7*7 }} & "quoted" \u202e\x00'
PLAYBOOK = Playbook(DEFAULT, components=(Component("Website"), Component("Payments")))


class Town:
    """A store in which customers are told, and the page that they read."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = at()
        self.looked = 0
        self.hangs: asyncio.Event | None = None
        settings = Settings(_env_file=None, status_page=ADDRESS, status_page_title="Acme <status>")
        self.site = Starlette(routes=status_page(settings, store, PLAYBOOK, lambda: self.now))

    def declares(self, *, private: bool = False, title: str = "SECRET: the disk of db-7 is full") -> Handled:
        made = c.Declare(ANN, title, "SEV1", impact="SECRET impact", private=private)
        return self.store.call(lambda tx: declare(tx, "T1", made, PLAYBOOK, self.now))

    def tells(
        self,
        to: Handled,
        body: str = "We look.",
        status: str = "investigating",
        *,
        headline: str = "Paying fails",
        components: tuple[str, ...] = ("Payments",),
    ) -> None:
        def work(tx: Transaction) -> None:
            known = tx.incident(to.record.id)
            assert known
            seen = known.incident.tellings
            word = c.TellCustomers(BOB, headline, body, status, "major", components, seen)
            handle(tx, to.record.id, word, PLAYBOOK, self.now)

        self.store.call(work)

    async def reads(self, path: str = "/status", **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.site)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get(path, headers=headers)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    store = Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")
    yield Town(store)
    store.close()


async def test_it_shows_what_customers_were_told_and_how_each_part_works(town: Town) -> None:
    made = town.declares()
    town.tells(made, "We know of it.\n\nYour orders are kept.")
    page = (await town.reads()).text
    assert "Some things are down" in page
    assert page.index("Website") < page.index("Works") < page.index("Partly down")
    assert "<p>We know of it.</p>" in page
    assert "<p>Your orders are kept.</p>" in page
    assert '<time datetime="2026-03-04T10:00:00+00:00">4 Mar 2026, 10:00 UTC</time>' in page


async def test_nothing_is_said_to_be_down_above_parts_that_all_work(town: Town) -> None:
    town.tells(town.declares(), components=())
    page = (await town.reads()).text
    assert "We are looking at a problem" in page
    assert "Some things are down" not in page


async def test_nothing_of_the_incident_itself_stands_there(town: Town) -> None:
    town.tells(town.declares())
    town.declares(title="SECRET: untold")
    for path in ("/status", "/status/feed.rss"):
        said = (await town.reads(path)).text
        assert "Paying fails" in said
        assert not [word for word in ("SECRET", "SEV1", "incident-1", ANN.id, BOB.id) if word in said]


async def test_another_workspace_of_the_database_tells_its_own_customers(town: Town) -> None:
    town.tells(town.declares(), "We look.")
    town.store.call(lambda tx: tx.beat(PULSE, town.now, "T2"))
    assert "We look." not in (await town.reads()).text


async def test_what_became_private_in_the_store_is_left_out(town: Town) -> None:
    made = town.declares()
    town.tells(made)

    def hide(tx: Transaction) -> None:
        known = tx.incident(made.record.id)
        assert known
        tx.connection.exec_driver_sql(
            "UPDATE incident SET state = replace(state, '\"private\":false', '\"private\":true')"
        )

    town.store.call(hide)
    page = (await town.reads()).text
    assert "Paying fails" not in page
    assert "Everything works" in page


async def test_what_is_over_is_told_among_the_last_weeks_and_then_no_more(town: Town) -> None:
    made = town.declares()
    town.tells(made)
    town.now = at(minutes=47)
    town.tells(made, "It works again.", "resolved")
    page = (await town.reads()).text
    assert "Everything works" in page
    assert "Wednesday, 4 March 2026" in page
    assert "after 47 min" in page
    assert "What we told before: 1 update" in page
    town = Town(town.store)
    town.now = at(days=29)
    assert "Paying fails" not in (await town.reads()).text


async def test_what_customers_still_wait_for_stays_however_long_it_takes(town: Town) -> None:
    town.tells(town.declares())
    town.now = at(days=60)
    assert "Paying fails" in (await town.reads()).text


async def test_what_people_write_is_only_text(town: Town) -> None:
    town.tells(town.declares(), HOSTILE, headline=HOSTILE)
    told = await town.reads()
    assert "<script" not in told.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }} &amp; &#34;quoted&#34;" in told.text
    assert "\u202e" not in told.text
    assert "<title>Some things are down · Acme &lt;status&gt;</title>" in told.text
    feed = ET.fromstring((await town.reads("/status/feed.rss")).content)  # noqa: S314 -- our own
    [item] = feed.findall("channel/item")
    assert (item.findtext("title") or "").startswith("Investigating: <script>alert(1)</script> {{ 7*7 }}")
    # Those who read feeds take a description for HTML, once the feed itself is read.
    assert (item.findtext("description") or "").startswith("<p>&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}")


async def test_the_feed_tells_each_word_by_itself_the_newest_first(town: Town) -> None:
    made = town.declares()
    town.tells(made)
    town.now = at(minutes=9)
    town.tells(made, "Found.", "identified")
    answer = await town.reads("/status/feed.rss")
    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
    feed = ET.fromstring(answer.content)  # noqa: S314 -- our own
    items = feed.findall("channel/item")
    assert [one.findtext("description") for one in items] == ["<p>Found.</p>", "<p>We look.</p>"]
    assert items[0].findtext("pubDate") == "Wed, 04 Mar 2026 10:09:00 +0000"
    assert (items[0].findtext("link") or "").startswith(f"{ADDRESS}#i")
    assert len({one.findtext("guid") for one in items}) == 2


async def test_a_browser_may_run_nothing_there_and_keeps_it_only_for_moments(town: Town) -> None:
    told = await town.reads()
    policy = told.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in policy
    assert "frame-ancestors 'none'" in policy
    assert told.headers["x-content-type-options"] == "nosniff"
    assert told.headers["cache-control"] == "public, max-age=10, stale-while-revalidate=30, stale-if-error=86400"
    again = await town.reads(**{"If-None-Match": told.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    town.tells(town.declares())
    town = Town(town.store)
    assert (await town.reads(**{"If-None-Match": told.headers["etag"]})).status_code == 200


def test_what_may_be_out_of_date_says_as_of_when() -> None:
    zone = ZoneInfo("Europe/Berlin")
    page = Pages("Acme", ADDRESS, zone).page(board([], ["Website"], zone, at()), at()).body.decode()
    assert "As of 4 Mar 2026, 11:00 CET." in page


def test_it_is_off_unless_it_is_switched_on(town: Town) -> None:
    assert status_page(Settings(_env_file=None), town.store, PLAYBOOK, lambda: town.now) == []


class Counted:
    """Something that is known, which counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return isinstance(other, Counted)

    def __hash__(self) -> int:
        return 0


async def test_a_page_is_made_once_beside_all_who_read_the_same() -> None:
    made: list[threading.Thread] = []

    def make(_: Known[Any]) -> Served:
        made.append(threading.current_thread())
        return Served(b"page", "text/html")

    answers, request = Answers(make, {}), Request({"type": "http", "headers": []})
    for found in (Counted(), Counted()):
        known: Known[Any] = Known(found, at())
        await asyncio.gather(*(answers.to(request, known) for _ in range(5)))
    assert len(made) == 1
    assert made[0] is not threading.main_thread()
    assert Counted.compared == 1


# --- what is kept ---


class Looks:
    """Something that is looked up, and may fail or hang; and the seconds that pass."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.count = 0
        self.fails = False
        self.free = asyncio.Event()
        self.free.set()
        self.kept = Kept(self.look, lambda: at() + timedelta(seconds=self.seconds), lambda: self.seconds)

    async def look(self) -> int:
        self.count += 1
        await self.free.wait()
        if self.fails:
            raise OSError("the database is gone")
        return self.count

    async def passes(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)


@asynccontextmanager
async def looking() -> AsyncIterator[Looks]:
    looks = Looks()
    yield looks
    looks.free.set()
    await asyncio.sleep(0)


async def test_a_thousand_readers_look_it_up_once() -> None:
    async with looking() as looks:
        known = await asyncio.gather(*(looks.kept.get() for _ in range(1000)))
        assert {one.found for one in known if one} == {1}
        await looks.passes(2)
        assert await looks.kept.get() == known[0]
        assert looks.count == 1


async def test_it_is_looked_up_again_beside_the_readers_once_it_is_some_seconds_old() -> None:
    async with looking() as looks:
        await looks.kept.get()
        await looks.passes(4)
        first = await looks.kept.get()
        await asyncio.sleep(0)
        then = await looks.kept.get()
        assert [one.found for one in (first, then) if one] == [1, 2]


async def test_what_is_old_is_not_served_as_new_where_newer_comes_in_time() -> None:
    async with looking() as looks:
        await looks.kept.get()
        await looks.passes(3600)
        known = await looks.kept.get()
        assert known
        assert (known.found, known.is_current, known.at) == (2, True, at(hours=1))


@pytest.mark.parametrize("how", ["fails", "hangs"])
async def test_while_it_cannot_be_looked_up_what_was_known_is_served_and_says_as_of_when(how: str) -> None:
    async with looking() as looks:
        await looks.kept.get()
        if how == "fails":
            looks.fails = True
        else:
            looks.free.clear()
        await looks.passes(CURRENT - 1)
        known = await looks.kept.get()
        assert known
        assert known.is_current
        await looks.passes(10)
        stale: list[datetime | None] = []
        for _ in range(3):
            known = await looks.kept.get()
            stale.append(known.at if known and not known.is_current else None)
        assert stale == [at()] * 3
        assert looks.count <= 3
        looks.fails = False
        looks.free.set()
        await looks.passes(5)
        await looks.kept.get()
        await asyncio.sleep(0)
        known = await looks.kept.get()
        assert known
        assert known.is_current


async def test_where_nothing_was_ever_known_it_says_so(town: Town) -> None:
    town.store.close()
    told = await town.reads()
    assert (told.status_code, told.headers["cache-control"]) == (503, "no-store")
    assert "Not known just now" in told.text


async def accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def test_it_is_served_before_slack_has_answered(tmp_path: Path) -> None:
    port = free_port()
    settings = Settings(
        _env_file=None,
        slack_bot_token=SecretStr("xoxb-1"),
        slack_app_token=SecretStr("xapp-1"),
        slack_api_url=f"http://127.0.0.1:{free_port()}/api/",
        database_url=f"sqlite:///{tmp_path / 'tocsin.db'}",
        host="127.0.0.1",
        port=port,
        status_page=ADDRESS,
    )
    bot = Bot(settings)
    starting = asyncio.create_task(bot.start())
    async with httpx.AsyncClient() as client:
        await until(lambda: accepts(port))
        told = await client.get(f"http://127.0.0.1:{port}/status")
    assert (told.status_code, "Everything works" in told.text) == (200, True)
    assert not starting.done()
    starting.cancel()
    await asyncio.wait({starting})
    await bot.stop()

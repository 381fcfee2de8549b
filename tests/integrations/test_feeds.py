"""Calendars that are fetched ahead: what is kept of them, and what happens when they cannot be had."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from app import playbooks
from app.domain.on_call import Calendar, OnCall, Shift
from app.integrations.feeds import Feeds, fetch
from app.integrations.ical import Unreadable
from app.line import MOST_READ
from app.store import Feed, Store
from tests.integrations.test_ical import calendar
from tests.serving import Serve

WORKSPACE = "T1"
NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
TODAY = calendar("DTSTART:20260304T080000Z\nDTEND:20260304T200000Z\nSUMMARY:Anna")
SHIFT = Shift("U1", NOW - timedelta(hours=2), NOW + timedelta(hours=10))


@dataclass
class Desk:
    """A store and the feeds that write into it, at a time that is moved by hand."""

    store: Store
    folder: Path
    now: datetime = NOW
    asked: list[str] = field(default_factory=list)

    async def refreshes(self, plan: Calendar) -> None:
        plans: dict[str, OnCall] = {"primary": plan}
        playbook = replace(playbooks.load("default").playbook, on_call=plans)
        await Feeds(self.store, playbook, self.folder, WORKSPACE, lambda: self.now, self.who).refresh()

    async def who(self, address: str) -> str | None:
        self.asked.append(address)
        return {"cy@example.com": "U3"}.get(address)

    def shifts(self) -> tuple[Shift, ...]:
        return self.store.call(lambda tx: tx.shifts(WORKSPACE, self.now)).get("primary", ())

    def feed(self) -> Feed:
        return self.store.call(lambda tx: tx.feeds(WORKSPACE))[0]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")) as store:
        yield Desk(store, tmp_path)


async def test_a_file_beside_the_playbook_becomes_shifts(desk: Desk) -> None:
    (desk.folder / "oncall.ics").write_bytes(TODAY)
    await desk.refreshes(Calendar(file="oncall.ics", people={"Anna": "U1"}))
    assert desk.shifts() == (SHIFT,)
    assert desk.feed() == Feed("primary", fetched_at=NOW)


async def test_an_address_that_the_playbook_does_not_know_is_asked_of_slack(desk: Desk) -> None:
    attended = "DTSTART:20260304T080000Z\nDTEND:20260304T200000Z\nSUMMARY:Shift\nATTENDEE:mailto:"
    (desk.folder / "oncall.ics").write_bytes(calendar(f"{attended}cy@example.com", f"{attended}dee@example.com"))
    await desk.refreshes(Calendar(file="oncall.ics"))
    assert desk.asked == ["cy@example.com", "dee@example.com"]
    assert [one.member for one in desk.shifts()] == ["U3"]
    assert desk.feed().unknown == "Shift"


async def test_where_a_calendar_fails_its_shifts_stay_and_since_when_it_fails_is_kept(desk: Desk) -> None:
    file = desk.folder / "oncall.ics"
    plan = Calendar(file="oncall.ics", people={"Anna": "U1"})
    file.write_bytes(TODAY)
    await desk.refreshes(plan)
    file.write_bytes(b"hello")
    for hours in (1, 2):
        desk.now = NOW + timedelta(hours=hours)
        await desk.refreshes(plan)
    failed = Feed("primary", NOW, NOW + timedelta(hours=1), "it is no iCalendar that can be read")
    assert (desk.shifts(), desk.feed()) == ((SHIFT,), failed)
    file.write_bytes(TODAY)
    await desk.refreshes(plan)
    assert desk.feed() == Feed("primary", desk.now)


@pytest.mark.parametrize("name", ["missing.ics", "../elsewhere.ics", "/etc/hostname"])
async def test_a_file_that_cannot_be_read_or_lies_elsewhere_is_told(desk: Desk, name: str) -> None:
    await desk.refreshes(Calendar(file=name))
    assert name in desk.feed().reason


async def test_a_calendar_is_fetched_by_http(serve: Serve) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=TODAY)

    assert await fetch(await serve(answer)) == TODAY


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (lambda: web.Response(status=404), "answered 404"),
        (lambda: web.Response(status=302, headers={"Location": "https://example.com"}), "leads to another one"),
        (lambda: web.Response(body=b"x" * (MOST_READ + 1)), "larger than 1 MiB"),
    ],
)
async def test_what_no_calendar_should_answer_is_told(serve: Serve, response: type[web.Response], reason: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return response()

    with pytest.raises(Unreadable, match=reason):
        await fetch(await serve(answer))


@pytest.mark.parametrize("url", ["http://example.com/a.ics", "file:///etc/passwd", "oncall.ics", ""])
async def test_only_https_is_fetched(url: str) -> None:
    with pytest.raises(Unreadable, match="https://"):
        await fetch(url)


async def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(Unreadable, match="cannot be reached"):
        await fetch("http://127.0.0.1:1/a.ics")

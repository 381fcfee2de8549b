"""PagerDuty's REST API: who is on call by a schedule, and who somebody is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from app import playbooks
from app.domain.on_call import OnCall, Schedule, Shift
from app.integrations.feeds import Feeds
from app.integrations.ical import Unreadable
from app.integrations.pagers.pagerduty_account import Account
from app.line import PUBLIC
from app.sandbox import Sandbox
from app.sandbox.vendors.pagerduty import SCHEDULE
from app.store import Store
from tests.integrations.phones import Phones
from tests.serving import Serve

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
WEEK = timedelta(days=7)
NO_SCHEDULE = "something that is no schedule"
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""When the turn began that holds now."""
Open = Callable[..., Account]


@pytest.fixture
async def account(phones: Phones) -> AsyncIterator[Open]:
    """Return a function that opens PagerDuty's account in the sandbox, or one at another address."""
    made: list[Account] = []

    def make(token: str = Sandbox.pagerduty_token, address: str = "") -> Account:
        made.append(Account(SecretStr(token), address or phones.sandbox.pagerduty_api_url, PUBLIC))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def test_the_turns_of_a_schedule_name_people_with_their_addresses(account: Open) -> None:
    turns = await account().entries(SCHEDULE, NOW, NOW + WEEK)
    assert [(one.starts, one.ends, one.summary, one.attendees) for one in turns] == [
        (
            datetime(2026, 3, 2, 9, tzinfo=UTC),
            datetime(2026, 3, 9, 9, tzinfo=UTC),
            "On-call engineer",
            ("on-call@example.com",),
        ),
        (
            datetime(2026, 3, 9, 9, tzinfo=UTC),
            datetime(2026, 3, 16, 9, tzinfo=UTC),
            "Secondary on-call",
            ("secondary@example.com",),
        ),
    ]


async def test_a_schedule_that_is_not_there_and_a_key_that_is_refused_say_what_to_do(account: Open) -> None:
    with pytest.raises(Unreadable, match="no schedule PGONE that the key in PAGERDUTY_API_TOKEN may see"):
        await account().entries("PGONE", NOW, NOW + WEEK)
    with pytest.raises(Unreadable, match=r"does not let us in: Authentication failed \(401\). See PAGERDUTY_API_TOKEN"):
        await account("a-wrong-token-123456").entries(SCHEDULE, NOW, NOW + WEEK)
    assert await account("a-wrong-token-123456").address_of("P0ONCALL") == ""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"[]", NO_SCHEDULE),
        (b"{}", NO_SCHEDULE),
        (b"<html>", "a web page, perhaps a login"),
        (b'{"schedule": {"final_schedule": {"rendered_schedule_entries": 3}}}', NO_SCHEDULE),
    ],
)
async def test_what_is_no_schedule_is_told_as_such(account: Open, serve: Serve, said: bytes, told: str) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=said, content_type="application/json")

    with pytest.raises(Unreadable, match=told):
        await account(address=await serve(answer)).entries(SCHEDULE, NOW, NOW + WEEK)


async def test_turns_that_cannot_be_read_are_left_out(account: Open, serve: Serve) -> None:
    turns = [
        None,
        {"user": 3},
        {"user": {}, "start": "soon", "end": 4},
        {"user": {}, "start": "2026-03-04T10:00", "end": ""},
    ]

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"schedule": {"final_schedule": {"rendered_schedule_entries": turns}}})

    assert await account(address=await serve(answer)).entries(SCHEDULE, NOW, NOW + WEEK) == []


async def test_it_proves_each_schedule_and_without_one_the_key(account: Open) -> None:
    assert [(one.ok, one.says) for one in await account().prove([])] == [(True, "PagerDuty shows its schedules.")]
    shown, hidden = await account().prove([SCHEDULE, "PGONE"])
    assert (shown.ok, hidden.ok) == (True, False)
    assert "PGONE" in hidden.says
    [refused] = await account("a-wrong-token-123456").prove([])
    assert not refused.ok
    assert "PAGERDUTY_API_TOKEN" in refused.says


async def feeds(store: Store, who: Callable[[str], Awaitable[str | None]], account: Account | None) -> None:
    plans: dict[str, OnCall] = {"primary": Schedule("pagerduty", SCHEDULE)}
    playbook = replace(playbooks.load("default").playbook, on_call=plans)
    schedules = {"pagerduty": account} if account else {}
    await Feeds(store, playbook, Path(), "T1", lambda: NOW, who, schedules=schedules).refresh()


async def test_a_schedule_becomes_shifts_of_the_members_with_these_addresses(account: Open, tmp_path: Path) -> None:
    async def who(address: str) -> str | None:
        return {"on-call@example.com": "U1"}.get(address)

    with closing(Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")) as store:
        await feeds(store, who, account())
        first, *_ = store.call(lambda tx: tx.shifts("T1", NOW))["primary"]
        [feed] = store.call(lambda tx: tx.feeds("T1"))
    assert first == Shift("U1", MONDAY, MONDAY + WEEK)
    assert "Secondary on-call" in feed.unknown


async def test_without_a_key_of_the_account_the_failure_says_which_setting(tmp_path: Path) -> None:
    async def nobody(_: str) -> None:
        return None

    with closing(Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")) as store:
        await feeds(store, nobody, None)
        [feed] = store.call(lambda tx: tx.feeds("T1"))
    assert feed.reason == "PAGERDUTY_API_TOKEN is not set, by which schedules are read"

"""The heartbeat: a real request to a real server, while all is well, and only then."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from app.health import Check, Heartbeat, Report, State
from tests.waiting import until

WELL = Report((Check("clock", State.OK, "The clock ticks."), Check("slack", State.WARNING, "Slack is slow.")))
RED = Report((Check("clock", State.FAILED, "The clock has stood still for 45 s."),))
SECRET = "b7c1-who-knows-this-keeps-the-alarm-quiet"


@dataclass
class DeadMan:
    """A dead-man service: answers `status`, and remembers who came."""

    status: int = 200
    location: str = ""
    silent: bool = False
    came: list[str] = field(default_factory=list)
    address: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Take a sign of life."""
        self.came.append(request.path)
        if self.silent:
            await asyncio.sleep(60)
        return web.Response(status=self.status, headers={"Location": self.location} if self.location else {})


@pytest.fixture
async def dead_man() -> AsyncIterator[DeadMan]:
    service = DeadMan()
    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", service.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service.address = f"http://127.0.0.1:{runner.addresses[0][1]}/{SECRET}"
    yield service
    await runner.cleanup()


@asynccontextmanager
async def beating(address: str, reports: list[Report]) -> AsyncIterator[asyncio.Task[None]]:
    """Let a heart beat that is told the last of `reports`."""
    heart = asyncio.create_task(Heartbeat(address, lambda: reports[-1], every=0.02).run())
    yield heart
    assert not heart.done()
    heart.cancel()


async def test_it_goes_out_again_and_again_while_all_is_well(dead_man: DeadMan) -> None:
    async with beating(dead_man.address, [WELL]):
        await until(lambda: len(dead_man.came) >= 3)
    assert set(dead_man.came) == {f"/{SECRET}"}


async def test_it_is_withheld_while_health_is_red_and_that_is_logged_once(
    dead_man: DeadMan, caplog: pytest.LogCaptureFixture
) -> None:
    reports = [WELL]
    async with beating(dead_man.address, reports):
        await until(lambda: bool(dead_man.came))
        reports.append(RED)
        await until(lambda: "withheld" in caplog.text)
        came = len(dead_man.came)
        await asyncio.sleep(0.2)
        assert len(dead_man.came) == came
        reports.append(WELL)
        await until(lambda: len(dead_man.came) > came)
    said = [record.getMessage() for record in caplog.records if record.name == "app.health.heartbeat"]
    assert said == [
        "the heartbeat is withheld, clock being red: The clock has stood still for 45 s.",
        "the heartbeat goes out again",
    ]


@pytest.mark.parametrize(("status", "location"), [(500, ""), (404, ""), (302, "/elsewhere"), (307, "/elsewhere")])
async def test_an_answer_that_is_none_is_logged_once_and_a_redirect_is_not_followed(
    dead_man: DeadMan, caplog: pytest.LogCaptureFixture, status: int, location: str
) -> None:
    dead_man.status, dead_man.location = status, location
    async with beating(dead_man.address, [WELL]):
        await until(lambda: len(dead_man.came) >= 4)
    assert set(dead_man.came) == {f"/{SECRET}"}
    said = [record.getMessage() for record in caplog.records if record.name == "app.health.heartbeat"]
    assert said == [f"the heartbeat was not taken: {status}. See TOCSIN_HEARTBEAT_URL"]


async def test_where_nobody_listens_it_goes_on_and_tells_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with beating(f"http://127.0.0.1:9/{SECRET}", [WELL]):
        await until(lambda: "did not arrive" in caplog.text)
        await asyncio.sleep(0.1)
    assert caplog.text.count("did not arrive: nobody answers at its address") == 1
    assert SECRET not in caplog.text

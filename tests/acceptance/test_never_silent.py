"""Never silent: how a Tocsin is can be asked from outside, and whoever should know hears it when it is not well."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from app.bot import Bot
from app.domain import effects as f
from app.health.heartbeat import EVERY
from app.sandbox import Sandbox
from app.slack.manifest import manifest
from app.store import DeliveryState
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import ON_CALL, SUPPORT, Town, settings, town
from tests.waiting import until

CANARY = "Canary in the coal mine"
A_MINUTE = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


async def get(port: int, path: str, **headers: str) -> httpx.Response:
    """Ask a Tocsin over HTTP."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        return await client.get(path, headers=headers)


async def failed(port: int) -> list[str]:
    """Return the checks of /healthz that fail; the status of the answer tells the same."""
    answer = await get(port, "/healthz")
    red = [name for name, check in answer.json()["checks"].items() if check["state"] == "failed"]
    assert answer.status_code == (503 if red else 200)
    return red


async def numbers(port: int) -> dict[tuple[str, str], float]:
    """Return what /metrics tells: by name, and by the values of its labels."""
    answer = await get(port, "/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    return {(one.name, ",".join(one.labels.values())): one.value for family in families for one in family.samples}


async def test_a_tocsin_that_works_says_so_and_nothing_of_its_incidents(open_town: OpenTown) -> None:
    port = free_port()
    slack = await open_town(port=port)
    await slack.types(SUPPORT, f"declare SEV1 {CANARY}")
    await slack.bot.health.look()
    health = await get(port, "/healthz")
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert health.headers["cache-control"] == "no-store"
    assert (await get(port, "/livez")).status_code == 200
    told = await numbers(port)
    assert told["tocsin_open_incidents", "SEV1"] == 1
    sent = await slack.deliveries(DeliveryState.SENT)
    assert told["tocsin_pages_sent_total", "slack"] == len([one for one in sent if isinstance(one.effect, f.Page)]) > 0
    assert told["tocsin_deliveries_sent_total", "slack"] > 5
    assert told["tocsin_deliveries", "dead,slack"] == 0
    assert told["tocsin_ticks_total", ""] >= 1
    assert told["tocsin_acknowledgement_seconds_count", ""] >= 1
    assert told["tocsin_circuit_open", "slack"] == 0
    assert told["tocsin_oldest_unsent_page_age_seconds", "slack"] == 0
    assert told["tocsin_check_failed", "clock"] == 0
    everything = health.text + (await get(port, "/metrics")).text + (await get(port, "/livez")).text
    for secret in (CANARY, "Canary", "incident-1", ON_CALL, "U0SUPPORT"):
        assert secret not in everything


async def test_a_page_that_does_not_get_out_turns_it_red_and_its_delivery_green_again(open_town: OpenTown) -> None:
    port = free_port()
    slack = await open_town(port=port)
    await slack.fault("chat.postMessage", "ratelimited", times=2, seconds=50)
    await slack.types(SUPPORT, f"declare SEV1 {CANARY}")
    slack.sandbox.clock.move(45)
    await slack.bot.health.look()
    assert await failed(port) == ["pages"]
    told = await numbers(port)
    assert told["tocsin_oldest_unsent_page_age_seconds", "slack"] > 40
    assert told["tocsin_check_failed", "pages"] == 1
    await slack.passes(minutes=2)
    await slack.bot.health.look()
    assert await failed(port) == []


async def test_before_slack_has_answered_it_keeps_time_and_says_so(tmp_path: Path) -> None:
    port, sandbox = free_port(), Sandbox(manifest())
    await sandbox.start()
    bot = Bot(settings(sandbox, tmp_path, port=port))
    bot.client.base_url = "http://127.0.0.1:9/"
    starting = asyncio.create_task(bot.start())
    await until(lambda: bot.clock.ticks > 1)
    answer = (await get(port, "/healthz")).json()
    assert answer["checks"]["slack"]["state"] == "warning"
    assert answer["checks"]["slack"]["says"].startswith("Slack has not answered since Tocsin started")
    assert answer["checks"]["clock"]["state"] == "ok"
    assert (await get(port, "/livez")).status_code == 200
    assert not starting.done()
    starting.cancel()
    await asyncio.wait({starting})
    await bot.stop()
    await sandbox.stop()


async def test_over_http_the_metrics_are_for_those_who_have_the_token(tmp_path: Path) -> None:
    sandbox = Sandbox(manifest())
    await sandbox.start()
    over_http: dict[str, Any] = {"slack_app_token": None, "slack_signing_secret": SecretStr("s3cret")}
    for token, answers in ((None, [404, 404]), ("hush", [401, 200])):
        port = free_port()
        secret = SecretStr(token) if token else None
        bot = Bot(settings(sandbox, tmp_path, port=port, metrics_token=secret, **over_http))
        await bot.start()
        assert [
            (await get(port, "/metrics")).status_code,
            (await get(port, "/metrics", authorization="Bearer hush")).status_code,
        ] == answers
        assert (await get(port, "/healthz")).json()["checks"]["slack"]["state"] == "ok"
        assert (await get(port, "/slack/events")).status_code == 405
        await bot.stop()
    await sandbox.stop()


@asynccontextmanager
async def dead_man() -> AsyncIterator[tuple[str, list[float]]]:
    """Run a dead-man service; yield its address, and when a sign of life came."""
    came: list[float] = []

    async def take(_: web.Request) -> web.Response:
        came.append(monotonic())
        return web.Response()

    application = web.Application()
    application.router.add_get("/ping", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/ping", came
    await runner.cleanup()


async def stop_the_clock(slack: Town) -> None:
    """Let no tick come any more."""
    slack.bot.clock.stop()


async def block_the_sender(slack: Town) -> None:
    """Let every call to Slack hang that would post something."""
    for method in ("chat.postMessage", "conversations.create", "auth.test"):
        await slack.fault(method, "delay", times=1000, seconds=300)
    await slack.act("command", user=SUPPORT, channel="general", command="/incident", text=f"declare SEV1 {CANARY}")


async def hang_a_tick(slack: Town) -> None:
    """Let the thread of the store do nothing any more."""
    hung = threading.Event()
    slack.bot.health.hung = hung  # type: ignore[attr-defined]
    asyncio.create_task(slack.store.run(lambda _: hung.wait()))  # noqa: RUF006 -- it lasts as long as the test


@pytest.mark.timeout(200)
async def test_each_fault_is_red_within_a_minute_and_the_heartbeat_stays_away(tmp_path: Path) -> None:
    async def goes_red(fault: Callable[[Town], Awaitable[None]], name: str) -> tuple[float, list[str]]:
        folder, port = tmp_path / name, free_port()
        folder.mkdir()
        async with dead_man() as (address, came), town(folder, port=port, heartbeat_url=SecretStr(address)) as slack:
            await until(lambda: bool(came))
            assert await failed(port) == []
            began = monotonic()
            await fault(slack)
            red: list[str] = []

            async def is_red() -> bool:
                red[:] = await failed(port)
                return bool(red)

            await until(is_red, within=A_MINUTE)
            took = monotonic() - began
            # Its next turn passes without a sign of life, but for one that was on its way.
            await asyncio.sleep(max(0.0, came[0] + 2 * EVERY + 2 - monotonic()))
            assert [at for at in came if at > began + took + 2] == []
            if hung := getattr(slack.bot.health, "hung", None):
                hung.set()
            return took, red

    faults = {"clock": stop_the_clock, "sender": block_the_sender, "tick": hang_a_tick}
    took = dict(zip(faults, await asyncio.gather(*(goes_red(one, name) for name, one in faults.items())), strict=True))
    print({name: round(seconds, 1) for name, (seconds, _) in took.items()})  # noqa: T201 -- the figures
    assert "clock" in took["clock"][1]
    assert {"pages", "to_slack"} & set(took["sender"][1])
    assert {"clock", "database"} & set(took["tick"][1])
    assert max(seconds for seconds, _ in took.values()) < A_MINUTE

"""Pages by several ways, and PagerDuty both ways: what happens there is known here."""

from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from app.domain import events as e
from app.sandbox import Sandbox
from app.sandbox.vendors.opsgenie import Opsgenie
from app.sandbox.vendors.server import Vendors
from tests.acceptance.workspace import ON_CALL, SUPPORT, Town, town
from tests.serving import serving
from tests.waiting import until
from tests.web.test_server import LOOPBACK, free_port

KEY = SecretStr(Sandbox.pagerduty_key)
HOOK = "sandbox-pagerduty-webhook-secret"


@pytest.fixture
async def heard(tmp_path: Path) -> AsyncIterator[Town]:
    """A workspace whose Tocsin hears of what people do in PagerDuty."""
    port = free_port()

    def subscribe(sandbox: Sandbox) -> None:
        hooks = sandbox.pagerduty.webhooks
        hooks.at, hooks.secret = f"http://{LOOPBACK}:{port}/alerts/pagerduty", HOOK

    secret = (SecretStr(HOOK),)
    async with town(tmp_path, pager=KEY, before=subscribe, port=port, alerts_pagerduty_secret=secret) as it:
        yield it


async def presses(it: Town, who: str, what: str) -> None:
    """Let somebody do something with the newest alert in PagerDuty."""
    newest = it.sandbox.slack.workspace.alerts[-1]
    assert (await it.act("press", user=who, alert=newest.id, do=what))["ok"]
    await it.settles()


async def test_who_acknowledges_in_pagerduty_has_acknowledged_and_every_alert_is_quiet(heard: Town) -> None:
    record = await heard.declares()
    await presses(heard, "U0CTO", "acknowledge")
    # Who that is in Slack is known only with a key of PagerDuty's REST API.
    told = (await heard.room(record.incident.name)).find("in PagerDuty. Steps that wait for an acknowledgement stop.")
    assert "CTO acknowledged SEV1" in told.words
    assert "by CTO" in (await heard.room(record.incident.name)).card.words
    await heard.settles()
    assert {one.status for one in heard.sandbox.slack.workspace.alerts} == {"acknowledged"}
    assert len(await heard.timeline(e.Acknowledged)) == 1
    assert f"CTO acknowledged <#{told.channel}> in PagerDuty at" in await heard.types(SUPPORT, "ack 1")
    assert "learned that CTO acknowledged it in PagerDuty" in await heard.types(SUPPORT, "timeline 1")
    await heard.passes(minutes=20)
    assert len(heard.sandbox.slack.workspace.alerts) == 2


async def test_resolved_in_pagerduty_offers_to_resolve_and_resolves_nothing(heard: Town) -> None:
    record = await heard.declares()
    await presses(heard, "U0CTO", "resolve")
    room = await heard.room(record.incident.name)
    told = room.find("CTO resolved the page")
    assert "The incident is still open here." in told.words
    assert "incident.resolve" in told.actions
    assert (await heard.incident()).incident.is_open


async def test_a_page_that_pagerduty_does_not_take_goes_on_by_opsgenie(tmp_path: Path) -> None:
    vendors = Vendors([Opsgenie()])
    await vendors.start()
    async with town(tmp_path, pager=KEY, **vendors.settings()) as it:
        await it.act("pager", down=True)
        record = await it.declares()
        assert "By Slack direct message and PagerDuty." in (await it.room(record.incident.name)).find("step 1").words
        await it.passes(seconds=65)
        await it.bot.outbox.tell_unconfirmed()
        await it.passes(seconds=2)
        told = (await it.room(record.incident.name)).find("no page had gone out by PagerDuty")
        assert "I page them by Opsgenie now." in told.words
        alerts = vendors.of(Opsgenie).snapshot()["alerts"]
        assert len(alerts) == 2
        # PagerDuty is back: nobody is paged a second time by it.
        await it.act("pager", down=False)
        assert await it.bot.outbox.circuits.try_again(it.sandbox.clock.now())
        await it.passes(seconds=90)
        assert it.sandbox.slack.workspace.alerts == []
        await it.types(ON_CALL, "ack 1")
        assert all(one["acknowledged"] for one in vendors.of(Opsgenie).snapshot()["alerts"])
    await vendors.stop()


async def test_what_is_refused_goes_on_at_once(tmp_path: Path) -> None:
    vendors = Vendors([Opsgenie()])
    await vendors.start()
    async with town(tmp_path, pager=SecretStr("w" * 32), **vendors.settings()) as it:
        record = await it.declares()
        first, second = (await it.room(record.incident.name)).all("I could not page by PagerDuty")
        words = first.words + second.words
        assert "Primary on-call is paged by Opsgenie now." in words
        assert "Incident manager is paged by Opsgenie now." in words
        assert len(vendors.of(Opsgenie).snapshot()["alerts"]) == 2
    await vendors.stop()


async def test_a_webhook_behind_a_login_is_told_of_once_and_rings_when_it_is_mended(tmp_path: Path) -> None:
    moved, rung = [True], set[str]()

    async def answer(request: web.Request) -> web.Response:
        if moved:
            return web.Response(status=302, headers={"Location": "/login"})
        rung.add(request.headers["webhook-id"])
        return web.Response(status=204)

    async with serving("/page") as serve:
        hook, secret = SecretStr(await serve(answer)), SecretStr(f"whsec_{b64encode(bytes(32)).decode()}")
        async with town(tmp_path, pager_webhook_url=hook, pager_webhook_secret=secret) as it:
            record = await it.declares()
            for _ in range(9):
                await it.passes(seconds=20)
                await it.bot.outbox.tell_outages()
                await it.settles()
            [told] = (await it.room(record.incident.name)).all("Nothing goes to the pager's webhook just now")
            assert "leads to another one (302). See TOCSIN_PAGER_WEBHOOK_URL." in told.words
            assert "I keep trying for 24 hours" in told.words
            moved.clear()
            await it.passes(seconds=90)
            await until(lambda: len(rung) == 2)

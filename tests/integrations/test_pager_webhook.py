"""The operator's own webhook is told of pages, signed so that it can tell who says so."""

import base64
import hmac
import json
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from aiohttp import web
from pydantic import SecretStr

from app.config import Settings
from app.integrations import Misfit
from app.integrations.pagers import webhook
from app.integrations.pagers.pager import Alert
from app.integrations.pagers.webhook import Webhook
from app.outbox import Away, Dead, Doubtful, Sent
from tests.domain.given import PLAYBOOK
from tests.serving import Serve

KEY = bytes(range(32))
SECRET = SecretStr(f"whsec_{base64.b64encode(KEY).decode()}")
ALERT = Alert("k1", "SEV1 Payment API down", 0, "payments", {"Impact": "Nobody can pay"})
NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)


async def test_each_responder_is_told_of_signed_and_under_an_id_of_its_own(serve: Serve) -> None:
    heard: list[tuple[dict[str, str], bytes]] = []

    async def take(request: web.Request) -> web.Response:
        heard.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(status=204)

    pager = Webhook(SecretStr(await serve(take)), SECRET, now=lambda: NOW)
    assert pager.routes(["primary", "manager"]) == {"primary": ("primary",), "manager": ("manager",)}
    assert await pager.trigger("primary", ALERT) == Sent()
    assert await pager.acknowledge("primary", "k1") == Sent()
    assert await pager.resolve("primary", "k1") == Sent()
    headers, body = heard[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(hmac.digest(KEY, signed, sha256)).decode()}"
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("k1-primary-triggered", "1772618400")
    assert json.loads(body) == {
        "type": "page.triggered",
        "timestamp": "2026-03-04T10:00:00Z",
        "data": {
            "key": "k1",
            "responder": "primary",
            "summary": "SEV1 Payment API down",
            "rank": 0,
            "source": "payments",
            "details": {"Impact": "Nobody can pay"},
            "link": None,
        },
    }
    told = [(told["webhook-id"], json.loads(said)["type"]) for told, said in heard[1:]]
    assert told == [("k1-primary-acknowledged", "page.acknowledged"), ("k1-primary-resolved", "page.resolved")]
    await pager.close()


async def test_what_it_answers_decides_and_its_address_stays_secret(serve: Serve) -> None:
    statuses = [500, 403]

    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=405 if request.method == "HEAD" else statuses.pop(0))

    address = f"{await serve(refuse)}?token=s3cret"
    pager = Webhook(SecretStr(address), SECRET)
    assert isinstance(await pager.trigger("primary", ALERT), Doubtful)
    assert isinstance(await pager.trigger("primary", ALERT), Dead)
    assert [proof.ok for proof in await pager.prove()] == [True]
    gone = Webhook(SecretStr("http://127.0.0.1:9/?token=s3cret"), SECRET)
    became = await gone.trigger("primary", ALERT)
    assert isinstance(became, Away)
    assert "s3cret" not in became.reason + (await gone.away() or "")
    assert [proof.ok for proof in await gone.prove()] == [False]
    await pager.close()
    await gone.close()


LOGIN = "<!DOCTYPE html><html><body><form action=/login>Sign in</form></body></html>"


async def test_a_login_page_is_no_page_and_a_redirect_keeps_all_waiting(serve: Serve) -> None:
    answers = [
        web.Response(text=LOGIN, content_type="text/html"),
        web.Response(status=302, headers={"Location": "/login"}),
        web.Response(text="ok", content_type="text/html"),
    ]

    async def answer(_: web.Request) -> web.Response:
        return answers.pop(0)

    pager = Webhook(SecretStr(f"{await serve(answer)}?token=s3cret"), SECRET)
    shown, moved, rung = [await pager.trigger("primary", ALERT) for _ in range(3)]
    assert shown == Dead(
        "tell the pager's webhook of a page",
        "the pager's webhook answers with a web page, perhaps a login (200). See TOCSIN_PAGER_WEBHOOK_URL",
    )
    assert moved == Away("the address of the pager's webhook leads to another one (302). See TOCSIN_PAGER_WEBHOOK_URL")
    assert rung == Sent()
    await pager.close()


async def test_an_address_that_leads_to_another_one_for_whoever_looks_is_there_and_is_to_be_looked_at(
    serve: Serve,
) -> None:
    async def lead(_: web.Request) -> web.Response:
        return web.Response(status=303, headers={"Location": "/login"})

    pager = Webhook(SecretStr(await serve(lead)), SECRET)
    assert await pager.away() is None
    [proof] = await pager.prove()
    assert (proof.ok, proof.to_look_at) == (True, True)
    assert "leads to another one (303). See TOCSIN_PAGER_WEBHOOK_URL. If" in proof.says
    await pager.close()


def test_without_a_secret_it_is_not_begun() -> None:
    settings = Settings(pager_webhook_url=SecretStr("https://example.com/page"))
    with pytest.raises(Misfit, match="TOCSIN_PAGER_WEBHOOK_SECRET is not"):
        webhook.connect(settings, PLAYBOOK)

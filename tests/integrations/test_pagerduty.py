"""PagerDuty over real HTTP: what it is told, and what its answers mean."""

import asyncio
import socket
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus

import pytest
from aiohttp import web
from pydantic import SecretStr

from app.domain import events as e
from app.domain.ways import callings
from app.integrations import Alert, PagerDuty
from app.integrations.pagers.pager import alert
from app.integrations.pagers.pagerduty import EVERYBODY
from app.line import MOST_READ, Line, Unanswered, on_this_machine
from app.outbox import Away, Dead, Doubtful, Later, Sent
from app.sandbox import Sandbox
from tests.integrations.conftest import Connect
from tests.integrations.phones import Phones
from tests.serving import Handler, Serve
from tests.slack.examples import record, tell

ALERT = Alert("k1", "SEV1 Payment API down", 0, "payments", {"Impact": "Nobody can pay"}, "https://slack.com/x")
WRONG_KEY = "w" * 32
NOBODY_THERE = "PagerDuty cannot be reached: nobody answers at its address"


async def test_an_alert_is_triggered_acknowledged_and_resolved(phones: Phones, connect: Connect) -> None:
    pager = connect()
    assert await pager.trigger(EVERYBODY, ALERT) == Sent()
    [rung] = phones.alerts
    assert (rung.summary, rung.severity, rung.source) == (ALERT.summary, "critical", "payments")
    assert (rung.details, rung.link, rung.service) == (dict(ALERT.details), ALERT.link, "On-call")
    assert await pager.acknowledge(EVERYBODY, "k1") == Sent()
    assert await pager.resolve(EVERYBODY, "k1") == Sent()
    assert phones.log == [["trigger", "acknowledge", "resolve"]]


async def test_told_twice_it_is_one_alert(phones: Phones, connect: Connect) -> None:
    pager = connect()
    phones.fail("accept_then_drop")
    assert await pager.trigger(EVERYBODY, ALERT) == Doubtful("PagerDuty did not answer")
    assert await pager.trigger(EVERYBODY, ALERT) == Sent()
    assert phones.log == [["trigger", "trigger"]]


@pytest.mark.parametrize(
    ("rank", "severity"), [(0, "critical"), (1, "error"), (2, "warning"), (3, "info"), (9, "info")]
)
async def test_severities_are_mapped_by_rank(phones: Phones, connect: Connect, rank: int, severity: str) -> None:
    assert await connect().trigger(EVERYBODY, Alert("k1", "Payment API down", rank, "payments")) == Sent()
    assert phones.alerts[0].severity == severity


async def test_a_long_summary_is_cut_to_what_pagerduty_takes(phones: Phones, connect: Connect) -> None:
    assert await connect().trigger(EVERYBODY, Alert("k1", "x" * 5000, 0, "y" * 5000)) == Sent()
    assert len(phones.alerts[0].summary) == 1024


async def test_a_refused_key_is_named_by_its_setting_and_not_shown(connect: Connect) -> None:
    pager = connect(WRONG_KEY, secondary="v" * 32)
    for route, setting in ((EVERYBODY, EVERYBODY), ("secondary", "TOCSIN_PAGERDUTY_KEYS for secondary")):
        refused = await pager.trigger(route, ALERT)
        assert isinstance(refused, Dead)
        assert refused.reason == (
            f"PagerDuty refuses what the key in {setting} sends: Event object is invalid: Invalid routing key (400)"
        )


async def test_no_key_is_shown_though_pagerduty_repeats_it(phones: Phones, connect: Connect) -> None:
    phones.fail("error", error=f"no service has {Sandbox.pagerduty_key}")
    refused = await connect().trigger(EVERYBODY, ALERT)
    assert isinstance(refused, Dead)
    assert "no service has [redacted]" in refused.reason


async def test_no_part_of_a_key_is_shown_where_a_long_answer_is_cut(phones: Phones, connect: Connect) -> None:
    phones.fail("error", error=f"{'x' * 250} {Sandbox.pagerduty_key}")
    refused = await connect().trigger(EVERYBODY, ALERT)
    assert isinstance(refused, Dead)
    assert "x [redacted]" in refused.reason


@pytest.mark.slow
async def test_pagerduty_s_own_limit_is_waited_out(connect: Connect) -> None:
    pager = connect()
    outcomes = [await pager.trigger(EVERYBODY, ALERT) for _ in range(121)]
    assert outcomes == [Sent()] * 120 + [Later("PagerDuty asked for a pause")]


@pytest.mark.parametrize(("said", "kept"), [("7", 7), ("86400", 300), ("9" * 400, 300)])
async def test_a_pause_that_is_asked_for_is_kept_for_five_minutes_at_most(
    connect: Connect, serve: Serve, said: str, kept: int
) -> None:
    address = await serve(answering(429, {"Retry-After": said}))
    assert await connect(address=address).resolve(EVERYBODY, "k1") == Later(
        "PagerDuty asked for a pause", timedelta(seconds=kept)
    )


@pytest.mark.parametrize("said", ["-1", "soon", "٣", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_a_pause_that_is_no_number_is_none(connect: Connect, serve: Serve, said: str) -> None:
    address = await serve(answering(429, {"Retry-After": said}))
    assert await connect(address=address).resolve(EVERYBODY, "k1") == Later("PagerDuty asked for a pause")


async def test_a_failure_of_pagerduty_s_leaves_it_unknown(phones: Phones, connect: Connect) -> None:
    phones.fail("server_error")
    assert await connect().trigger(EVERYBODY, ALERT) == Doubtful("PagerDuty failed: 500")


async def test_a_refused_connection_did_nothing(connect: Connect) -> None:
    with socket.socket() as taken:
        # Bound, and listening to nobody.
        taken.bind(("127.0.0.1", 0))
        pager = connect(address=f"http://127.0.0.1:{taken.getsockname()[1]}/v2/enqueue")
        assert await pager.trigger(EVERYBODY, ALERT) == Away(NOBODY_THERE)
        assert await pager.away() == NOBODY_THERE


async def test_a_name_that_nobody_has_did_nothing(connect: Connect) -> None:
    pager = connect(address="https://pagerduty.invalid/v2/enqueue")
    unknown = "PagerDuty cannot be reached: nothing is known by the name pagerduty.invalid"
    assert await pager.trigger(EVERYBODY, ALERT) == Away(unknown)


async def test_an_answer_that_does_not_come_leaves_it_unknown(serve: Serve) -> None:
    async def silence(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        raise AssertionError

    line = Line(await serve(silence), within=timedelta(seconds=0.2))
    with pytest.raises(Unanswered):
        await line.post({})
    await line.close()


async def test_an_answer_that_drips_does_not_hold_it_up(serve: Serve) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=HTTPStatus.ACCEPTED)
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(b" ")
                await asyncio.sleep(0.05)
        return response

    line = Line(await serve(drip), within=timedelta(seconds=0.5))
    with pytest.raises(Unanswered):
        await line.post({})
    await line.close()


async def test_an_endless_answer_is_read_to_a_mebibyte(serve: Serve) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=HTTPStatus.ACCEPTED)
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(b"x" * 65536)
        return response

    line = Line(await serve(endless))
    answer = await line.post({})
    assert (answer.status, len(answer.body), answer.read()) == (202, MOST_READ, {})
    await line.close()


async def test_a_redirect_is_not_followed(connect: Connect, serve: Serve, phones: Phones) -> None:
    address = await serve(answering(307, {"Location": phones.sandbox.pagerduty_url}))
    elsewhere = "the address of PagerDuty leads to another one (307). See PAGERDUTY_EVENTS_URL"
    pager = connect(address=address)
    assert await pager.trigger(EVERYBODY, ALERT) == Away(elsewhere)
    assert await pager.away() == elsewhere
    assert phones.alerts == []


@pytest.mark.parametrize("status", [200, 202])
async def test_a_login_page_is_no_page(connect: Connect, serve: Serve, status: int) -> None:
    address = await serve(answering(status, {"Content-Type": "text/html"}, b"<html>Sign in</html>"))
    assert await connect(address=address).trigger(EVERYBODY, ALERT) == Away(
        f"PagerDuty answers with a web page, perhaps a login ({status}). See PAGERDUTY_EVENTS_URL"
    )


@pytest.mark.parametrize("status", [200, 204, 401, 403, 404, 413])
async def test_any_other_answer_is_no_page(connect: Connect, serve: Serve, status: int) -> None:
    refused = await connect(address=await serve(answering(status, {}))).trigger(EVERYBODY, ALERT)
    assert isinstance(refused, Dead)
    assert f"it answered {status}" in refused.reason


@pytest.mark.parametrize("body", [b"[" * 100000, b"\xff\xfe", b'{"errors": 3, "message": null}', b'{"errors": [[]]}'])
async def test_any_body_of_a_refusal_is_read(connect: Connect, serve: Serve, body: bytes) -> None:
    refused = await connect(address=await serve(answering(400, {}, body))).trigger(EVERYBODY, ALERT)
    assert isinstance(refused, Dead)
    assert "400" in refused.reason


async def test_whether_it_is_there_rings_nobody(phones: Phones, connect: Connect) -> None:
    pager = connect()
    phones.go_down()
    assert await pager.away() == "PagerDuty failed: 503"
    phones.go_down(down=False)
    assert await pager.away() is None
    assert phones.alerts == []


async def test_one_that_refuses_is_there(connect: Connect) -> None:
    assert await connect(WRONG_KEY).away() is None


def test_responders_who_share_a_key_share_a_route() -> None:
    pager = pagerduty(SecretStr("a" * 32), secondary="a" * 32, head="b" * 32)
    assert pager.routes(["primary", "secondary", "head"]) == {EVERYBODY: ("primary", "secondary"), "head": ("head",)}
    assert pager.routes(["head"]) == {"head": ("head",)}


def test_without_a_key_for_everybody_only_some_are_rung() -> None:
    pager = pagerduty(None, secondary="a" * 32, head="a" * 32)
    assert pager.routes(["primary"]) == {}
    assert pager.routes(["primary", "head", "secondary"]) == {"secondary": ("head", "secondary")}


def test_an_alert_says_who_is_called_and_why() -> None:
    story = tell()
    [called] = callings(story.last(e.Paged))
    told = alert("k1", record(story), called, "https://slack.com/x")
    assert told.summary == "SEV1 Payment API down. Page to Incident manager (default, step 3, SEV1 declared)"
    assert (told.key, told.rank, told.source, told.link) == ("k1", 0, "payments", "https://slack.com/x")
    assert told.details["Impact"] == "Nobody can pay"
    assert told.details["Declared"] == f"{story.incident.declared_at:%Y-%m-%d %H:%M} UTC"


async def test_hostile_text_reaches_pagerduty_as_plain_words(phones: Phones, connect: Connect) -> None:
    title = "Pay\x00ment \u202eAPI\ud800\n<!channel>\u2028down"
    story = tell(title=title, impact="x" * 100000, services="")
    [called] = callings(story.last(e.Paged))
    told = alert("k1", record(story), called, None)
    assert await connect().trigger(EVERYBODY, told) == Sent()
    [rung] = phones.alerts
    assert rung.summary.startswith("SEV1 Pay ment API <!channel> down. Page to ")
    assert len(rung.details["Impact"]) <= 2000
    assert rung.source == story.incident.name


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("http://127.0.0.1:8700/x", True),
        ("http://localhost/x", True),
        ("http://[::1]:1/", True),
        ("https://a.b/", False),
    ],
)
def test_this_machine_is_known(address: str, here: bool) -> None:  # noqa: FBT001 -- a column of the table above
    assert on_this_machine(address) is here


def pagerduty(everybody: SecretStr | None, **own: str) -> PagerDuty:
    return PagerDuty(everybody, {responder: SecretStr(key) for responder, key in own.items()}, "https://a.invalid/")


def answering(status: int, headers: dict[str, str], body: bytes = b"") -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers=headers, body=body)

    return answer

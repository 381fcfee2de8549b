"""Faults: the next calls go wrong as told, and the ones after that go well."""

import time
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.hands import Hands

HELLO: dict[str, Any] = {"channel": "C0GENERAL", "text": "hello"}


async def said(hands: Hands) -> int:
    return len((await hands.channel("general"))["messages"])


async def plan(hands: Hands, kind: str, **more: Any) -> None:
    assert (await hands("fault", **({"method": "chat.postMessage", "kind": kind} | more)))["ok"]


async def test_a_rate_limit_says_when_to_come_back(client: AsyncWebClient, hands: Hands) -> None:
    await plan(hands, "ratelimited", seconds=7, times=2)
    for _ in range(2):
        with pytest.raises(SlackApiError) as refused:
            await client.chat_postMessage(**HELLO)
        response = refused.value.response
        assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
        assert response["error"] == "ratelimited"
    await client.chat_postMessage(**HELLO)
    assert await said(hands) == 1


async def test_a_server_error_is_a_page_without_json(client: AsyncWebClient, hands: Hands) -> None:
    await plan(hands, "server_error")
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(**HELLO)
    assert refused.value.response.status_code == 500
    assert await said(hands) == 0


async def test_accept_then_drop_does_the_work_and_hangs_up(client: AsyncWebClient, hands: Hands) -> None:
    await plan(hands, "accept_then_drop")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(**HELLO)
    assert await said(hands) == 1


async def test_late_hangs_up_at_once_and_does_the_work_when_the_clock_has_come_to_it(
    client: AsyncWebClient, hands: Hands
) -> None:
    await plan(hands, "late", seconds=60)
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(**HELLO)
    await hands("advance", seconds=50)
    assert await said(hands) == 0
    await hands("advance", seconds=20)
    assert await said(hands) == 1


async def test_a_delay_takes_its_time(client: AsyncWebClient, hands: Hands) -> None:
    await plan(hands, "delay", seconds=0.2)
    began = time.monotonic()
    await client.chat_postMessage(**HELLO)
    assert time.monotonic() - began >= 0.2
    assert await said(hands) == 1


async def test_any_error_can_be_given(client: AsyncWebClient, hands: Hands) -> None:
    await plan(hands, "error", error="fatal_error", method="*")
    with pytest.raises(SlackApiError) as refused:
        await client.auth_test()
    assert refused.value.response["error"] == "fatal_error"


async def test_other_methods_are_spared(client: AsyncWebClient, hands: Hands) -> None:
    await plan(hands, "error", method="chat.update")
    assert (await client.chat_postMessage(**HELLO))["ok"]


async def test_an_unknown_kind_is_refused(hands: Hands) -> None:
    answer = await hands("fault", method="chat.postMessage", kind="meteor")
    assert answer["error"].startswith("kind must be one of ratelimited")


async def test_calls_are_recorded_without_the_token(client: AsyncWebClient, hands: Hands) -> None:
    await client.chat_postMessage(**HELLO, blocks=[{"type": "divider"}])
    assert await hands.calls("chat.postMessage") == [HELLO | {"blocks": [{"type": "divider"}]}]
    await hands("reset_calls")
    assert await hands.calls("chat.postMessage") == []


@pytest.mark.parametrize("how", ["unavailable", "server_error", "ratelimited"])
async def test_while_slack_is_out_every_call_fails_until_it_is_over(
    hands: Hands, client: AsyncWebClient, how: str
) -> None:
    assert (await hands("outage", how=how))["ok"]
    for _ in range(2):
        with pytest.raises(SlackApiError):
            await client.auth_test()
    assert (await hands("outage", how="over"))["ok"]
    assert (await client.auth_test())["ok"]


async def test_a_slack_that_is_out_may_refuse_connections_and_people_still_use_the_page(
    hands: Hands, client: AsyncWebClient
) -> None:
    assert (await hands("outage", how="refused"))["ok"]
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.auth_test()
    assert (await hands("message", user="U0SUPPORT", channel="general", text="is anybody there"))["ok"]
    assert (await hands("outage", how="over"))["ok"]
    assert (await client.auth_test())["ok"]


async def test_an_outage_of_no_known_kind_is_refused(hands: Hands) -> None:
    assert "how must be one of refused" in (await hands("outage", how="sulking"))["error"]


async def test_a_call_that_fails_may_have_been_done_all_the_same(hands: Hands, client: AsyncWebClient) -> None:
    await hands("fault", method="chat.postMessage", kind="fails_but_does")
    with pytest.raises(SlackApiError, match="fatal_error"):
        await client.chat_postMessage(**HELLO)
    assert await said(hands) == 1


@pytest.mark.parametrize(("asked", "heard"), [("soon", "soon"), ("", None)])
async def test_a_pause_may_be_asked_for_in_words_that_nobody_reads(
    hands: Hands, client: AsyncWebClient, asked: str, heard: str | None
) -> None:
    await hands("fault", method="auth.test", kind="ratelimited", retry_after=asked)
    with pytest.raises(SlackApiError) as refused:
        await client.auth_test()
    assert refused.value.response.headers.get("Retry-After") == heard

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
    await client.chat_postMessage(**HELLO)


async def test_an_unknown_kind_is_refused(hands: Hands) -> None:
    answer = await hands("fault", method="chat.postMessage", kind="meteor")
    assert answer["error"].startswith("kind must be one of ratelimited")


async def test_calls_are_recorded_without_the_token(client: AsyncWebClient, hands: Hands) -> None:
    await client.chat_postMessage(**HELLO, blocks=[{"type": "divider"}])
    assert await hands.calls("chat.postMessage") == [HELLO | {"blocks": [{"type": "divider"}]}]
    await hands("reset_calls")
    assert await hands.calls("chat.postMessage") == []

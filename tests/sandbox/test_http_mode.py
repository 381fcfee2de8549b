"""Signed HTTP in place of Socket Mode: as Slack sends it, and as Bolt takes it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from app.sandbox import Sandbox
from tests.sandbox.hands import PATIENCE, Hands, Json, Start, client_of

SECRET = "shared-secret"
COMMAND = {"user": "on-call", "channel": "general", "command": "/incident", "text": "x"}


class App:
    """A request URL that keeps what comes and answers as told."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer: Any = web.Response

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((dict(request.headers), await request.read()))
        answer = self.answer()
        answered: web.StreamResponse = await answer if asyncio.iscoroutine(answer) else answer
        return answered


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
async def address(app: App) -> AsyncIterator[str]:
    server = web.Application()
    server.router.add_post("/slack/events", app.take)
    async with TestServer(server) as running:
        yield str(running.make_url("/slack/events"))


@pytest.fixture
async def sandbox(start: Start, manifest: Json, address: str) -> Sandbox:
    return await start(manifest, request_url=address, signing_secret=SECRET)


async def test_payloads_are_signed(app: App, hands: Hands) -> None:
    await hands("command", **COMMAND)
    headers, body = app.requests[0]
    assert SignatureVerifier(SECRET).is_valid_request(body, headers)
    assert not SignatureVerifier("another").is_valid_request(body, headers)


async def test_commands_are_forms_and_events_are_json(app: App, hands: Hands) -> None:
    await hands("command", **COMMAND)
    await hands("shortcut", user="on-call", callback_id="declare")
    await hands("home", user="on-call")
    (command_headers, command), (_, shortcut), (event_headers, event) = app.requests
    assert command_headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert dict(parse_qsl(command.decode()))["command"] == "/incident"
    assert json.loads(dict(parse_qsl(shortcut.decode()))["payload"])["type"] == "shortcut"
    assert event_headers["Content-Type"] == "application/json"
    assert json.loads(event)["event"]["type"] == "app_home_opened"


@pytest.mark.parametrize(
    ("answer", "response"),
    [
        (lambda: web.Response(text="plain"), {"text": "plain"}),
        (lambda: web.json_response({"text": "json"}), {"text": "json"}),
        (web.Response, None),
    ],
)
async def test_the_body_is_the_acknowledgement(app: App, hands: Hands, answer: Any, response: Json | None) -> None:
    app.answer = answer
    assert (await hands("command", **COMMAND))["response"] == response


async def test_errors_and_silence_are_what_the_member_sees(app: App, hands: Hands) -> None:
    app.answer = lambda: web.Response(status=500)
    assert (await hands("command", **COMMAND))["error"] == "dispatch_failed"
    app.answer = slow
    assert (await hands("command", **COMMAND))["error"] == "operation_timeout"
    assert (await hands.last("general"))["text"] == '/incident failed with the error "operation_timeout"'


async def test_an_event_that_fails_comes_again(app: App, hands: Hands) -> None:
    answers = [web.Response(status=500), web.Response()]
    app.answer = lambda: answers.pop(0)
    await hands("home", user="on-call")
    async with asyncio.timeout(2):
        while answers:  # noqa: ASYNC110 - what is waited for happens in the sandbox
            await asyncio.sleep(0.01)
    first, second = app.requests
    assert "X-Slack-Retry-Num" not in first[0]
    assert (second[0]["X-Slack-Retry-Num"], second[0]["X-Slack-Retry-Reason"]) == ("1", "http_error")
    assert first[1] == second[1]


async def test_bolt_takes_and_answers_what_comes(app: App, hands: Hands, sandbox: Sandbox) -> None:
    bolt = AsyncApp(client=client_of(sandbox), signing_secret=SECRET, process_before_response=True)

    @bolt.command("/incident")
    async def incident(ack: AsyncAck, body: Json) -> None:
        await ack(f"heard {body['text']}")

    async def dispatch() -> web.Response:
        headers, body = app.requests[-1]
        answer = await bolt.async_dispatch(AsyncBoltRequest(body=body.decode(), headers={**headers}))
        return web.Response(status=answer.status, text=answer.body)

    app.answer = dispatch
    assert (await hands("command", **COMMAND))["response"] == {"text": "heard x"}


async def slow() -> web.Response:
    await asyncio.sleep(PATIENCE * 1.5)
    return web.Response()

"""Ten thousand payloads that Slack would never send: each is answered, fast, and nothing of it stands in the log."""

import asyncio
import json
import random
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette

from app.domain import commands as c
from app.domain import events as e
from app.slack.connect import endpoint
from app.slack.listeners import ROUTES
from app.slack.manifest import EVENTS_PATH
from app.slack.requests import Kind
from app.store import Record
from app.web import HttpServer
from tests.hostile.conftest import Logged
from tests.hostile.mutations import (
    FORM,
    MARK,
    ROUNDS,
    SEED,
    VALUES_OF,
    Call,
    Example,
    call_of,
    dice,
    examples,
    fresh,
    sign,
)
from tests.slack.workplace import SUPPORT, Workplace, workplace

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
ELSEWHERE = "T0ELSEWHERE"
THEIRS = "THEIR-SECRET-INCIDENT"
SLACK_WAITS = 3.0
AT_ONCE = 8
A_CHUNK = 1000
QUICK = 250


@pytest.fixture
async def at_work(tmp_path: Path, logged: Logged) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path, connected=False) as place:
        await place.edge.handler.declare(
            place.edge.workspace, c.Declare(c.Actor(SUPPORT), f"{MARK} down", "SEV1", impact=MARK)
        )
        await place.edge.handler.declare(ELSEWHERE, c.Declare(c.Actor("U0ELSE"), THEIRS, "SEV1", impact=THEIRS))
        yield place


async def theirs(at_work: Workplace) -> Record:
    [record] = await at_work.edge.store.run(lambda tx: tx.latest(ELSEWHERE, 9))
    return record


def of(at_work: Workplace) -> list[Example]:
    # An address of this Slack that answers 404: nothing leaves this machine.
    return examples(f"{at_work.sandbox.url}nowhere")


def anew(at_work: Workplace, rng: random.Random, example: Example) -> Example:
    who = example.payload.get("user_id") or (example.payload.get("user") or {}).get("id", SUPPORT)
    return fresh(rng, example, at_work.sandbox.slack.triggers.pull(who))


async def endure(at_work: Workplace, seed: int, rounds: int) -> Counter[int]:
    """Send `rounds` changed payloads, some at once, and return how many were answered with each status."""
    rng, known, statuses = dice(seed), of(at_work), Counter[int]()
    print(f"seed {seed}, {rounds} rounds")  # noqa: T201 -- what a failure is found again by
    site = Starlette(routes=[endpoint(at_work.bolt, SECRET)])
    transport = httpx.ASGITransport(site)
    async with httpx.AsyncClient(transport=transport, base_url="https://tocsin.example.org") as client:

        async def send(call: Call) -> None:
            began = time.perf_counter()
            answer = await client.post(EVENTS_PATH, content=call.body, headers=call.headers)
            took = time.perf_counter() - began
            assert answer.status_code in ({200, 400, 413} if call.signed else {401, 413}), call
            assert took < SLACK_WAITS, call
            assert THEIRS not in answer.text, call
            statuses[answer.status_code] += 1

        for _ in range(0, rounds, AT_ONCE):
            drawn = [anew(at_work, rng, rng.choice(known)) for _ in range(AT_ONCE)]
            await asyncio.gather(*(send(call_of(rng, example, SECRET)) for example in drawn))
        await at_work.edge.afterwards.finish()
    return statuses


async def assert_calm(at_work: Workplace, logged: Logged) -> None:
    """Fail if the log shows a payload or a surprise, or if another workspace was touched or told of."""
    assert logged.alarming == []
    assert MARK not in logged.text
    assert THEIRS not in logged.text
    assert (await theirs(at_work)).version == 1
    async with at_work.http.get(f"{at_work.sandbox.url}_control/calls") as answer:
        assert THEIRS not in await answer.text()


def test_every_form_is_changed_with_what_people_fill_in() -> None:
    assert VALUES_OF.keys() == ROUTES[Kind.SUBMISSION].keys()


async def test_forms_are_filled_in_with_what_is_taken(at_work: Workplace) -> None:
    # Were an example refused for what stands in it, whatever is changed in it would meet nothing but that refusal.
    await at_work.edge.handler.declare(at_work.edge.workspace, c.Declare(c.Actor(SUPPORT), "Another one", "SEV1"))
    rng, known = dice(SEED), [one for one in of(at_work) if one.payload.get("type") == "view_submission"]
    forms = {one.payload["view"]["callback_id"]: one for one in known}
    transport = httpx.ASGITransport(Starlette(routes=[endpoint(at_work.bolt, SECRET)]))
    async with httpx.AsyncClient(transport=transport, base_url="https://tocsin.example.org") as client:
        for name in ("customers", "customers_confirm", "follow_ups", "handoff", "merge"):
            body = urlencode({"payload": json.dumps(anew(at_work, rng, forms[name]).payload)}).encode()
            stamp = str(int(time.time())).encode()
            headers = [(b"x-slack-request-timestamp", stamp), (b"x-slack-signature", sign(body, stamp, SECRET))]
            answer = await client.post(EVENTS_PATH, content=body, headers=[*headers, (b"content-type", FORM)])
            assert answer.status_code == 200
            assert "errors" not in answer.text, (name, answer.text)
    await at_work.edge.afterwards.finish()
    happened = {type(one) for one in await at_work.edge.store.run(lambda tx: tx.timeline(1))}
    assert {e.CustomersTold, e.FollowUpAdded, e.HandedOver, e.MergedInto} <= happened


async def test_mutated_requests_are_answered_and_leave_no_trace(at_work: Workplace, logged: Logged) -> None:
    statuses = await endure(at_work, SEED - 1, QUICK)
    assert statuses[200] > QUICK / 4
    assert statuses[400] > 0
    assert statuses[401] > QUICK / 20
    await assert_calm(at_work, logged)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(ROUNDS // A_CHUNK))
async def test_ten_thousand_mutated_requests_are_answered(at_work: Workplace, logged: Logged, chunk: int) -> None:
    statuses = await endure(at_work, SEED + chunk, A_CHUNK)
    assert set(statuses) <= {200, 400, 401, 413}
    await assert_calm(at_work, logged)


async def over_the_wire(port: int, call: Call, *, torn: bool) -> int:
    """Send a request as bytes, or half of one, and return the status of the answer, 0 where there is none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [b"POST " + EVENTS_PATH.encode() + b" HTTP/1.1", b"host: tocsin", b"connection: close"]
    lines += [b"content-length: " + str(len(call.body)).encode(), *(b": ".join(header) for header in call.headers)]
    sent = b"\r\n".join(lines) + b"\r\n\r\n" + call.body
    writer.write(sent[: len(sent) // 2] if torn else sent)
    if torn:
        writer.write_eof()
    first = await reader.read(100)
    writer.close()
    # Whoever is refused early may find the connection gone before the body was taken.
    with suppress(ConnectionError):
        await writer.wait_closed()
    return int(first.split()[1]) if first else 0


@pytest.mark.slow
async def test_what_comes_over_a_real_connection_is_answered_too(at_work: Workplace, logged: Logged) -> None:
    rng, known = dice(SEED), of(at_work)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    server = HttpServer([endpoint(at_work.bolt, SECRET)], port, "127.0.0.1")
    await server.start()
    whole, torn = Counter[int](), Counter[int]()
    for number in range(300):
        call = call_of(rng, anew(at_work, rng, rng.choice(known)), SECRET)
        half = number % 10 == 0
        status = await over_the_wire(port, call, torn=half)
        (torn if half else whole)[status] += 1
    await at_work.edge.afterwards.finish()
    await server.stop()
    assert set(whole) <= {200, 400, 401, 413}
    assert whole[200] > 100
    assert set(torn) <= {0, 400}
    await assert_calm(at_work, logged)


async def test_a_request_that_stops_halfway_is_given_up(at_work: Workplace, logged: Logged) -> None:
    async def stops() -> dict[str, object]:
        return {"type": "http.disconnect"}

    said: list[dict[str, object]] = []

    async def hears(message: MutableMapping[str, Any]) -> None:
        said.append(dict(message))

    scope = {"type": "http", "method": "POST", "path": EVENTS_PATH, "headers": [], "query_string": b""}
    await Starlette(routes=[endpoint(at_work.bolt, SECRET)])(scope, stops, hears)
    assert said[0]["status"] == 400
    assert logged.lines == []


async def test_a_callers_patience_is_not_tocsins(at_work: Workplace) -> None:
    async def drips() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.01)

    transport = httpx.ASGITransport(Starlette(routes=[endpoint(at_work.bolt, SECRET, within=0.05)]))
    async with httpx.AsyncClient(transport=transport, base_url="https://tocsin.example.org") as client:
        answer = await client.post(EVENTS_PATH, content=drips())
    assert answer.status_code == 400

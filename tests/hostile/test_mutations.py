"""Ten thousand payloads that Slack would never send: each is answered, fast, and nothing of it stands in the log."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import httpx
import pytest
from starlette.applications import Starlette

from app.domain import commands as c
from app.slack.connect import endpoint
from app.slack.manifest import EVENTS_PATH
from app.store import Record
from app.web import HttpServer
from tests.hostile.conftest import Logged
from tests.hostile.mutations import MARK, ROUNDS, SEED, Call, Example, call_of, examples, fresh, mutate, written
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
    rng, known, statuses = random.Random(seed), of(at_work), Counter[int]()
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

"""The same over Socket Mode: every envelope is acknowledged, and the connection stays."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.domain import commands as c
from tests.hostile.conftest import Logged
from tests.hostile.mutations import MARK, RAW, SEED, dice, examples, fresh, mutate, written
from tests.slack.workplace import SUPPORT, Workplace, workplace
from tests.waiting import until

ROUNDS = 1000
QUICK = 100
AT_ONCE = 8


@pytest.fixture
async def at_work(tmp_path: Path, logged: Logged) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path) as place:
        await place.edge.handler.declare(
            place.edge.workspace, c.Declare(c.Actor(SUPPORT), f"{MARK} down", "SEV1", impact=MARK)
        )
        yield place


async def acknowledgement(at_work: Workplace, envelope_id: str, frame: str) -> dict[str, Any] | None:
    """Send a frame over the one connection that there is, and return the payload of its acknowledgement."""
    sockets = at_work.sandbox.slack.sockets
    answer: asyncio.Future[dict[str, Any] | None] = asyncio.get_running_loop().create_future()
    sockets._unanswered[envelope_id] = answer
    [connection] = sockets._connections
    await connection.send_str(frame)
    async with asyncio.timeout(10):
        return await answer


def envelope(kind: str, payload: str) -> tuple[str, str]:
    """Return the id of an envelope, and the envelope."""
    envelope_id = str(uuid.uuid4())
    return envelope_id, f'{{"envelope_id": "{envelope_id}", "type": "{kind}", "payload": {payload}}}'


async def endure(at_work: Workplace, seed: int, rounds: int) -> None:
    rng, known = dice(seed), examples(f"{at_work.sandbox.url}nowhere")
    print(f"seed {seed}, {rounds} rounds")  # noqa: T201 -- what a failure is found again by

    def drawn() -> tuple[str, str]:
        example = fresh(rng, rng.choice(known), at_work.sandbox.slack.triggers.pull(SUPPORT))
        return envelope(example.kind, written(rng, mutate(rng, example.payload)))

    for _ in range(0, rounds, AT_ONCE):
        await asyncio.gather(*(acknowledgement(at_work, *drawn()) for _ in range(AT_ONCE)))
    await at_work.edge.afterwards.finish()


async def test_mutated_envelopes_are_acknowledged_and_leave_no_trace(at_work: Workplace, logged: Logged) -> None:
    await endure(at_work, SEED, QUICK)
    assert await at_work.types("help")
    assert logged.alarming == []
    assert MARK not in logged.text


@pytest.mark.slow
async def test_a_thousand_mutated_envelopes_are_acknowledged(at_work: Workplace, logged: Logged) -> None:
    await endure(at_work, SEED + 1, ROUNDS)
    assert await at_work.types("help")
    assert logged.alarming == []
    assert MARK not in logged.text


PAYLOADS = ("null", "1", '"text"', "[]", "[1]", "{}", "NaN", *RAW.values())
FRAMES = ("", "x", "[]", "{", "null", '"hello"', "{}", '{"type": []}', '{"envelope_id": 7}', "[" * 10_000, "\ufffd")


async def test_an_envelope_without_a_payload_is_acknowledged(at_work: Workplace, logged: Logged) -> None:
    for payload in PAYLOADS:
        assert await acknowledgement(at_work, *envelope("interactive", payload)) is None, payload
    assert logged.alarming == []


async def test_a_frame_that_is_no_envelope_breaks_nothing(at_work: Workplace, logged: Logged) -> None:
    [connection] = at_work.sandbox.slack.sockets._connections
    for frame in FRAMES:
        await connection.send_str(frame)
        assert await at_work.types("help"), frame
    assert at_work.sandbox.slack.sockets._connections == [connection]
    assert logged.alarming == []


async def test_an_answer_that_finds_the_connection_gone_is_told_in_one_line(at_work: Workplace, logged: Logged) -> None:
    [connection] = at_work.sandbox.slack.sockets._connections
    _, frame = envelope("slash_commands", json.dumps({"command": "/incident", "user_id": SUPPORT, "text": "help"}))
    await connection.send_str(frame)
    await connection.close()
    await until(lambda: bool(at_work.sandbox.slack.sockets._connections))
    assert logged.alarming == []

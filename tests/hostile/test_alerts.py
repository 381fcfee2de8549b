"""Changed payloads of each monitor, through the door: none surprises it, holds it up, or leaves a trace."""

import asyncio
import gc
import gzip
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from app.alerts.fields import LONGEST_KEY, LONGEST_PAGED, LONGEST_TEXT
from app.alerts.notice import Notice, Reading, There
from app.alerts.sources import sources
from app.store import Store
from app.web.alerts import Door
from tests.alerts.given import Desk
from tests.alerts.payloads import EXAMPLES, SECRETS, proven
from tests.hostile.conftest import Logged
from tests.hostile.mutations import CONTENT_TYPES, DAMAGES, SEED, dice, mutate, written

QUICK, ROUNDS = 150, 5000
IN_A_FLOOD = 100
STALL = 0.05
"""For how many seconds of work one request may keep the event loop."""
A_DAY_OF_EXAMPLES = 1_795_255_300.0
"""When the examples happened, as the door's clock has it."""


@dataclass
class Taker:
    """Looks at what it is given as a database would."""

    readings: list[Reading] = field(default_factory=list)

    async def take(self, source: str, body: bytes, reading: Reading, once: str) -> None:
        body.decode()
        assert len(once) < 100
        for notice in reading.notices:
            assert_fit(notice, source)
        self.readings.append(reading)

    async def hear(self, acts: Sequence[There]) -> None:
        for act in acts:
            assert_kept(act, LONGEST_PAGED)


def assert_fit(notice: Notice, source: str) -> None:
    assert notice.source == source
    assert notice.fingerprint
    assert notice.group
    assert notice.name
    assert max(len(notice.fingerprint), len(notice.group)) <= LONGEST_KEY
    assert notice.firing in (True, False)
    assert_kept(notice, LONGEST_TEXT)


def assert_kept(told: Notice | There, longest: int) -> None:
    """Fail if it holds text that is too long, or that PostgreSQL refuses."""
    for one in fields(told):
        for text in texts(getattr(told, one.name)):
            assert len(text) <= longest
            assert "\x00" not in text
            text.encode()


def texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case tuple():
            return [text for one in value for text in texts(one)]
        case dict():
            return [text for pair in value.items() for one in pair for text in texts(one)]
        case _:
            return []


@dataclass(frozen=True)
class Sent:
    body: bytes
    headers: list[tuple[bytes, bytes]]
    proven: bool


def drawn(rng: random.Random, source: str) -> Sent:
    """Return a request as somebody might send it: mostly with the secret, sometimes not."""
    body = written(rng, mutate(rng, rng.choice(EXAMPLES[source]))).encode(errors="surrogatepass")
    if rng.random() < 0.15:
        body = rng.choice(DAMAGES)(rng, body)
    kind = rng.choice(CONTENT_TYPES) if rng.random() < 0.05 else b"application/json"
    headers = [(b"content-type", kind)]
    genuine = rng.random() < 0.85
    if genuine:
        headers += [(name.encode(), value.encode()) for name, value in proven(source, body).items()]
    elif rng.random() < 0.7:
        headers += [forged(rng, source)]
    if rng.random() < 0.1:
        packed = rng.choice((gzip.compress(body), body, gzip.compress(body)[:-4]))
        return Sent(packed, [*headers, (b"content-encoding", rng.choice((b"gzip", b"deflate", b"\xff")))], genuine)
    return Sent(body, headers, genuine)


def forged(rng: random.Random, source: str) -> tuple[bytes, bytes]:
    names = (b"authorization", b"x-pagerduty-signature", b"x-grafana-alerting-signature", b"webhook-signature")
    values = (
        b"",
        b"\xff\xfe",
        b"Bearer x",
        b"Basic =",
        b"Basic \xff",
        b"v1=" * 5000,
        b"v1=0",
        b"Bearer " + b"x" * 9999,
    )
    return rng.choice(names), rng.choice(values)


async def answered(site: Starlette, source: str, sent: Sent) -> tuple[int, bytes]:
    """Return the status and the body of the answer, as a server gets them."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/alerts/{source}",
        "headers": sent.headers,
        "query_string": b"",
    }
    told: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": sent.body, "more_body": False}

    async def send(message: Any) -> None:
        told.append(message)

    await site(scope, receive, send)
    return told[0]["status"], b"".join(one.get("body", b"") for one in told[1:])


@contextmanager
def undisturbed() -> Iterator[None]:
    """Look for no garbage meanwhile: what thousands of tests before have left takes half a second to walk through."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def endure(source: str, rounds: int) -> Counter[int]:
    """Send `rounds` changed payloads, and return how many were answered with each status."""
    taker, rng, statuses = Taker(), dice(SEED), Counter[int]()
    door = Door(sources({}), SECRETS, taker.take, taker.hear, now=lambda: A_DAY_OF_EXAMPLES)
    site = Starlette(routes=[door.route()])
    for _ in range(rounds):
        sent = drawn(rng, source)
        with undisturbed():
            began = time.thread_time()
            status, said = await answered(site, source, sent)
            assert time.thread_time() - began < STALL, sent
        assert status in ({200, 400, 413, 415, 422} if sent.proven else {401, 413, 415, 400}), sent
        assert status == 200 or json.loads(said)["error"].endswith(".")
        statuses[status] += 1
    assert len(taker.readings) == statuses[200]
    assert any(reading.notices for reading in taker.readings)
    return statuses


@pytest.mark.parametrize("source", SECRETS)
async def test_mutated_payloads_are_answered(source: str, logged: Logged) -> None:
    statuses = await endure(source, QUICK)
    assert min(statuses[status] for status in (200, 401, 422)) > 0
    assert logged.lines == []


@pytest.mark.slow
@pytest.mark.parametrize("source", SECRETS)
async def test_five_thousand_mutated_payloads_are_answered(source: str, logged: Logged) -> None:
    statuses = await endure(source, ROUNDS)
    assert statuses[200] > ROUNDS / 4
    assert min(statuses[401], statuses[422]) > ROUNDS / 20
    assert logged.lines == []


@pytest.mark.parametrize("source", SECRETS)
async def test_what_is_let_in_becomes_something_in_the_database(source: str, logged: Logged, tmp_path: Path) -> None:
    rng, store = dice(SEED), Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")
    taking = Desk(store, most_waiting=IN_A_FLOOD).taking
    door = Door(sources({}), SECRETS, taking.take, now=lambda: A_DAY_OF_EXAMPLES)
    site = Starlette(routes=[door.route()])
    flood = [drawn(rng, source) for _ in range(IN_A_FLOOD)]
    statuses = Counter(status for status, _ in await asyncio.gather(*(answered(site, source, one) for one in flood)))
    assert set(statuses) <= {200, 400, 401, 413, 415, 422}
    assert statuses[200] > IN_A_FLOOD / 4
    assert logged.alarming == []
    kept = await store.run(lambda tx: tx.bodies(datetime(2000, 1, 1, tzinfo=UTC), 10 * IN_A_FLOOD))
    # What PagerDuty tells a second time, under the same id, is not kept again.
    assert 0 < sum(one.heard for one in kept) <= statuses[200]
    store.close()

"""What is sent to the door for alerts: JSON alone, neither too big nor too deep nor too slow."""

import asyncio
import gzip
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import httpx
import pytest

from app.alerts.body import DEEPEST, LONGEST, MOST_VALUES, parsed
from app.alerts.notice import Unusable
from app.web import HttpServer
from tests.alerts import payloads
from tests.alerts.payloads import proven, written
from tests.web.doors import Taker, client, door, send
from tests.web.test_server import LOOPBACK, free_port


async def test_only_json_is_taken(taker: Taker) -> None:
    for kind in ("", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"):
        answer = await send(door(taker), "generic", b"{}", kind=kind)
        assert (answer.status_code, taker.taken) == (415, [])
    for kind in ("application/json; charset=utf-8", "APPLICATION/JSON", "application/cloudevents+json"):
        assert (await send(door(taker), "generic", b'{"name": "x"}', kind=kind)).status_code == 200


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no JSON: line 1, column 1"),
        (b'{"a":', "no JSON"),
        (b"\xff\xfe{}", "not in UTF-8"),
        (b"[]", "no JSON object"),
        (b'"x"', "no JSON object"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "values"),
        (b'{"name":' + b"[" * DEEPEST + b"1" + b"]" * DEEPEST + b"}", "deeper than 64"),
        (b'{"a":' + b"[" * 5000, "no JSON|deeper"),
        (b'{"a":' + b"9" * 5000 + b"}", "digits"),
        (b'{"name": {}}', "`name` is no text"),
    ],
)
async def test_what_cannot_be_read_is_answered_with_what_is_wrong(taker: Taker, body: bytes, says: str) -> None:
    answer = await send(door(taker), "generic", body)
    assert answer.status_code == 422
    assert re_find(says, answer.json()["error"])
    assert taker.taken == []


def re_find(says: str, text: str) -> bool:
    return any(one in text for one in says.split("|"))


async def test_what_is_too_big_is_refused_without_being_read(taker: Taker) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65536

    headers = {"content-type": "application/json", **proven("generic", b"")}
    async with client(door(taker)) as site:
        assert (await site.post("/alerts/generic", content=endless(), headers=headers)).status_code == 413
    answer = await send(door(taker), "generic", b" " * (LONGEST + 1))
    assert answer.status_code == 413
    assert "1024 KiB" in answer.json()["error"]
    told = {**proven("generic", b""), "content-length": "9" * 5000}
    assert (await send(door(taker), "generic", b"{}", told)).status_code == 413


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
async def test_what_is_packed_is_unpacked(taker: Taker, pack: Callable[[bytes], bytes]) -> None:
    body = written(payloads.alertmanager())
    packed = pack(body)
    headers = proven("alertmanager", body) | {"content-encoding": "gzip" if pack is gzip.compress else "deflate"}
    assert (await send(door(taker), "alertmanager", packed, headers)).status_code == 200
    assert taker.taken[0][1] == body


async def test_a_bomb_does_not_go_off(taker: Taker) -> None:
    bomb = gzip.compress(b"0" * (60 * LONGEST))
    assert len(bomb) < LONGEST
    tracemalloc.start()
    answer = await send(door(taker), "alertmanager", bomb, proven("alertmanager", b"") | {"content-encoding": "gzip"})
    _, most_held = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 413
    assert most_held < 8 * LONGEST


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("br", b"{}", 415),
        ("gzip, gzip", b"{}", 415),
        ("gzip", b'{"name": "x"}', 400),
        ("gzip", gzip.compress(b'{"name": "x"}', mtime=0)[:-9], 400),
        ("deflate", b"\xff" * 100, 400),
        ("gzip", b"", 422),
    ],
)
async def test_what_is_packed_wrongly_is_refused(taker: Taker, encoding: str, body: bytes, status: int) -> None:
    headers = proven("generic", b"") | {"content-encoding": encoding}
    assert (await send(door(taker), "generic", body, headers)).status_code == status


async def test_of_nobody_yet_known_only_so_much_is_held_and_who_sends_nothing_keeps_nobody_out(taker: Taker) -> None:
    body = written(payloads.pagerduty_ping())
    through = door(taker, most_held=5 * len(body) + 50)
    come = asyncio.Event()

    async def waits(first: bytes) -> AsyncIterator[bytes]:
        yield first
        await come.wait()
        yield body[len(first) :]

    headers = {"content-type": "application/json", **proven("pagerduty", body)}
    async with client(through) as site:

        def sends(first: bytes) -> asyncio.Task[httpx.Response]:
            return asyncio.create_task(site.post("/alerts/pagerduty", content=waits(first), headers=headers))

        nothing = [sends(b"") for _ in range(40)]
        most = [sends(body[:-1]) for _ in range(6)]
        await asyncio.sleep(0.05)
        assert [one.done() for one in most] == [False] * 5 + [True]
        assert (await most[5]).status_code == 503
        assert (await most[5]).headers["retry-after"]
        come.set()
        assert {(await one).status_code for one in most[:5]} == {200}
        assert {(await one).status_code for one in nothing} <= {200, 503}
        assert (await site.post("/alerts/pagerduty", content=body, headers=headers)).status_code == 200


async def test_what_is_packed_counts_as_long_as_it_is(taker: Taker) -> None:
    packed = gzip.compress(b" " * 100_000)
    headers = {"content-type": "application/json", "content-encoding": "gzip", "x-pagerduty-signature": "v1=x"}
    answer = await send(door(taker, most_held=50_000), "pagerduty", packed, headers)
    assert answer.status_code == 503


async def test_a_sender_that_drips_is_not_waited_for(taker: Taker) -> None:
    port = free_port()
    server = HttpServer([door(taker, within=0.1).route()], port, LOOPBACK)
    await server.start()
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    head = ["POST /alerts/generic HTTP/1.1", "host: x", "content-type: application/json", "content-length: 1000"]
    head += [f"{name}: {value}" for name, value in proven("generic", b"").items()]
    writer.write(("\r\n".join(head) + "\r\n\r\n").encode())
    answer = asyncio.create_task(reader.readuntil(b"\r\n"))
    for _ in range(20):
        if answer.done():
            break
        writer.write(b"{")
        await asyncio.sleep(0.02)
    assert b"408" in await answer
    writer.close()
    await server.stop()


WORST = {
    "objects": b"[" + b'{"a":1},' * (MOST_VALUES // 2 - 2) + b"1]",
    "lists": b"[" + b"[]," * (MOST_VALUES // 2 - 2) + b"1]",
    "texts": b"[" + b'"\\u0041",' * (MOST_VALUES - 2) + b"1]",
    "numbers": b"[" + b"1e5," * (MOST_VALUES - 2) + b"1]",
    "a long text": b'["' + b"\\n" * (LONGEST // 2 - 4) + b'"]',
    "depth": b"[" * MOST_VALUES,
}


@pytest.mark.parametrize("kind", WORST)
def test_no_body_holds_the_event_loop_for_long(kind: str) -> None:
    def once() -> float:
        began = time.thread_time()
        with suppress(Unusable):
            parsed(WORST[kind])
        return time.thread_time() - began

    assert min(once() for _ in range(3)) < 0.05

"""The fake vendors: each fault befalls one request, and what was done although it seemed to fail is there."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from app.line import Line, Unanswered
from app.sandbox.vendors import Fake, Fault, Vendors


class Shelf(Fake):
    """A vendor that keeps whatever is put there."""

    name = "shelf"

    def __init__(self) -> None:
        super().__init__()
        self.things: list[str] = []

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/things", self._add, methods=["POST"]), Route("/things", self._list)]

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"shelf_url": url}

    def snapshot(self) -> dict[str, Any]:
        return {"things": self.things}

    def admits(self, request: Request) -> bool:
        return request.headers.get("Authorization") == "key"

    async def _add(self, request: Request) -> Response:
        self.things.append(await request.json())
        return JSONResponse({}, 201)

    async def _list(self, _: Request) -> Response:
        return JSONResponse(self.things)


@pytest.fixture
async def vendors() -> AsyncIterator[Vendors]:
    played = Vendors([Shelf()])
    await played.start()
    yield played
    await played.stop()


@pytest.fixture
async def line(vendors: Vendors) -> AsyncIterator[Line]:
    made = Line(vendors.url("shelf"), headers={"Authorization": SecretStr("key")})
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("fault", "status", "done"),
    [
        ("ratelimited", 429, 0),
        ("unauthorized", 401, 0),
        ("server_error", 500, 0),
        ("error_after", 500, 1),
        ("slow", 201, 1),
    ],
)
async def test_a_fault_befalls_one_request_that_changes_something(
    vendors: Vendors, line: Line, fault: Fault, status: int, done: int
) -> None:
    shelf = vendors.of(Shelf)
    shelf.pause = 0.01
    shelf.fail(fault)
    assert (await line.ask("GET", "things")).status == 200
    assert (await line.ask("POST", "things", json="x")).status == status
    assert len(shelf.things) == done
    assert (await line.ask("POST", "things", json="x")).status == 201


@pytest.mark.parametrize(("fault", "at_once"), [("drop_after", 1), ("late", 0)])
async def test_a_connection_that_is_cut_leaves_what_was_done_and_what_is_done_later(
    vendors: Vendors, line: Line, fault: Fault, at_once: int
) -> None:
    shelf = vendors.of(Shelf)
    shelf.pause = 0.05
    shelf.fail(fault, method="POST")
    with pytest.raises(Unanswered):
        await line.ask("POST", "things", json="x")
    assert len(shelf.things) == at_once
    await shelf.close()
    assert shelf.things == ["x"]


async def test_wrong_credentials_and_a_vendor_that_is_down_are_refused(vendors: Vendors, line: Line) -> None:
    shelf, stranger = vendors.of(Shelf), Line(vendors.url("shelf"))
    assert (await stranger.ask("POST", "things", json="x")).status == 401
    await stranger.close()
    shelf.down = True
    assert (await line.ask("GET", "things")).status == 503
    assert vendors.snapshot() == {"shelf": {"down": True, "things": []}}


async def test_whoever_looks_is_told_of_every_change(vendors: Vendors, line: Line) -> None:
    changed = asyncio.Event()
    vendors.when_changed(changed.set)
    await line.ask("GET", "things")
    assert not changed.is_set()
    await line.ask("POST", "things", json="x")
    assert changed.is_set()
    assert [(one.method, one.path, one.body) for one in vendors.of(Shelf).heard][1] == ("POST", "/shelf/things", b'"x"')

"""The HTTP server."""

import socket

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.web import HttpServer, PortTaken

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])


def route(path: str) -> Route:
    async def answer(_: Request) -> PlainTextResponse:
        return PlainTextResponse(path)

    return Route(path, answer)


async def test_it_answers_until_it_is_stopped() -> None:
    port = free_port()
    server = HttpServer([route("/one")], port, LOOPBACK)
    await server.start()
    async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") as client:
        assert (await client.get("/one")).text == "/one"
        await server.stop()
        with pytest.raises(httpx.ConnectError):
            await client.get("/one")


async def test_an_address_can_be_added_while_it_listens() -> None:
    port = free_port()
    server = HttpServer([route("/one")], port, LOOPBACK)
    await server.start()
    async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") as client:
        assert (await client.get("/two")).status_code == 404
        server.add(route("/two"))
        assert (await client.get("/two")).text == "/two"
    await server.stop()


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            await HttpServer([], port, LOOPBACK).start()

"""The HTTP server."""

import socket

import httpx
import pytest

from app.web import HttpServer, PortTaken, site

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])


async def test_it_says_that_it_is_up_until_it_is_stopped() -> None:
    port = free_port()
    server = HttpServer(site([]), port, LOOPBACK)
    await server.start()
    async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") as client:
        assert (await client.get("/healthz")).text == "ok"
        await server.stop()
        with pytest.raises(httpx.ConnectError):
            await client.get("/healthz")


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            await HttpServer(site([]), port, LOOPBACK).start()

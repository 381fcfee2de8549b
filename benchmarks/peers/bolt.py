"""Bolt as its documentation shows it: the default `AsyncApp`, and a listener that acknowledges and does nothing.

`python -m benchmarks.peers.bolt http PORT` or `… socket API_URL`. Who the workspace is, is known, so that no click asks
Slack. Over HTTP it is served as Tocsin is, by uvicorn, and checks signatures as Bolt does by default.
"""

import asyncio
import re
import sys

import uvicorn
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.slack.manifest import EVENTS_PATH
from benchmarks.children import SIGNING_SECRET
from benchmarks.prepared import WORKSPACE

TOKEN = "xoxb-benchmark"  # noqa: S105 -- opens nothing


def bolt(api_url: str) -> AsyncApp:
    """Return the app, with its one listener for every button."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=WORKSPACE, bot_user_id="U0TOCSIN", bot_id="B0TOCSIN", bot_token=TOKEN
        )

    app = AsyncApp(
        signing_secret=SIGNING_SECRET,
        authorize=authorize,
        client=AsyncWebClient(base_url=api_url),
    )

    @app.action(re.compile(""))
    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    return app


def serve(port: int) -> None:
    """Serve it over HTTP."""
    handler = AsyncSlackRequestHandler(bolt("https://slack.com/api/"))

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    site = Starlette(routes=[Route(EVENTS_PATH, events, methods=["POST"])])
    uvicorn.run(site, host="127.0.0.1", port=port, log_config=None, access_log=False)


async def connect(api_url: str) -> None:
    """Serve it over Socket Mode."""
    await AsyncSocketModeHandler(bolt(api_url), "xapp-benchmark").start_async()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    how, where = sys.argv[1:]
    if how == "http":
        serve(int(where))
    else:
        asyncio.run(connect(where))

"""The Web API over HTTP: reads a call, lets faults have their way, and answers as Slack does.

Slack's page: https://docs.slack.dev/apis/web-api
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from aiohttp import web

from app.sandbox import scopes
from app.sandbox.call import Call
from app.sandbox.faults import Fault
from app.sandbox.methods import METHODS
from app.sandbox.refusals import REFUSALS, UNKNOWN_METHOD, Refused
from app.sandbox.seed import APP_TOKEN, BOT_TOKEN
from app.sandbox.slack import Slack
from app.sandbox.workspace import Json

JSON_ARGUMENTS = ("blocks", "view", "metadata", "attachments", "files")


async def handle(slack: Slack, request: web.Request) -> web.StreamResponse:
    """Answer one request to /api/METHOD."""
    method = request.match_info["method"]
    arguments, token = await _read(request)
    slack.catch_up()
    fault = slack.faults.take(method)
    called = {"method": method, "at": slack.clock.now().isoformat(), "args": _legible(arguments)}
    slack.calls.append(called | ({"fault": fault.kind, "seconds": fault.seconds} if fault else {}))
    if fault is not None:
        broken = await _befall(fault)
        if broken is not None:
            return broken
        if fault.kind == "late":
            due = slack.clock.now() + timedelta(seconds=fault.seconds)
            slack.late.append((due, lambda: perform(slack, method, arguments, token)))
            _drop(request)
            return web.Response()
    answer = perform(slack, method, arguments, token)
    # Kept before anyone hears of it: what was answered survives a kill.
    slack.save()
    if fault is not None and fault.kind == "accept_then_drop":
        _drop(request)
    if fault is not None and fault.kind == "fails_but_does":
        answer = {"ok": False, "error": "fatal_error"}
    return web.json_response(answer, headers=_headers(slack, method))


def perform(slack: Slack, method: str, arguments: Mapping[str, Any], token: str | None) -> Json:
    """Call a method and return its answer, an error included."""
    try:
        _admit(slack, method, token)
        return {"ok": True, **METHODS[method](Call(slack, method, arguments))}
    except Refused as refused:
        if refused.error not in (*REFUSALS.get(method, ()), UNKNOWN_METHOD):
            raise LookupError(f"{method} may not refuse with {refused.error}") from refused
        return {"ok": False, "error": refused.error, **refused.details}


def _admit(slack: Slack, method: str, token: str | None) -> None:
    if method not in METHODS:
        raise Refused(UNKNOWN_METHOD, req_method=method)
    if not token:
        raise Refused("not_authed")
    if token not in {BOT_TOKEN, APP_TOKEN}:
        raise Refused("invalid_auth")
    if (token == APP_TOKEN) != (method == "apps.connections.open"):
        raise Refused("not_allowed_token_type")
    scopes.demand(method, slack.manifest.scopes)


def _drop(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _befall(fault: Fault) -> web.Response | None:
    """Return the answer that the fault gives in the method's place, or None when the method is still to run."""
    match fault.kind:
        case "ratelimited":
            seconds = str(max(1, round(fault.seconds))) if fault.retry_after is None else fault.retry_after
            limited = {"ok": False, "error": "ratelimited"}
            headers = {"Retry-After": seconds} if seconds else {}
            return web.json_response(limited, status=HTTPStatus.TOO_MANY_REQUESTS, headers=headers)
        case "unavailable":
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text="upstream connect error")
        case "server_error":
            # Slack's front ends answer a 500 with a page, not with JSON.
            page = "<!DOCTYPE html><title>Server Error</title>"
            return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR, text=page, content_type="text/html")
        case "error":
            return web.json_response({"ok": False, "error": fault.error})
        case "delay":
            await asyncio.sleep(fault.seconds)
            return None
        case "accept_then_drop" | "fails_but_does" | "late":
            return None


async def _read(request: web.Request) -> tuple[dict[str, Any], str | None]:
    """Return a call's arguments, from wherever they stand, and its token."""
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        arguments |= _object(await request.text())
    elif request.can_read_body:
        arguments |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    token = arguments.pop("token", None)
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return arguments, credentials.strip() if scheme.lower() == "bearer" else token


def _object(text: str) -> Json:
    try:
        read = json.loads(text or "{}")
    except json.JSONDecodeError:
        return {}
    return read if isinstance(read, dict) else {}


def _legible(arguments: Mapping[str, Any]) -> Json:
    """Return arguments as the call record shows them: JSON that came as a string is read."""
    return {key: _parsed(value) if key in JSON_ARGUMENTS else value for key, value in arguments.items()}


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def _headers(slack: Slack, method: str) -> Mapping[str, str]:
    return {
        "X-OAuth-Scopes": ",".join(slack.manifest.scopes),
        "X-Accepted-OAuth-Scopes": ",".join(scopes.needed(method)),
    }

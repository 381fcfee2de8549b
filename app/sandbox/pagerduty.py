"""PagerDuty's Events API v2, played on this machine: it takes events, keeps alerts, and refuses as PagerDuty does.

PagerDuty's pages: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ (what it takes and keeps) and
https://developer.pagerduty.com/docs/events-api-v2/overview/ (what it answers, and its limits).

It has services with one integration key each, and nothing behind them: no schedules, escalation, grouping or phones, no
change events, no other API, and nobody acknowledges there. PagerDuty adapts its limits; here they stay as they are.
"""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from aiohttp import web

from app.sandbox.faults import Fault
from app.sandbox.slack import Slack
from app.sandbox.workspace import Alert, Json, new_id

METHOD = "pagerduty"
"""What its requests are called among the calls and the faults."""
PATH = "/pagerduty/v2/enqueue"
ROUTING_KEY = "sandboxkeyforeverybodyoncall0000"
MANAGERS_KEY = "sandboxkeyformanagers00000000000"
SERVICES: Mapping[str, str] = {ROUTING_KEY: "On-call", MANAGERS_KEY: "Management"}

KEY_LENGTH = 32
LONGEST_DEDUP_KEY = 255
LONGEST_SUMMARY = 1024
LARGEST_BODY = 512 * 1024
MOST_EVENTS = 120
WITHIN = timedelta(minutes=1)
AFTERWARDS = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}
SEVERITIES = ("critical", "warning", "error", "info")
UNREADABLE = {
    "status": "Unrecognized object",
    "message": "Event object format is unrecognized",
    "errors": ["JSON parse error"],
}
THROTTLED = {
    "status": "throttle exceeded",
    "message": "Requests for this service are arriving too quickly. Please retry later.",
}
BROKEN = {"status": "error", "message": "Internal Server Error"}
DOWN = {"status": "error", "message": "Service Unavailable"}


class PagerDuty:
    """The server, with its alerts in the sandbox's workspace."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack
        self._taken: dict[str, deque[datetime]] = defaultdict(deque)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one event."""
        body = await request.read()
        event = _object(body)
        self.slack.calls.append({"method": METHOD, "at": self.slack.clock.now().isoformat(), "args": event or {}})
        if self.slack.pager_down:
            return web.json_response(DOWN, status=HTTPStatus.SERVICE_UNAVAILABLE)
        fault = self.slack.pager_faults.take(METHOD)
        broken = _befall(fault) if fault else None
        if broken is not None:
            return broken
        status, answer = self._answer(event, len(body))
        # Kept before anyone hears of it: what was answered survives a kill.
        self.slack.save()
        if fault and fault.kind == "accept_then_drop" and request.transport is not None:
            request.transport.abort()
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        return web.json_response(answer, status=status)

    def _answer(self, event: Json | None, size: int) -> tuple[int, Json]:
        if size > LARGEST_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {}
        if event is None:
            return HTTPStatus.BAD_REQUEST, UNREADABLE
        if faults := faults_of(event):
            return HTTPStatus.BAD_REQUEST, _invalid(faults)
        if self._is_too_fast(event["routing_key"]):
            return HTTPStatus.TOO_MANY_REQUESTS, THROTTLED
        key = event.get("dedup_key") or new_id("D")
        self._apply(event, key)
        return HTTPStatus.ACCEPTED, {"status": "success", "message": "Event processed", "dedup_key": key}

    def _is_too_fast(self, routing_key: str) -> bool:
        taken, now = self._taken[routing_key], self.slack.clock.now()
        while taken and taken[0] <= now - WITHIN:
            taken.popleft()
        taken.append(now)
        return len(taken) > MOST_EVENTS

    def _apply(self, event: Json, key: str) -> None:
        """Apply an event to the open alert of its key; where there is none, a trigger opens one, others are dropped."""
        service, action = SERVICES[event["routing_key"]], event["event_action"]
        now = self.slack.clock.now().isoformat()
        alert = next((one for one in self.slack.workspace.alerts if one.is_open_under(service, key)), None)
        if alert is None and action == "trigger":
            alert = _opened(event, service, key)
            self.slack.workspace.alerts.append(alert)
        if alert is None:
            return
        alert.log.append({"at": now, "action": action})
        if action != "trigger":
            # New triggers leave an acknowledged alert as it is: it notifies nobody again.
            alert.status = AFTERWARDS[action]
        self.slack.touch()


def faults_of(event: Json) -> list[str]:
    """Return what PagerDuty finds wrong with an event, in its words."""
    faults = [*_faults_of_key(event.get("routing_key")), *_faults_of_dedup_key(event)]
    if event.get("event_action") not in AFTERWARDS:
        faults.append("'event_action' is invalid (must be one of: 'trigger', 'acknowledge' or 'resolve')")
    elif event["event_action"] == "trigger":
        faults += _faults_of_payload(event.get("payload"))
    return faults


def _faults_of_key(key: Any) -> list[str]:
    if not isinstance(key, str) or not key:
        return ["'routing_key' is missing or blank"]
    if len(key) != KEY_LENGTH:
        return ["Length of 'routing_key' is incorrect (should be 32 characters)"]
    return [] if key in SERVICES else ["Invalid routing key"]


def _faults_of_dedup_key(event: Json) -> list[str]:
    key = event.get("dedup_key")
    if not key:
        return [] if event.get("event_action") == "trigger" else ["'dedup_key' is missing or blank"]
    fits = isinstance(key, str) and len(key) <= LONGEST_DEDUP_KEY
    return [] if fits else ["'dedup_key' is too long (maximum is 255 characters)"]


def _faults_of_payload(payload: Any) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or blank"]
    faults = [f"'payload.{name}' is missing or blank" for name in ("summary", "source") if not payload.get(name)]
    if len(str(payload.get("summary"))) > LONGEST_SUMMARY:
        faults.append("'payload.summary' is too long (maximum is 1024 characters)")
    if payload.get("severity") not in SEVERITIES:
        faults.append("'payload.severity' is invalid (must be one of: 'critical', 'warning', 'error' or 'info')")
    return faults


def _opened(event: Json, service: str, key: str) -> Alert:
    payload = event["payload"]
    links = event.get("links") or [{}]
    return Alert(
        id=new_id("Q"),
        service=service,
        dedup_key=key,
        summary=payload["summary"],
        severity=payload["severity"],
        source=payload["source"],
        details=payload.get("custom_details") or {},
        link=links[0].get("href"),
    )


def _invalid(faults: list[str]) -> Json:
    return {"status": "invalid event", "message": "Event object is invalid", "errors": faults}


def _befall(fault: Fault) -> web.Response | None:
    """Return the answer that the fault gives in PagerDuty's place, or None when the event is taken all the same."""
    match fault.kind:
        case "ratelimited":
            return web.json_response(THROTTLED, status=HTTPStatus.TOO_MANY_REQUESTS)
        case "server_error":
            return web.json_response(BROKEN, status=HTTPStatus.INTERNAL_SERVER_ERROR)
        case "error":
            return web.json_response(_invalid([fault.error]), status=HTTPStatus.BAD_REQUEST)
        case _:
            return None


def _object(body: bytes) -> Json | None:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None

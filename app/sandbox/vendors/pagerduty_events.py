"""What PagerDuty's Events API v2 takes and refuses, in its words.

https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ (what it takes and keeps) and
https://developer.pagerduty.com/docs/events-api-v2/overview/ (what it answers, and its limits).
"""

from collections.abc import Mapping
from typing import Any

from app.sandbox.workspace import Alert, Json, new_id

ROUTING_KEY = "sandboxkeyforeverybodyoncall0000"
MANAGERS_KEY = "sandboxkeyformanagers00000000000"
SERVICES: Mapping[str, str] = {ROUTING_KEY: "On-call", MANAGERS_KEY: "Management"}

KEY_LENGTH = 32
LONGEST_DEDUP_KEY = 255
LONGEST_SUMMARY = 1024
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


def opened(event: Json, service: str, key: str) -> Alert:
    """Return the alert that a trigger opens."""
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


def invalid(faults: list[str]) -> Json:
    """Return the answer to an event that is refused."""
    return {"status": "invalid event", "message": "Event object is invalid", "errors": faults}

"""Links to tools, with the service and the time of an incident filled in."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from app.domain.dashboards import KINDS, View
from app.domain.incident import Incident
from app.domain.reference import Tool

LINK_FIELDS = {
    "service": "payments",
    "from": "2026-11-21T10:00:00Z",
    "to": "2026-11-21T11:00:00Z",
    "from_ms": "1795255200000",
    "to_ms": "1795258800000",
    "incident": "incident-12",
}
"""What a link template may name, with an example of each."""

BEFORE = timedelta(minutes=30)
"""Where to begin to look: what breaks shows in the time before anybody noticed."""


def filled(template: str, incident: Incident | None, now: datetime) -> str:
    """Return a link with its fields filled in and percent-encoded; without an incident, for the last half hour."""
    return template.format_map({name: quote(value, safe="") for name, value in _values(incident, now).items()})


def address(tool: Tool, incident: Incident | None, now: datetime) -> str:
    """Return where a tool shows what an incident is about; without one, the last half hour."""
    if tool.kind not in KINDS:
        return filled(tool.url, incident, now)
    began, ended = _window(incident, now)
    service = first_service(incident.services) if incident else ""
    return KINDS[tool.kind](View(tool.url, service, began, ended, tool.query, tool.datasource))


def _values(incident: Incident | None, now: datetime) -> dict[str, str]:
    began, ended = _window(incident, now)
    return {
        "service": first_service(incident.services) if incident else "",
        "from": _iso(began),
        "to": _iso(ended),
        "from_ms": _milliseconds(began),
        "to_ms": _milliseconds(ended),
        "incident": incident.name if incident else "",
    }


def first_service(services: str) -> str:
    """Return the first of the services that people typed, however they separated them."""
    return next(iter(_parts(services)), "").strip()


def every_service(services: str) -> tuple[str, ...]:
    """Return all of them."""
    return tuple(dict.fromkeys(one.strip() for one in _parts(services) if one.strip()))


def _parts(services: str) -> list[str]:
    return re.split(r"[,;\n]", services)


def _window(incident: Incident | None, now: datetime) -> tuple[datetime, datetime]:
    if incident is None:
        return now - BEFORE, now
    known = incident.resolution
    began = known.started_at if known else min(incident.detected_at or incident.declared_at, incident.declared_at)
    return began - BEFORE, known.ended_at if known else incident.closed_at or now


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))

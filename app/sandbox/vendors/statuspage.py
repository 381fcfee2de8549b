"""Statuspage on this machine: one page, with its components and incidents, as its REST API shows and changes them.

https://developer.statuspage.io/ (`OAuth` before the key; incidents with the updates that they gathered, the newest
first; what is sent as `components` changes those; metadata whose top-level values are objects) and
https://community.atlassian.com/t5/Statuspage-articles/Upcoming-rate-limiting-changes-to-Statuspage-REST-API/ba-p/1455362
(60 requests a minute of one key, 420 or 429 with `Retry-After` beyond). No subscribers, groups or maintenance.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any, ClassVar

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from app.sandbox.vendors.fake import Fake

PAGE = "sandboxpage0"
PAGE_NAME = "Acme"
API_KEY = "sandbox-statuspage-key"
STATUSES = ("investigating", "identified", "monitoring", "resolved")
IMPACTS = ("none", "minor", "major", "critical")
COMPONENT_STATUSES = ("operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance")
LONGEST_NAME, LONGEST_BODY = 255, 25_000
MOST_REQUESTS, WITHIN = 60, 60.0
SHOWN = 20

Json = dict[str, Any]
NOTHING: Json = {}


@dataclass
class Incident:
    """An incident as customers read it there."""

    id: str
    name: str
    status: str
    impact: str
    components: list[str] = field(default_factory=list)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    updates: list[Json] = field(default_factory=list)


class Refused(Exception):
    """What Statuspage finds wrong with an incident, in its words."""


class Statuspage(Fake):
    """An account with one page."""

    name: ClassVar[str] = "statuspage"

    def __init__(self) -> None:
        super().__init__()
        self.components: dict[str, str] = {}
        """What each component is called, by its id."""
        self.states: dict[str, str] = {}
        self.incidents: dict[str, Incident] = {}
        self.beside = ""
        """Where the status page of Tocsin's own is, which shows the same."""
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._asked: deque[float] = deque()
        self._made = 0

    def routes(self) -> list[BaseRoute]:
        """Return the addresses of the API."""
        page = "/v1/pages/{page}"
        return [
            Route(page, self._page),
            Route(f"{page}/components", self._components),
            Route(f"{page}/incidents/unresolved", self._unresolved),
            Route(f"{page}/incidents", self._recent, methods=["GET"]),
            Route(f"{page}/incidents", self._create, methods=["POST"]),
            Route(f"{page}/incidents/{{id}}", self._one, methods=["GET"]),
            Route(f"{page}/incidents/{{id}}", self._update, methods=["PATCH", "PUT"]),
            Route(f"{page}/incidents/{{id}}", self._delete, methods=["DELETE"]),
        ]

    def settings(self, url: str) -> Mapping[str, Any]:
        """Return the settings that connect a Tocsin to it."""
        return {
            "statuspage_api_key": SecretStr(API_KEY),
            "statuspage_page_id": PAGE,
            "statuspage_url": f"{url}/v1",
        }

    def snapshot(self) -> Json:
        """Return what customers see, the newest incident first."""
        newest = list(reversed(self.incidents.values()))[:SHOWN]
        return {
            "page": PAGE_NAME,
            "beside": self.beside,
            "components": [{"name": name, "status": self.states[one]} for one, name in self.components.items()],
            "incidents": [
                {
                    "id": one.id,
                    "name": one.name,
                    "status": one.status,
                    "impact": one.impact,
                    "components": [self.components[each] for each in one.components if each in self.components],
                    "updates": one.updates,
                }
                for one in newest
            ],
        }

    def admits(self, request: Request) -> bool:
        """Say whether the key is right."""
        return compare_digest(request.headers.get("authorization", "").encode(), f"OAuth {API_KEY}".encode())

    def unauthorized(self) -> Response:
        """Refuse another key."""
        return JSONResponse({"error": "Could not authenticate"}, 401)

    def ratelimited(self) -> Response:
        """Refuse who asks too often."""
        return JSONResponse({"error": "You have exceeded the rate limit"}, 420, headers={"Retry-After": "1"})

    def failed(self) -> Response:
        """Break."""
        return JSONResponse({"error": "Internal Server Error"}, 500)

    def show(self, names: Iterable[str]) -> None:
        """Have components of these names on the page."""
        known = {name: one for one, name in self.components.items()}
        self.components = {known.get(name) or self._id("c"): name for name in names}
        self.states = {one: self.states.get(one, "operational") for one in self.components}

    def _id(self, kind: str) -> str:
        self._made += 1
        return f"{kind}{self._made:011d}"

    def _refusal(self, request: Request) -> Response | None:
        now = self.now().timestamp()
        while self._asked and self._asked[0] <= now - WITHIN:
            self._asked.popleft()
        self._asked.append(now)
        if len(self._asked) > MOST_REQUESTS:
            return self.ratelimited()
        return None if request.path_params["page"] == PAGE else _missing()

    async def _page(self, request: Request) -> Response:
        return self._refusal(request) or JSONResponse({"id": PAGE, "name": PAGE_NAME, "subdomain": "acme"})

    async def _components(self, request: Request) -> Response:
        page = _paged(request, [*self.components])
        return self._refusal(request) or JSONResponse([self._component(one) for one in page])

    async def _unresolved(self, request: Request) -> Response:
        return self._refusal(request) or JSONResponse([*self._told(one for one in self._open())])

    async def _recent(self, request: Request) -> Response:
        return self._refusal(request) or JSONResponse([*self._told(reversed(self.incidents.values()))])

    async def _one(self, request: Request) -> Response:
        found = self.incidents.get(request.path_params["id"])
        return self._refusal(request) or (JSONResponse(self._incident(found)) if found else _missing())

    async def _create(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        try:
            wish = self._checked(await request.body(), {"name": ""})
        except Refused as refused:
            return JSONResponse({"error": [str(refused)]}, 422)
        made = Incident(self._id("i"), wish["name"], wish.get("status") or "investigating", "none")
        self.incidents[made.id] = made
        self._change(made, wish)
        return JSONResponse(self._incident(made), 201)

    async def _update(self, request: Request) -> Response:
        found = self.incidents.get(request.path_params["id"])
        if refusal := self._refusal(request) or (None if found else _missing()):
            return refusal
        try:
            wish = self._checked(await request.body())
        except Refused as refused:
            return JSONResponse({"error": [str(refused)]}, 422)
        if found:
            self._change(found, wish)
        return JSONResponse(self._incident(found) if found else {})

    async def _delete(self, request: Request) -> Response:
        found = self.incidents.pop(request.path_params["id"], None)
        return self._refusal(request) or (JSONResponse(self._incident(found)) if found else _missing())

    def _checked(self, body: bytes, otherwise: Json = NOTHING) -> Json:
        try:
            wish = otherwise | json.loads(body)["incident"]
        except (ValueError, KeyError, TypeError):
            raise Refused("incident is missing") from None
        for said in self._faults(wish):
            raise Refused(said)
        return dict(wish)

    def _faults(self, wish: Json) -> Iterator[str]:
        if not wish.get("name", "of before"):
            yield "Name can't be blank"
        if len(str(wish.get("name", ""))) > LONGEST_NAME:
            yield "Name is too long (maximum is 255 characters)"
        if len(str(wish.get("body", ""))) > LONGEST_BODY:
            yield "Body is too long (maximum is 25000 characters)"
        if wish.get("status", STATUSES[0]) not in STATUSES:
            yield "Status is not included in the list"
        if wish.get("impact_override", IMPACTS[0]) not in IMPACTS:
            yield "Impact override is not included in the list"
        if any(not isinstance(value, dict) for value in wish.get("metadata", {}).values()):
            yield "Metadata top level values must be objects"
        named = (*wish.get("component_ids", ()), *wish.get("components", {}))
        if any(one not in self.components for one in named):
            yield "Component not found"
        if any(state not in COMPONENT_STATUSES for state in wish.get("components", {}).values()):
            yield "Component status is not included in the list"

    def _change(self, incident: Incident, wish: Json) -> None:
        incident.name = wish.get("name") or incident.name
        incident.impact = wish.get("impact_override") or incident.impact
        incident.components = list(wish.get("component_ids", incident.components))
        incident.metadata = wish.get("metadata", incident.metadata)
        self.states |= wish.get("components", {})
        self._note(incident, wish.get("status") or incident.status, wish.get("body", ""))

    def _note(self, incident: Incident, status: str, body: str) -> None:
        incident.status = status
        if body:
            incident.updates.insert(0, {"status": status, "body": body, "at": self.now().isoformat()})

    def _open(self) -> Iterator[Incident]:
        return (one for one in reversed(self.incidents.values()) if one.status != "resolved")

    def _told(self, incidents: Iterable[Incident]) -> Iterator[Json]:
        return map(self._incident, incidents)

    def _incident(self, one: Incident) -> Json:
        return {
            "id": one.id,
            "page_id": PAGE,
            "name": one.name,
            "status": one.status,
            "impact": one.impact,
            "impact_override": one.impact,
            "shortlink": f"https://stspg.io/{one.id}",
            "metadata": one.metadata,
            "components": [self._component(each) for each in one.components if each in self.components],
            "incident_updates": [{"status": each["status"], "body": each["body"]} for each in one.updates],
        }

    def _component(self, one: str) -> Json:
        return {"id": one, "page_id": PAGE, "name": self.components[one], "status": self.states[one], "group": False}


def _paged(request: Request, all_of_them: Sequence[str]) -> Sequence[str]:
    asked = request.query_params
    begin = (int(asked.get("page", 1)) - 1) * (length := int(asked.get("per_page", 100)))
    return all_of_them[begin : begin + length]


def _missing() -> Response:
    return JSONResponse({"error": "not found"}, 404)

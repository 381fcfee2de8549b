"""Opsgenie's Alert API on this machine, which is that of Jira Service Management's operations too.

https://docs.opsgenie.com/docs/alert-api (requests are taken with 202 and done afterwards; an open alert of the same
alias counts up), https://docs.opsgenie.com/docs/response (codes) and
https://docs.opsgenie.com/docs/api-rate-limiting. No teams, no schedules: whom an alert names is kept as it is.
"""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hmac import compare_digest
from typing import Any, ClassVar
from uuid import uuid4

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from app.sandbox.vendors.fake import Fake

API_KEY = "sandbox-opsgenie-genie-key"
LONGEST = {"message": 130, "alias": 512, "description": 15_000, "entity": 512, "source": 100}
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
SHOWN = 50

Json = dict[str, Any]


@dataclass
class Alert:
    """An alert; `count` is how often it was told, `rung` how often it made something ring."""

    alias: str
    message: str
    priority: str
    status: str = "open"
    acknowledged: bool = False
    count: int = 1
    rung: int = 1
    responders: list[Json] = field(default_factory=list)


class Opsgenie(Fake):
    """An account with one integration.

    `unsaid` is how often it is asked what became of a request before it says that; `fates` are the words with which it
    says of the next requests that they came to nothing.
    """

    name: ClassVar[str] = "opsgenie"

    def __init__(self) -> None:
        super().__init__()
        self.alerts: list[Alert] = []
        self.unsaid = 0
        self.fates: deque[str] = deque()
        self._became: dict[str, Json] = {}
        self._asked: dict[str, int] = {}

    def routes(self) -> list[BaseRoute]:
        """Return the addresses of the API."""
        return [
            Route("/v2/alerts", self._create, methods=["POST"]),
            Route("/v2/alerts/requests/{id}", self._request, methods=["GET"]),
            Route("/v2/alerts/{alias}/{act:str}", self._act, methods=["POST"]),
        ]

    def settings(self, url: str) -> Mapping[str, Any]:
        """Return what connects a Tocsin to it."""
        return {"opsgenie_api_key": SecretStr(API_KEY), "opsgenie_api_url": f"{url}/v2"}

    def snapshot(self) -> Json:
        """Return its alerts, the newest first."""
        return {"alerts": [asdict(alert) for alert in self.alerts[: -SHOWN - 1 : -1]]}

    def admits(self, request: Request) -> bool:
        """Say whether the key is that of the integration."""
        return compare_digest(request.headers.get("Authorization", "").encode(), f"GenieKey {API_KEY}".encode())

    def unauthorized(self) -> Response:
        """Refuse another key."""
        return JSONResponse({"message": "Could not authenticate", "took": 0.0, "requestId": str(uuid4())}, 401)

    def ratelimited(self) -> Response:
        """Refuse who asks too often."""
        told = {"message": "You are making too many requests! To avoid rate limiting, please slow down."}
        return JSONResponse(told, 429, headers={"X-RateLimit-State": "THROTTLED", "Retry-After": "1"})

    async def _create(self, request: Request) -> Response:
        body = _object(await request.body())
        if wrong := _wrong(body):
            told = {"message": "Request body is not processable. Please check the errors.", "errors": wrong}
            return JSONResponse({**told, "took": 0.0, "requestId": str(uuid4())}, 422)
        alias = str(body.get("alias") or uuid4())
        if self.fates:
            return self._taken("Create", alias, self.fates.popleft(), success=False)
        known = self._open(alias)
        if known:
            known.count += 1
            return self._taken("Create", alias, "Alert count incremented")
        priority, responders = str(body.get("priority", "P3")), list(body.get("responders", []))
        self.alerts.append(Alert(alias, str(body["message"]), priority, responders=responders))
        return self._taken("Create", alias, "Created alert")

    async def _act(self, request: Request) -> Response:
        act, alias = request.path_params["act"], request.path_params["alias"]
        if act not in ("acknowledge", "close") or request.query_params.get("identifierType") != "alias":
            return JSONResponse({"message": "No such alert"}, 404)
        alert = self._open(alias)
        if alert is None:
            return self._taken(act.capitalize(), "", "Alert does not exist", success=False)
        alert.acknowledged = True
        alert.status = "closed" if act == "close" else alert.status
        return self._taken(act.capitalize(), alias, f"{act.capitalize()}d alert")

    async def _request(self, request: Request) -> Response:
        id_ = request.path_params["id"]
        self._asked[id_] = self._asked.get(id_, 0) + 1
        if id_ not in self._became or self._asked[id_] <= self.unsaid:
            return JSONResponse({"message": "Request not found. It might not be processed, yet.", "took": 0.0}, 404)
        return JSONResponse({"data": self._became[id_], "took": 0.0, "requestId": str(uuid4())})

    def _open(self, alias: str) -> Alert | None:
        return next((one for one in self.alerts if one.alias == alias and one.status == "open"), None)

    def _taken(self, action: str, alias: str, status: str, *, success: bool = True) -> Response:
        id_ = str(uuid4())
        self._became[id_] = {
            "success": success,
            "isSuccess": success,
            "action": action,
            "status": status,
            "alias": alias,
        }
        return JSONResponse({"result": "Request will be processed", "took": 0.0, "requestId": id_}, 202)


def _object(body: bytes) -> Json:
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _wrong(body: Json) -> Json:
    long = {name: "too long" for name, most in LONGEST.items() if len(str(body.get(name, ""))) > most}
    missing = {} if body.get("message") else {"message": "Message can not be empty."}
    odd = {} if body.get("priority", "P3") in PRIORITIES else {"priority": f"Priority should be one of {PRIORITIES}"}
    return {**long, **missing, **odd}

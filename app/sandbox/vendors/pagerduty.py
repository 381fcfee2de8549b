"""PagerDuty on this machine: its Events API v2, what Tocsin reads of its REST API, and its webhooks, version 3.

Events: see `pagerduty_events.py`. Schedules and people, read only:
https://developer.pagerduty.com/api-reference/3f03afb2c84a4-get-a-schedule,
https://developer.pagerduty.com/api-reference/2395ca1feb25e-get-a-user and
https://developer.pagerduty.com/docs/rest-api-overview (credentials). Webhooks: see `pagerduty_webhooks.py`.

It has services with one integration key each, one schedule, and the members of the workspace as its people, who
acknowledge and resolve in the sandbox's page. There is no escalation, no grouping and no change event. PagerDuty adapts
its limits; here they stay as they are.
"""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from http import HTTPStatus
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Send

from app.sandbox import shapes
from app.sandbox.people import Impossible
from app.sandbox.slack import Slack
from app.sandbox.vendors.fake import Fake, Fault
from app.sandbox.vendors.pagerduty_events import AFTERWARDS, SERVICES, THROTTLED, UNREADABLE, faults_of, invalid, opened
from app.sandbox.vendors.pagerduty_webhooks import Webhooks
from app.sandbox.workspace import Alert, Json, Member, new_id

METHOD = "pagerduty"
"""What its events are called among the calls and the faults of the sandbox."""
EVENTS = "/v2/enqueue"
API_TOKEN = "sandbox-pagerduty-api-token"  # noqa: S105 - opens nothing but this sandbox
SCHEDULE = "PSANDBOX"
TURN = timedelta(days=7)
FIRST_TURN = datetime(2026, 1, 5, 9, tzinfo=UTC)
LARGEST_BODY = 512 * 1024
MOST_EVENTS = 120
WITHIN = timedelta(minutes=1)
PLAYED: dict[str, Fault] = {
    "ratelimited": "ratelimited",
    "server_error": "server_error",
    "accept_then_drop": "drop_after",
    "fails_but_does": "error_after",
}
"""Which of the sandbox's faults are which of a vendor's."""
PRESSES = ("acknowledge", "resolve")
NOT_FOUND = {"error": {"message": "Not Found", "code": 2100}}
DENIED = {"error": {"message": "Authentication failed", "code": 2006}}


class PagerDuty(Fake):
    """An account of PagerDuty's, with its alerts in the sandbox's workspace."""

    name: ClassVar[str] = "pagerduty"

    def __init__(self, slack: Slack) -> None:
        self.slack = slack
        self.webhooks = Webhooks()
        self._taken: dict[str, deque[datetime]] = defaultdict(deque)
        super().__init__()

    @property
    def down(self) -> bool:
        """Whether it answers 503 to everything."""
        return self.slack.pager_down

    @down.setter
    def down(self, down: bool) -> None:
        self.slack.pager_down = down

    def routes(self) -> list[BaseRoute]:
        """Return the addresses of its two APIs."""
        return [
            Route(EVENTS, self._enqueue, methods=["POST"]),
            Route("/schedules", self._schedules),
            Route("/schedules/{id}", self._schedule),
            Route("/oncalls", self._on_calls),
            Route("/users/{id}", self._user),
        ]

    def snapshot(self) -> dict[str, Any]:
        """Return its alerts."""
        return {"alerts": [vars(alert) for alert in self.slack.workspace.alerts]}

    def admits(self, request: Request) -> bool:
        """Say whether the key of the REST API came along; an event brings its own."""
        came = request.headers.get("Authorization", "")
        return request.url.path.endswith(EVENTS) or compare_digest(came.encode(), f"Token token={API_TOKEN}".encode())

    def unauthorized(self) -> Response:
        """Refuse as the REST API does."""
        return JSONResponse(DENIED, HTTPStatus.UNAUTHORIZED)

    def ratelimited(self) -> Response:
        """Ask for a pause as the Events API does."""
        return JSONResponse(THROTTLED, HTTPStatus.TOO_MANY_REQUESTS)

    async def press(self, alert_id: str, act: str, person: Member) -> None:
        """Let somebody acknowledge or resolve an alert there. Raises `Impossible`."""
        alert = next((one for one in self.slack.workspace.alerts if one.id == alert_id), None)
        if alert is None or act not in PRESSES or alert.status == "resolved":
            raise Impossible("that alert is over")
        self._note(alert, act, person)
        self.slack.save()
        await self.webhooks.tell(alert, act, self.slack.clock.now(), user(person))

    async def _answer(self, request: Request, body: bytes, send: Send) -> None:
        fault = self.slack.pager_faults.take(METHOD) if request.url.path.endswith(EVENTS) else None
        if fault:
            request.scope["fault"] = fault
            self.faults.extendleft((PLAYED[kind], "POST") for kind in (fault.kind,) if kind in PLAYED)
        await super()._answer(request, body, send)

    async def _enqueue(self, request: Request) -> Response:
        body, fault = await request.body(), request.scope.get("fault")
        event = _object(body)
        self.slack.calls.append({"method": METHOD, "at": self.slack.clock.now().isoformat(), "args": event or {}})
        if fault and fault.kind == "error":
            return JSONResponse(invalid([fault.error]), HTTPStatus.BAD_REQUEST)
        status, answer = self._take(event, len(body))
        # Kept before anyone hears of it: what was answered survives a kill.
        self.slack.save()
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        return JSONResponse(answer, status)

    def _take(self, event: Json | None, size: int) -> tuple[int, Json]:
        if size > LARGEST_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {}
        if event is None:
            return HTTPStatus.BAD_REQUEST, UNREADABLE
        if faults := faults_of(event):
            return HTTPStatus.BAD_REQUEST, invalid(faults)
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
        alert = next((one for one in self.slack.workspace.alerts if one.is_open_under(service, key)), None)
        if alert is None and action == "trigger":
            alert = opened(event, service, key)
            self.slack.workspace.alerts.append(alert)
        if alert is None:
            return
        changes = alert.status != AFTERWARDS[action] or not alert.log
        self._note(alert, action)
        if changes:
            self.webhooks.tell_later(alert, action, self.slack.clock.now())

    def _note(self, alert: Alert, action: str, person: Member | None = None) -> None:
        by = {"by": person.real_name} if person else {}
        alert.log.append({"at": self.slack.clock.now().isoformat(), "action": action, **by})
        if action != "trigger":
            # New triggers leave an acknowledged alert as it is: it notifies nobody again.
            alert.status = AFTERWARDS[action]
        self.slack.touch()

    async def _schedules(self, _: Request) -> Response:
        return JSONResponse({"schedules": [_reference()], "limit": 25, "offset": 0, "more": False})

    async def _schedule(self, request: Request) -> Response:
        if request.path_params["id"] != SCHEDULE:
            return JSONResponse(NOT_FOUND, HTTPStatus.NOT_FOUND)
        since, until = _moment(request, "since"), _moment(request, "until")
        entries = list(self._turns(since, until)) if since and until else []
        final = {"name": "Final Schedule", "rendered_schedule_entries": entries}
        return JSONResponse({"schedule": _reference() | {"time_zone": "Etc/UTC", "final_schedule": final}})

    async def _on_calls(self, _: Request) -> Response:
        now = self.slack.clock.now()
        turns = [{**one, "schedule": _reference(), "escalation_level": 1} for one in self._turns(now, now + TURN)][:1]
        return JSONResponse({"oncalls": turns, "limit": 25, "offset": 0, "more": False})

    async def _user(self, request: Request) -> Response:
        for person in self._people():
            if user(person)["id"] == request.path_params["id"]:
                return JSONResponse({"user": user(person)})
        return JSONResponse(NOT_FOUND, HTTPStatus.NOT_FOUND)

    def _turns(self, since: datetime, until: datetime) -> Iterator[Json]:
        """Yield who is on call: the first two of its people, in turns of a week."""
        people = self._people()[:2]
        count = (since - FIRST_TURN) // TURN
        while (starts := FIRST_TURN + count * TURN) < until:
            reference = {key: value for key, value in user(people[count % len(people)]).items() if key != "email"}
            yield {"start": starts.isoformat(), "end": (starts + TURN).isoformat(), "user": reference}
            count += 1

    def _people(self) -> list[Member]:
        return [one for one in self.slack.workspace.members.values() if not (one.is_bot or one.deleted)]


def user(person: Member) -> Json:
    """Return a member of the workspace as PagerDuty knows them."""
    return {
        "id": f"P{person.id[1:]}",
        "type": "user_reference",
        "summary": person.real_name,
        "email": shapes.address(person),
    }


def _reference() -> Json:
    return {"id": SCHEDULE, "type": "schedule_reference", "summary": "Sandbox on-call"}


def _moment(request: Request, name: str) -> datetime | None:
    said = request.query_params.get(name)
    return datetime.fromisoformat(said).astimezone(UTC) if said else None


def _object(body: bytes) -> Json | None:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None

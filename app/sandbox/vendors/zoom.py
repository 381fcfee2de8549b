"""Zoom on this machine: as much of its API as opens meetings.

https://developers.zoom.us/docs/internal-apps/s2s-oauth/ (a token for Basic authentication with the app's id and secret,
good for an hour; 400 where they are wrong) and https://developers.zoom.us/docs/api/meetings/ (create, list, delete; an
agenda is cut to 250 characters in a list; instant meetings are not listed).
"""

import secrets
from base64 import b64encode
from dataclasses import dataclass
from hmac import compare_digest
from html import escape
from typing import Any, ClassVar

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from app.sandbox.vendors.fake import Fake

ACCOUNT = "sandbox-account"
CLIENT = "sandbox-client"
SECRET = "sandbox-zoom-secret"  # noqa: S105 - opens nothing but this sandbox
HOST = "bridge@example.com"
FIRST = 85_746_065
LISTED_AGENDA = 250
SCHEDULED = 2


@dataclass
class Meeting:
    """A meeting as it is kept."""

    id: int
    topic: str
    agenda: str
    join_url: str
    type: int


class Zoom(Fake):
    """An account with one user."""

    name: ClassVar[str] = "zoom"

    def __init__(self) -> None:
        super().__init__()
        self.meetings: dict[int, Meeting] = {}
        self.tokens: list[str] = []
        """The tokens that were given, the newest one last; each is good until another one is given."""
        self._opened = 0

    def routes(self) -> list[BaseRoute]:
        """Return the addresses of the API, and of what people join."""
        return [
            Route("/oauth/token", self._token, methods=["POST"]),
            Route("/v2/users/{user}", self._user),
            Route("/v2/users/{user}/meetings", self._list),
            Route("/v2/users/{user}/meetings", self._create, methods=["POST"]),
            Route("/v2/meetings/{id:int}", self._delete, methods=["DELETE"]),
            Route("/j/{id:int}", self._join),
        ]

    def settings(self, url: str) -> dict[str, Any]:
        """Return what connects a Tocsin to it."""
        return {
            "zoom_account_id": ACCOUNT,
            "zoom_client_id": CLIENT,
            "zoom_client_secret": SecretStr(SECRET),
            "zoom_host": HOST,
            "zoom_api_url": f"{url}/v2",
            "zoom_token_url": f"{url}/oauth/token",
        }

    def snapshot(self) -> dict[str, Any]:
        """Return the meetings, the oldest first."""
        return {"meetings": [vars(one) for one in self.meetings.values()]}

    def admits(self, request: Request) -> bool:
        """Say whether a token that is good came along; whoever wants one shows the app's secret."""
        path, came = request.url.path, request.headers.get("Authorization", "")
        if "/oauth/" in path or "/j/" in path:
            return True
        return bool(self.tokens) and compare_digest(came.encode(), f"Bearer {self.tokens[-1]}".encode())

    def unauthorized(self) -> Response:
        """Refuse as Zoom does."""
        return JSONResponse({"code": 124, "message": "Invalid access token."}, 401)

    def ratelimited(self) -> Response:
        """Ask for a pause as Zoom does."""
        said = "You have reached the maximum per-second rate limit for this API. Try again later."
        return JSONResponse({"code": 429, "message": said}, 429, headers={"Retry-After": "1"})

    def failed(self) -> Response:
        """Break as Zoom does."""
        return JSONResponse({"code": 500, "message": "Internal error"}, 500)

    async def _token(self, request: Request) -> Response:
        wanted = f"Basic {b64encode(f'{CLIENT}:{SECRET}'.encode()).decode()}"
        said = (await request.body()).decode()
        if not compare_digest(request.headers.get("Authorization", "").encode(), wanted.encode()):
            return JSONResponse({"reason": "Invalid client_id or client_secret", "error": "invalid_client"}, 400)
        if "grant_type=account_credentials" not in said or f"account_id={ACCOUNT}" not in said:
            return JSONResponse({"reason": "Bad Request", "error": "invalid_request"}, 400)
        self.tokens.append(secrets.token_hex(16))
        return JSONResponse({"access_token": self.tokens[-1], "token_type": "bearer", "expires_in": 3599})

    async def _user(self, request: Request) -> Response:
        return self._nobody(request) or JSONResponse({"id": "u1", "email": HOST, "type": 2})

    async def _list(self, request: Request) -> Response:
        listed = [one for one in self.meetings.values() if one.type == SCHEDULED]
        shown = [vars(one) | {"agenda": one.agenda[:LISTED_AGENDA]} for one in listed]
        return self._nobody(request) or JSONResponse({"page_size": 300, "next_page_token": "", "meetings": shown})

    async def _create(self, request: Request) -> Response:
        if refused := self._nobody(request):
            return refused
        said = await request.json()
        self._opened += 1
        number = FIRST + self._opened
        url = f"{str(request.url).partition('/v2/')[0]}/j/{number}"
        meeting = Meeting(number, said["topic"], said.get("agenda", ""), url, said["type"])
        self.meetings[number] = meeting
        return JSONResponse(vars(meeting) | {"start_url": f"{url}?role=host"}, 201)

    async def _delete(self, request: Request) -> Response:
        gone = self.meetings.pop(request.path_params["id"], None)
        return (
            Response(status_code=204)
            if gone
            else JSONResponse({"code": 3001, "message": "Meeting does not exist"}, 404)
        )

    async def _join(self, request: Request) -> Response:
        meeting = self.meetings.get(request.path_params["id"])
        said = escape(meeting.topic) if meeting else "There is no such meeting."
        return HTMLResponse(f"<!doctype html><title>Zoom</title><h1>{said}</h1><p>A call, if this were Zoom.")

    def _nobody(self, request: Request) -> Response | None:
        user = request.path_params["user"]
        if user == HOST:
            return None
        return JSONResponse({"code": 1001, "message": f"User does not exist: {user}."}, 404)

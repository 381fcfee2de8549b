"""Confluence Cloud on this machine: as much of its REST API v2 as keeps pages in one space.

https://developer.atlassian.com/cloud/confluence/rest/v2/api-group-page/ (a title that is taken is refused with 400, an
update that does not follow the newest version with 409) and
https://developer.atlassian.com/cloud/confluence/rest/v2/api-group-space/. Who asks proves it with Basic authentication:
https://developer.atlassian.com/cloud/confluence/basic-auth-for-rest-apis/.
"""

from base64 import b64encode
from dataclasses import dataclass
from hmac import compare_digest
from html import escape
from typing import Any, ClassVar
from xml.etree import ElementTree as ET

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from app.sandbox.vendors.fake import Fake

EMAIL = "tocsin@example.com"
TOKEN = "sandbox-confluence-token"  # noqa: S105 - opens nothing but this sandbox
SPACE = "OPS"
SPACE_ID = "65538"
FIRST = 1000
OURS = "5b10"
"""How the account is called by which a Tocsin writes."""


@dataclass
class Page:
    """A page as it is kept."""

    id: str
    title: str
    body: str
    version: int = 1
    message: str = ""
    author: str = OURS
    restricted: bool = False
    parent: str | None = None


class Confluence(Fake):
    """A site with one space."""

    name: ClassVar[str] = "confluence"

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, Page] = {}

    def routes(self) -> list[BaseRoute]:
        """Return the addresses of the API, and of what people look at."""
        api = "/wiki/api/v2"
        return [
            Route(f"{api}/spaces", self._spaces),
            Route(f"{api}/pages", self._find),
            Route(f"{api}/pages", self._create, methods=["POST"]),
            Route(f"{api}/pages/{{id}}", self._get),
            Route(f"{api}/pages/{{id}}", self._update, methods=["PUT"]),
            Route("/wiki/rest/api/user/current", self._user),
            Route(f"/wiki/spaces/{SPACE}/pages/{{id}}", self._look),
        ]

    def settings(self, url: str) -> dict[str, Any]:
        """Return what connects a Tocsin to it."""
        account = {"confluence_email": EMAIL, "confluence_api_token": SecretStr(TOKEN)}
        return {"confluence_url": url, "confluence_space": SPACE, **account}

    def snapshot(self) -> dict[str, Any]:
        """Return the pages, the oldest first."""
        return {"pages": [vars(one) for one in self.pages.values()]}

    def admits(self, request: Request) -> bool:
        """Say whether the account and its token came along; people need none to look."""
        wanted = f"Basic {b64encode(f'{EMAIL}:{TOKEN}'.encode()).decode()}"
        came = request.headers.get("Authorization", "")
        return "/wiki/spaces/" in request.url.path or compare_digest(came.encode(), wanted.encode())

    def unauthorized(self) -> Response:
        """Refuse as Confluence does."""
        return _refused(401, "Unauthorized", "scope does not match")

    def ratelimited(self) -> Response:
        """Ask for a pause as Confluence does."""
        return JSONResponse({"message": "Rate limit exceeded"}, 429, headers={"Retry-After": "1"})

    def failed(self) -> Response:
        """Break as Confluence does."""
        return _refused(500, "Internal Server Error", "")

    async def _spaces(self, request: Request) -> Response:
        known = [{"id": SPACE_ID, "key": SPACE, "name": "Operations", "type": "global", "status": "current"}]
        return JSONResponse({"results": known if request.query_params.get("keys") == SPACE else [], "_links": {}})

    async def _user(self, _request: Request) -> Response:
        return JSONResponse({"type": "known", "accountId": OURS, "displayName": "Tocsin"})

    async def _find(self, request: Request) -> Response:
        title = request.query_params.get("title")
        found = [_shown(one) for one in self.pages.values() if one.title == title]
        return JSONResponse({"results": found, "_links": {"base": _base(request)}})

    async def _create(self, request: Request) -> Response:
        said = await request.json()
        if said.get("spaceId") != SPACE_ID:
            return _refused(404, "Not Found", "Space not found")
        if any(one.title == said["title"] for one in self.pages.values()):
            return _refused(400, "A page with this title already exists", "in this space")
        if not is_storage(said["body"]):
            return _refused(400, "Error parsing xhtml", "")
        page = Page(str(FIRST + len(self.pages)), said["title"], said["body"]["value"], parent=said.get("parentId"))
        self.pages[page.id] = page
        return JSONResponse(_shown(page) | {"_links": _shown(page)["_links"] | {"base": _base(request)}})

    async def _get(self, request: Request) -> Response:
        page = self.pages.get(request.path_params["id"])
        return JSONResponse(_shown(page)) if page else _refused(404, "Not Found", "Page not found")

    async def _update(self, request: Request) -> Response:
        page, said = self.pages.get(request.path_params["id"]), await request.json()
        if page is None:
            return _refused(404, "Not Found", "Page not found")
        if page.restricted:
            return _refused(403, "Forbidden", "You may not edit this page")
        if said["version"]["number"] != page.version + 1:
            return _refused(409, "Version conflict", f"Version must be incremented, it is {page.version}")
        if not is_storage(said["body"]):
            return _refused(400, "Error parsing xhtml", "")
        page.title, page.body = said["title"], said["body"]["value"]
        page.version, page.message = said["version"]["number"], said["version"].get("message", "")
        return JSONResponse(_shown(page) | {"_links": _shown(page)["_links"] | {"base": _base(request)}})

    async def _look(self, request: Request) -> Response:
        page = self.pages.get(request.path_params["id"])
        if page is None:
            return HTMLResponse("<p>There is no such page.", 404)
        # What it holds is XHTML without scripts: anything else was refused.
        return HTMLResponse(
            f"<!doctype html><title>{escape(page.title)}</title><h1>{escape(page.title)}</h1>{page.body}"
        )


def _shown(page: Page) -> dict[str, Any]:
    return {
        "id": page.id,
        "status": "current",
        "title": page.title,
        "spaceId": SPACE_ID,
        "parentId": page.parent,
        "version": {"number": page.version, "message": page.message, "minorEdit": False, "authorId": page.author},
        "_links": {"webui": f"/spaces/{SPACE}/pages/{page.id}"},
    }


def _base(request: Request) -> str:
    return f"{str(request.url).partition('/wiki/')[0]}/wiki"


def is_storage(body: dict[str, str]) -> bool:
    """Say whether a body is what Confluence keeps: well-formed, and without a script."""
    try:
        read = ET.fromstring(f"<page>{body['value']}</page>")  # noqa: S314 - our own, and without a DTD
    except ET.ParseError:
        return False
    return body.get("representation") == "storage" and read.find(".//script") is None


def _refused(status: int, title: str, detail: str) -> Response:
    return JSONResponse({"errors": [{"status": status, "code": "ERROR", "title": title, "detail": detail}]}, status)

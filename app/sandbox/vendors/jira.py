"""Jira Cloud on this machine: as much of its REST API v3 as opens tickets, finds them and tells how far they are.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/ (201 with id, key and self; 400 with
`errors` by field; bulk fetch passes over what is not there) and
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/ (JQL, with `nextPageToken`).
Who asks proves it with Basic authentication, an e-mail address and an API token:
https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/.

The search is behind by the newest `behind` tickets, as Jira's is for seconds or minutes:
https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/. People look at a ticket at /browse/KEY, and
move it along there.
"""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from hmac import compare_digest
from html import escape
from typing import Any, ClassVar

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.sandbox.vendors.fake import Fake

EMAIL = "tocsin@example.com"
TOKEN = "sandbox-jira-token"  # noqa: S105 - opens nothing but this sandbox
PROJECT = "OPS"
TYPES = {"10001": "Task", "10002": "Bug"}
CATEGORIES = {"To Do": "new", "In Progress": "indeterminate", "Done": "done"}
FIELDS = ("summary", "description", "labels", "issuetype", "project")
LONGEST_SUMMARY = 255
WANTS_LABEL = re.compile(r'labels = "([^"]+)"')
OF_PROJECT = re.compile(r'project = "([^"]+)"')


@dataclass
class Ticket:
    """A ticket as it is kept."""

    id: int
    summary: str
    kind: str
    text: str
    status: str = "To Do"
    labels: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What people call it."""
        return f"{PROJECT}-{self.id}"


class Jira(Fake):
    """A site with one project."""

    name: ClassVar[str] = "jira"

    def __init__(self) -> None:
        super().__init__()
        self.tickets: dict[str, Ticket] = {}
        self.behind = 0
        """How many of the newest tickets the search does not know yet."""
        self.fields = set(FIELDS)
        """Which fields stand on the screen on which tickets are created."""

    def routes(self) -> list[BaseRoute]:
        """Return the addresses of the API, and of what people look at."""
        api = "/rest/api/3"
        return [
            Route(f"{api}/myself", self._myself),
            Route(f"{api}/issue", self._create, methods=["POST"]),
            Route(f"{api}/issue/bulkfetch", self._fetch, methods=["POST"]),
            Route(f"{api}/issue/createmeta/{{project}}/issuetypes", self._types),
            Route(f"{api}/issue/createmeta/{{project}}/issuetypes/{{kind}}", self._screen),
            Route(f"{api}/issue/{{key}}", self._edit, methods=["PUT"]),
            Route(f"{api}/search/jql", self._search, methods=["POST"]),
            Route("/browse/{key}", self._look),
            Route("/browse/{key}", self._move, methods=["POST"]),
        ]

    def settings(self, url: str) -> dict[str, Any]:
        """Return what connects a Tocsin to it."""
        return {"jira_url": url, "jira_email": EMAIL, "jira_api_token": SecretStr(TOKEN), "jira_project": PROJECT}

    def snapshot(self) -> dict[str, Any]:
        """Return the tickets, the oldest first."""
        return {"tickets": [{**vars(one), "key": one.key} for one in self.tickets.values()]}

    def admits(self, request: Request) -> bool:
        """Say whether the account and its token came along; people need none to look."""
        wanted = f"Basic {b64encode(f'{EMAIL}:{TOKEN}'.encode()).decode()}"
        came = request.headers.get("Authorization", "")
        return "/browse/" in request.url.path or compare_digest(came.encode(), wanted.encode())

    def unauthorized(self) -> Response:
        """Refuse as Jira does."""
        return JSONResponse(
            {"message": "Client must be authenticated to access this resource.", "status-code": 401}, 401
        )

    def ratelimited(self) -> Response:
        """Ask for a pause as Jira does."""
        return JSONResponse({"errorMessages": ["Rate limit exceeded."]}, 429, headers={"Retry-After": "1"})

    def failed(self) -> Response:
        """Break as Jira does."""
        return JSONResponse({"errorMessages": ["Internal server error"], "errors": {}}, 500)

    async def _myself(self, _: Request) -> Response:
        return JSONResponse({"accountId": "5b10", "displayName": "Tocsin", "emailAddress": EMAIL, "active": True})

    async def _create(self, request: Request) -> Response:
        fields = (await request.json()).get("fields") or {}
        if errors := self._faults(fields):
            return JSONResponse({"errorMessages": [], "errors": errors}, 400)
        number = len(self.tickets) + 1
        kind, text = fields["issuetype"]["name"], _plain(fields.get("description") or {})
        ticket = Ticket(number, fields["summary"], kind, text, labels=list(fields.get("labels") or []))
        self.tickets[ticket.key] = ticket
        made = {"id": str(10_000 + number), "key": ticket.key, "self": f"{request.url}/{10_000 + number}"}
        return JSONResponse(made, 201)

    def _faults(self, fields: dict[str, Any]) -> dict[str, str]:
        errors = {
            name: f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
            for name in fields
            if name not in self.fields
        }
        if (fields.get("project") or {}).get("key") != PROJECT:
            errors["project"] = "valid project is required"
        elif (fields.get("issuetype") or {}).get("name") not in TYPES.values():
            errors["issuetype"] = "Specify a valid issue type"
        summary = fields.get("summary") or ""
        if not summary or "\n" in summary or len(summary) > LONGEST_SUMMARY:
            errors["summary"] = "Summary must be one line of at most 255 characters."
        if not _is_document(fields.get("description")):
            errors["description"] = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        if any(" " in one for one in fields.get("labels") or ()):
            errors["labels"] = "The label contains spaces which is invalid."
        return errors

    async def _edit(self, request: Request) -> Response:
        ticket = self.tickets.get(request.path_params["key"])
        if ticket is None:
            return JSONResponse(
                {"errorMessages": ["Issue does not exist or you do not have permission to see it."]}, 404
            )
        update = (await request.json()).get("update") or {}
        for one in update.get("summary") or ():
            ticket.summary = one["set"]
        for one in update.get("labels") or ():
            ticket.labels += [one["add"]] if "add" in one else []
            ticket.labels = [label for label in ticket.labels if label != one.get("remove")]
        return Response(status_code=204)

    async def _search(self, request: Request) -> Response:
        body = await request.json()
        jql = body["jql"]
        project = OF_PROJECT.search(jql)
        if project is None or project[1] != PROJECT:
            there = project[1] if project else ""
            return JSONResponse(
                {"errorMessages": [f"The value '{there}' does not exist for the field 'project'."]}, 400
            )
        wanted = WANTS_LABEL.search(jql)
        known = list(self.tickets.values())[: len(self.tickets) - self.behind]
        found = [one for one in known if not wanted or wanted[1] in one.labels]
        if "DESC" in jql:
            found.reverse()
        most = int(body.get("maxResults", 50))
        return JSONResponse({"issues": [_shown(one) for one in found[:most]], "isLast": len(found) <= most})

    async def _fetch(self, request: Request) -> Response:
        keys = (await request.json())["issueIdsOrKeys"]
        found = [self.tickets[key] for key in keys if key in self.tickets]
        return JSONResponse({"issues": [_shown(one) for one in found], "issueErrors": []})

    async def _types(self, request: Request) -> Response:
        if request.path_params["project"] != PROJECT:
            return JSONResponse({"errorMessages": ["No project could be found with key or id."], "errors": {}}, 404)
        types = [{"id": number, "name": name, "subtask": False} for number, name in TYPES.items()]
        return JSONResponse({"startAt": 0, "maxResults": 50, "total": len(types), "issueTypes": types})

    async def _screen(self, _: Request) -> Response:
        shown = [
            {"fieldId": name, "key": name, "name": name.title(), "required": name in ("summary", "project")}
            for name in sorted(self.fields)
        ]
        return JSONResponse({"startAt": 0, "maxResults": 50, "total": len(shown), "fields": shown})

    async def _look(self, request: Request) -> Response:
        ticket = self.tickets.get(request.path_params["key"])
        if ticket is None:
            return HTMLResponse("<p>There is no such ticket.", 404)
        choices = "".join(f'<button name="to" value="{status}">{status}</button> ' for status in CATEGORIES)
        return HTMLResponse(
            f"<!doctype html><title>{ticket.key}</title><h1>{ticket.key} {escape(ticket.summary)}</h1>"
            f"<p>{ticket.kind}, {ticket.status}<pre>{escape(ticket.text)}</pre><form method=post>{choices}</form>"
        )

    async def _move(self, request: Request) -> Response:
        ticket = self.tickets.get(request.path_params["key"])
        status = (await request.body()).decode(errors="replace").removeprefix("to=").replace("+", " ")
        if ticket and status in CATEGORIES:
            ticket.status = status
        return RedirectResponse(request.url.path, 303)


def _shown(ticket: Ticket) -> dict[str, Any]:
    category = {"key": CATEGORIES[ticket.status]}
    status = {"name": ticket.status, "statusCategory": category}
    fields = {"summary": ticket.summary, "labels": ticket.labels, "status": status}
    return {"id": str(10_000 + ticket.id), "key": ticket.key, "fields": fields}


def _is_document(value: object) -> bool:
    return isinstance(value, dict) and value.get("type") == "doc" and value.get("version") == 1


def _plain(node: dict[str, Any]) -> str:
    said = node.get("text", "") + "".join(_plain(one) for one in node.get("content") or ())
    return f"{said}\n" if node.get("type") == "paragraph" else str(said)

"""Jira Cloud, by its REST API v3.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/ (create, edit, bulk fetch) and
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/ (JQL). Texts are documents of
https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/.

A ticket carries the delivery's key as a label, by which it is looked up. The search knows what was written seconds or
even minutes ago perhaps not yet (https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/), but each
ticket can be fetched by its own key at once, and keys are numbers that follow each other: so those that come after the
newest one that the search knows are fetched too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from app.integrations.answers import OtherSide
from app.integrations.proof import Proof, disproof, unheard
from app.integrations.tickets.tracker import Issue, Opened, State
from app.line import PUBLIC, Answer, Fence, Line, mapping, mappings, one_line
from app.line.credentials import basic
from app.outbox import Away, Dead, Doubtful, Failed

API = "rest/api/3"
LONGEST_TITLE = 255
LONGEST_TEXT = 30_000
JUST_OPENED = 50
"""So many may have been opened in the project since the search was brought up to date."""
AT_ONCE = 100
"""So many tickets are fetched with one request."""
DONE = "done"
"""The category of a status in which nothing is left to do."""
COPY = "tocsin-duplicate"
OURS = frozenset({"project", "issuetype", "summary", "description", "labels", "reporter"})
"""What we give a ticket, or Jira by itself."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who opens tickets, and where."""

    site: str
    email: str
    token: SecretStr
    project: str
    issue_type: str


class Jira:
    """Opens tickets in one project."""

    name = "Jira"

    def __init__(self, account: Account, fence: Fence = PUBLIC) -> None:
        allowed = basic(account.email, account.token)
        self._account = account
        self._line = Line(account.site, headers={"Authorization": allowed}, fence=fence)
        self._side = OtherSide(self.name, "JIRA_EMAIL and JIRA_API_TOKEN", (account.token, allowed), "JIRA_URL")

    async def open(self, key: str, issue: Issue) -> Opened | Failed:
        """Open a ticket that carries `key`."""
        fields = {
            "project": {"key": self._account.project},
            "issuetype": {"name": self._account.issue_type},
            "summary": one_line(issue.title)[:LONGEST_TITLE],
            "description": document(issue),
            "labels": ["tocsin", label(key)],
        }
        answer = await self._ask("POST", "issue", "open a ticket in Jira", {"fields": fields})
        if not isinstance(answer, Answer):
            return answer
        opened = str(answer.read().get("key") or "")
        return self._opened(opened) if opened else Doubtful("Jira does not say which ticket it opened")

    async def find(self, key: str) -> Sequence[Opened] | Failed:
        """Return the tickets that carry `key`."""
        found = await self._search(f'labels = "{label(key)}"', "created ASC")
        if not isinstance(found, list) or found:
            return [self._opened(one["key"]) for one in found] if isinstance(found, list) else found
        newest = await self._search("", "created DESC", most=1)
        if not isinstance(newest, list):
            return newest
        fresh = await self._fetch(list(self._after(newest)), "labels")
        if not isinstance(fresh, list):
            return fresh
        return [self._opened(one["key"]) for one in fresh if label(key) in _fields(one).get("labels", [])]

    async def disown(self, copy: Opened, of: str) -> Failed | None:
        """Name the ticket that it is a copy of in its summary, and take the label away."""
        labels = [{"add": COPY}, *({"remove": one} for one in await self._labels(copy))]
        change = {"update": {"summary": [{"set": f"Duplicate of {of}: close this one"}], "labels": labels}}
        answer = await self._ask("PUT", f"issue/{copy.key}", "mark a second copy of a ticket", change)
        return None if isinstance(answer, Answer) else answer

    async def states(self, tickets: Sequence[str]) -> Mapping[str, State] | Failed:
        """Return how far these are."""
        found = await self._fetch(list(tickets)[:AT_ONCE], "status")
        if not isinstance(found, list):
            return found
        return {one["key"]: _state(_fields(one).get("status")) for one in found}

    async def away(self) -> str | None:
        """Ask who we are."""
        answer = await self._ask("GET", "myself", "ask Jira who we are")
        return answer.reason if isinstance(answer, Away | Doubtful) else None

    async def prove(self) -> list[Proof]:
        """Look whether we are known, whether the project and the type are, and which fields a ticket there has."""
        project, kind = self._account.project, self._account.issue_type
        known = await self._ask("GET", "myself", "ask Jira who we are")
        if not isinstance(known, Answer):
            return [_refused(known, "See JIRA_URL, JIRA_EMAIL and JIRA_API_TOKEN")]
        who = Proof(ok=True, says=f"Jira knows us as {one_line(str(known.read().get('displayName') or 'an account'))}.")
        types = await self._ask("GET", f"issue/createmeta/{project}/issuetypes", f"look at the project {project}")
        if not isinstance(types, Answer):
            mend = f"See JIRA_PROJECT, and let the account create issues in {project}"
            return [who, _refused(types, mend)]
        named = {str(one.get("name")): str(one.get("id")) for one in mappings(types.read().get("issueTypes"))}
        if kind not in named:
            there = ", ".join(named) or "none for this account"
            return [who, disproof(f"{project} has no issue type {kind}", f"Set JIRA_ISSUE_TYPE to one of: {there}")]
        path = f"issue/createmeta/{project}/issuetypes/{named[kind]}"
        asked = await self._ask("GET", path, f"look at {kind} in {project}")
        if not isinstance(asked, Answer):
            return [who, _refused(asked, "See JIRA_PROJECT")]
        return [who, self._fits(mappings(asked.read().get("fields")))]

    async def close(self) -> None:
        """Let go of every connection."""
        await self._line.close()

    def _fits(self, fields: Sequence[Mapping[str, Any]]) -> Proof:
        kind, project = self._account.issue_type, self._account.project
        there = {str(one.get("fieldId") or one.get("key")): one for one in fields}
        if missing := sorted({"summary", "description", "labels"} - set(there)):
            reason = f"{kind} in {project} has no field {', '.join(missing)} on its create screen"
            return disproof(reason, "Add it in the project's settings, Screens: tickets are looked up by their label")
        wanted = [
            str(one.get("name") or name)
            for name, one in there.items()
            if one.get("required") and not one.get("hasDefaultValue") and name not in OURS
        ]
        if wanted:
            reason = f"{kind} in {project} asks for {', '.join(wanted)}, which Tocsin does not fill in"
            return disproof(reason, "Make it optional, or set JIRA_ISSUE_TYPE to another type")
        return Proof(ok=True, says=f"A {kind} can be opened in {project}; none was.")

    def _after(self, newest: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """Yield the keys that follow the newest one that the search knows."""
        number = str(newest[0]["key"]).rpartition("-")[2] if newest else "0"
        last = int(number) if number.isdecimal() else 0
        return (f"{self._account.project}-{one}" for one in range(last + 1, last + 1 + JUST_OPENED))

    async def _labels(self, copy: Opened) -> list[str]:
        found = await self._fetch([copy.key], "labels")
        labels = _fields(found[0]).get("labels", []) if isinstance(found, list) and found else []
        return [str(one) for one in labels if str(one).startswith("tocsin-")]

    async def _search(self, where: str, order: str, most: int = 10) -> list[Mapping[str, Any]] | Failed:
        wanted = " AND ".join(one for one in (f'project = "{self._account.project}"', where) if one)
        body = {"jql": f"{wanted} ORDER BY {order}", "maxResults": most, "fields": ["labels"]}
        answer = await self._ask("POST", "search/jql", "look for a ticket in Jira", body)
        return self._side.found(answer, "issues") if isinstance(answer, Answer) else answer

    async def _fetch(self, keys: Sequence[str], field: str) -> list[Mapping[str, Any]] | Failed:
        if not keys:
            return []
        body = {"issueIdsOrKeys": list(keys), "fields": [field]}
        answer = await self._ask("POST", "issue/bulkfetch", "fetch tickets from Jira", body)
        return self._side.found(answer, "issues") if isinstance(answer, Answer) else answer

    async def _ask(self, method: str, path: str, what: str, body: object = None) -> Answer | Failed:
        return await self._side.hear(self._line.ask(method, f"{API}/{path}", json=body), what)

    def _opened(self, key: str) -> Opened:
        return Opened(key, f"{self._account.site}/browse/{key}")


def label(key: str) -> str:
    """Return the label of what was opened under that key; a label has no blank."""
    return f"tocsin-{key}"


def document(issue: Issue) -> Mapping[str, Any]:
    """Return the text of a ticket as Jira's editor keeps it. It formats nothing, and mentions nobody."""
    said = [text for one in issue.paragraphs if (text := one_line(one)[:LONGEST_TEXT])]
    blocks = [_paragraph({"type": "text", "text": text}) for text in said]
    if issue.link:
        mark = {"type": "link", "attrs": {"href": issue.link}}
        blocks.append(_paragraph({"type": "text", "text": "Open the incident in Slack", "marks": [mark]}))
    return {"type": "doc", "version": 1, "content": blocks or [_paragraph()]}


def _paragraph(*parts: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "paragraph", "content": list(parts)}


def _refused(failed: Failed, mend: str) -> Proof:
    return disproof(failed.reason, mend) if isinstance(failed, Dead) else unheard("Jira", failed)


def _fields(issue: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(issue.get("fields"))


def _state(status: object) -> State:
    read = mapping(status)
    category = mapping(read.get("statusCategory"))
    return State(one_line(str(read.get("name") or "open")), done=category.get("key") == DONE)

"""Confluence Cloud, by its REST API v2.

https://developer.atlassian.com/cloud/confluence/rest/v2/api-group-page/ (pages) and
https://developer.atlassian.com/cloud/confluence/rest/v2/api-group-space/ (spaces).

In a space no two pages have the same title, and a page is looked up by it: so the title is the key, and a page that is
created twice is refused the second time. Who wrote the first version of a page, and the message of a later one, say
whether it was Tocsin: what people have written is not written over.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import SecretStr

from app.integrations import answers
from app.integrations.answers import OtherSide
from app.integrations.documents.library import Document, Published
from app.integrations.documents.storage import in_storage
from app.integrations.proof import Proof, disproof, unheard
from app.line import PUBLIC, Answer, Fence, Line, mapping, one_line
from app.line.credentials import basic
from app.outbox import Away, Dead, Doubtful, Failed, Later

API = "wiki/api/v2"
CURRENT_USER = "wiki/rest/api/user/current"
"""Version 2 does not say who we are:
https://developer.atlassian.com/cloud/confluence/rest/v1/api-group-users/#api-wiki-rest-api-user-current-get"""
WHAT = "publish the postmortem"
BY_US = "Drafted by Tocsin"
"""The message of each version that Tocsin wrote."""
MEANWHILE = (HTTPStatus.CONFLICT,)
REFUSES_US = (HTTPStatus.UNAUTHORIZED,)
"""To write: a 403 is about the one page, which people may have restricted."""

Page = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Account:
    """Who writes pages, and where; `parent` is the id of the page that they stand below, if there is one."""

    site: str
    email: str
    token: SecretStr
    space: str
    parent: str = ""


class Confluence:
    """Keeps documents as pages of one space."""

    name = "Confluence"

    def __init__(self, account: Account, fence: Fence = PUBLIC) -> None:
        allowed = basic(account.email, account.token)
        self._account = account
        self._line = Line(account.site, headers={"Authorization": allowed}, fence=fence)
        self._side = OtherSide(
            self.name, "CONFLUENCE_EMAIL and CONFLUENCE_API_TOKEN", (account.token, allowed), "CONFLUENCE_URL"
        )

    async def publish(self, document: Document) -> Published | Failed:
        """Create the page, or write it anew, unless people have changed it."""
        space = await self._space()
        if not isinstance(space, str):
            return space
        page = await self._page(space, document.title)
        if page is None:
            return await self._create(space, document)
        return await self._update(page, document) if isinstance(page, Mapping) else page

    async def away(self) -> str | None:
        """Ask for the space."""
        found = await self._space()
        return found.reason if isinstance(found, Away | Doubtful) else None

    async def prove(self) -> list[Proof]:
        """Look whether the space is there, and the page that others stand below."""
        space = await self._space()
        if not isinstance(space, str):
            return [_refused(space, "See CONFLUENCE_SPACE, and let the account see and write pages there")]
        found = [Proof(ok=True, says=f"Confluence shows us the space {self._account.space}; no page was written.")]
        if parent := self._account.parent:
            answer = await self._ask("GET", f"pages/{parent}", f"look at the page {parent}")
            mend = "See CONFLUENCE_PARENT: it is the number in the page's address"
            there = Proof(ok=True, says=f"The page {parent} is there, and postmortems go below it.")
            found.append(there if isinstance(answer, Answer) else _refused(answer, mend))
        return found

    async def close(self) -> None:
        """Let go of every connection."""
        await self._line.close()

    async def _space(self) -> str | Failed:
        """Return the id of the space."""
        answer = await self._ask("GET", "spaces", WHAT, query={"keys": self._account.space})
        if not isinstance(answer, Answer):
            return answer
        found = self._side.found(answer, "results")
        if not isinstance(found, list):
            return found
        return str(found[0].get("id")) if found else Dead(WHAT, f"Confluence shows us no space {self._account.space}")

    async def _account_id(self) -> str | Failed:
        """Return who we are there."""
        answer = await self._side.hear(self._line.ask("GET", CURRENT_USER), WHAT)
        return str(answer.read().get("accountId")) if isinstance(answer, Answer) else answer

    async def _page(self, space: str, title: str) -> Page | Failed | None:
        """Return the page of that title."""
        answer = await self._ask("GET", "pages", WHAT, query={"space-id": space, "title": title, "status": "current"})
        if not isinstance(answer, Answer):
            return answer
        found = self._side.found(answer, "results")
        if not isinstance(found, list):
            return found
        return next((self._absolute(one, answer) for one in found if one.get("title") == title), None)

    async def _create(self, space: str, document: Document) -> Published | Failed:
        below = {"parentId": self._account.parent} if self._account.parent else {}
        body = {"spaceId": space, "status": "current", "title": document.title, "body": await _body(document), **below}
        answer = await self._ask("POST", "pages", WHAT, body, refuses_us=REFUSES_US)
        if not isinstance(answer, Answer):
            return answer
        page = answer.read()
        return _published(self._absolute(page, answer)) if page.get("id") else Doubtful("Confluence does not say where")

    async def _update(self, page: Page, document: Document) -> Published | Failed:
        if refused := await self._unless_ours(page):
            return refused
        body = {
            "id": str(page["id"]),
            "status": "current",
            "title": document.title,
            "body": await _body(document),
            "version": {"number": _number(page) + 1, "message": BY_US},
        }
        answer = await self._ask("PUT", f"pages/{page['id']}", WHAT, body, also=MEANWHILE, refuses_us=REFUSES_US)
        if not isinstance(answer, Answer):
            return answer
        if answer.status in MEANWHILE:
            return Later("somebody changes the page in Confluence just now", of_all=False)
        return _published(page)

    async def _unless_ours(self, page: Page) -> Failed | None:
        if _number(page) > 1:
            if _version(page).get("message") == BY_US:
                return None
            return Dead(WHAT, f"people have changed the page in Confluence, so I leave it as it is: {page['url']}")
        # A first version carries no message.
        us = await self._account_id()
        if not isinstance(us, str):
            return us
        if _version(page).get("authorId") == us:
            return None
        reason = f"somebody else has a page of that title in Confluence, so I leave it as it is: {page['url']}"
        return Dead(WHAT, f"{reason}. To publish it, rename that page, and press Retry")

    def _absolute(self, page: Page, answer: Answer) -> Page:
        links = {**mapping(answer.read().get("_links")), **mapping(page.get("_links"))}
        base = f"{self._account.site}/wiki"
        return {**page, "url": f"{base}{links['webui']}" if links.get("webui") else f"{base}/pages/{page.get('id')}"}

    async def _ask(
        self,
        method: str,
        path: str,
        what: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        also: tuple[int, ...] = (),
        refuses_us: tuple[int, ...] = answers.REFUSES_US,
    ) -> Answer | Failed:
        asking = self._line.ask(method, f"{API}/{path}", json=body, query=query)
        return await self._side.hear(asking, what, also=also, refuses_us=refuses_us)


async def _body(document: Document) -> Mapping[str, str]:
    # A long timeline takes a good part of a second.
    return {"representation": "storage", "value": await asyncio.to_thread(in_storage, document.markdown)}


def _published(page: Page) -> Published:
    return Published(str(page["url"]))


def _version(page: Page) -> Page:
    return mapping(page.get("version"))


def _number(page: Page) -> int:
    number = _version(page).get("number")
    return number if isinstance(number, int) else 1


def _refused(failed: Failed, mend: str) -> Proof:
    return disproof(one_line(failed.reason), mend) if isinstance(failed, Dead) else unheard("Confluence", failed)

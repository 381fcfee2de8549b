"""Statuspage, by its REST API: incidents with their updates, and the components that they affect.

What it takes and answers: https://developer.statuspage.io/ (incidents, components, pages). It wants `OAuth` before the
key, takes 60 requests in any 60 seconds of one key, and says so with 420 or 429 and `Retry-After`:
https://community.atlassian.com/t5/Statuspage-articles/Upcoming-rate-limiting-changes-to-Statuspage-REST-API/ba-p/1455362
"""

import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from pydantic import SecretStr

from app.domain.customers import Impact
from app.integrations.answers import OtherSide
from app.line import PUBLIC, Answer, Fence, Json, Line, mapping, mappings
from app.outbox import Doubtful, Failed, Later

WITHIN = timedelta(seconds=60)
MOST_REQUESTS = 55
"""A few less than it takes: others may use the key too."""
PAUSES = (420, HTTPStatus.TOO_MANY_REQUESTS)
PER_PAGE = 100
MOST_PAGES = 10
ALL = {"page": "1", "per_page": str(PER_PAGE)}
"""What is not asked for in pages is answered once a minute."""
NEWEST = {"page": "1", "limit": "20"}
"""Each comes with all of its words, and an answer is read to a mebibyte."""
LONGEST_NAME = 255
MARK = "tocsin"
"""Under which an incident's metadata there says which one of ours it is."""
OVER = ("resolved", "postmortem", "completed")
STATUS_OF = {
    Impact.NONE: "operational",
    Impact.MINOR: "degraded_performance",
    Impact.MAJOR: "partial_outage",
    Impact.CRITICAL: "major_outage",
}
"""What becomes of a component whose customers are affected so."""


class Unheard(Exception):
    """Statuspage did not do what it was asked; `outcome` is what that means for a delivery."""

    def __init__(self, outcome: Failed) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Entry:
    """An incident on Statuspage: `episode` and `delivery` are our keys, where it is one of ours."""

    id: str
    status: str
    impact: Impact
    url: str = ""
    components: tuple[str, ...] = ()
    episode: str = ""
    delivery: str = ""

    @property
    def is_over(self) -> bool:
        """Say whether customers read there that it is over."""
        return self.status in OVER

    @classmethod
    def read(cls, told: Any) -> "Entry | None":
        """Return what Statuspage tells of an incident; nothing for what is none."""
        if not isinstance(told, dict) or not isinstance(told.get("id"), str):
            return None
        mark = mapping(mapping(told.get("metadata")).get(MARK))
        return cls(
            id=told["id"],
            status=str(told.get("status") or ""),
            impact=_impact(told.get("impact_override") or told.get("impact")),
            url=str(told.get("shortlink") or ""),
            components=tuple(one for one in map(_id, mappings(told.get("components"))) if one),
            episode=str(mark.get("episode") or ""),
            delivery=str(mark.get("delivery") or ""),
        )


@dataclass(frozen=True, slots=True)
class Word:
    """What customers are told: `components` are Statuspage's ids, each with what becomes of it; `affected` of those."""

    headline: str
    body: str
    status: str
    impact: str
    episode: str
    delivery: str
    components: Mapping[str, str] = field(default_factory=dict)
    affected: Collection[str] = ()

    def written(self) -> Json:
        """Return this as Statuspage takes it."""
        incident = {
            "name": self.headline[:LONGEST_NAME],
            "status": self.status,
            "body": self.body,
            "impact_override": self.impact,
            "component_ids": list(self.affected),
            "components": dict(self.components),
            "metadata": {MARK: {"episode": self.episode, "delivery": self.delivery}},
        }
        return {"incident": incident}


class Statuspage:
    """One page on Statuspage. Every call of it raises `Unheard` where nothing came of it."""

    def __init__(
        self,
        key: SecretStr,
        page: str,
        address: str,
        *,
        fence: Fence = PUBLIC,
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST_REQUESTS,
    ) -> None:
        """Take a page's id, and ask no more often than `most` times in a minute, by the seconds of `clock`."""
        self._side = OtherSide("Statuspage", "STATUSPAGE_API_KEY and STATUSPAGE_PAGE_ID", (key,), "STATUSPAGE_URL")
        self._line = Line(
            f"{address}/pages/{page}",
            headers={"Authorization": SecretStr(f"OAuth {key.get_secret_value()}")},
            fence=fence,
        )
        self._clock = clock
        self._most = most
        self._asked: deque[float] = deque()
        self._known: dict[str, str] = {}

    async def name(self) -> str:
        """Return how the page is called, which only who may change it is told."""
        answer = await self._ask("GET", "", "look at the page")
        return str(answer.read().get("name") or "a page without a name")

    async def components(self, names: Collection[str]) -> Mapping[str, str]:
        """Return Statuspage's ids of the components called so, by those names; what it does not have is left out."""
        if any(name.casefold() not in self._known for name in names):
            self._known = {name: one async for name, one in self._components()}
        return {name: self._known[name.casefold()] for name in names if name.casefold() in self._known}

    async def unresolved(self) -> list[Entry]:
        """Return what customers read there that is not over."""
        return await self._entries("/incidents/unresolved")

    async def recent(self) -> list[Entry]:
        """Return the newest, whether or not they are over."""
        return await self._entries("/incidents", NEWEST)

    async def entry(self, page: str) -> Entry | None:
        """Return one by its id there; nothing where somebody deleted it."""
        what = "look at the incident"
        return Entry.read((await self._ask("GET", f"/incidents/{page}", what, also=(HTTPStatus.NOT_FOUND,))).read())

    async def create(self, word: Word, what: str) -> Entry:
        """Publish another incident."""
        answer = await self._ask("POST", "/incidents", what, json=word.written())
        if entry := Entry.read(answer.read()):
            return entry
        raise Unheard(Doubtful("Statuspage answered in a way that says nothing"))

    async def update(self, page: str, word: Word, what: str) -> Entry | None:
        """Publish what is new of one; nothing where somebody deleted it meanwhile."""
        also = (HTTPStatus.NOT_FOUND,)
        answer = await self._ask("PATCH", f"/incidents/{page}", what, json=word.written(), also=also)
        return Entry.read(answer.read())

    async def close(self) -> None:
        """Let go of every connection."""
        await self._line.close()

    async def _components(self) -> AsyncIterator[tuple[str, str]]:
        for number in range(1, MOST_PAGES + 1):
            page = ALL | {"page": str(number)}
            found = await self._found("/components", "look up the components", page)
            for one in found:
                if _id(one) and isinstance(one.get("name"), str) and not one.get("group"):
                    yield one["name"].strip().casefold(), one["id"]
            if len(found) < PER_PAGE:
                return

    async def _entries(self, path: str, which: Mapping[str, str] = ALL) -> list[Entry]:
        found = await self._found(path, "look up incidents", which)
        return [entry for entry in map(Entry.read, found) if entry]

    async def _found(self, path: str, what: str, which: Mapping[str, str]) -> list[Json]:
        found = self._side.found(await self._ask("GET", path, what, query=which))
        if isinstance(found, Doubtful):
            raise Unheard(found)
        return found

    async def _ask(
        self,
        method: str,
        path: str,
        what: str,
        *,
        json: Json | None = None,
        query: Mapping[str, str] | None = None,
        also: Collection[int] = (),
    ) -> Answer:
        if pause := self._pause():
            raise Unheard(Later("Statuspage takes no more requests this minute", pause, tried=False))
        asking = self._line.ask(method, path, json=json, query=query)
        answer = await self._side.hear(asking, what, also=(*also, *PAUSES))
        if not isinstance(answer, Answer):
            # It may be that somebody took a component away there.
            self._known = {}
            raise Unheard(answer)
        if answer.status in PAUSES:
            raise Unheard(Later("Statuspage asked for a pause", answer.pause or WITHIN))
        return answer

    def _pause(self) -> timedelta | None:
        """Return how long to wait before the next request, and count it where it need not wait."""
        now, within = self._clock(), WITHIN.total_seconds()
        # A clock that is put back must not make it wait for what seems to lie ahead.
        while self._asked and not now - within < self._asked[0] <= now:
            self._asked.popleft()
        if len(self._asked) >= self._most:
            return timedelta(seconds=self._asked[0] + within - now)
        self._asked.append(now)
        return None


def worst(component: str, impact: Impact, others: Collection[Entry]) -> str:
    """Return what becomes of a component that is affected so here, and perhaps otherwise in `others`."""
    impacts = (impact, *(one.impact for one in others if component in one.components))
    return STATUS_OF[max(impacts, key=lambda one: one.rank)]


def _id(told: Json) -> str:
    found = told.get("id")
    return found if isinstance(found, str) else ""


def _impact(told: Any) -> Impact:
    return Impact(told) if told in list(Impact) else Impact.NONE

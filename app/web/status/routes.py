"""The addresses of the status page. They answer from memory, to anybody, while Slack or the database is down too."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.alerts.taking import last_workspace
from app.config import Settings
from app.domain.playbook import Playbook
from app.store import Store, Telling
from app.web.status.board import LOOK_BACK, Board, board
from app.web.status.kept import Kept, Known
from app.web.status.pages import Pages, Served

PATH = "/status"
FEED = "/status/feed.rss"
CURRENT = "public, max-age=10, stale-while-revalidate=30, stale-if-error=86400"
STALE = "public, max-age=3, stale-if-error=86400"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Vary": "Accept-Encoding",
}

Make = Callable[[Known[Board]], Served]


def status_page(settings: Settings, store: Store, playbook: Playbook, now: Callable[[], datetime]) -> list[Route]:
    """Return the addresses of the page; none where it is not switched on."""
    if not settings.status_page:
        return []
    zone = ZoneInfo(playbook.rules.hours.zone)
    names = [one.name for one in playbook.components]

    def told_since(since: datetime) -> Awaitable[list[Telling]]:
        return store.run(lambda tx: tx.told(since, last_workspace(tx)), urgent=False)

    async def look() -> Board:
        moment = now()
        return board(await told_since(moment - LOOK_BACK), names, zone, moment)

    pages = Pages(settings.status_page_title, settings.status_page, zone)
    return Site(pages, Kept(look, now)).routes()


class Site:
    """Answers for the page and its feed."""

    def __init__(self, pages: Pages, kept: Kept[Board]) -> None:
        self._kept = kept
        self._always = HEADERS | {"Content-Security-Policy": pages.policy}
        self._page = Answers(
            lambda known: pages.page(known.found, None if known.is_current else known.at), self._always
        )
        self._feed = Answers(lambda known: pages.feed(known.found), self._always)
        self._pages = pages

    def routes(self) -> list[Route]:
        """Return the addresses."""
        return [Route(PATH, self._show), Route(f"{PATH}/", self._show), Route(FEED, self._tell)]

    async def _show(self, request: Request) -> Response:
        return await self._answer(request, self._page)

    async def _tell(self, request: Request) -> Response:
        return await self._answer(request, self._feed)

    async def _answer(self, request: Request, answers: "Answers") -> Response:
        known = await self._kept.get()
        return await answers.to(request, known) if known else self._unknown()

    def _unknown(self) -> Response:
        said = self._pages.unknown()
        more = {"Cache-Control": "no-store", "Retry-After": "10", "Content-Type": said.kind}
        return Response(said.body, HTTPStatus.SERVICE_UNAVAILABLE, self._always | more)


class Answers:
    """What is answered of what is known, made once for each that is another: a response may go out many times."""

    def __init__(self, make: Make, headers: Mapping[str, str]) -> None:
        self._make = make
        self._headers = headers
        self._of: tuple[Board, bool] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._tag = ""
        self._whole = self._small = self._same = Response()

    async def to(self, request: Request, known: Known[Board]) -> Response:
        """Return the answer to a request: nothing where the browser has it, small where it can unfold it."""
        if not self._is_of(known):
            async with self._one_at_a_time:
                if not self._is_of(known):
                    self._prepare(known, await asyncio.to_thread(self._made, known))
        if self._tag in request.headers.get("if-none-match", ""):
            return self._same
        return self._small if "gzip" in request.headers.get("accept-encoding", "") else self._whole

    def _is_of(self, known: Known[Board]) -> bool:
        this = (known.found, known.is_current)
        if self._of != this:
            return False
        # The one that was found last: to be compared with itself costs nothing.
        self._of = this
        return True

    def _made(self, known: Known[Board]) -> Served:
        served = self._make(known)
        _ = served.tag, served.small
        return served

    def _prepare(self, known: Known[Board], served: Served) -> None:
        self._of, self._tag = (known.found, known.is_current), served.tag
        headers = {**self._headers, "Cache-Control": CURRENT if known.is_current else STALE, "ETag": served.tag}
        told = {**headers, "Content-Type": served.kind}
        self._same = Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        self._small = Response(served.small, headers={**told, "Content-Encoding": "gzip"})
        self._whole = Response(served.body, headers=told)

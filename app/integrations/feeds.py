"""Fetches the calendars that say who is on call, ahead of time: no page ever waits for one.

What was fetched is kept as shifts. Where a calendar cannot be had, the shifts that are known stay, and since when it
fails is kept beside them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import httpx

from app.domain.on_call import Calendar
from app.domain.playbook import Playbook
from app.integrations import ical
from app.integrations.ical import Entry, Unreadable
from app.integrations.line import on_this_machine
from app.store import Store

log = logging.getLogger(__name__)

AHEAD = timedelta(days=21)
BEHIND = timedelta(days=1)
MOST_READ = 1024 * 1024
WITHIN = 10.0
READ_WITHIN = 20.0
MOST_UNKNOWN = 5
MOST_ASKED = 50
HEADERS = {"User-Agent": "Tocsin", "Accept": "text/calendar", "Accept-Encoding": "identity"}

Who = Callable[[str], Awaitable[str | None]]
"""Returns the member with an e-mail address, if there is one."""


@dataclass(frozen=True, slots=True)
class Feeds:
    """The calendars of a playbook; `folder` is where it lies, `who` asks Slack whose an address is."""

    store: Store
    playbook: Playbook
    folder: Path
    workspace: str
    now: Callable[[], datetime]
    who: Who

    async def refresh(self) -> None:
        """Fetch every calendar, and keep what it says; nothing here raises because of a calendar."""
        for responder, plan in self.playbook.on_call.items():
            if isinstance(plan, Calendar):
                await self._refresh(responder, plan)

    async def _refresh(self, responder: str, calendar: Calendar) -> None:
        now = self.now()
        try:
            found = await self._entries(calendar, now)
        except Unreadable as error:
            reason = str(error)
            # Not the address: who has it can read the calendar.
            log.warning("the calendar of %s could not be read: %s", responder, reason)
            await self.store.run(lambda tx: tx.keep_failure(self.workspace, responder, reason, now), urgent=False)
            return
        shifts, unknown = ical.assign(found, calendar.people, await self._members(found, calendar))
        said = _in_words(unknown)
        await self.store.run(lambda tx: tx.keep_shifts(self.workspace, responder, shifts, now, said), urgent=False)

    async def _entries(self, calendar: Calendar, now: datetime) -> list[Entry]:
        data = await fetch(calendar.url) if calendar.url else _read(self.folder, calendar.file)
        zone = self.playbook.rules.hours.zone
        try:
            async with asyncio.timeout(READ_WITHIN):
                return await asyncio.to_thread(ical.entries, data, now - BEHIND, now + AHEAD, zone)
        except TimeoutError as error:
            raise Unreadable("it takes too long to read") from error

    async def _members(self, found: list[Entry], calendar: Calendar) -> Mapping[str, str]:
        strangers = ical.strangers(found, calendar.people)[:MOST_ASKED]
        asked = {address: await self.who(address) for address in strangers}
        return {address: member for address, member in asked.items() if member}


async def fetch(url: str) -> bytes:
    """Return what stands at `url`. Raises `Unreadable`."""
    if not _is_allowed(url):
        raise Unreadable("its address does not begin with https://")
    try:
        async with (
            asyncio.timeout(WITHIN),
            httpx.AsyncClient(timeout=WITHIN, follow_redirects=False, trust_env=not on_this_machine(url)) as client,
            client.stream("GET", url, headers=HEADERS) as answer,
        ):
            return await _body(answer)
    except TimeoutError as error:
        raise Unreadable("its server does not answer") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Unreadable(f"its server cannot be reached ({type(error).__name__})") from error


async def _body(answer: httpx.Response) -> bytes:
    if answer.is_redirect:
        raise Unreadable("its address leads to another one; write that one into the playbook")
    if answer.status_code != HTTPStatus.OK:
        raise Unreadable(f"its server answered {answer.status_code}")
    read = bytearray()
    # Raw: what a server compresses although it was asked not to could unfold to any size.
    async for part in answer.aiter_raw():
        read += part
        if len(read) > MOST_READ:
            raise Unreadable("it is larger than 1 MiB")
    return bytes(read)


def _is_allowed(url: str) -> bool:
    try:
        return httpx.URL(url).scheme == "https" or on_this_machine(url)
    except httpx.InvalidURL:
        return False


def _read(folder: Path, name: str) -> bytes:
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise Unreadable(f"{name} does not lie beside the playbook")
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_READ + 1)
    except OSError as error:
        raise Unreadable(f"the file {name} cannot be read ({error.strerror})") from error
    if len(data) > MOST_READ:
        raise Unreadable("it is larger than 1 MiB")
    return data


def _in_words(unknown: tuple[str, ...]) -> str:
    shown = ", ".join(unknown[:MOST_UNKNOWN])
    return f"{shown} and {len(unknown) - MOST_UNKNOWN} more" if len(unknown) > MOST_UNKNOWN else shown

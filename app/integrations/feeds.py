"""Fetches the calendars and schedules that say who is on call, ahead of time: no page ever waits for one.

What was fetched is kept as shifts. Where a calendar cannot be had, the shifts that are known stay, and since when it
fails is kept beside them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from app.domain.on_call import Calendar, Fetched
from app.domain.playbook import Playbook
from app.integrations import ical
from app.integrations.ical import Entry, Unreadable
from app.line import MOST_READ, PUBLIC, Answer, Fence, Line, Unanswered, Unreachable
from app.store import Store

log = logging.getLogger(__name__)

AHEAD = timedelta(days=21)
BEHIND = timedelta(days=1)
WITHIN = timedelta(seconds=10)
READ_WITHIN = 20.0
MOST_UNKNOWN = 5
MOST_ASKED = 50
NO_ACCOUNT = "PAGERDUTY_API_TOKEN is not set, by which schedules are read"
CALENDAR = {"Accept": "text/calendar"}

Who = Callable[[str], Awaitable[str | None]]
"""Returns the member with an e-mail address, if there is one."""


class Schedules(Protocol):
    """A pager that knows who is on call."""

    async def entries(self, schedule: str, since: datetime, until: datetime) -> list[Entry]:
        """Return who is on call by a schedule, by its id, between two moments. Raises `Unreadable`."""


@dataclass(frozen=True, slots=True)
class Feeds:
    """The calendars and schedules of a playbook; `folder` is where it lies, `who` asks Slack whose an address is.

    `schedules` reads those of pagers, by their way.
    """

    store: Store
    playbook: Playbook
    folder: Path
    workspace: str
    now: Callable[[], datetime]
    who: Who
    fence: Fence = PUBLIC
    schedules: Mapping[str, Schedules] = field(default_factory=dict)

    async def refresh(self) -> None:
        """Fetch every calendar, and keep what it says; nothing here raises because of a calendar."""
        for responder, plan in self.playbook.on_call.items():
            if isinstance(plan, Fetched):
                await self._refresh(responder, plan)

    async def _refresh(self, responder: str, plan: Fetched) -> None:
        now = self.now()
        try:
            found = await self._entries(plan, now)
        except Unreadable as error:
            reason = str(error)
            # Not the address: who has it can read the calendar.
            log.warning("who is on call as %s could not be read: %s", responder, reason)
            await self.store.run(lambda tx: tx.keep_failure(self.workspace, responder, reason, now), urgent=False)
            return
        people = plan.people if isinstance(plan, Calendar) else {}
        shifts, unknown = ical.assign(found, people, await self._members(found, people))
        said = _in_words(unknown)
        await self.store.run(lambda tx: tx.keep_shifts(self.workspace, responder, shifts, now, said), urgent=False)

    async def _entries(self, plan: Fetched, now: datetime) -> list[Entry]:
        if isinstance(plan, Calendar):
            return await self._of_calendar(plan, now)
        known = self.schedules.get(plan.way)
        if known is None:
            raise Unreadable(NO_ACCOUNT)
        return await known.entries(plan.id, now - BEHIND, now + AHEAD)

    async def _of_calendar(self, calendar: Calendar, now: datetime) -> list[Entry]:
        data = await fetch(calendar.url, self.fence) if calendar.url else _read(self.folder, calendar.file)
        zone = self.playbook.rules.hours.zone
        try:
            async with asyncio.timeout(READ_WITHIN):
                return await asyncio.to_thread(ical.entries, data, now - BEHIND, now + AHEAD, zone)
        except TimeoutError as error:
            raise Unreadable("it takes too long to read") from error

    async def _members(self, found: list[Entry], people: Mapping[str, str]) -> Mapping[str, str]:
        strangers = ical.strangers(found, people)[:MOST_ASKED]
        asked = {address: await self.who(address) for address in strangers}
        return {address: member for address, member in asked.items() if member}


async def fetch(url: str, fence: Fence = PUBLIC) -> bytes:
    """Return what stands at `url`. Raises `Unreadable`."""
    line = Line(url, headers=CALENDAR, within=WITHIN, fence=fence)
    try:
        return _body(await line.ask("GET"))
    except Unreachable as error:
        raise Unreadable(f"its server cannot be reached: {error}") from error
    except Unanswered as error:
        raise Unreadable("its server does not answer") from error
    finally:
        await line.close()


def _body(answer: Answer) -> bytes:
    if answer.leads_elsewhere:
        raise Unreadable("its address leads to another one; write that one into the playbook")
    if answer.status != HTTPStatus.OK:
        raise Unreadable(f"its server answered {answer.status}")
    if not answer.whole:
        raise Unreadable("it is larger than 1 MiB")
    return answer.body


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

"""The status page and its feed, as bytes. What people wrote is escaped: nothing in it becomes a link or a script."""

import base64
import gzip
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import format_datetime
from functools import cached_property
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.domain.customers import STATUSES, Impact
from app.domain.durations import in_words
from app.playbooks.shipped import shipped
from app.web.status.board import WORKS, Board, PublicIncident

FOLDER = shipped() / "pages"
UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""What no feed may hold, and what turns the direction of text."""
IN_FEED = 50
PARAGRAPHS = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Served:
    """Something that is served: what it is, and the tag by which a browser asks whether it has it already."""

    body: bytes
    kind: str

    @cached_property
    def tag(self) -> str:
        """Return what is another for each other body."""
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:20]}"'

    @cached_property
    def small(self) -> bytes:
        """Return the body as most browsers take it."""
        return gzip.compress(self.body, mtime=0)


class Pages:
    """Makes the page and the feed. `address` is where customers find the page, `zone` whose times they read."""

    def __init__(self, title: str, address: str, zone: ZoneInfo) -> None:
        self.address = address
        self._facts = {"title": title, "address": address, "impacts": WORKS, "statuses": STATUSES}
        self._env = _environment(zone)
        self.style = (FOLDER / "status.css").read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    def page(self, board: Board, stale_since: datetime | None) -> Served:
        """Return the page; `stale_since` is when it was true, where nobody knows whether it still is."""
        said = self._env.get_template("status.html.j2").render(
            self._facts, board=board, style=self.style, stale_since=stale_since
        )
        return Served(said.encode(), "text/html; charset=utf-8")

    def unknown(self) -> Served:
        """Return what is shown where nothing is known at all."""
        said = self._env.get_template("unknown.html.j2").render(self._facts, style=self.style)
        return Served(said.encode(), "text/html; charset=utf-8")

    def feed(self, board: Board) -> Served:
        """Return the newest words to customers, for those who read feeds."""
        words = [(one, word) for one in board.everything for word in one.words]
        newest = sorted(words, key=lambda pair: pair[1].at, reverse=True)[:IN_FEED]
        said = self._env.get_template("feed.rss.j2").render(self._facts, words=newest)
        return Served(said.encode(), "application/rss+xml; charset=utf-8")


def _environment(zone: ZoneInfo) -> Environment:
    env = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def time(at: datetime) -> str:
        return f"{at.astimezone(zone):%H:%M %Z}"

    def moment(at: datetime) -> str:
        local = at.astimezone(zone)
        return f"{local.day} {local:%b %Y, %H:%M %Z}"

    def day(of: date) -> str:
        return f"{of:%A}, {of.day} {of:%B %Y}"

    filters: dict[str, Callable[..., Any]] = {
        "time": time,
        "moment": moment,
        "day": day,
        "machine": lambda at: at.isoformat(timespec="seconds"),
        "rfc822": format_datetime,
        "lasted": _lasted,
        "paragraphs": _paragraphs,
        "shown": _shown,
        "html": _html,
        "impact_word": _impact_word,
    }
    env.filters |= filters
    return env


def _shown(text: str) -> str:
    return UNSHOWN.sub("", text)


def _paragraphs(text: str) -> Sequence[str]:
    return [part.strip() for part in PARAGRAPHS.split(_shown(text)) if part.strip()]


def _html(text: str) -> str:
    """Return text as HTML: readers take a description of a feed for that."""
    return "".join(f"<p>{escape(part, quote=False)}</p>".replace("\n", "<br>") for part in _paragraphs(text))


def _lasted(one: PublicIncident) -> str:
    return in_words(one.ended_at - one.began_at)


def _impact_word(impact: Impact) -> str:
    return {Impact.NONE: "no impact"}.get(impact, f"{impact} impact")

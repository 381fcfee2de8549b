"""Text for Slack: what people wrote is made harmless here, and everything that Slack brings to life is made here.

Two rules of this file. Foreign text becomes `Safe` through `escape` alone, so it pings nobody and links nowhere.
A mention, a channel or a time becomes a live token through `mention`, `channel_ref`, `when` alone, from typed values.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.durations import SECONDS_A_MINUTE, in_words
from app.domain.errors import Rejected, Show
from app.store import Record

SOON = timedelta(seconds=10)
"""What is nearer than that is now."""

MEMBER = re.compile(r"[UW][A-Z0-9]+")
GROUP = re.compile(r"S[A-Z0-9]+")
CHANNEL = re.compile(r"[CGD][A-Z0-9]+")
PERMALINK = re.compile(r"https?://[\w.:-]+/archives/[A-Z0-9]+/p\d+(\?[\w=.&-]*)?")

ADDRESS = re.compile(r"https?://[\w.:-]{1,255}(/[\w!$%&'()*+,./:;=?@~#-]{0,2000})?", re.ASCII)
"""A web address in which nothing ends a link of Slack's, or of Markdown's table."""

SAME_DAY = timedelta(hours=12)
LONGEST_TOKEN = 300
ROOM_FOR_A_NOTE = 100

# Controls but newline and tab, lone surrogates, and characters that show nothing or turn the direction of the text.
# The two joiners stay: emoji, Persian and the scripts of India need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_NEWLINE = re.compile("\r\n?|[\u0085\u2028\u2029]")
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILED_MARKS = re.compile(f"({_MARK}{{3}}){_MARK}+")
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_OPEN_ENTITY = re.compile(r"&[a-z]{0,3}\Z")
# Two regional indicators make a flag.
_HALF_A_FLAG = re.compile(r"(?<![🇦-🇿])(?:[🇦-🇿]{2})*[🇦-🇿]\Z")
_LOOKS_LIVE = re.compile(r"<(?=\S)")


class Safe(str):
    """Text that is ready for where it goes: escaped, or made by Tocsin itself."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Message:
    """What Slack takes: `text` for the notification, a full sentence by itself, and the blocks."""

    text: str
    blocks: list[dict[str, Any]]


def clean(text: str) -> str:
    """Return `text` without what cannot be seen or shown, and with at most three marks piled on a letter."""
    return _PILED_MARKS.sub(r"\1", _UNSEEN.sub("", _NEWLINE.sub("\n", text)))


def one_line(text: str) -> str:
    """Return `text` with every run of white space, line ends too, as one space."""
    return " ".join(text.split())


def escape(text: str) -> Safe:
    """Return foreign `text` for mrkdwn: it reads as it was written, pings nobody and links nowhere."""
    return Safe(clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def plain(text: str) -> str:
    """Return foreign `text` for a plain_text object or a topic.

    Slack parses no tokens there and shows `&lt;` as such; a word joiner keeps what looks like a token from coming
    alive where the text is copied on.
    """
    return _LOOKS_LIVE.sub("<\u2060", one_line(clean(text)))


def mention(who: str | None, nobody: str = "nobody yet") -> Safe:
    """Return what Slack shows as a mention of the member or user group with the id `who`."""
    if not who:
        return escape(nobody)
    if GROUP.fullmatch(who):
        return Safe(f"<!subteam^{who}>")
    return Safe(f"<@{who}>") if MEMBER.fullmatch(who) else escape(f"@{who}")


def mentions(ids: Sequence[str]) -> Safe:
    """Return mentions of all of `ids`, one after the other."""
    return Safe(" ".join(mention(one) for one in ids))


def when(at: datetime, beside: datetime | None = None) -> Safe:
    """Return a token that shows everyone their own local time.

    `beside` is the moment that the reader has in mind; half a day away from it, the day is shown too.
    """
    if beside is not None and abs(at - beside) >= SAME_DAY:
        return on_day(at)
    return _date(at, "{time}", f"{at.astimezone(UTC):%H:%M} UTC")


def on_day(at: datetime) -> Safe:
    """Return the same with its day: "10:02, today"."""
    utc = at.astimezone(UTC)
    return _date(at, "{time}, {date_short_pretty}", f"{utc:%H:%M} UTC, {utc.day} {utc:%b %Y}")


def when_ago(at: datetime) -> Safe:
    """Return "10:02 (14 minutes ago)", which the reader's Slack keeps true, so that it may stand in what is edited."""
    return _date(at, "{time} ({ago})", f"{at.astimezone(UTC):%H:%M} UTC")


def when_in(at: datetime, now: datetime) -> Safe:
    """Return "in 14 min, 10:17" or "14 min ago, 10:03", for a message that is sent once."""
    distance = at - now
    if round(abs(distance).total_seconds()) < SECONDS_A_MINUTE:
        # A tick comes a moment late, and "in 1 min" is true for it all the same.
        relative = "in less than a minute" if distance >= SOON else "now"
    elif distance > timedelta(0):
        relative = f"in {in_words(distance)}"
    else:
        relative = f"{in_words(-distance)} ago"
    return Safe(f"{relative}, {when(at, now)}")


def _date(at: datetime, form: str, fallback: str) -> Safe:
    return Safe(f"<!date^{int(at.timestamp())}^{form}|{fallback}>")


def channel_ref(record: Record) -> Safe:
    """Return a link to the incident's channel, or its name where it has none."""
    return channel_link(record.incident.channel, record.incident.name)


def channel_link(channel: str | None, name: str) -> Safe:
    """Return a link to the channel of that id; where there is none, the name of the incident that it would be of."""
    if channel and CHANNEL.fullmatch(channel):
        return Safe(f"<#{channel}>")
    return escape(one_line(name))


def room_address(record: Record, api_url: str) -> str | None:
    """Return where a browser or a phone finds the incident's room; nothing before there is one.

    Slack's page: https://docs.slack.dev/interactivity/deep-linking
    """
    incident = record.incident
    thread = incident.announcement.channel if incident.in_thread and incident.announcement else None
    room, team = incident.channel or thread, record.workspace.rpartition(":")[2]
    return f"{api_url.removesuffix('api/')}app_redirect?team={team}&channel={room}" if room else None


def permalink(url: str | None, label: str) -> Safe:
    """Return `label` as a link to a message of this workspace; without the link where `url` is no such thing."""
    if url and PERMALINK.fullmatch(url):
        return Safe(f"<{url.replace('&', '&amp;')}|{escape(label)}>")
    return escape(label)


def outside(url: str | None, label: str) -> Safe:
    """Return `label` as a link to a system outside; without the link where `url` is no plain address."""
    if url and ADDRESS.fullmatch(url):
        return Safe(f"<{url.replace('&', '&amp;')}|{escape(one_line(label))}>")
    return escape(one_line(label))


def fit(text: str, limit: int) -> str:
    """Return `text`, cut to `limit` characters where it is longer, and saying by how much.

    No cut goes through what is seen as one character, through a token (`<@U1>`) or through an escape (`&lt;`).
    """
    if len(text) <= limit:
        return text
    said = limit >= ROOM_FOR_A_NOTE
    kept = text[: _cut(text, limit - (len(_note(len(text))) if said else 1))].rstrip()
    return kept + (_note(len(_ENTITY.sub("&", text[len(kept) :]))) if said else "…")


def _note(characters: int) -> str:
    return f"… ({characters:,} more characters)"


def _cut(text: str, at: int) -> int:
    wanted = at
    while at and _goes_through(text, at):
        at -= 1
    return at or wanted


def _goes_through(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if "\u200d" in (before, after) or unicodedata.category(after).startswith("M") or "🏻" <= after <= "🏿":
        return True
    tail = text[max(0, at - LONGEST_TOKEN) : at]
    if _HALF_A_FLAG.search(tail) and _HALF_A_FLAG.match(after):
        return True
    return tail.rfind("<") > tail.rfind(">") or bool(_OPEN_ENTITY.search(tail))


def sentence(rejected: Rejected, record: Record | None = None, now: datetime | None = None) -> Safe:
    """Return what the person reads whose command was refused."""
    show: dict[str, Show] = {
        "": lambda value: escape(str(value)),
        "t": lambda at: when(at, now) if now else on_day(at),
        "m": mention,
        "c": lambda name: channel_ref(record) if record else escape(str(name)),
    }
    return Safe(rejected.sentence(show))

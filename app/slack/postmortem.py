"""The draft of a postmortem: Markdown, written from the timeline through the playbook's template.

What Tocsin does not know it marks as a blank for a person to fill; it invents nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.domain import events as e
from app.domain.incident import Incident
from app.domain.measures import measures, times
from app.domain.playbook import Playbook
from app.domain.tracking import Ticket
from app.slack.blocks import buttons, timeline
from app.slack.blocks.elements import Part
from app.slack.blocks.elements import message as message_of
from app.slack.blocks.headline import marked
from app.slack.text import ADDRESS as WEB
from app.slack.text import MEMBER, PERMALINK, Message, Safe, clean, one_line
from app.slack.words import OWN_MESSAGES, OWN_WORDS, Dialect, Words, in_utc
from app.store import Record

LONGEST = 12_000
"""Characters that Slack takes in the markdown blocks of one message: https://docs.slack.dev/reference/block-kit/blocks/markdown-block"""
TEMPLATE = "postmortem.md"

INLINE = re.compile(r"[\\`*_\[\]~|]")
INDENT = re.compile(r"(?m)^[ \t]+")
STARTS_A_BLOCK = re.compile(r"(?m)^(?:(?=[#+=-])|\d{1,9}(?=[.)](?:\s|$)))")
ADDRESS = re.compile(r"https?://[^\s<>()\[\]|]{1,500}")
MAKES_A_LINK = re.compile(r"(?<=\w)://|(?<=\bwww)\.|(?<=\w)@(?=\w)")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the timeline table; `what` is Markdown already."""

    at: datetime
    who: str
    what: Safe


@dataclass(frozen=True, slots=True)
class Promise:
    """A row of the table of follow-ups: `owner` is how people call whoever does it, if anybody does."""

    text: str
    owner: str
    state: str
    ticket: Ticket | None


def draft(record: Record, events: Sequence[e.Event], names: Mapping[str, str], playbook: Playbook, words: Words) -> str:
    """Return the whole draft. `names` are how people are called, for a file cannot mention them."""
    incident = replace(record.incident, title=marked(record.incident))
    markdown = _in_markdown(words.folders)
    lines = list(_lines(record, events, names, markdown))
    moments = times(incident)
    return markdown.say(
        TEMPLATE,
        otherwise=_without_template(incident, lines),
        incident=incident,
        rules=record.rules,
        severity=record.rules.severity(incident.severity),
        name=incident.name,
        names=names,
        status=record.rules.status_label(incident.status),
        times=moments,
        measures=measures(moments),
        timeline=lines,
        roles=list(_roles(record, names)),
        resolution=incident.resolution,
        agenda=playbook.agenda,
        follow_ups=list(_follow_ups(record, names)),
        blank=blank,
    )


def _lines(record: Record, events: Iterable[e.Event], names: Mapping[str, str], markdown: Words) -> Iterator[Line]:
    for row in timeline.rows(events, record, markdown, names=names):
        yield Line(row.at, _called(row.by, names) if row.by else timeline.TOCSIN, row.what)


def _follow_ups(record: Record, names: Mapping[str, str]) -> Iterator[Promise]:
    for one in record.incident.follow_ups:
        state = "Done" if one.is_done else (one.ticket.state if one.ticket else "") or "Open"
        yield Promise(one.text, _called(one.owner, names) if one.owner else "", state, one.ticket)


def _roles(record: Record, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    played = record.incident.roles
    return ((role.name, _called(played[role.id], names)) for role in record.rules.roles if role.id in played)


def _called(member: str, names: Mapping[str, str]) -> str:
    return names.get(member, member)


def _without_template(incident: Incident, lines: Iterable[Line]) -> str:
    rows = (f"- {in_utc(line.at)} {in_markdown(line.who)} {line.what}" for line in lines)
    return "\n".join((f"# Postmortem: {in_markdown(incident.title)}", "", *rows, ""))


def people(events: Iterable[e.Event]) -> set[str]:
    """Return the ids of all members whom a timeline names."""
    return {member for event in events for field in fields(event) for member in _members(getattr(event, field.name))}


def _members(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (value,) if MEMBER.fullmatch(value) else ()
    elif isinstance(value, tuple | dict):
        for one in value:
            yield from _members(one)


def is_too_long(markdown: str) -> bool:
    """Say whether Slack cannot show the whole draft in one message."""
    return len(markdown) > LONGEST


def message(record: Record, markdown: str, file_url: str | None, *, publishes: bool = False) -> Message:
    """Return the message with the draft; what is too long for Slack is cut at a line, and says where the whole is.

    Where something keeps documents (it `publishes`), a button publishes it.
    """
    incident = replace(record.incident, title=marked(record.incident))
    said = OWN_WORDS.say("postmortem", incident=incident)
    shown = _cut(markdown, file_url) if is_too_long(markdown) else markdown
    row = buttons.row(*_next_steps(record, publishes=publishes))
    return message_of(said, {"type": "markdown", "text": shown or said}, *row)


def _next_steps(record: Record, *, publishes: bool) -> Iterator[Part]:
    yield buttons.add_follow_ups(record)
    if publishes and not (record.incident.private or record.incident.drill):
        yield buttons.publish_postmortem(record)


def _cut(markdown: str, file_url: str | None) -> str:
    address = Safe(file_url) if file_url and ADDRESS.fullmatch(file_url) else None
    note = _in_markdown((OWN_MESSAGES,)).say("postmortem_cut", address=address)
    kept = markdown[: LONGEST - len(note) - 2]
    return f"{kept[: kept.rfind(chr(10))] if chr(10) in kept else kept}\n\n{note}"


def blank(what: str) -> Safe:
    """Return the mark of something that only a person can fill in."""
    return Safe(f"_[to fill in: {in_markdown(what)}]_")


def in_markdown(text: str) -> Safe:
    """Return foreign `text` for Markdown: it reads as it was written, formats nothing and links nowhere."""
    text = INLINE.sub(r"\\\g<0>", INDENT.sub("", clean(text)))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Safe(MAKES_A_LINK.sub(r"\\\g<0>", STARTS_A_BLOCK.sub(r"\g<0>\\", text)))


def cell(text: str) -> Safe:
    """Return `text` for a cell of a table, in one line."""
    return Safe(one_line(text if isinstance(text, Safe) else in_markdown(text)))


def link(url: str | None, label: str) -> Safe:
    """Return `label` as a link to a message; without the link where `url` is no such thing."""
    return Safe(f"[{in_markdown(label)}]({url})") if url and PERMALINK.fullmatch(url) else in_markdown(label)


def outside(url: str | None, label: str) -> Safe:
    """Return `label` as a link to a system outside; without the link where `url` is no plain address."""
    plain_address = url and WEB.fullmatch(url) and not set("()") & set(url)
    return Safe(f"[{in_markdown(label)}]({url})") if plain_address else in_markdown(label)


MARKDOWN = Dialect(
    in_markdown,
    member=lambda who, names: in_markdown(_called(who, names)),
    time=in_utc,
    soon=in_utc,
    room=lambda _, name: in_markdown(name),
    filters={"cell": cell, "link": link, "outside": outside},
)


@lru_cache
def _in_markdown(folders: tuple[Path, ...]) -> Words:
    # A playbook's own template lies beside the folder of its messages; Tocsin's say what stands in the timeline.
    return Words((*(folder.parent for folder in folders), OWN_MESSAGES), MARKDOWN)

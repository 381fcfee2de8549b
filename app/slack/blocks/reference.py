"""What the playbook holds for people to look up: whom to call outside, and in which systems to look."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from app.domain import links
from app.domain.incident import Incident
from app.domain.reference import Contact, Tool
from app.slack.blocks import buttons
from app.slack.blocks.elements import NOTHING, Part, context, section, speak
from app.slack.text import Message, clean, escape, fit, one_line
from app.slack.words import OWN_WORDS
from app.store import Record

CONTACTS_SHOWN = 15
TOOLS_SHOWN = 25
SHORT = 100
LONG = 200
DIALLED = "+0123456789"
EMAIL = re.compile(r"mailto:[\w.+-]{1,64}@[\w.-]{1,200}", re.ASCII)
PHONE = re.compile(r"tel:\+?\d{2,20}")
WEB = re.compile(r"https?://[!-~]{1,2000}")


def contacts(found: Sequence[Contact], words: str, of: int) -> Message:
    """Return the contacts that were found for `words`, among so many, to be called and written to."""
    said = OWN_WORDS.say("answers/contacts", count=len(found), words=words, of=of)
    shown = [in_rich_text(found[:CONTACTS_SHOWN])] if found else []
    return speak(said, *shown, *_left_out(len(found) - CONTACTS_SHOWN, "contacts"))


def in_rich_text(found: Sequence[Contact]) -> Part:
    """Return contacts line by line, with addresses and numbers that a phone can dial."""
    lines = ({"type": "rich_text_section", "elements": list(_contact(one))} for one in found)
    return {"type": "rich_text", "elements": list(lines)}


def _contact(one: Contact) -> Iterator[Part]:
    yield _text(_line(one.name)) | {"style": {"bold": True}}
    if one.purpose:
        yield _text(f" · {_line(one.purpose)}")
    digits = "".join(digit for digit in one.phone if digit in DIALLED)
    ways = ((one.email, f"mailto:{one.email}", EMAIL), (one.phone, f"tel:{digits}", PHONE), (one.url, one.url, WEB))
    for label, address, form in ways:
        if label:
            yield _text(" · ")
            yield _text(_line(label)) | ({"type": "link", "url": address} if form.fullmatch(address) else {})
    if one.note:
        yield _text(f" · {fit(one_line(clean(one.note)), LONG)}")


def _text(text: str) -> Part:
    # Slack takes no text that is empty, such as that of a name which shows nothing.
    return {"type": "text", "text": text or NOTHING}


def _line(text: str) -> str:
    return fit(one_line(clean(text)), SHORT)


def tools(found: Sequence[Tool], record: Record | None, now: datetime) -> Message:
    """Return the tools, group by group, each with a button that leads there."""
    incident = record.incident if record else None
    said = OWN_WORDS.say("answers/tools", count=len(found), incident=incident, service=_service(incident))
    return speak(said, *_tools(found[:TOOLS_SHOWN], incident, now), *_left_out(len(found) - TOOLS_SHOWN, "tools"))


def _tools(found: Sequence[Tool], incident: Incident | None, now: datetime) -> Iterator[Part]:
    for group, tools in groupby(found, key=lambda tool: tool.group):
        for place, tool in enumerate(tools):
            above = f"*{escape(_line(group))}*\n" if group and not place else ""
            note = f": {fit(escape(tool.note), LONG)}" if tool.note else ""
            yield section(f"{above}{escape(_line(tool.name))}{note}", open_tool(tool, incident, now))


def open_tool(tool: Tool, incident: Incident | None, now: datetime, label: str = "Open") -> Part | None:
    """Return the button that leads to a tool, as it is for the incident; nothing where its address is too long."""
    return buttons.link(label, links.address(tool, incident, now), tool.id)


def _left_out(count: int, word: str) -> list[Part]:
    return [context(OWN_WORDS.say("answers/more", count=count, word=word))] if count > 0 else []


def _service(incident: Incident | None) -> str:
    return links.first_service(incident.services) if incident else ""

"""What a document lists for people to look up: contacts, tools, and links that everybody needs."""

import re
from collections.abc import Iterator
from typing import Any

from app.playbooks.faults import Wrong
from app.playbooks.importing.draft import Draft, id_of, one_line, sentence, word
from app.playbooks.importing.entries import Entry, entries, is_about
from app.playbooks.importing.reading import Section, bare, fences_of, lines_of
from app.playbooks.templated import read_link_template

_I = re.IGNORECASE
CONTACTS = re.compile(
    r"contacts?\b|vendors?|external\s+escalation|third[\s-]part|suppliers?|providers?\b|internal\s+team", _I
)
NO_CONTACTS = re.compile(r"on[\s-]?call|channels?\b|escalation\s+(?:path|matrix)|rotation", _I)
NO_NAMES = ("contact", "sla", "role", "note")
TOOLS = re.compile(r"\btools?\b|dashboards?|resources|\blinks?\b|observability|useful\s+urls?", _I)
NO_TOOLS = re.compile(r"^(?:tickets|post-?mortems)$|status\s*page|bridge|war\s*room|\bzoom\b", _I)
ADDRESS = re.compile(r"https?://[^\s<>`]+[^\s<>`.,;:!?)\]]")
URL = re.compile(r"https?://[^\s<>()\]\"'`]+[^\s<>()\]\"'`.,;:!?]")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?<![\w-])(?:\+?\(?\d{1,4}\)?(?:[\s.-]\(?\d{2,4}\)?){2,5}|\+?\d{7,15})(?![\w/-])")
PURPOSE = re.compile(r"^\W*for\s+(.+)$", _I)
IN_BRACKETS = re.compile(r"\(([^()]*)\)")
LINKS = (
    ("status_page", re.compile(r"status\s*page", _I)),
    ("bridge", re.compile(r"zoom|bridge|war\s*room|conference|google\s*meet|teams\s+call", _I)),
    ("tickets", re.compile(r"jira|ticket", _I)),
    ("postmortems", re.compile(r"confluence|post[\s-]?mortems?", _I)),
)
MOST, MOST_LINES = 60, 300


def recognise(draft: Draft) -> None:
    """Find everything that people look up."""
    _contacts(draft)
    _tools(draft)
    _links(draft)


def _contacts(draft: Draft) -> None:
    found: dict[str, Any] = {}
    for section in draft.root.walk():
        for entry in entries(section) if is_about(section, CONTACTS, NO_CONTACTS) else ():
            one = _in_columns(entry) or _contact(entry.value)
            if one and len(found) < MOST and bare(entry.name) and entry.name.lower() not in NO_NAMES:
                found[entry.mark or id_of(entry.name, "contact", found)] = {"name": word(bare(entry.name))} | one
                draft.understood(entry.line, f"contact {entry.name}")
    if found:
        draft.data["contacts"] = found


def _in_columns(entry: Entry) -> dict[str, Any]:
    told: dict[str, Any] = {
        key: entry.told[key] for key in ("for", "email", "phone", "url", "note") if key in entry.told
    }
    if "url" in told and not URL.fullmatch(told["url"]):
        told["note"] = told.pop("url")
    return told


def _contact(value: str) -> dict[str, Any]:
    one: dict[str, Any] = {}
    rest = value
    for key, pattern in (("email", EMAIL), ("url", URL), ("phone", PHONE)):
        if match := pattern.search(rest):
            one[key] = one_line(match[0])
            rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    rest = one_line(re.sub(r"mailto:|[<>]|\(\s*\)", " ", rest)).strip(" ;,:-–—|")
    if purpose := PURPOSE.match(rest):
        one["for"] = sentence(purpose[1].rstrip("."))
    elif rest:
        alone = IN_BRACKETS.fullmatch(rest)
        one["note"] = alone[1] if alone else rest
    return one


def _tools(draft: Draft) -> None:
    found: dict[str, Any] = {}
    for section in draft.root.walk():
        homeless = []
        for entry in entries(section) if is_about(section, TOOLS, CONTACTS) else ():
            tool = None if NO_TOOLS.search(entry.name) else _tool(entry, section)
            if tool and len(found) < MOST:
                found[entry.mark or id_of(entry.name, "tool", found)] = tool
                draft.understood(entry.line, f"tool {entry.name}")
            elif entry.is_point and not ADDRESS.search(entry.value):
                homeless.append(bare(entry.name))
        if homeless:
            draft.left(section.line, f"without an address: {', '.join(homeless)}")
    if found:
        draft.data["tools"] = found


def _tool(entry: Entry, section: Section) -> dict[str, Any] | None:
    where = entry.told.get("url") or entry.value
    address = re.fullmatch(r"https?://\S+", where) or ADDRESS.search(where)
    if not address or not bare(entry.name):
        return None
    around = one_line(where[: address.start()] + where[address.end() :]).strip(" ()<>:,-–—")
    one = {
        "name": word(bare(entry.name)),
        "group": word(entry.told.get("group", "") if entry.told else sentence(bare(section.title))),
        "url": _template(address[0]),
        "note": entry.told.get("note", "") if entry.told else around,
    }
    return {key: value for key, value in one.items() if value}


def _template(address: str) -> str:
    """Return an address as the template of a link; braces that stand for nothing are only braces."""
    try:
        return read_link_template(address)
    except Wrong:
        return address.replace("{", "{{").replace("}", "}}")


def _links(draft: Draft) -> None:
    found: dict[str, str] = {}
    for section in draft.root.walk():
        for line, text in _all_lines(section):
            address = URL.search(text)
            key = _link(text[: address.start()]) if address and "curl" not in text else None
            if address and key and key not in found:
                found[key] = address[0]
                draft.understood(line, f"link {key} {address[0]}")
    if found:
        draft.data["links"] = found


def _link(before: str) -> str | None:
    return next((key for key, pattern in LINKS if pattern.search(before.rpartition(",")[2])), None)


def _all_lines(section: Section) -> Iterator[tuple[int, str]]:
    yield from lines_of(section.blocks)
    for fence in fences_of(section.blocks):
        yield from ((fence.line, line) for line in fence.content.splitlines()[:MOST_LINES])

"""What a playbook is called, where it speaks, and when people are at work."""

import re
from collections import Counter
from contextlib import suppress
from typing import Any

from app.playbooks.business_time import CLOCK, read_zone
from app.playbooks.faults import Wrong
from app.playbooks.importing.draft import Draft, id_of, one_line

SHORTEST = 3
_I = re.IGNORECASE
CHANNEL = re.compile(r"(?<![\w&/])#([a-z0-9][a-z0-9_-]{0,78}[a-z0-9_])(?![\w[<-])")
NUMBERED = re.compile(r"#?incident-(?:20\d\d|YYYY)-(?:\d{3}|N{3})\b")
BY_TIME = re.compile(r"YYYY-MM-DD-HHmm-\[?service\]?", _I)
ZONE = re.compile(
    r"\b(?:time\s*zone|times?\s+(?:are\s+)?(?:all\s+)?(?:given\s+)?in)\W{0,4}((?:[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+)"
    r"|UTC)\b",
    _I,
)
HOURS = re.compile(
    r"(?:business|working|office)\s+hours?\W[^.\n]{0,40}?(\d{1,2})(?:[:.](\d\d))?\s*(am"
    r"|pm)?\s*(?:-|–|—|to|until)\s*(\d{1,2})(?:[:.](\d\d))?\s*(am|pm)?",
    _I,
)
BOILERPLATE = re.compile(
    r"\s*[-–—:|]?\s*\b(?:incident\s+(?:response|management)\s+)?(?:runbook|playbook"
    r"|procedures?|guide|handbook|plan|policy)\b\s*",
    _I,
)


def recognise(draft: Draft, name: str | None, otherwise: str) -> None:
    """Find the title, the channels, the time zone and the business hours."""
    heading = next((section for section in draft.root.walk() if section.title), None)
    title = one_line(heading.title) if heading and heading.level == 1 else one_line(sentence_of(otherwise))
    short = BOILERPLATE.sub(" ", title).strip()
    draft.data |= {
        "version": 1,
        "name": name or id_of(short if len(short) > SHORTEST else otherwise, "imported"),
        "title": title or "Imported playbook",
    }
    if heading and heading.level == 1:
        draft.understood(heading.line, "the title")
    text = "\n".join(draft.lines)
    _zone(draft, text)
    _channels(draft, text)


def sentence_of(file_name: str) -> str:
    """Return the name of a file in words."""
    words = re.sub(r"[_-]+", " ", file_name).strip()
    return words[:1].upper() + words[1:]


def _zone(draft: Draft, text: str) -> None:
    if zone := ZONE.search(text):
        with suppress(Wrong):
            draft.data["timezone"] = read_zone(zone[1])
    if hours := HOURS.search(text):
        opens, closes = _clock(*hours.groups()[:3]), _clock(*hours.groups()[3:])
        if opens and closes and opens < closes:
            draft.data["business_hours"] = {"opens": opens, "closes": closes}
            draft.guess(("business_hours",), "read from a line about business hours", text[: hours.start()].count("\n"))


def _clock(hour: str, minute: str | None, half: str | None) -> str | None:
    number = int(hour) % 12 + 12 * (half.lower() == "pm") if half else int(hour)
    written = f"{number:02d}:{minute or '00'}"
    return written if CLOCK.fullmatch(written) else None


def _channels(draft: Draft, text: str) -> None:
    channels: dict[str, Any] = {}
    if BY_TIME.search(text):
        channels |= {
            "incident": "{year}-{month:02d}-{day:02d}-{hour:02d}{minute:02d}-{service}",
            "channel": "incident-{name}",
        }
        draft.guess(("channels", "incident"), "made from the document's example of an id")
    elif NUMBERED.search(text):
        channels["incident"] = "incident-{year}-{number_in_year:03d}"
        draft.guess(("channels", "incident"), "made from the document's example of a channel")
    named = Counter(
        match[1] for match in CHANNEL.finditer(text) if not re.search(r"\d{2}|number|-n$|^[0-9a-f]{3,8}$", match[1])
    )
    likely = [name for name, _ in named.most_common() if re.search(r"incident|outage|alert|status|ops", name)]
    if likely:
        channels["announce"] = likely[0]
        draft.guess(
            ("channels", "announce"),
            "the channel that the document names most",
            text[: text.find("#" + likely[0])].count("\n"),
        )
    if channels:
        draft.data["channels"] = channels

"""The form of a postmortem and the agenda of its meeting, as a document has them."""

import re
from typing import Any

from app.playbooks.importing.draft import LONGEST_WORD, Draft, one_line, sentence
from app.playbooks.importing.phrases import IN_POSTMORTEM, escaped, expression, line_of, printed
from app.playbooks.importing.reading import Fence, Item, bare, fences_of, items_of
from app.playbooks.importing.scenarios import PLAIN, is_command
from app.playbooks.importing.times import times

_I = re.IGNORECASE
POSTMORTEM = re.compile(
    r"post[\s-]?mortem|post[\s-]?incident\s+(?:review|report)|incident\s+report|\bRCA\b|\bPIR\b", _I
)
TIMELINE = """| Time | Who | What |
|---|---|---|
{% for row in timeline %}
| {{ row.at | time | cell }} | {{ row.who | cell }} | {{ row.what | cell }} |
{% else %}
| {{ blank("time") }} | {{ blank("who") }} | {{ blank("what happened") }} |
{% endfor %}
"""
FORM = "postmortem.md.j2"
FEWEST_PARTS = 3
QUOTES = re.compile(r"[\"\\{}%#]")
LEVELS = re.compile(r"SEV-?\[[^\]]*\]")
HOW_LONG = re.compile(r"\s*\([^()]*\d[^()]*\)|\s*[–—-]\s*\d+\s*min\w*")
THE_FORM = "the form of the postmortem"
LARGEST, MOST_PARTS, MOST_POINTS = 20_000, 20, 30
USUAL_MINUTES, LONGEST_MINUTES = 10, 480


def form(draft: Draft) -> None:
    """Find the form: a block of Markdown, or else a list of its parts."""
    if FORM in draft.files:
        return
    for section in draft.root.walk():
        titles = [section.title, *(one.title for one in section.above() if one.level > 1)]
        for fence in fences_of(section.blocks) if any(map(POSTMORTEM.search, titles)) else ():
            if _is_form(fence):
                draft.files[FORM] = _filled(fence.content)
                draft.understood(fence.line, THE_FORM)
                draft.taken.add(section.line)
                return
    for item in [item for section in draft.root.walk() for item in items_of(section.blocks)]:
        points = [inner.text for inner in items_of(item.blocks)]
        if POSTMORTEM.search(item.text) and len(points) >= FEWEST_PARTS:
            draft.files[FORM] = _of_parts(points[:MOST_PARTS])
            draft.understood(item.line, f"{THE_FORM}, from a list of its parts")
            return


def _is_form(fence: Fence) -> bool:
    is_text = not fence.info or fence.info.split()[0].lower() in PLAIN
    fits = is_text and len(fence.content) < LARGEST and not is_command(fence.info, fence.content)
    return fits and re.search(r"^#{1,4} ", fence.content, re.MULTILINE) is not None


def _of_parts(points: list[str]) -> str:
    heading = f"{printed('severity.id')} · {printed('name')} · {printed('status')}"
    parts = [f"# Postmortem: {printed('incident.title')}\n\n{heading}\n"]
    for point in points:
        title = one_line(bare(point), LONGEST_WORD)
        said = expression(title, IN_POSTMORTEM) or f'blank("{QUOTES.sub("", title).lower()}")'
        body = TIMELINE if "timeline" in title.lower() else f"{printed(said)}\n"
        parts.append(f"## {escaped(title)}\n\n{body}")
    return "\n".join(parts)


def _filled(content: str) -> str:
    """Return the form with what is known filled in; its timeline becomes that of the incident."""
    parts: list[str] = []
    in_timeline = False
    for line in content.strip("\n").split("\n"):
        if line.startswith("#"):
            in_timeline = "timeline" in line.lower()
        if line.startswith("#") or not in_timeline:
            parts.append(line_of(LEVELS.sub("[severity]", line), IN_POSTMORTEM, first=False))
        if line.startswith("#") and in_timeline:
            parts += ["", TIMELINE]
    return "\n".join(parts) + "\n"


def agenda(draft: Draft) -> None:
    """Find the agenda of the meeting: a list under a heading that says so."""
    for section in draft.root.walk():
        items = [item for item in items_of(section.blocks) if item.text.strip()]
        if re.search(r"agenda", section.title, _I) and items:
            draft.data["postmortem"] = {"agenda": [_point(draft, *pair) for pair in enumerate(items[:MOST_POINTS])]}
            draft.understood(section.line, f"an agenda of {len(items[:MOST_POINTS])} points")
            return


def _point(draft: Draft, at: int, item: Item) -> dict[str, Any]:
    minutes = next((_minutes(one.written) for one in times(item.text) if one.written[-1:] in ("m", "h")), None)
    if minutes is None:
        draft.guess(("postmortem", "agenda", at, "minutes"), "the document does not say how long", item.line)
    topic = one_line(HOW_LONG.sub("", item.text)).strip(" :") or f"Point {at + 1}"
    return {"topic": sentence(topic), "minutes": minutes or USUAL_MINUTES}


def _minutes(written: str) -> int | None:
    match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?", written)
    return min(LONGEST_MINUTES, max(1, int(match[1] or 0) * 60 + int(match[2] or 0))) if match else None

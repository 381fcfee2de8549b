"""The runbooks of a document: its scenarios with symptoms, and whatever else brings commands."""

import re
from typing import Any

from app.playbooks.importing.draft import Draft, id_of, marked, one_line, sentence, word
from app.playbooks.importing.labels import at_start, mentions, same
from app.playbooks.importing.reading import Bullets, Item, Section, bare, fences_of, items_of, lines_of
from app.playbooks.importing.writing import in_yaml

_I = re.IGNORECASE
SYMPTOMS = re.compile(
    r"^\W*(?:symptoms?|signs?|how\s+it\s+shows|what\s+you\s+(?:see|notice)|indicators?|alerts?|detection|triggers?)\b",
    _I,
)
SCENARIOS = re.compile(
    r"scenario|runbooks?\b|common\s+(?:incidents|issues|problems|failures)|playbooks\b"
    r"|known\s+(?:issues|failures|faults)|troubleshooting",
    _I,
)
PLAIN = ("text", "txt", "markdown", "md")
ALERT = re.compile(r"\b([A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*){1,}|[a-z]+(?:_[a-z0-9]+){2,})\b")
WARNING = re.compile(r"^\W*(?:do\s+not|don['’]t|never|warning|caution|danger)\b", _I)
MOST, LARGEST = 100, 60_000
HASHES = re.compile(r"^(#{1,6})(?=\s)", re.MULTILINE)


def recognise(draft: Draft) -> None:
    """Find scenarios, then the sections with commands that nothing else has taken."""
    for section in draft.root.walk():
        if _is_scenario(section):
            _runbook(draft, section)
    for section in draft.root.walk():
        if section.is_heading and section.level > 1 and _has_commands(section) and not _is_taken(draft, section):
            _runbook(draft, section)


def _is_scenario(section: Section) -> bool:
    parts = [child for child in section.children if SYMPTOMS.match(child.title)]
    told = any(SYMPTOMS.match(text) and ":" in text[:40] for _, text in lines_of(section.blocks))
    under = (
        section.parent is not None
        and section.parent.level > 1
        and SCENARIOS.search(section.parent.title)
        and not SCENARIOS.search(section.title)
    )
    return bool(
        section.is_heading and section.title and (_known(section) or parts or told or (under and _has_content(section)))
    )


def _has_content(section: Section) -> bool:
    return bool(section.blocks or section.children)


def _has_commands(section: Section) -> bool:
    """Say whether commands stand in a section itself or below its bold heads, not below deeper headings alone."""
    near = [section, *(one for child in section.children if not child.is_heading for one in child.walk())]
    return any(is_command(fence.info, fence.content) for one in near for fence in fences_of(one.blocks))


def is_command(info: str, content: str) -> bool:
    """Tell commands from text that is meant to be read or sent."""
    kind = info.split(maxsplit=1)[0].lower() if info else ""
    if kind in PLAIN:
        return False
    return bool(kind) or (
        bool(
            re.search(
                r"^\s*(?:\$|sudo|kubectl|curl|docker|psql|ssh|systemctl|git|npm|aws|gcloud|redis-cli|\./)",
                content,
                re.MULTILINE,
            )
        )
        and "[" not in content
    )


def _is_taken(draft: Draft, section: Section) -> bool:
    return section.line in draft.taken or any(one.line in draft.taken for one in section.above() if one.title)


def _runbook(draft: Draft, section: Section) -> None:
    if _is_taken(draft, section) or len(draft.files) >= MOST:
        return
    title, mark = marked(section.title)
    title = re.sub(
        r"^(?:scenario|runbook|incident|case)\s*\d*\s*[:.–—-]\s*", "", _without_severity(bare(title)), flags=_I
    )
    title = word(sentence(title))
    body = _body(draft, section)
    if not title or not body:
        return
    names = [name.removeprefix("runbooks/").removesuffix(".md") for name in draft.files if name.startswith("runbooks/")]
    front = _front(draft, section, title)
    name = mark if mark and mark not in names else id_of(title, "runbook", names)
    draft.files[f"runbooks/{name}.md"] = f"---\n{front}---\n{body}\n"
    draft.taken.add(section.line)
    draft.understood(section.line, f"runbook “{title}”")


def _without_severity(title: str) -> str:
    """Return a title without the severity in brackets at its end: `Payments are down (CRITICAL)`."""
    found = re.fullmatch(r"(.*\S)\s*[(\[]([^()\[\]]+)[)\]]", title)
    return found[1] if found and at_start(found[2], loose=True) else title


META = ("symptoms", "alerts", "severity", "services", "tags", "warnings", "contacts", "tools")
"""What an exported runbook lists of each before its text, in a list of its own."""


def _known(section: Section) -> Bullets | None:
    first = section.blocks[0] if section.blocks else None
    if isinstance(first, Bullets) and all(item.text.partition(":")[0].lower() in META for item in first.items):
        return first
    return None


def _told(known: Bullets) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for item in known.items:
        key, _, value = item.text.partition(":")
        listed = [inner.text for inner in items_of(item.blocks)] or re.split(r",\s*", value.strip())
        told[key.lower()] = listed[0] if key.lower() == "severity" else listed
    return told


def _front(draft: Draft, section: Section, title: str) -> str:
    if known := _known(section):
        return in_yaml({"title": title} | _told(known))
    symptoms = [one for part in section.children if SYMPTOMS.match(part.title) for one in _points(part)]
    for _, text in lines_of(section.blocks):
        if SYMPTOMS.match(text) and ":" in text[:40]:
            symptoms += [
                part.strip() for part in re.split(r",\s+(?=[^)]*(?:\(|$))", text.partition(":")[2]) if part.strip()
            ]
    alerts = [name for text in symptoms if re.match(r"\W*alerts?\b", text, _I) for name in ALERT.findall(text)]
    alerts = [name for name in dict.fromkeys(alerts) if not _is_known_alert(draft, name)][:50]
    shown = [
        one_line(re.sub(r"\s*<https?://[^>]*>", "", text))
        for text in symptoms
        if not re.match(r"\W*alerts?\s*:", text, _I)
    ]
    warnings = [one_line(text) for text in _all_points(section) if WARNING.match(text)][:10]
    fields: dict[str, Any] = {
        "title": title,
        "symptoms": shown[:20],
        "alerts": [word(name) for name in alerts],
        "severity": _severity(draft, section),
        "warnings": warnings,
    }
    return in_yaml({key: value for key, value in fields.items() if value})


def _is_known_alert(draft: Draft, name: str) -> bool:
    return any(re.search(rf"^\s*- {re.escape(name)}$", text, re.MULTILINE) for text in draft.files.values())


def _points(section: Section) -> list[str]:
    points = [item.text for item in items_of(section.blocks)] or [text for _, text in lines_of(section.blocks)]
    return [text for text in points if text.strip()]


def _all_points(section: Section) -> list[str]:
    return [text for one in section.walk() for text in _deep([*items_of(one.blocks)])]


def _deep(items: list[Item]) -> list[str]:
    return [text for item in items for text in (item.text, *_deep([*items_of(item.blocks)]))]


def _severity(draft: Draft, section: Section) -> str | None:
    words = {one.name.lower(): one.id for one in draft.severities}
    in_brackets = re.search(r"[(\[]([^()\[\]]+)[)\]]\s*$", section.title)
    told = [in_brackets[1]] if in_brackets else []
    told += [
        text.partition(":")[2]
        for _, text in lines_of(section.blocks)
        if re.match(r"\W*(?:severity|priority)\s*:", text, _I)
    ]
    for text in told:
        for found in mentions(text, words.__contains__):
            keys = same([one.key for one in draft.severities], found)
            ids = [one.id for one in draft.severities if one.key in keys] or [
                words[label.rank] for label in found.labels if label.rank in words
            ]
            if ids:
                return ids[0]
    return None


def _body(draft: Draft, section: Section) -> str:
    """Return the text below a heading as it is written, without its symptoms, its own headings two deep at least."""
    known = _known(section)
    kept = set(range(known.end if known else section.line + 1, section.end))
    for part in section.children:
        if SYMPTOMS.match(part.title) and not list(fences_of(part.blocks)):
            kept -= set(range(part.line, part.end))
    lines = [draft.lines[at] for at in sorted(kept) if at < len(draft.lines)]
    if lines and re.match(r"\s*(?:=+|-+)\s*$", lines[0]):
        lines = lines[1:]
    while lines and (not lines[-1].strip() or re.fullmatch(r"\s*(?:-{3,}|\*{3,}|_{3,})\s*", lines[-1])):
        lines.pop()
    text = _raised("\n".join(lines).strip("\n"))[:LARGEST]
    return text if text.strip() else ""


def _raised(text: str) -> str:
    """Return Markdown with its headings raised so that the highest is the second: the title stands above them."""
    depths, fenced = [], False
    lines = text.split("\n")
    for line in lines:
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        if not fenced and (match := HASHES.match(line)):
            depths.append(len(match[1]))
    by = min(depths, default=2) - 2
    fenced = False
    for at, line in enumerate(lines):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        if by > 0 and not fenced and HASHES.match(line):
            lines[at] = line[by:]
    return "\n".join(lines)

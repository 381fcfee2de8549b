"""What a document tells people to do and to be: checklists, roles, and the milestones of a protocol."""

import re
from collections.abc import Iterator
from typing import Any

from app.playbooks.importing.draft import LONGEST_LINE, Draft, id_of, marked, one_line, sentence, word
from app.playbooks.importing.labels import at_start, same
from app.playbooks.importing.reading import Bullets, Fence, Item, Section, Table, Text, bare, items_of, lines_of
from app.playbooks.importing.times import times

_I = re.IGNORECASE
CHECKLIST = re.compile(r"check[\s-]?list|\bto[\s-]?do\b", _I)
MOMENTS = (
    (
        "resolved",
        re.compile(
            r"post[\s-]?incident|after|follow[\s-]?up|clos(?:e|ing|ure)|day\s*\d|week\s*\d"
            r"|month\s*\d|(?:short|long)[\s-]term|post[\s-]?mortem|wrap",
            _I,
        ),
    ),
    ("monitoring", re.compile(r"verif|recover|resol|validat|fixed|confirm", _I)),
    ("identified", re.compile(r"mitigat|contain|fix\b", _I)),
    ("declared", re.compile(r"triage|initial|immediate|first|detect|declar|investigat|diagnos|assess|start", _I)),
)
DUE = re.compile(r"\b(day|week|month)\s*(\d)\b|\b(immediate)\b|\bshort[\s-]term\b|\blong[\s-]term\b", _I)
DUE_UNIT = {"day": 24, "week": 7 * 24, "month": 30 * 24}
WHEN = ("declared", "investigating", "identified", "monitoring", "resolved", "cancelled")
MOST_ITEMS, MOST_LISTS = 40, 30

ROLES = re.compile(
    r"\broles?\b|participants|war[\s-]?room|who\s+does\s+what|responsibilit|incident\s+(?:response\s+)?team\b"
    r"|command\s+structure|response\s+team",
    _I,
)
ROLE = re.compile(
    r"command|\blead\b|manager|scribe|liaison|communicator|communications?\s+(?:lead"
    r"|officer|manager)|administrator|engineer|coordinator|officer|analyst|support"
    r"|owner|operator|expert|specialist|\bIC\b|director|messenger|recorder|note[\s-]?taker"
    r"|moderator|dispatcher",
    _I,
)
COMMANDER = re.compile(
    r"incident\s+(?:commander|manager|lead|coordinator|controller)|\bIC\b|leads?\s+(?:the\s+)?(?:incident"
    r"|response)|\bcommander\b|in\s+charge",
    _I,
)
TASK = re.compile(
    r"(?:assign|appoint|choose|pick|nominate|find|get|call|page|ring|notify|inform|tell|alert|ask|contact"
    r"|open|post|create|start|set\s+up|escalate|make\s+sure)\s",
    _I,
)
BRIEFING = "You lead and decide. Give each of the other roles to somebody, and post an update whenever one is due."
ROLE_HEAD = re.compile(r"^\W*(?:role|position|title|who)\b", _I)
MOST_ROLES, MOST_WORDS, FEW_WORDS = 15, 6, 4

AT = re.compile(r"^\W*T\s?\+\s?(\d{1,4})\s*(min(?:ute)?s?|m|h(?:ou)?rs?|h)?\b\W*(.*)$", _I)
REACHED = (
    ("room", re.compile(r"war[\s-]?room|declar|channel", _I)),
    ("resolved", re.compile(r"resol|restor|closed", _I)),
    ("monitoring", re.compile(r"monitor|verif|fix\s+deployed", _I)),
    ("identified", re.compile(r"identif|diagnos|root\s+cause", _I)),
)


def recognise(draft: Draft) -> None:
    """Find checklists, roles and milestones."""
    _roles(draft)
    _checklists(draft)
    _milestones(draft)


def _checklists(draft: Draft) -> None:
    found: dict[str, Any] = {}
    for section in draft.root.walk():
        items = list(_ticked(section))
        if not items:
            continue
        name, mark = marked(section.title.removeprefix("Checklist: "))
        title = word(sentence(bare(name))) or "Checklist"
        if title.lower() in ("checklist", "steps") and section.parent and section.parent.title:
            title = word(f"{bare(section.parent.title)}: {title.lower()}")
        for part in range(0, len(items), MOST_ITEMS):
            if len(found) < MOST_LISTS:
                found[mark if mark and mark not in found else id_of(title, "checklist", found)] = _checklist(
                    draft, section, title, items[part : part + MOST_ITEMS]
                )
        draft.taken.add(section.line)
    if found:
        draft.data["checklists"] = found


def _checklist(draft: Draft, section: Section, title: str, items: list[str]) -> dict[str, Any]:
    draft.understood(section.line, f"checklist “{title}” with {len(items)} points")
    titles = [section.title, *(one.title for one in section.above())]
    when = next((moment for one in titles for moment, pattern in MOMENTS if pattern.search(one)), "declared")
    after_all = any(MOMENTS[0][1].search(one) for one in titles[1:]) and DUE.search(titles[0])
    if after_all:
        when = "resolved"
    one: dict[str, Any] = {"title": title, "when": when}
    severities = _under(draft, section)
    if severities:
        one["severities"] = severities
    if said := _said(section):
        return one | said | {"items": items}
    due = DUE.search(section.title)
    if when == "resolved" and due:
        one["due"] = (
            f"{int(due[2]) * DUE_UNIT[due[1].lower()]}h"
            if due[1]
            else "24h"
            if due[3]
            else "7d"
            if "short" in due[0].lower()
            else "30d"
        )
        one["due"] = one["due"].replace("168h", "7d").replace("720h", "30d")
    return one | {"items": items}


def _said(section: Section) -> dict[str, Any]:
    """Return what lines above the points say of when it is posted, for which severities, and when it is due."""
    said: dict[str, Any] = {}
    for _, text in [pair for block in section.blocks if isinstance(block, Text) for pair in lines_of([block])]:
        match = re.fullmatch(r"(Posted when|For|Due): (.+)", text)
        if match and match[1] == "Posted when" and match[2] in WHEN:
            said["when"] = match[2]
        elif match and match[1] == "Due" and (time := times(match[2])):
            said["due"] = time[0].written
        elif match and match[1] == "For" and said:
            said["severities"] = re.split(r",\s*", match[2])
    return said if "when" in said else {}


def _under(draft: Draft, section: Section) -> list[str]:
    """Return the severities under whose heading a section stands."""
    for one in (section, *section.above()):
        if start := at_start(one.title, loose=False):
            keys = same([severity.key for severity in draft.severities], start[0])
            return [severity.id for severity in draft.severities if severity.key in keys]
    return []


def _ticked(section: Section) -> Iterator[str]:
    """Yield the points that can be ticked; all points, where the heading says that it is a checklist."""
    is_checklist = CHECKLIST.search(section.title) is not None
    yield from _ticked_in(list(items_of(section.blocks)), every=is_checklist)


def _ticked_in(items: list[Item], *, every: bool) -> Iterator[str]:
    for item in items:
        if (item.can_be_ticked or every) and item.text.strip():
            yield one_line(item.text, LONGEST_LINE)
        yield from _ticked_in(list(items_of(item.blocks)), every=False)


def _roles(draft: Draft) -> None:
    found: dict[str, Any] = {}
    for section in draft.root.walk():
        if not ROLES.search(section.title) or len(found) >= MOST_ROLES:
            continue
        for line, called, briefing in _described(section):
            name, mark = marked(called)
            if name.lower() in (one["name"].lower() for one in found.values()) or len(found) >= MOST_ROLES:
                continue
            key = (
                mark
                if mark and mark not in found
                else "commander"
                if "commander" not in found and COMMANDER.search(f"{name} {briefing}")
                else id_of(name, "role", [*found, "commander"])
            )
            found[key] = {"name": word(name)} | ({"briefing": one_line(briefing, 1000)} if briefing else {})
            draft.understood(line, f"role {name}")
    if "commander" not in found:
        found = {"commander": {"name": "Incident commander", "briefing": BRIEFING}} | found
        draft.guess(("roles", "commander"), "somebody has to lead, and the document does not say who")
    draft.data["roles"] = {"commander": found.pop("commander")} | found


def _described(section: Section) -> Iterator[tuple[int, str, str]]:
    for block in section.blocks:
        if isinstance(block, Bullets):
            yield from ((block.line, *pair) for item in block.items if (pair := _role(item)))
        elif isinstance(block, Table) and block.head and ROLE_HEAD.search(block.head[0]):
            yield from (
                (block.line, bare(row[0]), " ".join(cell for cell in row[1:] if cell))
                for row in block.rows
                if row and row[0]
            )
    for child in section.children:
        if ROLE.search(child.title) and len(child.title.split()) < MOST_WORDS and not ROLES.search(child.title):
            yield child.line, _name(child.title), " ".join(text for _, text in lines_of(child.blocks))


def _role(item: Item) -> tuple[str, str] | None:
    name, _, briefing = item.text.replace(" – ", ": ").replace(" — ", ": ").replace(" - ", ": ").partition(":")
    briefing = " ".join([briefing.strip(), *(text for _, text in lines_of(item.blocks))]).strip()
    is_role = len(name.split()) <= MOST_WORDS and (ROLE.search(name) or (briefing and len(name.split()) < FEW_WORDS))
    if not is_role or "@" in briefing or TASK.match(name) or re.match(r"\W*(?:level|l|tier|sev|p)[\s-]?\d", name, _I):
        return None
    return _name(name), briefing


def _name(text: str) -> str:
    return sentence(re.sub(r"\s*\((?:s|[A-Z]{2,4})\)", "", bare(text)).strip())


def _listed_milestones(section: Section) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows of a table of milestones: title, time, severities and what reaches it."""
    for block in section.blocks:
        if not isinstance(block, Table) or [head.lower() for head in block.head[:2]] != ["milestone", "within"]:
            continue
        for row in block.rows:
            title, mark = marked(row[0])
            time = next((one.written for one in times(row[1]) if one.written), "")
            told = dict(zip([head.lower() for head in block.head], row, strict=False))
            one: dict[str, Any] = {"title": word(title), "within": time}
            if told.get("for"):
                one["severities"] = re.split(r",\s*", told["for"])
            if told.get("reached by"):
                one["reached"] = told["reached by"]
            if time:
                yield mark or id_of(title, "milestone"), one


def _milestones(draft: Draft) -> None:
    found: dict[str, Any] = {}
    for section in draft.root.walk():
        found |= dict(_listed_milestones(section))
        severities = _under(draft, section)
        for line, text in [*_fenced(section), *lines_of(section.blocks)]:
            match = AT.match(text)
            if not match or not int(match[1]) or len(found) >= MOST_ROLES or "[" in text:
                continue
            title = word(sentence(match[3])) or "Milestone"
            minutes = int(match[1]) * (60 if (match[2] or "m").lower().startswith("h") else 1)
            one: dict[str, Any] = {"title": title, "within": f"{minutes}m"}
            if severities:
                one["severities"] = severities
            if reached := next((point for point, pattern in REACHED if pattern.search(title)), None):
                one["reached"] = reached
            found[id_of(title, "milestone", found)] = one
            draft.understood(line, f"milestone “{title}” by {minutes} min")
            _last_is_resolution(draft, one, severities, line)
    if found:
        draft.data["milestones"] = found


def _last_is_resolution(draft: Draft, one: dict[str, Any], severities: list[str], line: int) -> None:
    """Take a milestone that resolves for the resolution time of severities without one."""
    for place, severity in enumerate(draft.data["severities"]):
        if one.get("reached") == "resolved" and severity["id"] in severities and "resolve_within" not in severity:
            severity["resolve_within"] = times(one["within"])[0].written
            draft.guess(
                ("severities", place, "resolve_within"),
                "the milestone that resolves",
                line,
                f"{severity['id']} resolve_within {severity['resolve_within']}",
            )


def _fenced(section: Section) -> Iterator[tuple[int, str]]:
    for block in section.blocks:
        if isinstance(block, Fence):
            yield from ((block.line, line) for line in block.content.splitlines()[:300])

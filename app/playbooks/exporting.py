"""A playbook as a runbook in Markdown: what people read, and at the end one block with what Markdown cannot say.

The importer's rules read the Markdown; the block holds only what they do not find there, so that the import of an
exported runbook gives the same playbook.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from app.playbooks import document
from app.playbooks.importing.appendix import SAFE_FILE, block
from app.playbooks.importing.canonical import canonical
from app.playbooks.importing.document import recognised
from app.playbooks.importing.wording import FORM_TITLE, MESSAGE_TITLE, VERBATIM
from app.playbooks.source import FILE, Source

ABOVE_BLOCK = (
    "## What Markdown cannot say\n\n"
    "The block below completes the playbook for `tocsin playbook import`. Change the text above as you like: the block "
    "holds only what does not stand there.\n"
)
FRONT = re.compile(r"---[ \t]*\n(.*?)\n---[ \t]*\n(.*)", re.DOTALL)
ASKED = {
    "acknowledge_within": "Acknowledge within",
    "resolve_within": "Resolve within",
    "update_every": "Update every",
    "postmortem_within": "Postmortem within",
    "monitor_for": "Monitor for",
}
CONDITIONS = {"unacknowledged": "unacknowledged for", "open": "open for", "undiagnosed": "undiagnosed for"}
IN_TIME = {"acknowledge_within": "not acknowledged in time", "resolve_within": "not resolved in time"}
METRICS = {
    "false_positive_rate": "False positive rate",
    "escalation_rate": "Escalation rate",
    "satisfaction": "Satisfaction",
    "availability": "Availability",
    "error_rate": "Error rate",
    "response_time": "Response time",
    "frequency": "Incident frequency",
    "severity_mix": "Severity mix",
}
LINKS = {"status_page": "Status page", "bridge": "Bridge", "tickets": "Tickets", "postmortems": "Postmortems"}


def markdown(source: Source) -> str:
    """Return the playbook of `source` as a runbook."""
    value = source.written.value
    files = _files(source.folder)
    text = "\n".join(_parts(value, files)).rstrip() + "\n"
    return f"{text}\n{ABOVE_BLOCK}\n{_block(text, value, files)}"


def _block(text: str, value: dict[str, Any], files: dict[str, str]) -> str:
    draft = recognised(f"{text}\n{ABOVE_BLOCK}\n", value["name"], None)
    read = {key: known for key, known in draft.data.items() if key != "name"}
    missing = {name: content for name, content in files.items() if not _is_same(draft.files.get(name), content)}
    return block(canonical(read), canonical(value), missing, [name for name in draft.files if name not in files])


def _is_same(read: str | None, meant: str) -> bool:
    """Compare two files; of runbooks, what stands before the text may be written in another way."""
    if read is None or read == meant:
        return read == meant
    mine, theirs = FRONT.fullmatch(read), FRONT.fullmatch(meant)
    if not mine or not theirs:
        return False
    return mine[2].strip() == theirs[2].strip() and _front(mine[1]) == _front(theirs[1])


def _front(text: str) -> Any:
    return document.read(text, Path("front"))[0].value


def _files(folder: Path) -> dict[str, str]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    named = {file.relative_to(folder).as_posix(): file for file in files}
    return {
        name: file.read_text(encoding="utf-8")
        for name, file in named.items()
        if name != FILE and SAFE_FILE.fullmatch(name)
    }


def _parts(value: dict[str, Any], files: dict[str, str]) -> Iterator[str]:
    yield f"# {_plain(value['title'])}\n"
    yield "## Severity levels\n"
    for one in value["severities"]:
        yield from _severity(one)
    yield from _escalation(value)
    yield from _milestones(value.get("milestones", {}))
    if tags := value.get("tags"):
        yield "## Tags\n"
        yield from (f"- {tag}" for tag in tags)
        yield ""
    yield from _roles(value.get("roles", {}))
    for key, one in value.get("checklists", {}).items():
        yield from _checklist(key, one)
    yield from _runbooks(files)
    yield from _messages(files)
    yield from _postmortem(value.get("postmortem", {}), files)
    yield from _reference(value)


def _severity(one: dict[str, Any]) -> Iterator[str]:
    yield f"### {one['id']} ({_plain(one['name'])})\n"
    yield f"{_plain(one['means'])}\n"
    for key, words in ASKED.items():
        if key in one:
            yield f"- {words}: {one[key]}"
    for key in ("examples", "thresholds"):
        if one.get(key):
            yield f"- {key.capitalize()}:"
            yield from (f"  - {_plain(text)}" for text in one[key])
    yield ""


def _escalation(value: dict[str, Any]) -> Iterator[str]:
    steps = canonical(value).get("escalation", [])
    if not steps:
        return
    names = {key: f"{one['name']} [{key}]" for key, one in value.get("responders", {}).items()}
    more = [
        head
        for head, key in (("Tells", "notify"), ("Becomes", "severity"), ("Answer within", "respond_within"))
        if any(key in one for one in steps)
    ]
    yield "## Escalation path\n"
    yield from _row(["Step", "Who", *more, "When"])
    yield from _row(["---"] * (3 + len(more)))
    for one in steps:
        who = ", ".join(names.get(key, key) for key in one.get("page", [])) or "nobody"
        also = {
            "Tells": ", ".join(f"#{name}" for name in one.get("notify", [])),
            "Becomes": one.get("severity", ""),
            "Answer within": one.get("respond_within", ""),
        }
        yield from _row(
            [str(one["step"]), _plain(who), *(also[head] for head in more), "; ".join(map(_condition, one["when"]))]
        )
    yield ""


def _milestones(milestones: dict[str, Any]) -> Iterator[str]:
    if milestones:
        yield "## Milestones\n"
        yield from _row(["Milestone", "Within", "For", "Reached by"])
        yield from _row(["---"] * 4)
        for key, one in milestones.items():
            only = ", ".join(one.get("severities", []))
            yield from _row([f"{_plain(one['title'])} [{key}]", one["within"], only, one.get("reached", "")])
        yield ""


def _condition(one: dict[str, Any]) -> str:
    key, told = next((key, told) for key, told in one.items() if key != "severities")
    words = (
        told
        if key == "at"
        else f"tagged {', '.join(told)}"
        if key == "tag"
        else IN_TIME.get(told, f"{CONDITIONS[key]} {told}")
    )
    return f"{words} ({', '.join(one['severities'])})" if one.get("severities") else words


def _roles(roles: dict[str, Any]) -> Iterator[str]:
    yield "## Roles\n"
    for key, one in roles.items():
        briefing = f": {_plain(one['briefing'])}" if one.get("briefing") else ""
        yield f"- **{_plain(one['name'])} [{key}]**{briefing}"
    yield ""


def _checklist(key: str, one: dict[str, Any]) -> Iterator[str]:
    yield f"## Checklist: {_plain(one['title'])} [{key}]\n"
    told = {
        "Posted when": one.get("when", "declared"),
        "For": ", ".join(one.get("severities", [])),
        "Due": one.get("due", ""),
    }
    yield "\\\n".join(f"{words}: {said}" for words, said in told.items() if said) + "\n"
    yield from (f"- [ ] {_plain(item)}" for item in one["items"])
    yield ""


def _runbooks(files: dict[str, str]) -> Iterator[str]:
    found = [(name, FRONT.fullmatch(text)) for name, text in files.items() if name.startswith("runbooks/")]
    if found:
        yield "## Runbooks\n"
    for name, parts in found:
        front = _front(parts[1]) if parts else None
        if parts and isinstance(front, dict):
            yield f"### {_plain(str(front['title']))} [{Path(name).stem}]\n"
            yield from _known(front)
            yield f"\n{_lowered(parts[2].strip())}\n"


def _known(front: dict[str, Any]) -> Iterator[str]:
    for key, told in front.items():
        if key in ("symptoms", "warnings"):
            yield f"* {key.capitalize()}:"
            yield from (f"  * {_plain(text)}" for text in told)
        elif key != "title":
            yield f"* {key.capitalize()}: {_plain(', '.join(told) if isinstance(told, list) else told)}"


def _lowered(body: str) -> str:
    """Return Markdown with its headings two deeper, as they stand below that of their runbook."""
    fenced, lines = False, []
    for line in body.split("\n"):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        lines.append(f"##{line}" if not fenced and re.match(r"#{1,4}\s", line) else line)
    return "\n".join(lines)


def _messages(files: dict[str, str]) -> Iterator[str]:
    found = {name: text for name, text in files.items() if name.startswith("messages/")}
    for name, text in found.items():
        yield f"## {MESSAGE_TITLE}{Path(name).stem}\n"
        yield _fenced(text)


def _postmortem(postmortem: dict[str, Any], files: dict[str, str]) -> Iterator[str]:
    if agenda := postmortem.get("agenda"):
        yield "## Postmortem agenda\n"
        yield from (f"{at}. {_plain(one['topic'])} ({one['minutes']} min)" for at, one in enumerate(agenda, start=1))
        yield ""
    if "postmortem.md.j2" in files:
        yield f"## {FORM_TITLE}\n"
        yield _fenced(files["postmortem.md.j2"])


def _fenced(text: str) -> str:
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{ticks}{VERBATIM}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{ticks}\n"


def _reference(value: dict[str, Any]) -> Iterator[str]:
    yield from _table(
        "Contacts",
        ("For", "Email", "Phone", "Link", "Note"),
        ("for", "email", "phone", "url", "note"),
        value.get("contacts", {}),
    )
    yield from _table("Tools", ("Group", "Address", "Note"), ("group", "url", "note"), value.get("tools", {}))
    if links := value.get("links"):
        yield "## Links\n"
        yield from (f"- {LINKS[key]}: <{address}>" for key, address in links.items())
        yield ""
    if metrics := value.get("metrics"):
        yield "## Metrics and targets\n"
        yield from map(_metric, metrics)
        yield ""
    if drills := value.get("drills"):
        yield "## Drills\n"
        for key, one in drills.items():
            yield f"### Each {one['every']}: {_plain(one['title'])} [{key}]\n"
            yield from [f"Severity: {one['severity']}\n"] if "severity" in one else []
            yield from (f"{at}. {_plain(step)}" for at, step in enumerate(one.get("steps", []), start=1))
            yield ""
    if budget := value.get("error_budget"):
        yield f"## Error budget\n\n- Objective: {budget['objective']} over {budget['over']}\n"
    if reviews := value.get("reviews"):
        yield "## Reviews\n"
        yield from (f"- Each {one['every']}: {_plain(one['title'])}" for one in reviews)
        yield ""


def _table(title: str, heads: tuple[str, ...], keys: tuple[str, ...], entries: dict[str, Any]) -> Iterator[str]:
    used = [(head, key) for head, key in zip(heads, keys, strict=True) if any(key in one for one in entries.values())]
    if not entries:
        return
    yield f"## {title}\n"
    yield from _row(["Name", *(head for head, _ in used)])
    yield from _row(["---"] * (1 + len(used)))
    for name, one in entries.items():
        cells = (_address(one[key]) if key == "url" and key in one else _plain(one.get(key, "")) for _, key in used)
        yield from _row([f"{_plain(one['name'])} [{name}]", *cells])
    yield ""


def _metric(one: dict[str, Any]) -> str:
    name = METRICS.get(one["metric"], one["metric"].upper())
    only = f" ({', '.join(one['severities'])})" if one.get("severities") else ""
    way = next((key for key in ("below", "above") if key in one), None)
    target = f"{way} {one[way]}" if way else ""
    return f"- {name}{only}: {_plain('; '.join(part for part in (target, one.get('note', '')) if part))}"


def _row(cells: Iterable[str]) -> Iterator[str]:
    yield "| " + " | ".join(cells) + " |"


def _address(url: str) -> str:
    return f"`{url}`".replace("|", "\\|")


def _plain(text: str) -> str:
    """Return text in which Markdown finds no marks of its own."""
    text = re.sub(r"([\\`*<>|])", r"\\\1", " ".join(text.split()))
    text = re.sub(r"&(?=#?\w+;)", r"\\&", text)
    return re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", text)

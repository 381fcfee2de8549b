"""The templates of a document: its blocks with `[placeholders]`, as messages and as the form of a postmortem."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.playbooks.importing.appendix import SAFE_FILE
from app.playbooks.importing.draft import Draft
from app.playbooks.importing.phrases import (
    AFTER_RESOLUTION,
    AFTER_UPDATE,
    ALWAYS,
    FOR_CUSTOMERS,
    PLACEHOLDER,
    Phrases,
    line_of,
)
from app.playbooks.importing.postmortems import FORM, POSTMORTEM, agenda, form
from app.playbooks.importing.reading import Fence, Section, fences_of, lines_of
from app.playbooks.importing.scenarios import PLAIN, is_command
from app.playbooks.shipped import shipped

_I = re.IGNORECASE
MESSAGE = re.compile(
    r"template|message|communicat|notif|alert|update|announce|status\s*page|closure|customer|war[\s-]?room|slack|email",
    _I,
)
SLOTS = (
    ("resolved", re.compile(r"resol(?:ved|ution)|all[\s-]clear|closure|closed|restored", _I)),
    ("customer", re.compile(r"customers?|external|status\s*page|public|clients?", _I)),
    ("update", re.compile(r"updates?\b|progress", _I)),
    (
        "declared",
        re.compile(
            r"alert|initial|internal|declar|war[\s-]?room|slack|team|incident|communicat|template|message|notif", _I
        ),
    ),
)
LEADS = (
    (re.compile(r"initial|first|investigat", _I), 'incident.status == "investigating"'),
    (re.compile(r"resol|fixed|clear", _I), 'incident.status == "resolved"'),
)
AFTER: dict[str, Phrases] = {"update": AFTER_UPDATE, "resolved": AFTER_RESOLUTION, "customer": FOR_CUSTOMERS}
TO_CUSTOMERS = (*FOR_CUSTOMERS, *ALWAYS)
QUOTED = re.compile(r"^(\w[\w ]{2,20}):\s*[\"“](.+)[\"”]\s*$")
ABOUT_TEMPLATES = re.compile(r"template|alert", _I)
VERBATIM = "jinja"
MESSAGE_TITLE, FORM_TITLE = "Message: ", "Postmortem form"
CUSTOMER = "messages/customer.j2"
LARGEST = 20_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A block that may be a message: its slot, how likely it is meant, and where it stands."""

    slot: str
    rank: int
    fence: Fence
    section: Section


def recognise(draft: Draft) -> None:
    """Find the messages, the form of the postmortem and the agenda of its meeting."""
    _verbatim(draft)
    for candidate in sorted(_candidates(draft.root), key=lambda one: (one.rank, one.fence.line)):
        name = f"messages/{candidate.slot}.j2"
        if name in draft.files:
            draft.left(candidate.fence.line, f"another template for the message {candidate.slot}")
        else:
            draft.files[name] = _message(candidate)
            draft.understood(candidate.fence.line, f"the message {candidate.slot}")
        draft.taken.add(candidate.section.line)
    _customer_lines(draft)
    form(draft)
    agenda(draft)
    for name in (CUSTOMER, FORM):
        if name not in draft.files:
            draft.files[name] = (shipped() / "playbooks" / "default" / name).read_text(encoding="utf-8")
            draft.left(-1, f"{name} is Tocsin's own: the document has none")


def _verbatim(draft: Draft) -> None:
    """Take templates that stand in the document as they are, as in an exported runbook."""
    for section in draft.root.walk():
        for fence in fences_of(section.blocks):
            message = f"messages/{section.title.removeprefix(MESSAGE_TITLE)}.j2"
            name = FORM if section.title == FORM_TITLE else message
            if fence.info == VERBATIM and SAFE_FILE.fullmatch(name):
                draft.files[name] = fence.content
                draft.understood(fence.line, f"the template {name}")
                draft.taken.add(section.line)


def _candidates(root: Section) -> Iterator[Candidate]:
    for section in root.walk():
        titles = [section.title, *(one.title for one in section.above() if one.level > 1)]
        if any(map(POSTMORTEM.search, titles)) or not any(map(MESSAGE.search, titles[:3])):
            continue
        rank = 0 if any(map(ABOUT_TEMPLATES.search, titles[:2])) else 1
        for fence in fences_of(section.blocks):
            first = fence.content.strip().partition("\n")[0]
            slot = _slot([section.title, first, *titles[1:3]])
            if slot and _may_be_message(fence, first):
                yield Candidate(slot, rank, fence, section)


def _may_be_message(fence: Fence, first: str) -> bool:
    if is_command(fence.info, fence.content) or len(fence.content) > LARGEST or not first:
        return False
    is_text = not fence.info or fence.info.split()[0].lower() in PLAIN
    is_list = re.match(r"\s*\d+[.)]\s", first) is not None
    return is_text and (PLACEHOLDER.search(fence.content) is not None or not is_list)


def _slot(texts: list[str]) -> str | None:
    for text in texts:
        for slot, pattern in SLOTS:
            if pattern.search(text):
                return slot
    return None


def _message(candidate: Candidate) -> str:
    known = (*AFTER.get(candidate.slot, ()), *ALWAYS)
    lines = candidate.fence.content.strip("\n").split("\n")
    return "\n".join(line_of(line, known, first=at == 0) for at, line in enumerate(lines)) + "\n"


def _customer_lines(draft: Draft) -> None:
    """Take `Initial: "…"`, `Update: "…"`, `Resolution: "…"` for the text that customers read."""
    for section in draft.root.walk():
        about_customers = SLOTS[1][1].search(section.title)
        said = [(line, match) for line, text in lines_of(section.blocks) if (match := QUOTED.match(text))]
        if about_customers and len(said) > 1 and CUSTOMER not in draft.files:
            draft.files[CUSTOMER] = _by_status([(match[1], match[2]) for _, match in said])
            draft.understood(said[0][0], "the text for customers")


def _by_status(said: list[tuple[str, str]]) -> str:
    """Return one template of several texts, each for the status that its label tells."""
    told = [(test, text) for pattern, test in LEADS for label, text in said if pattern.search(label)]
    cases = list(dict(told).items())
    others = [text for label, text in said if not any(pattern.search(label) for pattern, _ in LEADS)]
    last = line_of(others[0] if others else said[-1][1], TO_CUSTOMERS, first=False)
    if not cases:
        return f"{last}\n"
    parts = [
        f"{{% {'elif' if at else 'if'} {test} %}}\n{line_of(text, TO_CUSTOMERS, first=False)}\n"
        for at, (test, text) in enumerate(cases)
    ]
    return "".join([*parts, f"{{% else %}}\n{last}\n{{% endif %}}\n"])

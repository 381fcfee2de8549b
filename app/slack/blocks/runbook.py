"""The runbooks of a playbook: one that is shown, one that is offered, and all of them to choose from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.playbook import Playbook
from app.domain.runbook import Runbook
from app.domain.runbook_search import Found
from app.slack.blocks import buttons, markdown, reference
from app.slack.blocks.elements import (
    OPTIONS,
    SECTION,
    Part,
    actions,
    context,
    header,
    menu,
    message,
    option,
    section,
    sections,
    speak,
)
from app.slack.blocks.headline import titled
from app.slack.text import Message, escape, fit, one_line
from app.slack.words import OWN_WORDS
from app.store import Record

LONGEST_PART = 5000
LINE = 150
WARNING = 200
MOST_LINES = 12
MOST_CONTACTS = 4
MOST_TOOLS = 5
MOST_OTHERS = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """A runbook to be shown: the playbook that it is from, the incident that it is read for, and what fits besides."""

    runbook: Runbook
    playbook: Playbook
    record: Record | None
    now: datetime
    others: Sequence[Runbook] = ()


def show(shown: Shown, part: int = 1) -> Message:
    """Return one part of a runbook: its warnings come first, whichever it is. Most have one part alone."""
    one, parts = shown.runbook, markdown.parts(shown.runbook.body, LONGEST_PART) or [[]]
    part = min(max(part, 1), len(parts))
    said = OWN_WORDS.say("answers/runbook", runbook=one, part=part, parts=len(parts))
    blocks = [header(one.title), *_warnings(one), *(_known(one) if part == 1 else ()), *parts[part - 1]]
    if part < len(parts):
        value = f"{shown.record.id if shown.record else ''}:{one.id}:{part + 1}"
        return message(said, *blocks, actions(buttons.next_part(value, part + 1, len(parts))))
    return message(said, *blocks, *_at_the_end(shown))


def _warnings(one: Runbook) -> Iterator[Part]:
    if one.warnings:
        lines = (f":warning: *{fit(escape(one_line(warning)), WARNING)}*" for warning in one.warnings)
        yield section("\n".join(lines))


def _known(one: Runbook) -> Iterator[Part]:
    if one.symptoms:
        yield section("\n".join(["*Symptoms*", *(f"• {_line(symptom)}" for symptom in one.symptoms[:MOST_LINES])]))
    about = (
        ("Severity", one.severity or ""),
        ("Services", ", ".join(one.services)),
        ("Alerts", ", ".join(one.alerts)),
    )
    known = [f"{label}: {fit(escape(value), LINE)}" for label, value in about if value]
    if known:
        yield context(*known)


def _line(text: str) -> str:
    return fit(escape(one_line(text)), LINE)


def _at_the_end(shown: Shown) -> Iterator[Part]:
    playbook, one = shown.playbook, shown.runbook
    contacts = [contact for contact in playbook.contacts if contact.id in one.contacts][:MOST_CONTACTS]
    if contacts:
        yield section(OWN_WORDS.say("answers/runbook_contacts"))
        yield reference.in_rich_text(contacts)
    incident = shown.record.incident if shown.record else None
    tools = [tool for tool in playbook.tools if tool.id in one.tools][:MOST_TOOLS]
    links = [link for tool in tools if (link := reference.open_tool(tool, incident, shown.now, tool.name))]
    yield from buttons.row(*links)
    others = [other for other in shown.others if other is not one][:MOST_OTHERS]
    if others:
        yield context(OWN_WORDS.say("answers/runbook_others"))
        yield from buttons.row(*(buttons.open_runbook(other.id, shown.record, other.title) for other in others))


def choose(runbooks: Sequence[Runbook], record: Record | None, words: str, near: Sequence[Found] = ()) -> Message:
    """Return all runbooks, to choose one: none is plainly meant by `words`, nor about the incident; some come near."""
    shown = near[:MOST_OTHERS]
    incident = titled(record.incident) if record else None
    said = OWN_WORDS.say("answers/runbooks", count=len(runbooks), words=words, near=len(shown), incident=incident)
    lines = [f"*{_line(one.runbook.title)}* has: {_line(', '.join(one.words))}" for one in shown]
    value = record.id if record else ""
    options = [option(one.title, f"{value}:{one.id}") for one in runbooks[:OPTIONS]]
    nearest = buttons.row(*(buttons.open_runbook(one.runbook.id, record, one.runbook.title) for one in shown))
    all_of_them = actions(menu("Choose a runbook", "runbook.choose", options))
    return speak(fit(said, SECTION), *sections(lines), *nearest, all_of_them)


def offer(one: Runbook, record: Record) -> Message:
    """Return the offer of a runbook that seems to be about the incident."""
    said = OWN_WORDS.say("runbook_offered", runbook=one, incident=titled(record.incident))
    return speak(said, *buttons.row(buttons.open_runbook(one.id, record)))

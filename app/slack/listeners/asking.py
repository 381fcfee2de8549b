"""Who asks what of which incident: one that was named, the one whose room this is, or the one that a button carries."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from app.domain.commands import Actor
from app.handle import NoSuchIncident
from app.slack.blocks.headline import marked
from app.slack.listeners import privacy
from app.slack.listeners.answer import Answer
from app.slack.listeners.edge import Edge
from app.slack.listeners.grammar import Phrase, Reference, one_of, split_word
from app.slack.listeners.refusals import NameOne, NothingOpen, Outdated
from app.slack.requests import Request, readable
from app.store import Record, Transaction

# After these words anything may be text, so inside a room no incident is looked for in it.
TEXT_WORDS = frozenset({"cancel", "checklist", "follow-up", "merge", "milestones", "note", "reopen", "update"})
EXAMPLES = 5
LONGEST_ID = 15
CHANNEL_PREFIX = "incident-"
"""What most names begin with, so that `2026-012` is enough of one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request about one incident; `rest` is what was typed besides."""

    edge: Edge
    request: Request
    record: Record
    rest: str = ""

    @property
    def by(self) -> Actor:
        """Whoever asks."""
        return Actor(self.request.user)

    @property
    def written(self) -> str:
        """The rest, as people read it."""
        return readable(self.rest)


Route = Callable[[Edge, Request], Awaitable[Answer]]
About = Callable[[Asked], Awaitable[Answer]]


async def typed(edge: Edge, request: Request, phrase: Phrase) -> Asked:
    """Return what a typed phrase asks of which incident. Raises `Rejected` where that is not clear."""

    def find(tx: Transaction) -> Asked | list[Record]:
        here = tx.by_room(edge.workspace, request.channel) if request.channel else None
        told = phrase if _may_be_text(edge, phrase, in_room=here is not None) else phrase.with_leading_reference()
        named = _named(tx, edge.workspace, told.reference) if told.reference else here
        return Asked(edge, request, named, told.rest) if named else tx.open_records(edge.workspace)

    found = await edge.store.run(find)
    if not isinstance(found, Asked):
        raise _unclear(phrase.word, await privacy.visible(edge, request, found))
    await privacy.admit(edge, request, found.record)
    return found


async def named(edge: Edge, request: Request, reference: Reference) -> Record:
    """Return the incident that `reference` names. Raises `Rejected` if there is none, or it is none of theirs."""
    record = await edge.store.run(lambda tx: _named(tx, edge.workspace, reference))
    await privacy.admit(edge, request, record)
    return record


async def perhaps(edge: Edge, request: Request, phrase: Phrase) -> tuple[Record | None, str]:
    """Return the incident that is named, or whose room this is, if any; and the words that remain."""

    def find(tx: Transaction) -> tuple[Record | None, str]:
        if phrase.reference:
            return _named(tx, edge.workspace, phrase.reference), phrase.written
        if request.channel and (here := tx.by_room(edge.workspace, request.channel)):
            return here, phrase.written
        told = phrase.with_leading_reference()
        if told.reference:
            # What names no incident may as well be a word to search for.
            with suppress(NoSuchIncident):
                return _named(tx, edge.workspace, told.reference), told.written
        return None, phrase.written

    record, words = await edge.store.run(find)
    if record:
        await privacy.admit(edge, request, record)
    return record, words


async def carried(edge: Edge, request: Request, value: str) -> Asked:
    """Return what is asked of the incident whose id a button or a form carries. Raises `Rejected` if there is none."""
    incident_id = carried_id(value)
    record = await edge.store.run(lambda tx: tx.incident(incident_id))
    if record is None or record.workspace != edge.workspace:
        raise Outdated
    await privacy.admit(edge, request, record)
    return Asked(edge, request, record)


def carried_id(value: str) -> int:
    """Return the id of an incident that a button or a form carries. Raises `Outdated` for anything else."""
    if not (value.isascii() and value.isdecimal() and len(value) <= LONGEST_ID):
        raise Outdated
    return int(value)


def _may_be_text(edge: Edge, phrase: Phrase, *, in_room: bool) -> bool:
    first, _ = split_word(phrase.rest)
    severities = [severity.id for severity in edge.playbook.rules.severities]
    is_severity = phrase.word == "severity" and one_of(first, severities) is not None
    return is_severity or (in_room and phrase.word in TEXT_WORDS)


def _named(tx: Transaction, workspace: str, reference: Reference) -> Record:
    match reference:
        case Reference(number=int(number)):
            record, name = tx.by_number(workspace, number), f"#{number}"
        case Reference(channel=str(channel)):
            record, name = tx.by_room(workspace, channel), "in that channel"
        case _:
            name = reference.name or ""
            record = tx.by_name(workspace, name) or tx.by_name(workspace, f"{CHANNEL_PREFIX}{name}")
    if record is None:
        raise NoSuchIncident(name=name)
    return record


def _unclear(word: str, open_records: Sequence[Record]) -> NameOne | NothingOpen:
    if not open_records:
        return NothingOpen(word=word)
    typed = "/postmortem" if word == "postmortem" else f"/incident {word}"
    named = [
        f"`{typed} {record.incident.number}` {record.incident.severity} {marked(record.incident)}"
        f"{' (private)' if record.incident.private else ''}"
        for record in open_records[:EXAMPLES]
    ]
    left_out = len(open_records) - EXAMPLES
    lines = [*named, *([f"{left_out} more: `/incident list`"] if left_out > 0 else [])]
    return NameOne(example=f"`{typed} {open_records[0].incident.number}`", all="".join(f"\n{line}" for line in lines))

"""The Home tab: what waits for you, what is open, who is on call, and what is wrong with the set-up."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from app.domain.asking import Ask, unfinished
from app.domain.effects import Way
from app.domain.playbook import Playbook
from app.domain.timers import postmortem_due
from app.slack.blocks import buttons
from app.slack.blocks.answers import left_out
from app.slack.blocks.elements import PRIMARY, VIEW_BLOCKS, Part, context, header, leading, section, sections
from app.slack.blocks.headline import in_two_lines
from app.slack.blocks.on_call import Duty, troubles, watch_line
from app.slack.text import escape, fit, on_day, one_line, when_ago
from app.slack.words import OWN_WORDS, no_pager, quoted
from app.store import Record

SHOWN = 20
RESPONDERS_SHOWN = 30
LISTS_SHOWN = 3
LONGEST_TITLE = 75
ROOM_FOR_WRONG = 9000

Rings = Callable[[Sequence[str]], str]
"""Names the pagers by which some responders are paged, in turn; nothing where none is."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An incident that asks something of the member."""

    record: Record
    asks: Sequence[Ask]


@dataclass(frozen=True, slots=True)
class AtHome:
    """What the Home tab of a member shows; `dead` is how many deliveries of late could not be made.

    `away` says why nothing goes by a way.
    """

    playbook: Playbook
    open_records: Sequence[Record]
    waiting: Sequence[Waiting]
    duty: Duty
    dead: int = 0
    away: Mapping[Way, str] = field(default_factory=dict)
    rings: Rings = no_pager


def home(shown: AtHome) -> Part:
    """Return the Home tab."""
    blocks = [
        *buttons.row(buttons.declare(), buttons.subscriptions()),
        *_asked(shown),
        *_open(shown),
        *_on_call(shown),
        *_set_up(shown),
    ]
    return {"type": "home", "blocks": list(islice(blocks, VIEW_BLOCKS))}


def _asked(shown: AtHome) -> Iterator[Part]:
    if shown.waiting:
        yield header("Waiting for you")
    for one in shown.waiting[:SHOWN]:
        wanted = "\n".join(_wanted(ask, one.record, shown.playbook) for ask in one.asks)
        yield section(f"{_line(one.record)}\n{wanted}", _answer(one))
    if len(shown.waiting) > SHOWN:
        yield left_out(len(shown.waiting) - SHOWN)


def _wanted(ask: Ask, record: Record, playbook: Playbook) -> str:
    begun = unfinished(record.incident, playbook.of(record.rules))
    lists = [fit(escape(one_line(one.title)), LONGEST_TITLE) for one in begun]
    due = postmortem_due(record.incident, record.rules)
    facts: dict[str, Any] = {"lists": lists[:LISTS_SHOWN], "more": len(lists[LISTS_SHOWN:])}
    return OWN_WORDS.say(
        "answers/asked", ask=ask, number=record.incident.number, due=on_day(due) if due else None, **facts
    )


def _answer(one: Waiting) -> Part | None:
    match one.asks[0]:
        case Ask.ACKNOWLEDGE:
            return buttons.acknowledge(one.record)
        case Ask.UPDATE:
            return buttons.post_update(one.record, PRIMARY)
        case Ask.POSTMORTEM:
            return buttons.draft_postmortem(one.record, PRIMARY)
        case _:
            return None


def _open(shown: AtHome) -> Iterator[Part]:
    yield header("Open incidents")
    above = {one.record.id for one in shown.waiting[:SHOWN]}
    others = [record for record in shown.open_records if record.id not in above]
    if not others:
        yield section(OWN_WORDS.say("answers/no_others_open", open=len(shown.open_records)))
    for record in others[:SHOWN]:
        yield section(_line(record))
    if len(others) > SHOWN:
        yield left_out(len(others) - SHOWN)


def _line(record: Record) -> str:
    return in_two_lines(record, when_ago(record.incident.declared_at))


def _on_call(shown: AtHome) -> Iterator[Part]:
    yield header("On call now")
    responders = shown.playbook.rules.responders
    pagers = {one.id: shown.rings((one.id,)) for one in responders}
    # What is true of all of them is said once, below.
    alike = len(set(pagers.values())) == 1
    lines = [f"{escape(shown.playbook.rules.title)}:"]
    for watch in shown.duty.watches[:RESPONDERS_SHOWN]:
        pager = "" if alike else pagers.get(watch.responder.id, "")
        lines.append(f"{watch_line(watch, shown.duty)}{f' · {escape(pager)}' if pager else ''}")
    first, *others = sections(lines)
    yield first | {"accessory": buttons.bind_responders()}
    yield from others
    silent = [one.name for one in responders if not pagers[one.id]]
    pager = shown.rings([one.id for one in responders])
    yield context(OWN_WORDS.say("answers/pager", pager=pager, silent=silent))


def _set_up(shown: AtHome) -> Iterator[Part]:
    found = list(_wrong(shown))
    if found:
        yield header("To put right")
        yield from sections(leading([f":warning: {one}" for one in found], ROOM_FOR_WRONG))


def _wrong(shown: AtHome) -> Iterator[str]:
    if unbound := shown.duty.unbound:
        yield OWN_WORDS.say("answers/unbound", names=quoted(unbound), count=len(unbound))
    yield from troubles(shown.duty, shown.playbook.rules)
    for way, reason in shown.away.items():
        yield OWN_WORDS.say("answers/away", way=way, reason=reason)
    if shown.dead:
        yield OWN_WORDS.say("answers/dead", count=shown.dead)

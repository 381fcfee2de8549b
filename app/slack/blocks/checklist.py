"""A checklist of the playbook: item by item, what is ticked, by whom and when, with a button beside each."""

import hashlib
from collections.abc import Iterator, Sequence

from app.domain.checklists import Ticked
from app.domain.playbook import Checklist
from app.slack.blocks import buttons
from app.slack.blocks.elements import MESSAGE_TEXT, Part, message, section
from app.slack.blocks.headline import titled
from app.slack.text import Message, clean, escape, fit, mention, one_line, when
from app.slack.words import OWN_WORDS
from app.store import Record

KEY = 16
ROOM_FOR_A_MARK = 120
SHORTEST = 80
LONGEST_TITLE = 150


def checklist(one: Checklist, record: Record) -> Message:
    """Return a checklist as far as it is now; an item that was ticked and is in the playbook no more stays below."""
    items = items_of(one, record)
    room = max(SHORTEST, MESSAGE_TEXT // max(1, len(items)) - ROOM_FOR_A_MARK)
    said = progress(one, record)
    return message(said, section(said), *_items(one, items, record, room))


def overview(lists: Sequence[Checklist], record: Record) -> Message:
    """Return the lists of a playbook, how far each is, and a button that shows it."""
    said = OWN_WORDS.say("answers/checklists", incident=titled(record.incident), lists=len(lists))
    rows = (section(_row(one, record), buttons.open_checklist(record, one.id)) for one in lists)
    return message(said, section(said), *rows)


def _row(one: Checklist, record: Record) -> str:
    done, items = len(record.incident.ticks.get(one.id, {})), len(items_of(one, record))
    moment = OWN_WORDS.say("answers/checklist_moment", checklist=one, rules=record.rules)
    return f"*{fit(escape(one_line(one.title)), LONGEST_TITLE)}*\n{done} of {items} done · {moment}"


def progress(one: Checklist, record: Record) -> str:
    """Return how far a checklist is, in a sentence."""
    done, items = len(record.incident.ticks.get(one.id, {})), len(items_of(one, record))
    facts = {"checklist": one, "incident": titled(record.incident), "done": done, "items": items}
    return OWN_WORDS.say("checklist", otherwise=escape(one.title), **facts)


def items_of(one: Checklist, record: Record) -> Sequence[str]:
    """Return the items of a list, and below them what was ticked before the playbook lost it."""
    return tuple(dict.fromkeys((*one.items, *record.incident.ticks.get(one.id, {}))))


def key(item: str) -> str:
    """Return what a button carries of an item: as long whatever the item says."""
    return hashlib.sha256(item.encode(errors="replace")).hexdigest()[:KEY]


def _items(one: Checklist, items: Sequence[str], record: Record, room: int) -> Iterator[Part]:
    ticks = record.incident.ticks.get(one.id, {})
    for item in items:
        value = f"{record.id}:{one.id}:{key(item)}"
        words, ticked = fit(escape(item), room), ticks.get(item)
        if ticked:
            yield section(f"☑ {words}\n{_mark(ticked, record)}", buttons.untick(clean(item), value))
        else:
            yield section(f"☐ {words}", buttons.tick(clean(item), value))


def _mark(ticked: Ticked, record: Record) -> str:
    return f"{mention(ticked.by)}, {when(ticked.at, record.incident.declared_at)}"

"""The Home tab: what waits for you, what is open, and who is paged."""

from collections.abc import Iterator, Sequence
from itertools import islice

from app.domain.playbook import Responder, Roster, Rules
from app.slack.blocks import buttons
from app.slack.blocks.answers import left_out
from app.slack.blocks.elements import PRIMARY, VIEW_BLOCKS, Part, context, header, section
from app.slack.blocks.headline import in_two_lines
from app.slack.text import escape, mentions, when_ago
from app.slack.words import OWN_WORDS
from app.store import Record

SHOWN = 20
RESPONDERS_SHOWN = 30


def home(open_records: Sequence[Record], rules: Rules, roster: Roster, asked: Sequence[Record]) -> Part:
    """Return the Home tab of a member; `asked` are the incidents that wait for them."""
    blocks = [
        *buttons.row(buttons.declare()),
        *_asked(asked),
        *_open(open_records),
        *_responders(rules, roster),
    ]
    return {"type": "home", "blocks": list(islice(blocks, VIEW_BLOCKS))}


def _asked(asked: Sequence[Record]) -> Iterator[Part]:
    if asked:
        yield header("Waiting for you")
    for record in asked[:SHOWN]:
        yield section(_line(record), _answer(record))


def _answer(record: Record) -> Part:
    if record.incident.acknowledged_at is None:
        return buttons.acknowledge(record)
    return buttons.post_update(record, PRIMARY)


def _open(open_records: Sequence[Record]) -> Iterator[Part]:
    yield header("Open incidents")
    if not open_records:
        yield section(OWN_WORDS.say("answers/menu", open=0))
    for record in open_records[:SHOWN]:
        yield section(_line(record))
    if len(open_records) > SHOWN:
        yield left_out(len(open_records) - SHOWN)


def _line(record: Record) -> str:
    return in_two_lines(record, when_ago(record.incident.declared_at))


def _responders(rules: Rules, roster: Roster) -> Iterator[Part]:
    yield header("Who is paged")
    lines = [_responder(one, roster) for one in rules.responders[:RESPONDERS_SHOWN]]
    yield section("\n".join([f"{escape(rules.title)}:", *lines]), buttons.bind_responders())
    yield context(OWN_WORDS.say("answers/no_pager"))


def _responder(responder: Responder, roster: Roster) -> str:
    bound = roster.get(responder.id)
    return f"{escape(responder.name)}: {mentions(bound.targets) if bound and bound.targets else '*nobody yet*'}"

"""The Home tab: what waits for you, what is open, and who is paged."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from app.domain.playbook import Responder, Roster, Rules
from app.slack.blocks import buttons
from app.slack.blocks.answers import left_out
from app.slack.blocks.elements import PRIMARY, VIEW_BLOCKS, Part, context, header, section
from app.slack.blocks.headline import in_two_lines
from app.slack.text import escape, mentions, when_ago
from app.slack.words import OWN_WORDS, no_pager
from app.store import Record

SHOWN = 20
RESPONDERS_SHOWN = 30


Rings = Callable[[Sequence[str]], str]
"""Names the pager that rings for some responders, if one does."""


def home(
    open_records: Sequence[Record],
    rules: Rules,
    roster: Roster,
    asked: Sequence[Record],
    rings: Rings = no_pager,
) -> Part:
    """Return the Home tab of a member; `asked` are the incidents that wait for them."""
    blocks = [
        *buttons.row(buttons.declare()),
        *_asked(asked),
        *_open(open_records),
        *_responders(rules, roster, rings),
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


def _responders(rules: Rules, roster: Roster, rings: Rings) -> Iterator[Part]:
    yield header("Who is paged")
    lines = [_responder(one, roster, rings) for one in rules.responders[:RESPONDERS_SHOWN]]
    yield section("\n".join([f"{escape(rules.title)}:", *lines]), buttons.bind_responders())
    silent = [one.name for one in rules.responders if not rings((one.id,))]
    yield context(OWN_WORDS.say("answers/pager", pager=rings([one.id for one in rules.responders]), silent=silent))


def _responder(responder: Responder, roster: Roster, rings: Rings) -> str:
    bound, pager = roster.get(responder.id), rings((responder.id,))
    whom = mentions(bound.targets) if bound and bound.targets else "*nobody yet*"
    return f"{escape(responder.name)}: {whom}{f' · {escape(pager)}' if pager else ''}"

"""The Home tab: what waits for you, what is open, and who is paged."""

from collections.abc import Iterator, Sequence
from itertools import islice

from app.domain.playbook import Responder, Roster, Rules
from app.slack.blocks.card import emoji, headline, status_line
from app.slack.blocks.elements import VIEW_BLOCKS, Part, actions, button, context, header, section
from app.slack.text import channel_ref, escape, fit, mention, mentions, when_ago
from app.slack.words import OWN_WORDS
from app.store import Record

SHOWN = 20
LINE = 500
RESPONDERS_SHOWN = 30


def home(open_records: Sequence[Record], rules: Rules, roster: Roster, asked: Sequence[Record]) -> Part:
    """Return the Home tab of a member; `asked` are the incidents that wait for them."""
    blocks = [
        actions(button("Declare an incident", "incident.declare", "", style="primary")),
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
        return button("Acknowledge", "incident.acknowledge", str(record.id), style="primary")
    return button("Post update", "incident.update", str(record.id), style="primary")


def _open(open_records: Sequence[Record]) -> Iterator[Part]:
    yield header("Open incidents")
    if not open_records:
        yield section(OWN_WORDS.say("answers/menu", open=0))
    for record in open_records[:SHOWN]:
        yield section(_line(record))
    if len(open_records) > SHOWN:
        yield context(OWN_WORDS.say("answers/left_out", count=len(open_records) - SHOWN, what="incidents"))


def _line(record: Record) -> str:
    incident = record.incident
    first = f"{emoji(record)} *{fit(escape(headline(record)), LINE)}*"
    who = f"{escape(record.rules.commander.name)}: {mention(incident.commander)}"
    return f"{first}\n{status_line(record)} · {who} · declared {when_ago(incident.declared_at)} · {channel_ref(record)}"


def _responders(rules: Rules, roster: Roster) -> Iterator[Part]:
    yield header("Who is paged")
    lines = [_responder(one, roster) for one in rules.responders[:RESPONDERS_SHOWN]]
    yield section("\n".join([f"{escape(rules.title)}:", *lines]), button("Bind responders", "responders.open", ""))
    yield context(OWN_WORDS.say("answers/no_pager"))


def _responder(responder: Responder, roster: Roster) -> str:
    bound = roster.get(responder.id)
    return f"{escape(responder.name)}: {mentions(bound.targets) if bound and bound.targets else '*nobody yet*'}"

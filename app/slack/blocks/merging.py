"""The form that merges an incident into another."""

from collections.abc import Sequence

from app.slack.blocks import inputs
from app.slack.blocks.elements import Part, ask, context, modal, option, section
from app.slack.blocks.headline import headline
from app.slack.text import escape
from app.slack.words import OWN_WORDS
from app.store import Record


def may_be_same(one: Record, other: Record) -> bool:
    """Say whether two incidents may be merged: a private or practised one only with its like."""
    return (one.incident.private, one.incident.drill) == (other.incident.private, other.incident.drill)


def form(record: Record, others: Sequence[Record]) -> Part:
    """Return the form; `others` are those that this one may be the same as."""
    about, value = context(escape(headline(record))), str(record.id)
    if not others:
        return modal("merge", "Merge", None, value, [about, section(OWN_WORDS.say("answers/nothing_to_merge"))])
    options = [option(f"#{one.incident.number} {headline(one)}", str(one.incident.number)) for one in others]
    choice = ask("into", "Which incident is it the same as?", inputs.select(options))
    return modal("merge", "Merge", "Merge", value, [about, choice, context(OWN_WORDS.say("answers/merge"))])

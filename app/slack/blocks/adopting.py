"""What a changed playbook would change in an open incident."""

from collections.abc import Sequence

from app.slack.blocks.elements import PRIMARY, actions, button, sections, speak
from app.slack.blocks.headline import titled
from app.slack.text import Message, channel_ref, escape, fit
from app.slack.words import OWN_WORDS
from app.store import Record

SHOWN = 40
LINE = 300


def preview(record: Record, changes: Sequence[str], version: str) -> Message:
    """Return what would change, with the button that lets it; `version` names the playbook as it is now."""
    said = OWN_WORDS.say(
        "answers/adopt", incident=titled(record.incident), count=len(changes), left_out=len(changes[SHOWN:])
    )
    lines = (f"• {fit(escape(one), LINE)}" for one in changes[:SHOWN])
    confirm = button("Adopt", "playbook.adopt", f"{record.id}:{version}", PRIMARY)
    return speak(said, *sections(lines), actions(confirm))


def adopted(record: Record) -> Message:
    """Return that the incident is run by the playbook as it is now."""
    return speak(OWN_WORDS.say("answers/adopted", name=channel_ref(record), playbook=record.rules.playbook))

"""The roles of an incident, and who has them."""

from app.slack.blocks import buttons
from app.slack.blocks.elements import leading, sections, speak
from app.slack.blocks.headline import titled
from app.slack.text import Message, channel_ref, escape, fit, mention, one_line
from app.slack.words import OWN_WORDS
from app.store import Record

BRIEFING = 200
LONGEST_NAME = 75
ROOM = 8000


def roles(record: Record) -> Message:
    """Return each role, who plays it, and what is asked of them."""
    said = OWN_WORDS.say("answers/roles", name=channel_ref(record), incident=titled(record.incident))
    lines = [_line(record, role.id, role.name, role.briefing) for role in record.rules.roles]
    give = buttons.give_role(record)
    lead = [] if record.incident.commander or not record.incident.is_open else [buttons.take_command(record)]
    return speak(said, *sections(leading(lines, ROOM)), *buttons.row(*lead, give))


def _line(record: Record, role: str, name: str, briefing: str) -> str:
    asked = f"\n{fit(escape(one_line(briefing)), BRIEFING)}" if briefing else ""
    return f"*{fit(escape(name), LONGEST_NAME)}* {mention(record.incident.roles.get(role))}{asked}"

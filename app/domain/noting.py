"""Writing something down for the timeline: in one's own words, or what somebody said, as they said it."""

from datetime import datetime

from app.domain import commands as c
from app.domain import events as e
from app.domain.asked import required
from app.domain.errors import AlreadyNoted
from app.domain.incident import Incident

WITHOUT_TEXT = "(a message without text)"


def note(incident: Incident, command: c.AddNote, now: datetime) -> list[e.Event]:
    """Note it; of a message, its own time and author, and the same one once."""
    if not command.message:
        hint = "Write it after the word: `/incident note restarted the pods`"
        return [e.Noted(now, command.by.id, required(command.text, "The note", hint))]
    if command.message in incident.noted:
        raise AlreadyNoted(incident=incident.name)
    return [
        e.Noted(
            at=now,
            by=command.by.id,
            text=command.text.strip() or WITHOUT_TEXT,
            said_at=min(command.said_at or now, now),
            author=command.author,
            link=command.link,
            message=command.message,
        )
    ]

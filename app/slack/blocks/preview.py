"""What the playbook would do, told to the one who asks: the simulator's picture, line by line."""

from collections.abc import Sequence

from app.domain.playbook import Playbook, Roster
from app.simulator import Row, Simulation, rows, words
from app.slack.blocks.elements import MESSAGE_TEXT, SECTION, context, leading, sections, speak
from app.slack.text import Message, fit
from app.slack.words import OWN_WORDS

LINE = 400
SHOWN = 60
NOTES = 1500


def overview(playbook: Playbook) -> Message:
    """Return what the playbook is called, and what can be asked of it."""
    return speak(OWN_WORDS.say("answers/playbook", playbook=playbook, rules=playbook.rules))


def preview(played: Simulation, roster: Roster) -> Message:
    """Return what happens if nobody acts; `roster` says which of those who are paged nobody plays."""
    drawn = [row for row in rows(played.moments) if not row.first.kind.is_of_people]
    severity = played.rules.severity(played.script.severity)
    said = OWN_WORDS.say("answers/preview", rules=played.rules, severity=severity, any=bool(drawn))
    room = MESSAGE_TEXT - len(fit(said, SECTION))
    lines = leading([fit(_line(row, played), LINE) for row in drawn[:SHOWN]], room)
    notes = OWN_WORDS.say(
        "answers/preview_notes",
        rules=played.rules,
        severity=severity,
        ending=words.ending(played, drawn),
        left_out=len(drawn) - len(lines),
        unbound=_unbound(drawn, played, roster),
    )
    return speak(said, *sections(lines), context(fit(notes, NOTES)))


def _line(row: Row, played: Simulation) -> str:
    return OWN_WORDS.say("answers/preview_line", line=words.line(row, played))


def _unbound(drawn: Sequence[Row], played: Simulation, roster: Roster) -> list[str]:
    called = {name for row in drawn for name in row.first.responders}
    bound = {one.id for one in played.rules.responders if one.id in roster and roster[one.id].members}
    return [one.name for one in played.rules.responders if one.name in called and one.id not in bound]

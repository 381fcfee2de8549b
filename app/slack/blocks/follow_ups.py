"""Follow-ups: who does what, how far it is, and where its ticket is; and the form that writes some down."""

from app.domain.tracking import LONGEST, FollowUpItem
from app.slack.blocks import buttons, inputs
from app.slack.blocks.elements import MESSAGE_TEXT, Part, actions, ask, context, modal, section, speak
from app.slack.blocks.headline import headline, titled
from app.slack.text import Message, clean, escape, fit, mention, one_line, outside, when
from app.slack.words import OWN_WORDS
from app.store import Record

SHOWN = 45
SHORT = 30
ROOM_FOR_FACTS = 180
SHORTEST = 60
ONE_A_LINE = f"One in each line, of {LONGEST} characters at most."


def listing(record: Record) -> Message:
    """Return every follow-up with how far it is, and a button beside each; what is open comes first."""
    items = sorted(record.incident.follow_ups, key=lambda one: (one.is_done, one.number))
    left = sum(not one.is_done for one in items)
    said = OWN_WORDS.say("answers/follow_ups", incident=titled(record.incident), count=len(items), open=left)
    room = max(SHORTEST, MESSAGE_TEXT // max(1, len(items)) - ROOM_FOR_FACTS)
    rows = [section(_row(one, record, room), _button(one, record)) for one in items[:SHOWN]]
    return speak(said, *rows, *_left_out(len(items) - SHOWN), actions(buttons.add_follow_ups(record)))


def _left_out(count: int) -> list[Part]:
    return [context(OWN_WORDS.say("answers/more", count=count, word="follow-ups"))] if count > 0 else []


def _row(one: FollowUpItem, record: Record, room: int) -> str:
    mark = "☑" if one.is_done else "☐"
    return f"{mark} *{one.number}* {fit(escape(one_line(clean(one.text))), room)}\n{' · '.join(_facts(one, record))}"


def _facts(one: FollowUpItem, record: Record) -> list[str]:
    ticket = one.ticket
    tracked = f"{outside(ticket.url, ticket.key)}{_state(ticket.state)}" if ticket else ""
    done = f"done {when(one.done_at, record.incident.declared_at)} by {mention(one.done_by)}" if one.done_at else ""
    return [fact for fact in (mention(one.owner), tracked, done) if fact]


def _state(state: str) -> str:
    return f" {fit(escape(one_line(state)), SHORT)}" if state else ""


def _button(one: FollowUpItem, record: Record) -> Part | None:
    if one.done_at:
        return buttons.undo_follow_up(record, one.number, one.text)
    # What its ticket says is taken back in the tracker.
    return None if one.is_done else buttons.complete_follow_up(record, one.number, one.text)


def form(record: Record, texts: str = "") -> Part:
    """Return the form that writes follow-ups down; `texts` is what is suggested."""
    blocks = [
        context(escape(headline(record))),
        ask("texts", "What is to be done?", inputs.lines(texts, focus=True), hint=ONE_A_LINE),
        ask("owner", "Who does it?", inputs.person(), optional=True),
    ]
    return modal("follow_ups", "Follow-ups", "Write down", str(record.id), blocks)

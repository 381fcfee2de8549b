"""The message in which alerts suggest an incident, as it stands now."""

from app.domain.alerts import MOST_TOGETHER, SUGGEST_AGAIN
from app.slack.blocks import buttons
from app.slack.blocks.alerts import to_monitor
from app.slack.blocks.elements import PRIMARY, Part, button, speak
from app.slack.text import Message
from app.slack.words import OWN_WORDS
from app.store import Record, Suggestion, SuggestionState

NAMED = 3


def suggestion(one: Suggestion, record: Record | None) -> Message:
    """Return what stands in the channel; `record` is the incident that somebody declared for it."""
    known = record.incident if record and not record.incident.private else None
    said = OWN_WORDS.say(
        "suggestion",
        otherwise="Alerts fire that may be an incident.",
        suggestion=one,
        proposal=one.proposal,
        services=", ".join(one.proposal.services),
        channel=known.channel if known else None,
        name=known.name if known else "an incident",
        at=one.changed_at,
        quiet_until=one.changed_at + SUGGEST_AGAIN,
        named=NAMED,
        most=MOST_TOGETHER,
    )
    return speak(said, *buttons.row(*_answers(one), *to_monitor(one.proposal.url)))


def _answers(one: Suggestion) -> list[Part]:
    if one.state is SuggestionState.DECLARED:
        return []
    label = f"Declare {one.proposal.severity}" if one.proposal.severity else "Declare"
    declare = button(label, "suggestion.declare", str(one.id), PRIMARY if one.firing else None)
    if one.state is SuggestionState.IGNORED:
        return [declare]
    return [declare, button("Ignore", "suggestion.ignore", str(one.id))]

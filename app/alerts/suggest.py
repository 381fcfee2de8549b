"""Suggesting what alerts propose: a message with buttons for each group, and few messages in a storm."""

import secrets
from dataclasses import replace
from datetime import timedelta

from app.alerts.known import Known
from app.domain.alerts import SUGGEST_AGAIN, Proposal
from app.store import KeptGroup, Suggestion, SuggestionState, codec

MOST_SUGGESTED = 5
SUGGESTED_IN = timedelta(minutes=10)
"""So many suggestions one monitor makes in that time; what more it tells comes into the newest of its kind."""
UNANSWERED = (SuggestionState.OPEN, SuggestionState.OVER)


def suggest(known: Known, proposal: Proposal, group: KeptGroup) -> int:
    """Suggest what is proposed for a group, and return the id of the suggestion in which its alerts count."""
    standing = known.suggestion(group.suggestion_id)
    if standing is None or standing.changed_at < known.now - SUGGEST_AGAIN or standing.incident_id:
        standing = _join(known, proposal) or _add(known, proposal)
    if standing.state is SuggestionState.OVER:
        known.change_suggestion(replace(standing, state=SuggestionState.OPEN), state=SuggestionState.OPEN.value)
    if group.suggestion_id != standing.id:
        known.put_group(replace(group, suggestion_id=standing.id))
    known.suggested_for.add(standing.id)
    return standing.id


def _add(known: Known, proposal: Proposal) -> Suggestion:
    return known.add_suggestion(secrets.token_hex(8), proposal)


def _join(known: Known, proposal: Proposal) -> Suggestion | None:
    """Let an alert come into the newest suggestion of its channel and severity that nobody has answered."""
    newest = known.suggested(proposal.source, known.now - SUGGESTED_IN)
    if len(newest) < MOST_SUGGESTED:
        return None
    found = next((one for one in newest if one.state in UNANSWERED and _is_alike(one.proposal, proposal)), None)
    whole = found.proposal.joined(proposal) if found else None
    if found is None or whole is None or whole == found.proposal:
        return found
    return known.change_suggestion(replace(found, proposal=whole), proposal=codec.encode(whole))


def _is_alike(one: Proposal, other: Proposal) -> bool:
    return (one.channel, one.severity) == (other.channel, other.severity)

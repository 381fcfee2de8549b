"""What people make of a suggestion: they declare it, or ignore it."""

from dataclasses import replace
from datetime import datetime

from app.alerts.proposing import declaration
from app.domain import commands as c
from app.domain.alerts import Tally
from app.domain.errors import Rejected
from app.domain.playbook import Playbook
from app.handle import Handled, declare
from app.store import Suggestion, SuggestionState, Transaction


class SuggestionGone(Rejected):
    """Nothing is known of these alerts any more. An incident can be declared all the same, with `/incident declare`."""


class SuggestedBefore(Rejected):
    """{by!m} has declared {name} for these alerts already. It is among those of `/incident list`."""


class DeclaredBefore(Rejected):
    """{by!m} has declared an incident for these alerts already."""


class IgnoredBefore(Rejected):
    """{by!m} has ignored these alerts already. To declare an incident all the same, press Declare."""


def find(tx: Transaction, workspace: str, suggestion_id: int) -> Suggestion:
    """Return a suggestion. Raises `SuggestionGone`."""
    found = tx.suggestion(suggestion_id)
    if found is None or found.workspace != workspace:
        raise SuggestionGone
    return found


def check(tx: Transaction, one: Suggestion) -> None:
    """Raise `SuggestedBefore` where somebody has declared it; a private incident is not named: `DeclaredBefore`."""
    if one.incident_id is None:
        return
    record = tx.readable(one.incident_id)
    if record is None or record.incident.private:
        raise DeclaredBefore(by=one.by)
    raise SuggestedBefore(by=one.by, name=record.incident.name, number=record.incident.number)


def declare_suggested(
    tx: Transaction, workspace: str, suggestion_id: int, command: c.Declare, *, playbook: Playbook, now: datetime
) -> Handled:
    """Declare what was suggested as `command` has it, with its alerts; what that leaves open is as it was suggested."""
    tx.lock_alerts(workspace)
    one = find(tx, workspace, suggestion_id)
    check(tx, one)
    seen, firing = tx.counted_alerts(suggestion_id=one.id)
    names = tx.alert_names(suggestion_id=one.id) or (one.proposal.name,)
    suggested = declaration(one.proposal, Tally(one.source, names, seen, firing, one.proposal.url, told=1), now)
    whole = replace(
        command,
        title=command.title or suggested.title,
        severity=command.severity or suggested.severity,
        services=command.services or suggested.services,
        tags=tuple(dict.fromkeys((*suggested.tags, *command.tags))),
        detected_at=suggested.detected_at,
        runbook=suggested.runbook,
        alerts=suggested.alerts,
        paged=one.proposal.paged,
    )
    handled = declare(tx, workspace, whole, playbook, now)
    tx.give_alerts(one.id, handled.record.id)
    by = command.by.id if command.by else None
    # What somebody did shows at once, whatever was edited a moment before.
    declared = {"state": SuggestionState.DECLARED.value, "incident_id": handled.record.id, "not_before": now}
    tx.change_suggestion(one.id, now, by=by, **declared)
    return handled


def ignore(tx: Transaction, workspace: str, suggestion_id: int, by: str, now: datetime) -> None:
    """Say that nothing is to be made of it. Raises a `Rejected`."""
    tx.lock_alerts(workspace)
    one = find(tx, workspace, suggestion_id)
    check(tx, one)
    if one.state is SuggestionState.IGNORED:
        raise IgnoredBefore(by=one.by)
    tx.change_suggestion(one.id, now, state=SuggestionState.IGNORED.value, by=by, not_before=now)

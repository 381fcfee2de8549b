"""What comes due after the resolution, beside the postmortem: follow-up lists, and drafts that are wanted early."""

from collections.abc import Iterator
from datetime import datetime

from app.domain import events as e
from app.domain.checklists import is_done
from app.domain.incident import Incident
from app.domain.playbook import Draft, FollowUp, Rules

FOLLOW_UP = "follow_up:"
DRAFT = "draft:"


def timers(incident: Incident, rules: Rules) -> Iterator[tuple[str, datetime]]:
    """Yield when each list and each draft comes due, as far as it is not done."""
    closed_at = incident.closed_at
    # A drill asks for no more than its score.
    if incident.resolution is None or closed_at is None or incident.drill:
        return
    for one in rules.follow_ups:
        if _names(one, incident) and not is_done(incident.ticks, one.id, one.items):
            yield FOLLOW_UP + one.id, closed_at + one.after
    for name, draft in drafts(rules):
        if _names(draft, incident) and not incident.postmortem_done_at:
            yield name, closed_at + draft.within


def reminders(
    due: dict[str, datetime], rules: Rules, now: datetime, *, postmortem_due: bool
) -> Iterator[e.FollowUpDue | e.DraftDue]:
    """Yield what is `due`. A draft that comes due with the postmortem itself is remembered, and not said."""
    for one in rules.follow_ups:
        if FOLLOW_UP + one.id in due:
            yield e.FollowUpDue(now, one.id, one.title, due[FOLLOW_UP + one.id])
    for name, draft in drafts(rules):
        if name in due:
            yield e.DraftDue(now, name, draft.title, due[name], late=postmortem_due)


def _names(one: FollowUp | Draft, incident: Incident) -> bool:
    return not one.severities or incident.severity in one.severities


def drafts(rules: Rules) -> Iterator[tuple[str, Draft]]:
    """Yield each draft that the rules want, with the name of its timer."""
    return ((f"{DRAFT}{number}", draft) for number, draft in enumerate(rules.drafts, 1))

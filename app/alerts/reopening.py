"""Alerts that fire again soon after the end: people are asked to reopen, and else what they propose is declared.

What counted in one incident goes on as one, in as many groups as it may be.
"""

from dataclasses import replace
from datetime import timedelta

from app.alerts.declaring import declare_for
from app.alerts.known import Known
from app.alerts.proposing import worst_of
from app.alerts.suggest import suggest
from app.domain.alerts import Alert, Deed, Proposal, Verdict
from app.domain.joining import home
from app.store import KeptAlert, KeptGroup, Record

REOPEN_WITHIN = timedelta(minutes=15)
"""An alert that fires again so soon after the end is most likely the same incident."""
ANSWER_WITHIN = timedelta(minutes=5)
"""By then somebody has opened it again, or a new incident is declared."""


def was_just_closed(known: Known, last: Record) -> bool:
    """Say whether an incident ended so lately that what fires now may be the same."""
    closed_at = last.incident.closed_at
    return closed_at is not None and closed_at > known.now - REOPEN_WITHIN


def offer(known: Known, last: Record, proposal: Proposal, group: KeptGroup) -> None:
    """Ask in the room of an incident whether it goes on, once, whichever of its groups fire again."""
    touched = known.touch(last.id)
    if group.again_at is not None:
        return
    waits_until = known.waits_until(last.id)
    again_at = waits_until or known.now + ANSWER_WITHIN
    known.put_group(replace(group, again_at=again_at, proposal=proposal))
    if waits_until is None or touched.again_at:
        touched.again_at, touched.again = again_at, touched.again | {proposal.name: None}


def go_on(known: Known, incident_id: int) -> None:
    """Declare one incident of all that waited for somebody to reopen that one, if nobody did and it still fires."""
    waiting = {group.key: group for group in known.tx.waiting_groups(known.workspace, incident_id)}
    for group in waiting.values():
        known.put_group(replace(group, again_at=None, proposal=None))
    last = known.incident(incident_id)
    if last and last.incident.is_open:
        known.touch(incident_id)
        return
    every = known.tx.firing_alerts(known.workspace, incident_id=incident_id)
    firing = [one for one in every if one.group_key in waiting]
    still = {one.group_key: waiting[one.group_key] for one in firing}
    proposals = [group.proposal for group in still.values() if group.proposal]
    if not proposals:
        return
    proposal = worst_of(proposals, known.playbook)
    if meanwhile := _home(known, proposal):
        known.touch(meanwhile.id)
        for group in still.values():
            known.move(group, meanwhile)
    elif not declare_for(known, proposal, (one.name for one in firing), len(firing), still.values()):
        _suggest_instead(known, proposal, firing, still)


def _home(known: Known, proposal: Proposal) -> Record | None:
    """Return the incident that people, or other alerts, have declared of the same meanwhile."""
    alert = Alert(proposal.source, proposal.name, services=proposal.services)
    declares = Verdict(
        Deed.DECLARE,
        severity=proposal.severity,
        services=proposal.services,
        tags=proposal.tags,
        apart=proposal.apart,
    )
    return home(known.open, alert, declares, known.now)


def _suggest_instead(known: Known, proposal: Proposal, firing: list[KeptAlert], groups: dict[str, KeptGroup]) -> None:
    for group in groups.values():
        made = suggest(known, replace(proposal, severity=None), replace(group, again_at=None, proposal=None))
        for one in firing:
            if one.group_key == group.key:
                known.put(replace(one, incident_id=None, suggestion_id=made))

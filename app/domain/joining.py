"""Which open incident an alert belongs to, where its own group has none."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.alerts import Alert, Deed, Verdict
from app.domain.incident import Incident
from app.domain.links import every_service
from app.domain.playbook import Rules

STORM = timedelta(minutes=10)
MOST_OF_A_STORM = 5
"""So many incidents one monitor declares in that time; what more it tells counts in the first of them."""


def is_home(incident: Incident, rules: Rules, alert: Alert, verdict: Verdict) -> bool:
    """Say whether `alert` is one more sign of `incident`: of the same service or name, and no worse than it is.

    What would page others, by its severity or its tags, is not hidden in an incident that did not.
    """
    if not incident.is_open or incident.private or incident.drill or verdict.apart:
        return False
    return _is_alike(incident, alert, verdict) and not _is_worse(incident, rules, verdict)


def storms(incidents: Sequence[Incident], source: str, now: datetime) -> Sequence[int]:
    """Return the places of the open incidents that a monitor declares faster than people can look at them, or none."""
    declared = [
        place
        for place, one in enumerate(incidents)
        if one.declared_by is None and one.alerts and one.alerts.source == source and one.declared_at > now - STORM
    ]
    return declared if len(declared) >= MOST_OF_A_STORM else ()


def _is_alike(incident: Incident, alert: Alert, verdict: Verdict) -> bool:
    mine = {one.casefold() for one in verdict.services}
    its = {one.casefold() for one in every_service(incident.services)}
    if mine and its:
        return not mine.isdisjoint(its)
    tally = incident.alerts
    return tally is not None and tally.source == alert.source and alert.name in tally.names


def _is_worse(incident: Incident, rules: Rules, verdict: Verdict) -> bool:
    if verdict.deed is not Deed.DECLARE:
        return False
    known = [severity.id for severity in rules.severities]
    worse = verdict.severity not in known or rules.rank(verdict.severity) < rules.rank(incident.severity)
    return worse or not incident.tags.keys() >= set(verdict.tags)

"""Which open incident an alert belongs to, where its own group has none."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol, TypeVar

from app.domain.alerts import Alert, Deed, Verdict
from app.domain.incident import Incident
from app.domain.links import every_service
from app.domain.playbook import Rules

STORM = timedelta(minutes=10)
MOST_OF_A_STORM = 5
"""So many incidents one monitor declares in that time; what more it tells counts in the worst of them."""


class Held(Protocol):
    """An incident, and the rules that it was declared under."""

    @property
    def incident(self) -> Incident:
        """What it is by now."""

    @property
    def rules(self) -> Rules:
        """What it goes by."""


H = TypeVar("H", bound=Held)


def home(held: Sequence[H], alert: Alert, verdict: Verdict, now: datetime) -> H | None:
    """Return the incident, of these that are open, in which `alert` counts: one that it is a sign of, or of a storm.

    It is a sign of what is of the same service or name, and no less bad: what would page others, by its severity or
    its tags, is not hidden in an incident that did not. What its rule keeps apart counts in a storm of its own name
    alone.
    """
    mine = frozenset(one.casefold() for one in verdict.services)
    alike = () if verdict.apart else (one for one in held if _is_alike(one.incident, alert, mine))
    if found := next((one for one in alike if _takes_in(one.incident, one.rules, verdict)), None):
        return found
    if verdict.deed is not Deed.DECLARE:
        return None
    storm = [one for one in held if _is_of_a_storm(one.incident, alert, verdict, now)]
    return storm[0] if len(storm) >= MOST_OF_A_STORM else None


def _is_of_a_storm(incident: Incident, alert: Alert, verdict: Verdict, now: datetime) -> bool:
    """Say whether it is one of those that a monitor declares faster than people can look at them."""
    tally = incident.alerts
    if incident.declared_by is not None or tally is None or tally.source != alert.source:
        return False
    return incident.declared_at > now - STORM and (not verdict.apart or alert.name in tally.names)


def _is_alike(incident: Incident, alert: Alert, mine: frozenset[str]) -> bool:
    its = _services(incident.services)
    if mine and its:
        return not its.isdisjoint(mine)
    tally = incident.alerts
    return tally is not None and tally.source == alert.source and alert.name in tally.names


def _takes_in(incident: Incident, rules: Rules, verdict: Verdict) -> bool:
    return not (incident.private or incident.drill or _is_worse(incident, rules, verdict))


@lru_cache(1000)
def _services(said: str) -> frozenset[str]:
    return frozenset(one.casefold() for one in every_service(said))


def _is_worse(incident: Incident, rules: Rules, verdict: Verdict) -> bool:
    if verdict.deed is not Deed.DECLARE:
        return False
    known = [severity.id for severity in rules.severities]
    worse = verdict.severity not in known or rules.rank(verdict.severity) < rules.rank(incident.severity)
    return worse or not incident.tags.keys() >= set(verdict.tags)

"""Since when time counts, for what an incident must do in time.

Times count from the latest of: declared, reopened, and the moment the incident first held a severity that the rule
names. A severity whose first page waits for business hours starts its clocks at that first page.
"""

from collections.abc import Iterable
from datetime import datetime

from app.domain.concerning import concerning
from app.domain.incident import Incident
from app.domain.playbook import Rules


def counted_from(incident: Incident, severities: Iterable[str] = ()) -> datetime:
    """Return when the clocks of conditions that name `severities` (none: all) began."""
    named, since = tuple(severities), incident.severity_since
    if named == (incident.severity,) and incident.severity in since:
        return max(incident.clock_started_at, since[incident.severity])
    held = [since[severity] for severity in named if severity in since] if named else since.values()
    return max(incident.clock_started_at, min(held, default=incident.declared_at))


def work_began(incident: Incident, rules: Rules, severities: Iterable[str] = ()) -> datetime:
    """Return the same, moved to the start of business hours where the severity's first page waits for them."""
    start = counted_from(incident, severities)
    return rules.hours.next_open(start) if waits_for_business_hours(incident.severity, rules) else start


def waits_for_business_hours(severity: str, rules: Rules) -> bool:
    """Say whether the first page of `severity` waits for business hours."""
    return concerning(rules, severity).waits

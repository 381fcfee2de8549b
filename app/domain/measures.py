"""What is measured of one incident: how long it took people to notice it, take it, understand it and end it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.incident import Incident


@dataclass(frozen=True, slots=True)
class Times:
    """When it started, was detected, declared, first acknowledged, identified and resolved, as far as is known.

    `started`, `detected` and `resolved` are the answers of whoever resolved it.
    """

    started: datetime | None
    detected: datetime | None
    declared: datetime
    acknowledged: datetime | None
    identified: datetime | None
    resolved: datetime | None


def times(incident: Incident) -> Times:
    """Return the moments of an incident that measures count from and to."""
    known = incident.resolution
    return Times(
        started=known.started_at if known else None,
        detected=known.detected_at if known else incident.detected_at,
        declared=incident.declared_at,
        acknowledged=incident.first_acknowledged_at,
        identified=incident.identified_at,
        resolved=known.ended_at if known else None,
    )


def measures(times: Times) -> dict[str, timedelta | None]:
    """Return what metrics count of one incident; nothing where one of the two moments is unknown or they are swapped.

    `MTTD`, time to detect: from the start to the detection; unknown where both are one moment, as they are until
    somebody says when it really started. `MTTA`, time to acknowledge: from the detection (where that is unknown, the
    declaration) to the first acknowledgement. `MTTI`, time to identify: from there to the moment when the cause was
    known. `MTTR`, time to resolve: from the start to the end.
    """
    noticed = times.detected or times.declared
    return {
        "MTTD": _between(times.started, times.detected) or None,
        "MTTA": _between(noticed, times.acknowledged),
        "MTTI": _between(noticed, times.identified),
        "MTTR": _between(times.started, times.resolved),
    }


def _between(first: datetime | None, second: datetime | None) -> timedelta | None:
    return second - first if first and second and first <= second else None

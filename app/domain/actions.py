"""What a step does beside paging: it tells other channels, and changes the severity."""

from collections.abc import Iterator
from datetime import datetime

from app.domain import events as e
from app.domain.evolve import evolve
from app.domain.incident import Incident
from app.domain.playbook import Rules, Step
from app.domain.severities import severity_changed


def beside_paging(
    incident: Incident, step: Step, rules: Rules, now: datetime, *, why: str, by: str | None = None
) -> Iterator[e.Event]:
    """Yield what `step` does beside paging; `why` is its rule in words, `by` the member who asked for it."""
    if step.notifies:
        # Of a private incident no other channel is told.
        channels = () if incident.private else step.notifies
        notified = e.ChannelsNotified(now, step.key, step.label, channels, why, by)
        incident = evolve(incident, notified)
        yield notified
    # What the incident has been before, people have taken back.
    if step.severity and step.severity not in incident.severity_since:
        yield severity_changed(incident, step.severity, rules, now, by=by, step=step.key, why=why)

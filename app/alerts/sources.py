"""Who may send alerts: each with the last part of its address, how it is read, and how it proves who it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.alerts import alertmanager, datadog, generic, grafana, opsgenie, pagerduty
from app.alerts.fields import Part
from app.alerts.notice import Reading
from app.alerts.proving import GRAFANA, PAGERDUTY, STANDARD, Signature, by_grafana, by_pagerduty, by_the_standard


@dataclass(frozen=True, slots=True)
class Source:
    """A system that sends alerts. With `signature` it signs; `by_token` says whether a token does as well."""

    name: str
    called: str
    read: Callable[[Part], Reading]
    signature: Signature | None = None
    by_token: bool = True


def sources(mapping: Mapping[str, str]) -> dict[str, Source]:
    """Return them by name; `mapping` says where the fields lie of what is none of the others."""
    every = (
        Source(alertmanager.NAME, "Alertmanager", alertmanager.read),
        Source(grafana.NAME, "Grafana", grafana.read, Signature(GRAFANA, by_grafana)),
        Source(datadog.NAME, "Datadog", datadog.read),
        Source(pagerduty.NAME, "PagerDuty", pagerduty.read, Signature(PAGERDUTY, by_pagerduty), by_token=False),
        Source(opsgenie.NAME, "Opsgenie or Jira Service Management", opsgenie.read),
        Source(generic.NAME, "a sender of JSON", generic.reader(mapping), Signature(STANDARD, by_the_standard)),
    )
    return {source.name: source for source in every}

"""Prometheus Alertmanager's webhook, version 4; Grafana's is the same and more.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from collections.abc import Mapping
from hashlib import sha256

from app.alerts.fields import Part, digest
from app.alerts.notice import Notice, Reading, Unusable

NAME = "alertmanager"
VERSION = "4"
STATES = {"firing": True, "resolved": False}
SUMMED_UP_IN = ("summary", "description", "message", "title")


def read(body: Part) -> Reading:
    """Return the alerts of one group."""
    if (version := body.text("version")) not in ("", VERSION):
        raise Unusable(f"`version` is {version[:20]!r}. Tocsin reads version {VERSION} of Alertmanager's webhook.")
    return group(body, NAME)


def group(body: Part, source: str) -> Reading:
    """Return the alerts of a group that Alertmanager, or Grafana, made."""
    key = body.key("groupKey") or digest(body.texts("groupLabels"))
    pages_as = _pages_as(body.held.get("groupKey"))
    notices = tuple(_notice(alert, source, key, pages_as) for alert in body.parts("alerts"))
    # With `max_alerts`, the ends of some are not told one by one.
    is_over = STATES.get(body.text("status")) is False and not any(one.firing for one in notices)
    if is_over and body.count("truncatedAlerts"):
        notices += (Notice(source, "rest", key, "The rest of its group", firing=False, rest=True),)
    return Reading(notices)


def _pages_as(group_key: object) -> str:
    """Return the key under which both page PagerDuty: a digest of the group's key, whole and as it is."""
    return sha256(group_key.encode(errors="replace")).hexdigest() if isinstance(group_key, str) else ""


def _notice(alert: Part, source: str, key: str, pages_as: str) -> Notice:
    labels, annotations = alert.texts("labels"), alert.texts("annotations")
    summary = summed_up(annotations)
    firing = is_firing(alert)
    return Notice(
        source=source,
        fingerprint=alert.key("fingerprint") or digest(labels),
        group=key,
        name=labels.get("alertname") or summary[:100] or "An alert without a name",
        firing=firing,
        starts_at=alert.moment("startsAt"),
        # While it fires, this is when Alertmanager would forget it.
        ends_at=None if firing else alert.moment("endsAt"),
        severity=labels.get("severity", ""),
        labels=labels,
        summary=summary,
        url=next((url for name in ("panelURL", "dashboardURL", "generatorURL") if (url := alert.text(name))), ""),
        pages_as=pages_as,
    )


def summed_up(annotations: Mapping[str, str]) -> str:
    """Return what annotations say of an alert in a line."""
    return next((annotations[name] for name in SUMMED_UP_IN if annotations.get(name)), "")


def is_firing(alert: Part) -> bool:
    """Say whether it fires, which must be said plainly."""
    if (status := alert.needed("status")) not in STATES:
        raise Unusable(f"`{alert.where('status')}` is neither firing nor resolved.")
    return STATES[status]

"""Anything that sends JSON: Tocsin's own names of the fields, or those that TOCSIN_ALERTS_MAPPING gives them.

One alert is an object; several are a list of objects in `alerts`. Every field but `name` may be left out.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.alerts.alertmanager import summed_up
from app.alerts.fields import LONGEST_NAME, LONGEST_PAGED, Part, digest, objects
from app.alerts.notice import Notice, Reading, Unusable
from app.config.alerts import MAPPED

NAME = "generic"
ALERTS = "alerts"
FIELDS = tuple(name for name in MAPPED if name != ALERTS)
FIRING = (
    *("", "firing", "fired", "alerting", "alarm", "alert", "triggered", "open", "opened", "created", "active"),
    *("problem", "critical", "error", "failed", "failing", "down", "warning", "warn", "no_data", "true", "1"),
)
OVER = (
    *("resolved", "ok", "recovered", "recovery", "up", "closed", "normal", "clear", "cleared", "healthy"),
    *("inactive", "success", "false", "0"),
)


def reader(mapping: Mapping[str, str]) -> Callable[[Part], Reading]:
    """Return what reads alerts whose fields lie where `mapping` says: a field's path, with dots in it, by its name."""

    def read(body: Part) -> Reading:
        place = mapping.get(ALERTS, ALERTS)
        several = _at(body.held, place)
        told = [body] if several is None else objects(several, place)
        return Reading(tuple(_notice(_mapped(one, mapping)) for one in told))

    return read


def _mapped(alert: Part, mapping: Mapping[str, str]) -> Part:
    found = {name: _at(alert.held, mapping.get(name, name)) for name in FIELDS}
    return Part(found, alert.place, mapping)


def _at(held: Any, path: str) -> Any:
    for step in path.split("."):
        held = held.get(step) if isinstance(held, Mapping) else None
    return held


def _notice(alert: Part) -> Notice:
    name, labels = alert.needed("name", LONGEST_NAME), alert.texts("labels")
    fingerprint = alert.key("id") or digest(labels | {"": name})
    return Notice(
        source=NAME,
        fingerprint=fingerprint,
        group=alert.key("group") or fingerprint,
        name=name,
        firing=_is_firing(alert),
        starts_at=alert.stated_moment("starts_at"),
        ends_at=alert.stated_moment("ends_at"),
        severity=alert.text("severity", LONGEST_NAME) or labels.get("severity", ""),
        services=alert.words("services"),
        labels=labels,
        summary=alert.text("summary") or summed_up(alert.texts("annotations")),
        url=alert.text("url"),
        paged=alert.text("paged", LONGEST_PAGED),
    )


def _is_firing(alert: Part) -> bool:
    status = alert.text("status").strip().lower().replace(" ", "_")
    if status not in (*FIRING, *OVER):
        known = ", ".join((*FIRING[1:], *OVER))
        raise Unusable(f"`{alert.where('status')}` is no status that Tocsin knows. It knows {known}.")
    return status in FIRING

"""Datadog's webhooks integration, with the payload that docs/integrations.md gives to paste there.

Datadog sends whatever the payload says, with its variables filled in; one that has no value is left as it is written,
or empty. https://docs.datadoghq.com/integrations/webhooks/
"""

import re

from app.alerts.fields import LONGEST_NAME, Part
from app.alerts.notice import Notice, Reading, Unusable

NAME = "datadog"
PAYLOAD = {
    "cycle": "$ALERT_CYCLE_KEY",
    "monitor": "$ALERT_ID",
    "transition": "$ALERT_TRANSITION",
    "title": "$ALERT_TITLE",
    "priority": "$ALERT_PRIORITY",
    "scope": "$ALERT_SCOPE",
    "tags": "$TAGS",
    "host": "$HOSTNAME",
    "date": "$DATE",
    "text": "$TEXT_ONLY_MSG",
    "link": "$LINK",
}
"""What is pasted into the integration: the names that are read here, and Datadog's variables."""
UNFILLED = re.compile(r"\$[A-Z_]+")
OVER = "recovered"
FIRING = ("triggered", "re-triggered", "no data", "re-no data", "warn", "re-warn", "renotify")


def read(body: Part) -> Reading:
    """Return the alert: Datadog tells of one at a time."""
    told = Part({key: _filled(value) for key, value in body.held.items()})
    transition = told.needed("transition").lower()
    firing = not transition.endswith(OVER)
    if firing and transition not in FIRING:
        raise Unusable("`transition` is none of Datadog's: Triggered, Warn, No Data, Renotify, Recovered, ….")
    labels = _labels(told, transition)
    at = told.moment("date")
    notice = Notice(
        source=NAME,
        fingerprint=told.key("cycle") or _of(told),
        group=told.key("monitor") or _of(told),
        name=told.needed("title", LONGEST_NAME),
        firing=firing,
        starts_at=at if firing else None,
        ends_at=None if firing else at,
        severity=labels.get("severity") or told.text("priority", LONGEST_NAME),
        labels=labels,
        summary=told.text("text"),
        url=told.text("link"),
    )
    return Reading((notice,))


def _filled(value: object) -> object:
    return None if isinstance(value, str) and UNFILLED.fullmatch(value) else value


def _of(told: Part) -> str:
    """Return by what an alert is known that came without its keys."""
    return told.key("monitor") + "/" + told.key("scope") if told.held.get("monitor") else told.key("title")


def _labels(told: Part, transition: str) -> dict[str, str]:
    pairs = (tag.partition(":") for tag in (*told.words("scope"), *told.words("tags")))
    tags = {name.strip(): value.strip() for name, _, value in pairs}
    named = {name: told.text(name, LONGEST_NAME) for name in ("monitor", "priority", "host")}
    return tags | {name: value for name, value in named.items() if value} | {"transition": transition}

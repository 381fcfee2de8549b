"""Opsgenie's webhook integration, and that of Jira Service Management, which sends the same.

https://support.atlassian.com/opsgenie/docs/opsgenie-edge-connector-alert-action-data/ and
https://support.atlassian.com/jira-service-management-cloud/docs/integrate-with-webhook/
`alias` is what the alert was opened with. `createdAt` is in milliseconds, `updatedAt` in nanoseconds.
"""

from app.alerts.fields import LONGEST_NAME, LONGEST_PAGED, Part
from app.alerts.notice import Notice, Reading, There

NAME = "opsgenie"
BESIDE = "-others"
"""How the alias ends of an alert that Tocsin opens beside another one of the same page, for those it does not name."""
FIRES = "Create"
OVER = ("Close", "Delete")
DID = {
    "Acknowledge": "acknowledged",
    "UnAcknowledge": "unacknowledged",
    "Close": "resolved",
    "Delete": "resolved",
    "Escalate": "escalated",
    "EscalateNext": "escalated",
    "AssignOwnership": "reassigned",
    "TakeOwnership": "reassigned",
}


def read(body: Part) -> Reading:
    """Return what happened to one alert; nothing for what else is told, such as notes and tags."""
    action = body.needed("action", LONGEST_NAME)
    if action != FIRES and action not in DID:
        return Reading()
    alert = body.needed_part("alert")
    return Reading(
        notices=(_notice(alert, firing=action == FIRES),) if action in (FIRES, *OVER) else (),
        acts=(_act(body, alert, DID[action]),) if action in DID else (),
        told_at=alert.moment("updatedAt"),
    )


def _notice(alert: Part, *, firing: bool) -> Notice:
    labels = _labels(alert)
    return Notice(
        source=NAME,
        fingerprint=alert.key("alertId") or alert.needed("alertId"),
        group=alert.key("alias") or alert.key("alertId"),
        name=alert.text("message", LONGEST_NAME) or "An Opsgenie alert without a message",
        firing=firing,
        starts_at=alert.moment("createdAt"),
        ends_at=None if firing else alert.moment("updatedAt"),
        severity=alert.text("priority", LONGEST_NAME),
        labels=labels,
        summary=alert.text("description") or alert.text("message"),
        paged=_page(alert),
    )


def _labels(alert: Part) -> dict[str, str]:
    tags = dict(tag.split(":", 1) for tag in alert.words("tags") if ":" in tag)
    named = {name: alert.text(name, LONGEST_NAME) for name in ("entity", "source", "team", "priority")}
    return tags | alert.texts("details") | {name: value for name, value in named.items() if value}


def _page(alert: Part) -> str:
    return alert.text("alias", LONGEST_PAGED).removesuffix(BESIDE)


def _act(body: Part, alert: Part, did: str) -> There:
    user = alert.text("username", LONGEST_NAME)
    return There(
        way=NAME,
        did=did,
        key=_page(alert),
        incident=alert.key("alertId") or alert.needed("alertId"),
        person=alert.key("userId"),
        name=user,
        email=user if "@" in user else "",
        at=alert.moment("updatedAt"),
        to=(to,) if (to := body.text("owner", LONGEST_NAME) or alert.text("owner", LONGEST_NAME)) else (),
    )

"""PagerDuty's webhooks, version 3: its incidents as alerts, and what people did with them there.

https://developer.pagerduty.com/docs/webhooks-overview and https://support.pagerduty.com/main/docs/webhooks
`incident_key` is the `dedup_key` of the event that opened the incident. The same telling keeps its `id` when PagerDuty
sends it again.
"""

from app.alerts.fields import LONGEST_NAME, LONGEST_PAGED, Part
from app.alerts.notice import Notice, Reading, There

NAME = "pagerduty"
REOPENED = "incident.reopened"
FIRES = ("incident.triggered", REOPENED)
OVER = "incident.resolved"
DID = {
    "incident.acknowledged": "acknowledged",
    "incident.unacknowledged": "unacknowledged",
    "incident.resolved": "resolved",
    "incident.reopened": "reopened",
    "incident.escalated": "escalated",
    "incident.reassigned": "reassigned",
    "incident.delegated": "reassigned",
}
PEOPLE = ("user_reference", "user")


def read(body: Part) -> Reading:
    """Return what happened to one incident; nothing for what else PagerDuty tells, its ping included."""
    event = body.needed_part("event")
    kind = event.needed("event_type", LONGEST_NAME)
    if kind not in DID and kind not in FIRES:
        return Reading()
    incident = event.needed_part("data")
    return Reading(
        notices=(_notice(event, incident, kind),) if kind in (*FIRES, OVER) else (),
        acts=(_act(event, incident, DID[kind]),) if kind in DID else (),
        told=event.key("id"),
        told_at=event.moment("occurred_at"),
    )


def _notice(event: Part, incident: Part, kind: str) -> Notice:
    service, priority = _called(incident, "service"), _called(incident, "priority")
    urgency = incident.text("urgency", LONGEST_NAME)
    labels = {"service": service, "urgency": urgency, "priority": priority, "number": incident.text("number")}
    over = kind == OVER
    return Notice(
        source=NAME,
        fingerprint=incident.key("id") or incident.needed("id"),
        group=incident.key("incident_key") or incident.key("id"),
        name=incident.text("title", LONGEST_NAME) or "A PagerDuty incident without a title",
        firing=not over,
        # One that is reopened was created before its last end.
        starts_at=event.moment("occurred_at") if kind == REOPENED else incident.moment("created_at"),
        ends_at=event.moment("occurred_at") if over else None,
        severity=priority or urgency,
        services=(service,) if service else (),
        labels={name: value for name, value in labels.items() if value},
        summary=incident.text("title"),
        url=incident.text("html_url"),
        paged=incident.text("incident_key", LONGEST_PAGED),
    )


def _act(event: Part, incident: Part, did: str) -> There:
    agent = event.part("agent")
    return There(
        way=NAME,
        did=did,
        key=incident.text("incident_key", LONGEST_PAGED),
        incident=incident.key("id") or incident.needed("id"),
        person=agent.key("id") if agent.text("type") in PEOPLE else "",
        name=agent.text("summary", LONGEST_NAME),
        at=event.moment("occurred_at"),
        to=tuple(name for one in _assignees(incident) if (name := one.text("summary", LONGEST_NAME))),
    )


def _assignees(incident: Part) -> list[Part]:
    return incident.parts("assignees") if incident.held.get("assignees") is not None else []


def _called(incident: Part, key: str) -> str:
    return incident.part(key).text("summary", LONGEST_NAME)

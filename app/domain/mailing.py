"""Mail to lists of addresses: stakeholders read what happens, customers what a person has confirmed for them."""

from app.domain import effects as f
from app.domain import events as e
from app.domain.effects import Way
from app.domain.incident import Incident
from app.domain.news import news
from app.domain.playbook import Playbook
from app.domain.reference import CUSTOMERS_TOLD, DECLARED, RESOLVED, SEVERITY_CHANGED, UPDATED, MailingList

MOMENTS = {
    "declared": DECLARED,
    "update": UPDATED,
    "status_changed": UPDATED,
    "severity_changed": SEVERITY_CHANGED,
    "resolved": RESOLVED,
    "cancelled": RESOLVED,
    "merged": RESOLVED,
    "reopened": RESOLVED,
    "customers_told": CUSTOMERS_TOLD,
}
"""What each message is to the lists."""


def to_lists(event: e.Event, incident: Incident, playbook: Playbook) -> list[f.Effect]:
    """Return the mail that `event` makes. What is private or a drill is read by nobody outside."""
    message = "customers_told" if isinstance(event, e.CustomersTold) else news(event)
    if not message or Way.EMAIL not in playbook.connected or incident.private or incident.drill:
        return []
    return [
        f.MailList(one.id, f"mail/{message}")
        for one in playbook.mailing
        if one.names(incident.severity_since) and (MOMENTS[message] in one.when or _is_new(one, event, incident))
    ]


def _is_new(one: MailingList, event: e.Event, incident: Incident) -> bool:
    """Say whether a list hears of an incident only now: its severity has come to be one of theirs."""
    if not isinstance(event, e.SeverityChanged) or DECLARED not in one.when or not one.severities:
        return False
    held = (severity for severity, since in incident.severity_since.items() if since < event.at)
    return not one.names(held)

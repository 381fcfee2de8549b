"""Grafana's webhook contact point: Alertmanager's webhook, with links to its panels.

https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
"""

from app.alerts import alertmanager
from app.alerts.fields import Part
from app.alerts.notice import Reading, Unusable

NAME = "grafana"


def read(body: Part) -> Reading:
    """Return the alerts of one group."""
    if "evalMatches" in body.held or "ruleName" in body.held:
        raise Unusable(
            "This is Grafana's legacy alerting, which Grafana 11 took out. Tocsin reads what Grafana Alerting (9 and "
            "later) sends."
        )
    return alertmanager.group(body, NAME)

"""Whom we tell about the alerts of an incident."""

from app.domain import effects as f
from app.domain import events as e
from app.domain.incident import Incident
from app.domain.whom import leaders


def of_alerts(event: e.AlertsCounted | e.AlertsResolved | e.AlertsFiredAgain, incident: Incident) -> list[f.Effect]:
    """Return what the world must be told about `event`: the count on the card, and in words what changes the matter."""
    match event:
        case e.AlertsCounted(again=True) if incident.is_open:
            return [f.Post("alerts_counted"), f.EditCard()]
        case e.AlertsCounted(new=new) if incident.is_open and new:
            return [f.Post("alerts_counted", f.Place.CARD_THREAD), f.EditCard()]
        case e.AlertsResolved() if incident.is_open:
            return [f.Post("alerts_resolved"), f.EditCard()]
        case e.AlertsFiredAgain():
            return [f.Post("alerts_fired_again", members=leaders(incident))]
        case _:
            return [f.EditCard()]

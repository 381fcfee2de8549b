"""Is it still worth telling? A delivery may come long after the event behind it."""

from app.domain import effects as f
from app.domain import events as e
from app.domain import ways
from app.domain.incident import Incident
from app.domain.tracking import ticket_of


def still_wanted(effect: f.Effect, event: e.Event, incident: Incident) -> bool:
    """Say whether `effect` is still worth doing: a delivery may come long after the event behind it."""
    match effect, event:
        case f.Page(member=member), e.Paged():
            # A later page of the same incident says all that this one would have said, unless an acknowledgement made
            # that one needless and not this one.
            later = incident.called.get(member, event.at) > event.at
            answers_for_both = event.until_acknowledged or incident.acknowledged_at is None
            return _page_still_wanted(event, incident) and not (later and answers_for_both)
        case f.RingPager(), _:
            return ways.still_wanted(effect, event, incident)
        case f.Post(message="paged"), e.Paged():
            return _page_still_wanted(event, incident)
        case f.Post(message="milestone_missed"), e.MilestoneMissed(milestone=milestone):
            return incident.is_open and milestone not in incident.milestones
        case f.Post(message="monitoring_over"), e.MonitoringOver():
            return incident.is_open and incident.monitoring_since is not None
        case f.OpenTicket(number=number), _:
            return ticket_of(number, incident.ticket, incident.follow_ups) is None
        case f.OpenBridge(), _:
            return incident.is_open and not incident.bridge
        case f.PublishStatus() | f.MailList(message="mail/customers_told"), e.CustomersTold():
            # A later word of the same public incident says all that this one would have said.
            told = incident.told
            return told is None or incident.tellings == event.telling or told.episode != event.episode
        case f.MailList(message="mail/update"), e.UpdatePosted(at=at):
            return incident.updated_at is None or incident.updated_at <= at
        case f.Post(message="customers_asked"), e.CustomersAsked(at=at):
            return incident.told is None or incident.told.at < at
        case f.Post(message="alerts_resolved"), e.AlertsResolved():
            return incident.is_open and incident.alerts is not None and incident.alerts.firing == 0
        case f.Post(message="alerts_counted"), e.AlertsCounted():
            return incident.is_open
        case f.Post(message="alerts_fired_again"), e.AlertsFiredAgain():
            return not incident.is_open
        case f.NotifyChannel(), _:
            return incident.is_open
        case f.Post(message="injected"), e.Injected():
            return incident.is_open
        case f.Post(message="way_away"), e.WayAway(way=way):
            return incident.is_open and way in incident.away
        case f.Post(message="way_back"), e.WayBack(way=way):
            return incident.is_open and way not in incident.away
        case f.Post(message="page_unconfirmed"), e.PageUnconfirmed(deliveries=deliveries):
            return incident.is_open and not set(deliveries).isdisjoint(incident.unconfirmed)
        case f.Post(message="nudge"), e.Nudged(at=at):
            answered = incident.updated_at is not None and incident.updated_at >= at
            return incident.is_open and not answered and incident.nudged_at in (at, None)
        case f.Post(message="limit_warned" | "limit_broken"), e.LimitWarned() | e.LimitBroken():
            kept = event.limit == "acknowledge" and incident.acknowledged_at is not None
            # A warning that comes after what it warns of only confuses.
            broken = isinstance(event, e.LimitWarned) and incident.fired.get(f"{event.limit}.limit") == event.breaks_at
            return incident.is_open and not kept and not broken
        case _:
            return True


def _page_still_wanted(event: e.Paged, incident: Incident) -> bool:
    overtaken = incident.last_step == event.step and incident.last_paged_at != event.at
    return incident.is_open and not overtaken and not (_is_taken(event, incident) and event.until_acknowledged)


def _is_taken(event: e.Paged, incident: Incident) -> bool:
    return incident.acknowledged_at is not None and incident.acknowledged_at >= event.at

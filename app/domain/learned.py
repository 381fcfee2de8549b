"""What deliveries learned of the world outside, and how that changes an incident."""

from dataclasses import replace
from typing import assert_never

from app.domain import beyond, outages, ways
from app.domain import events as e
from app.domain.effects import Way
from app.domain.incident import Incident, MessageRef, OnPage, PageMessage, Ring


def learned(incident: Incident, event: e.Learned) -> Incident:
    """Return what is true of `incident` after a delivery learned `event`."""
    after = _learned(incident, event)
    has_room = after.room_at is None and "room" in after.ready
    return replace(after, room_at=event.at) if has_room else after


def _learned(incident: Incident, event: e.Learned) -> Incident:
    match event:
        case e.ChecklistPosted(checklist=checklist, channel=channel, ts=ts):
            return replace(incident, checklists=incident.checklists | {checklist: MessageRef(channel, ts)})
        case e.ChannelOpened(channel=channel):
            return replace(incident, channel=channel, channel_refused=None, card=None)
        case e.ChannelRefused(reason=reason):
            return replace(incident, channel_refused=reason)
        case e.ChannelLost(reason=reason):
            return replace(incident, channel=None, channel_refused=reason, card=None)
        case e.CardPosted(channel=channel, ts=ts):
            return replace(incident, card=MessageRef(channel, ts))
        case e.Announced(channel=channel, ts=ts):
            return replace(incident, announcement=MessageRef(channel, ts))
        case e.PageConfirmed(member=member, channel=channel, ts=ts, delivery=delivery):
            others = (page for page in incident.page_messages if page.member != member)
            confirmed = _confirmed(incident, delivery)
            reached = tuple(one for one in incident.unreachable if one != member)
            newest = PageMessage(member, MessageRef(channel, ts))
            return replace(confirmed, page_messages=(*others, newest), unreachable=reached)
        case e.PagerRung(key=key, responders=responders, step=step, paged_at=paged_at, way=way, perhaps=perhaps):
            ring = Ring(key, responders, step, paged_at, Way(way), perhaps=perhaps)
            confirmed = incident if perhaps or event.partly else _confirmed(incident, key)
            return replace(confirmed, rings=ways.with_ring(incident.rings, ring))
        case e.PageAdopted(at=at, way=way, key=key):
            adopted = Ring(key, (), paged_at=at, way=Way(way), by_monitor=True)
            return replace(incident, rings=(*incident.rings, adopted))
        case e.HappenedThere():
            return incident
        case e.Published(page=page, episode=episode, url=url):
            return replace(incident, on_page=OnPage(page, episode, url))
        case e.Withdrawn():
            return replace(incident, on_page=None)
        case e.Stuck(at=at):
            return replace(incident, stuck_at=at)
        case e.WayAway() | e.WayBack():
            return outages.evolve(incident, event)
        case e.PageUnconfirmed(deliveries=deliveries):
            return replace(incident, unconfirmed=(*incident.unconfirmed, *deliveries))
        case e.PageRefused(member=member, delivery=delivery):
            gone = tuple(dict.fromkeys((*incident.unreachable, member)))
            return replace(_confirmed(incident, delivery), unreachable=gone)
        case e.DeliveryFailed(kind=kind):
            failed = beyond.failed(incident, event)
            # Should somebody try it again by hand, the next way has been taken all the same.
            passed_on = (event.delivery,) if event.pages else ()
            failed = replace(failed, unconfirmed=(*failed.unconfirmed, *passed_on))
            return replace(failed, failures=tuple(dict.fromkeys((*incident.failures, kind))))
        case e.TicketOpened() | e.TicketMoved() | e.DocumentPublished() | e.BridgeOpened():
            return beyond.evolve(incident, event)
        case e.InviteIncomplete():
            return incident
        case _:
            assert_never(event)


def _confirmed(incident: Incident, delivery: str) -> Incident:
    return replace(incident, unconfirmed=tuple(one for one in incident.unconfirmed if one != delivery))

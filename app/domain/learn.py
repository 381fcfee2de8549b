"""What a finished delivery teaches an incident: where things stand in Slack, and what could not be done there."""

from dataclasses import replace
from datetime import datetime, timedelta

from app.domain import beyond, outages, ways
from app.domain import commands as c
from app.domain import events as e
from app.domain.incident import Incident

ONCE_IS_ENOUGH = frozenset(
    {"EditAnnouncement", "EditCard", "EditChecklist", "EditPage", "SetTopic", "PinCard", "AddBookmark"}
)
"""Deliveries that come with every event: when one kind of them fails, people are told once."""
TELL_AGAIN = timedelta(hours=1)
"""How often people are told that nothing happens by itself."""


def learn(incident: Incident, command: c.Command, now: datetime) -> list[e.Event]:
    """Return what a delivery learned, unless the incident knows it already."""
    match command:
        case c.RecordChannel(channel=channel, name=name):
            after_all = incident.channel_refused is not None
            return [e.ChannelOpened(now, channel, name, after_all)] if incident.channel is None else []
        case c.RecordChannelRefused(reason=reason, delivery=delivery):
            return [e.ChannelRefused(now, reason, delivery)] if incident.channel is None else []
        case c.RecordChannelLost(channel=channel, reason=reason):
            return [e.ChannelLost(now, channel, reason)] if incident.channel == channel else []
        case c.RecordCard(channel=channel, ts=ts):
            return [e.CardPosted(now, channel, ts)]
        case c.RecordAnnouncement(channel=channel, ts=ts):
            return [e.Announced(now, channel, ts)]
        case c.RecordChecklist(checklist=checklist, channel=channel, ts=ts):
            return [e.ChecklistPosted(now, checklist, channel, ts)]
        case c.RecordPage(step=step, member=member, channel=channel, ts=ts, delivery=delivery):
            known = any(one.message.ts == ts and one.member == member for one in incident.page_messages)
            return [] if known else [e.PageConfirmed(now, step, member, channel, ts, delivery)]
        case c.RecordRing():
            return [] if _is_known(command, incident) else [_rung(command, now)]
        case c.AdoptPage(way=way, key=key):
            known = any((ring.way, ring.key) == (way, key) for ring in incident.rings)
            return [] if known else [e.PageAdopted(now, way, key)]
        case c.RecordPublished(page=page, episode=episode, url=url, missing=missing):
            there = incident.on_page
            known = there is not None and (there.page, there.episode) == (page, episode)
            return [] if known and not missing else [e.Published(now, page, episode, url, missing)]
        case c.RecordWithdrawn(page=page, reason=reason):
            there = incident.on_page
            return [e.Withdrawn(now, page, reason)] if there is not None and there.page == page else []
        case c.RecordStuck():
            told = incident.stuck_at is not None and now - incident.stuck_at < TELL_AGAIN
            return [] if told else [e.Stuck(now)]
        case c.RecordAway() | c.RecordBack():
            return outages.learn(incident, command, now)
        case c.RecordPageUnconfirmed(deliveries=deliveries):
            return [_unconfirmed(command, now)] if set(deliveries) - set(incident.unconfirmed) else []
        case c.RecordFailure(delivery=delivery, what=what, reason=reason, effect=effect):
            failed = e.DeliveryFailed(now, delivery, what, reason, effect, pages=ways.to_pass_on(incident, command))
            again = failed.kind in incident.failures
            return [] if again and effect in ONCE_IS_ENOUGH else [replace(failed, again=again)]
        case c.RecordTicket() | c.RecordTicketState() | c.RecordDocument() | c.RecordBridge():
            return beyond.learn(incident, command, now)
        case c.RecordInviteIncomplete(delivery=delivery, asked=asked, failed=failed):
            return [e.InviteIncomplete(now, delivery, asked, failed)]
        case _:
            raise TypeError(f"nothing decides {type(command).__name__}")


def _is_known(command: c.RecordRing, incident: Incident) -> bool:
    same = [ring for ring in incident.rings if ring.key == command.key and (command.perhaps or not ring.perhaps)]
    return {one for ring in same for one in ring.responders}.issuperset(command.responders)


def _rung(command: c.RecordRing, now: datetime) -> e.PagerRung:
    return e.PagerRung(
        at=now,
        step=command.step,
        key=command.key,
        responders=command.responders,
        perhaps=command.perhaps,
        paged_at=command.paged_at,
        way=command.way,
        partly=command.partly,
    )


def _unconfirmed(command: c.RecordPageUnconfirmed, now: datetime) -> e.PageUnconfirmed:
    return e.PageUnconfirmed(
        now, command.deliveries, command.way, command.responders, command.members, command.reason, command.pages
    )

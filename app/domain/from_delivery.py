"""Whom we tell about what deliveries learned."""

from typing import assert_never

from app.domain import beyond, outages, ways
from app.domain import effects as f
from app.domain import events as e
from app.domain.common_effects import edit_pages, furnish, is_unanswered
from app.domain.effects import Way
from app.domain.incident import Incident
from app.domain.playbook import Playbook
from app.domain.whom import leader, leaders

RESOLVED = "resolved"
IN_THE_ROOM = frozenset({"Post", "PostCard", "PostChecklist", "OfferRunbook", "PostPostmortem"})
"""Kinds of deliveries whose failure says that the room may take no messages."""


def from_delivery(event: e.Learned, incident: Incident, playbook: Playbook) -> list[f.Effect]:
    """Return what the world must be told about `event`."""
    match event:
        case e.TicketOpened() | e.TicketMoved() | e.DocumentPublished() | e.BridgeOpened():
            return beyond.learned(event, incident)
        case e.ChecklistPosted(checklist=checklist):
            # It was rendered before it was posted: what was ticked meanwhile has to show.
            return [f.EditChecklist(checklist)] if incident.ticks.get(checklist) else []
        case e.ChannelOpened():
            # Whoever followed the thread until now finds the way to the channel.
            moved = incident.moved or event.after_all
            told = [f.Post("moved", f.Place.ANNOUNCEMENT_THREAD)] if moved else []
            # A page goes out before there is a channel: now it can link there.
            pages = [f.EditPage(member) for member in sorted(incident.paged)]
            return [f.EditAnnouncement(), *told, *pages, *(furnish(incident) if event.after_all else ())]
        case e.ChannelRefused():
            return [f.EditAnnouncement(), f.Post("channel_refused")]
        case e.ChannelLost():
            return _channel_lost(incident)
        case e.CardPosted():
            return [f.PinCard(), f.AddBookmark()]
        case e.InviteIncomplete():
            return [f.Post("invite_incomplete")]
        case e.DeliveryFailed():
            return [*_delivery_failed(event, incident), *ways.rings_next(event, playbook.pages_by)]
        case e.PageConfirmed():
            return _page_confirmed(event, incident)
        case e.PagerRung():
            return _pager_rung(event, incident)
        case e.PageAdopted(way=way):
            # What somebody has taken by now, or is over, need not go on ringing there.
            return [] if is_unanswered(incident) else [f.QuietPager(Way(way))]
        case e.HappenedThere(did=did):
            offers = did == RESOLVED and incident.is_open
            return [f.Post("resolved_there")] if offers else [f.Post("happened_there", f.Place.CARD_THREAD)]
        case e.Published(missing=missing):
            return [f.Post("published_without", f.Place.CARD_THREAD)] if missing else []
        case e.Withdrawn():
            return []
        case e.Stuck():
            return [f.Post("stuck", members=leaders(incident))]
        case e.WayAway() | e.WayBack():
            return outages.react(event, incident)
        case e.PageUnconfirmed():
            return [f.Post("page_unconfirmed"), *ways.rings_next(event, playbook.pages_by)]
        case e.PageRefused():
            return [f.Post("page_refused"), f.EditCard()]
        case e.Announced():
            return []
        case _:
            assert_never(event)


def _channel_lost(incident: Incident) -> list[f.Effect]:
    # People archive the channel of what is over: the announcement says so, and nobody need be called for that.
    if not incident.is_open:
        return [f.EditAnnouncement()]
    told = leader(incident)
    in_person = [f.Tell(told, "channel_lost")] if told else []
    return [f.EditAnnouncement(), f.Post("channel_lost"), *in_person, *edit_pages(incident)]


def _delivery_failed(event: e.DeliveryFailed, incident: Incident) -> list[f.Effect]:
    told = leader(incident)
    in_person: list[f.Effect] = [f.Tell(told, "delivery_failed")] if told else []
    if event.effect in IN_THE_ROOM and in_person:
        # A room that takes no messages fails each of them; whoever leads is told once.
        return [] if event.again else in_person
    # Where no channel may be made either, the announcement would have been the room.
    return [f.Post("delivery_failed"), *(in_person if event.effect == "Announce" else ())]


def _page_confirmed(event: e.PageConfirmed, incident: Incident) -> list[f.Effect]:
    # It was rendered before it arrived: since then somebody may have acknowledged, or the channel may have opened.
    at_the_start = incident.steps[event.step].at == incident.declared_at if event.step in incident.steps else False
    outdated = not is_unanswered(incident) or (at_the_start and incident.channel)
    return [f.EditPage(event.member)] if outdated else []


def _pager_rung(event: e.PagerRung, incident: Incident) -> list[f.Effect]:
    newest = incident.rings[-1]
    # A step that is paged again rings anew, and of two ways one may confirm late: one alert is enough for anybody.
    needless = [newest] if newest.replaced_by else [one for one in incident.rings if one.replaced_by == event.key]
    ended: list[f.Effect] = [f.EndRing(one.key, one.responders, one.way) for one in needless]
    # It rang before this was known here: since then somebody may have acknowledged.
    quieted = [f.QuietPager(newest.way)] if incident.has_answered(newest) else []
    # The card may say by now that the step reached nobody.
    fired = incident.steps.get(newest.step)
    corrected = [f.EditCard()] if fired and not fired.members else []
    return [*ended, *quieted, *corrected]

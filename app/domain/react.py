"""Whom do we tell? Each event, turned into effects."""

from typing import assert_never

from app.domain import effects as f
from app.domain import events as e
from app.domain.incident import Incident
from app.domain.playbook import Playbook, Status

KEEP_CURRENT: tuple[f.Effect, ...] = (f.EditCard(), f.EditAnnouncement())


def react(event: e.Event, incident: Incident, playbook: Playbook) -> list[f.Effect]:
    """Return what the world must be told about `event`; `incident` is as it stands after it."""
    match event:
        case e.Declared():
            return _declared(incident, playbook)
        case e.Paged():
            return _paged(event, incident)
        case e.Acknowledged(by=by):
            return [f.Post("acknowledged"), *_involve(incident, by), *KEEP_CURRENT, *_answer_pages(incident)]
        case e.Declined() | e.HandedBack():
            return [f.Post("declined"), *KEEP_CURRENT, *_edit_pages(incident)]
        case e.Escalated():
            return []
        case e.UpdatePosted():
            return _updated(event, incident, playbook)
        case e.Nudged(late=late, members=members):
            return [*_unless(late, f.Post("nudge", members=members)), f.EditCard()]
        case e.Snoozed():
            return [f.EditCard()]
        case e.LimitWarned(late=late, limit=limit):
            return _unless(late, f.Post("limit_warned", members=_concerned(limit, incident)))
        case e.LimitBroken(late=late, limit=limit):
            return [*_unless(late, f.Post("limit_broken", members=_concerned(limit, incident))), f.EditCard()]
        case e.SeverityChanged():
            return _severity_changed(event, incident, playbook)
        case e.StatusChanged(after=after):
            return [f.Post("status_changed"), *_new_status(incident, after, playbook)]
        case e.RoleAssigned(member=member):
            return [
                f.Post("role_assigned", members=(member,)),
                *_involve(incident, member),
                f.EditCard(),
                f.EditAnnouncement(),
            ]
        case e.TagsChanged():
            return [f.Post("tags_changed", f.Place.CARD_THREAD), f.EditCard()]
        case e.Noted():
            return [f.Post("noted", f.Place.CARD_THREAD)]
        case e.Resolved():
            return [
                f.Post("resolved"),
                *_new_status(incident, Status.RESOLVED, playbook),
                *_answer_pages(incident),
            ]
        case e.Cancelled():
            return [f.Post("cancelled"), *KEEP_CURRENT, *_topic(incident), *_answer_pages(incident)]
        case e.Reopened(by=by):
            return [
                f.Post("reopened", members=_leaders(incident)),
                *_involve(incident, by),
                *KEEP_CURRENT,
                *_topic(incident),
                *_edit_pages(incident),
            ]
        case e.CaughtUp():
            return [f.Post("caught_up", members=_leaders(incident))]
        case e.PostmortemReminded(late=late):
            return _unless(late, f.Post("postmortem_reminder", members=_authors(incident)))
        case e.PostmortemDrafted():
            return [f.PostPostmortem()]
        case e.PostmortemCompleted():
            return [f.Post("postmortem_done"), f.EditCard()]
        case e.ChannelOpened():
            # Whoever followed the thread until now finds the way to the channel.
            moved = incident.moved or event.after_all
            told = [f.Post("moved", f.Place.ANNOUNCEMENT_THREAD)] if moved else []
            # A page goes out before there is a channel: now it can link there.
            pages = [f.EditPage(member) for member in sorted(incident.paged)]
            return [f.EditAnnouncement(), *told, *pages, *(_furnish(incident) if event.after_all else ())]
        case e.ChannelRefused():
            return [f.EditAnnouncement(), f.Post("channel_refused")]
        case e.ChannelLost():
            return _channel_lost(incident)
        case e.CardPosted():
            return [f.PinCard(), f.AddBookmark()]
        case e.InviteIncomplete():
            return [f.Post("invite_incomplete")]
        case e.DeliveryFailed():
            return _delivery_failed(event, incident)
        case e.PageConfirmed():
            return _page_confirmed(event, incident)
        case e.PagerRung():
            # It rang before this was known here: since then somebody may have acknowledged.
            return [f.QuietPager()] if incident.has_answered(incident.rings[-1]) else []
        case e.Stuck():
            return [f.Post("stuck", members=_leaders(incident))]
        case e.PageUnconfirmed():
            return [f.Post("page_unconfirmed")]
        case e.PageRefused():
            return [f.Post("page_refused"), f.EditCard()]
        case e.Announced():
            return []
        case _:
            assert_never(event)


def _unless(late: bool, *effects: f.Effect) -> list[f.Effect]:  # noqa: FBT001 -- reads as a sentence
    # On the way back from downtime one message, `caught_up`, tells everything.
    return [] if late else list(effects)


def _declared(incident: Incident, playbook: Playbook) -> list[f.Effect]:
    effects: list[f.Effect] = [f.Announce(), f.Post("declared")]
    if incident.wants_channel:
        effects += _own_channel(incident)
    return effects + _checklists("declared", playbook)


def _own_channel(incident: Incident) -> list[f.Effect]:
    return [f.OpenChannel(), *_furnish(incident)]


def _furnish(incident: Incident) -> list[f.Effect]:
    involved = {incident.declared_by, incident.acknowledged_by, *incident.roles.values(), *incident.paged}
    members = tuple(sorted(member for member in involved if member))
    return [f.PostCard(), f.SetTopic(), *([f.Invite(members)] if members else [])]


def _paged(event: e.Paged, incident: Incident) -> list[f.Effect]:
    # Whoever asked for the step has just acted on it.
    pages: list[f.Effect] = [
        f.Page(member, again=member in event.again) for member in event.members if member != event.by
    ]
    if event.pages:
        pages.append(f.RingPager(event.pages))
    # That a page reaches nobody is said even on the way back from downtime.
    mention = _unless(event.late and bool(event.members), f.Post("paged", members=event.members))
    newcomers = [member for member in event.members if member not in event.again]
    return [*pages, *mention, *_involve(incident, *newcomers), f.EditCard()]


def _updated(event: e.UpdatePosted, incident: Incident, playbook: Playbook) -> list[f.Effect]:
    message = f.Post("no_change" if event.no_change else "update")
    if event.status == event.before:
        return [message, *KEEP_CURRENT]
    return [message, *_new_status(incident, event.status, playbook)]


def _severity_changed(event: e.SeverityChanged, incident: Incident, playbook: Playbook) -> list[f.Effect]:
    if not event.opens_channel:
        return [f.Post("severity_changed"), *KEEP_CURRENT, *_topic(incident)]
    return [f.Post("severity_changed"), *KEEP_CURRENT, *_own_channel(incident), *_checklists("declared", playbook)]


def _new_status(incident: Incident, status: str, playbook: Playbook) -> list[f.Effect]:
    return [*KEEP_CURRENT, *_topic(incident), *_checklists(status, playbook)]


def _checklists(moment: str, playbook: Playbook) -> list[f.Effect]:
    return [f.PostChecklist(one.id) for one in playbook.checklists_at(moment)]


def _topic(incident: Incident) -> list[f.Effect]:
    return [f.SetTopic()] if incident.wants_channel else []


def _involve(incident: Incident, *members: str) -> list[f.Effect]:
    return [f.Invite(members)] if incident.wants_channel and members else []


def _edit_pages(incident: Incident) -> list[f.Effect]:
    members = dict.fromkeys(page.member for page in incident.page_messages)
    return [f.EditPage(member) for member in members]


def _answer_pages(incident: Incident) -> list[f.Effect]:
    return [*_edit_pages(incident), *([f.QuietPager()] if incident.rings else [])]


def _is_unanswered(incident: Incident) -> bool:
    return incident.is_open and incident.acknowledged_at is None


def _leaders(incident: Incident) -> tuple[str, ...]:
    leader = incident.commander or incident.acknowledged_by
    return (leader,) if leader else incident.reached


def _concerned(limit: str, incident: Incident) -> tuple[str, ...]:
    # Whoever was paged can still acknowledge; a commander alone need not be one of them.
    leaders = _leaders(incident)
    return tuple(dict.fromkeys((*leaders, *incident.everybody_paged))) if limit == "acknowledge" else leaders


def _authors(incident: Incident) -> tuple[str, ...]:
    author = incident.commander or incident.closed_by
    return (author,) if author else _leaders(incident)


def _page_confirmed(event: e.PageConfirmed, incident: Incident) -> list[f.Effect]:
    # It was rendered before it arrived: since then somebody may have acknowledged, or the channel may have opened.
    at_the_start = incident.steps[event.step].at == incident.declared_at if event.step in incident.steps else False
    outdated = not _is_unanswered(incident) or (at_the_start and incident.channel)
    return [f.EditPage(event.member)] if outdated else []


IN_THE_ROOM = frozenset({"Post", "PostCard", "PostChecklist", "PostPostmortem"})
"""Kinds of deliveries whose failure says that the room may take no messages."""


def _channel_lost(incident: Incident) -> list[f.Effect]:
    # People archive the channel of what is over: the announcement says so, and nobody need be called for that.
    if not incident.is_open:
        return [f.EditAnnouncement()]
    leader = _leader(incident)
    in_person = [f.Tell(leader, "channel_lost")] if leader else []
    return [f.EditAnnouncement(), f.Post("channel_lost"), *in_person, *_edit_pages(incident)]


def _leader(incident: Incident) -> str | None:
    return incident.commander or incident.acknowledged_by or incident.declared_by


def _delivery_failed(event: e.DeliveryFailed, incident: Incident) -> list[f.Effect]:
    leader = _leader(incident)
    in_person: list[f.Effect] = [f.Tell(leader, "delivery_failed")] if leader else []
    if event.effect in IN_THE_ROOM and in_person:
        # A room that takes no messages fails each of them; whoever leads is told once.
        return [] if event.again else in_person
    # Where no channel may be made either, the announcement would have been the room.
    return [f.Post("delivery_failed"), *(in_person if event.effect == "Announce" else ())]


def still_wanted(effect: f.Effect, event: e.Event, incident: Incident) -> bool:
    """Say whether `effect` is still worth doing: a delivery may come long after the event behind it."""
    match effect, event:
        case f.Page(member=member), e.Paged():
            # A later page of the same incident says all that this one would have said, unless an acknowledgement made
            # that one needless and not this one.
            later = incident.called.get(member, event.at) > event.at
            answers_for_both = event.until_acknowledged or incident.acknowledged_at is None
            return _page_still_wanted(event, incident) and not (later and answers_for_both)
        case f.RingPager(), e.Paged():
            # No phone rings for what somebody took meanwhile.
            return _page_still_wanted(event, incident) and not _is_taken(event, incident)
        case f.Post(message="paged"), e.Paged():
            return _page_still_wanted(event, incident)
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

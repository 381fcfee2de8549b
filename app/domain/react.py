"""Whom do we tell? Each event, turned into effects."""

from app.domain import beyond, ways
from app.domain import effects as f
from app.domain import events as e
from app.domain.common_effects import answer_pages, edit_pages, furnish
from app.domain.from_delivery import from_delivery
from app.domain.incident import Incident
from app.domain.mailing import to_lists
from app.domain.of_alerts import of_alerts
from app.domain.of_time import of_time, unless
from app.domain.playbook import Playbook, Status
from app.domain.privacy import in_private
from app.domain.runbook_search import clear_match
from app.domain.subscribing import to_subscribers
from app.domain.telling import customers_told, last_word, not_over
from app.domain.whom import leaders

KEEP_CURRENT: tuple[f.Effect, ...] = (f.EditCard(), f.EditAnnouncement())


def react(event: e.Event, incident: Incident, playbook: Playbook) -> list[f.Effect]:
    """Return what the world must be told about `event`; `incident` is as it stands after it."""
    effects = _react(event, incident, playbook)
    if incident.private:
        return in_private(effects, event, incident)
    return [*effects, *to_subscribers(event, incident), *to_lists(event, incident, playbook)]


def _react(event: e.Event, incident: Incident, playbook: Playbook) -> list[f.Effect]:
    if isinstance(event, e.Learned):
        return from_delivery(event, incident, playbook)
    match event:
        case e.Declared():
            return _declared(incident, playbook)
        case e.Paged():
            return _paged(event, incident, playbook)
        case e.ChannelsNotified(channels=channels):
            told = (f.NotifyChannel(channel) for channel in channels)
            return [*told, f.Post("channels_notified", f.Place.CARD_THREAD), f.EditCard()]
        case e.Acknowledged(by=by):
            taken = _involve(incident, by) if by else []
            return [f.Post("acknowledged"), *taken, *KEEP_CURRENT, *answer_pages(incident)]
        case e.Declined() | e.HandedBack():
            return [f.Post("declined"), *KEEP_CURRENT, *edit_pages(incident)]
        case e.Escalated():
            return []
        case e.UpdatePosted():
            return _updated(event, incident, playbook)
        case e.Snoozed():
            return [f.EditCard()]
        case e.SeverityChanged():
            return _severity_changed(event, incident, playbook)
        case e.StatusChanged(after=after):
            return [f.Post("status_changed"), *_new_status(incident, after, playbook)]
        case e.RoleAssigned(member=member, role=role):
            return [
                f.Post("role_assigned", members=(member,)),
                *([f.Tell(member, "role_briefing")] if playbook.rules.briefing(role) else []),
                *_involve(incident, member),
                f.EditCard(),
                f.EditAnnouncement(),
            ]
        case e.HandedOver(member=member):
            return [
                f.Post("handed_over", members=(member,)),
                f.Tell(member, "handoff"),
                *_involve(incident, member),
                *KEEP_CURRENT,
            ]
        case e.TagsChanged():
            return [f.Post("tags_changed", f.Place.CARD_THREAD), f.EditCard()]
        case e.AlertsCounted() | e.AlertsResolved() | e.AlertsFiredAgain():
            return of_alerts(event, incident)
        case e.Arrived(by=by):
            return [f.Tell(by, "arrived")]
        case e.Noted():
            return [f.Post("noted", f.Place.CARD_THREAD)]
        case e.Resolved(monitor_for=early):
            return [
                f.Post("resolved"),
                *([f.Post("resolved_early")] if early else []),
                *_new_status(incident, Status.RESOLVED, playbook),
                *answer_pages(incident),
                *([f.PostScore()] if incident.drill else []),
                *last_word(incident),
            ]
        case e.CustomersTold():
            return customers_told(playbook)
        case e.MergedInto():
            ended = [*KEEP_CURRENT, *_topic(incident), *answer_pages(incident)]
            return [f.Post("merged"), *ended, *last_word(incident)]
        case e.DuplicateMerged(members=members):
            return [f.Post("duplicate_merged", members=members), *_involve(incident, *members), f.EditCard()]
        case e.RulesAdopted():
            return [f.Post("rules_adopted"), *KEEP_CURRENT]
        case e.Cancelled():
            ended = [*KEEP_CURRENT, *_topic(incident), *answer_pages(incident)]
            return [f.Post("cancelled"), *ended, *last_word(incident)]
        case e.Reopened(by=by):
            return [
                f.Post("reopened", members=leaders(incident)),
                *_involve(incident, by),
                *KEEP_CURRENT,
                *_topic(incident),
                *edit_pages(incident),
                *not_over(incident),
            ]
        case e.MilestoneReached():
            return [f.Post("milestone_reached", f.Place.CARD_THREAD), f.EditCard()]
        case e.PostmortemDrafted():
            return [f.PostPostmortem()]
        case e.PostmortemCompleted():
            return [f.Post("postmortem_done"), f.EditCard()]
        case e.ItemTicked(checklist=checklist) | e.ItemUnticked(checklist=checklist):
            return [f.EditChecklist(checklist)]
        case e.FollowUpAdded() | e.FollowUpDone() | e.FollowUpReopened() | e.PublishingAsked() | e.BridgeAsked():
            return beyond.react(event, incident, playbook)
        case _:
            return of_time(event, incident)


def _declared(incident: Incident, playbook: Playbook) -> list[f.Effect]:
    effects: list[f.Effect] = [f.Announce(), f.Post("declared")]
    if incident.wants_channel:
        effects += _own_channel(incident)
    effects += beyond.asked_by_severity(incident, playbook)
    return [*effects, *_checklists("declared", incident, playbook), *_runbook(incident, playbook)]


def _runbook(incident: Incident, playbook: Playbook) -> list[f.Effect]:
    offered = clear_match(playbook.runbooks, incident)
    return [f.OfferRunbook(offered.id)] if offered else []


def _own_channel(incident: Incident) -> list[f.Effect]:
    return [f.OpenChannel(), *furnish(incident)]


def _paged(event: e.Paged, incident: Incident, playbook: Playbook) -> list[f.Effect]:
    # Whoever asked for the step has just acted on it.
    pages: list[f.Effect] = [
        f.Page(member, again=member in event.again) for member in event.members if member != event.by
    ]
    pages += ways.rings_at_first(event, incident, playbook.pages_by, playbook.apart)
    # That a page reaches nobody is said even on the way back from downtime.
    mention = unless(event.late and bool(event.members), f.Post("paged", members=event.members))
    newcomers = [member for member in event.members if member not in event.again]
    return [*pages, *mention, *_involve(incident, *newcomers), f.EditCard()]


def _updated(event: e.UpdatePosted, incident: Incident, playbook: Playbook) -> list[f.Effect]:
    message = f.Post("no_change" if event.no_change else "update")
    if event.status == event.before:
        return [message, *KEEP_CURRENT]
    return [message, *_new_status(incident, event.status, playbook)]


def _severity_changed(event: e.SeverityChanged, incident: Incident, playbook: Playbook) -> list[f.Effect]:
    told = [f.Post("severity_changed"), *KEEP_CURRENT, *beyond.asked_by_severity(incident, playbook, event.before)]
    if event.opens_channel:
        return [*told, *_own_channel(incident), *_checklists("declared", incident, playbook)]
    return [*told, *_topic(incident), *_lists_of_new_severity(event.before, incident, playbook)]


def _new_status(incident: Incident, status: str, playbook: Playbook) -> list[f.Effect]:
    return [*KEEP_CURRENT, *_topic(incident), *_checklists(status, incident, playbook)]


def _checklists(moment: str, incident: Incident, playbook: Playbook) -> list[f.Effect]:
    return [f.PostChecklist(one.id) for one in playbook.checklists_at(moment, incident.severity)]


def _lists_of_new_severity(before: str, incident: Incident, playbook: Playbook) -> list[f.Effect]:
    # What would have been posted by now, had the incident been of this severity from the start.
    moments = ("declared", *incident.reached_statuses)
    begun = (one for moment in moments for one in playbook.checklists_at(moment, incident.severity))
    return [f.PostChecklist(one.id) for one in begun if not one.names(before) and one.id not in incident.checklists]


def _topic(incident: Incident) -> list[f.Effect]:
    return [f.SetTopic()] if incident.wants_channel else []


def _involve(incident: Incident, *members: str) -> list[f.Effect]:
    return [f.Invite(members)] if incident.wants_channel and members else []

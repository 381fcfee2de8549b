"""What an incident has beyond Slack: its ticket, its follow-ups, its document and its bridge.

Nothing of it is asked of systems that no setting connects, and drills open no tickets.
"""

from collections.abc import Iterator
from datetime import datetime

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain import tracking
from app.domain.errors import AlreadyPublishing, BridgeOnItsWay, BridgeThere, StaysHere
from app.domain.incident import Incident
from app.domain.playbook import Playbook
from app.domain.replacing import replace
from app.domain.tracking import THE_INCIDENT, Ticket

EDITS = (f.EditCard(), f.EditAnnouncement())

FollowUpCommand = c.AddFollowUps | c.CompleteFollowUp | c.ReopenFollowUp


def follow_up(incident: Incident, command: FollowUpCommand, now: datetime) -> list[e.Event]:
    """Write follow-ups down, or mark one."""
    match command:
        case c.AddFollowUps():
            return tracking.add(incident.follow_ups, command, now)
        case c.CompleteFollowUp():
            return tracking.complete(incident.follow_ups, command, now)
        case c.ReopenFollowUp():
            return tracking.take_up(incident.follow_ups, command, now)


def publish(incident: Incident, command: c.PublishPostmortem, now: datetime) -> list[e.Event]:
    """Ask that the postmortem be published; what is private, or an exercise, stays where it is."""
    if incident.private or incident.drill:
        raise StaysHere(incident=incident.name, what="private" if incident.private else "a drill")
    if incident.publishing:
        raise AlreadyPublishing(incident=incident.name)
    return [e.PublishingAsked(now, command.by.id)]


def ask_bridge(incident: Incident, command: c.AskBridge, now: datetime) -> list[e.Event]:
    """Ask for a bridge, unless there is one, or will be."""
    if incident.bridge:
        raise BridgeThere(incident=incident.name, url=incident.bridge)
    if incident.bridge_asked:
        raise BridgeOnItsWay(incident=incident.name)
    return [e.BridgeAsked(now, command.by.id)]


Learning = c.RecordTicket | c.RecordTicketState | c.RecordDocument | c.RecordBridge


def learn(incident: Incident, command: Learning, now: datetime) -> list[e.Event]:
    """Return what a delivery learned there, unless the incident knows it already."""
    match command:
        case c.RecordTicket():
            return tracking.record_ticket(command, incident.ticket, incident.follow_ups, now)
        case c.RecordTicketState():
            return tracking.record_state(command, incident.ticket, incident.follow_ups, now)
        case c.RecordDocument(url=url, blanks=blanks):
            return [e.DocumentPublished(now, url, again=bool(incident.document), blanks=blanks)]
        case c.RecordBridge(url=url):
            return [] if incident.bridge else [e.BridgeOpened(now, url)]


Asked = e.FollowUpAdded | e.FollowUpDone | e.FollowUpReopened | e.PublishingAsked | e.BridgeAsked
Learned = e.TicketOpened | e.TicketMoved | e.DocumentPublished | e.BridgeOpened


def evolve(incident: Incident, event: Asked | Learned) -> Incident:
    """Return what is true of `incident` after `event`."""
    items = incident.follow_ups
    match event:
        case e.FollowUpAdded():
            return replace(incident, follow_ups=tracking.added(items, event))
        case e.FollowUpDone(number=number, by=by, at=at):
            return replace(incident, follow_ups=tracking.marked(items, number, by, at))
        case e.FollowUpReopened(number=number):
            return replace(incident, follow_ups=tracking.marked(items, number, None, None))
        case e.TicketOpened(number=number, key=key, url=url):
            return _with_ticket(incident, number, Ticket(key, url))
        case e.TicketMoved(number=number, state=state, done=done):
            known = tracking.ticket_of(number, incident.ticket, items)
            return _with_ticket(incident, number, replace(known, state=state, done=done)) if known else incident
        case e.PublishingAsked():
            return replace(incident, publishing=True)
        case e.DocumentPublished(url=url):
            return replace(incident, publishing=False, document=url)
        case e.BridgeAsked():
            return replace(incident, bridge_asked=True)
        case e.BridgeOpened(url=url):
            return replace(incident, bridge_asked=False, bridge=url)


def _with_ticket(incident: Incident, number: int, ticket: Ticket) -> Incident:
    if number == THE_INCIDENT:
        return replace(incident, ticket=ticket)
    return replace(incident, follow_ups=tracking.with_ticket(incident.follow_ups, number, ticket))


def failed(incident: Incident, event: e.DeliveryFailed) -> Incident:
    """Return the incident after something could not be done there: people may ask for it again, or do it themselves."""
    match event.effect:
        case "OpenTicket":
            return replace(incident, tracked=False) if incident.ticket is None else incident
        case "PublishDocument":
            return replace(incident, publishing=False)
        case "OpenBridge":
            return replace(incident, bridge_asked=False)
        case _:
            return incident


def asked_by_severity(incident: Incident, playbook: Playbook, before: str = "") -> Iterator[f.Effect]:
    """Yield what an incident of its severity asks for there, as far as the one `before` did not ask for it."""
    bridges = playbook.bridges
    if incident.severity in bridges and before not in bridges and not incident.bridge:
        yield from _bridge(playbook)
    if _has_ticket(incident, incident.severity, playbook) and not _has_ticket(incident, before, playbook):
        yield from _ticket(incident, playbook)


def _has_ticket(incident: Incident, severity: str, playbook: Playbook) -> bool:
    known = (one for one in playbook.rules.severities if one.id == severity)
    return incident.ticket is None and any(one.ticket for one in known)


def _ticket(incident: Incident, playbook: Playbook, number: int = THE_INCIDENT) -> Iterator[f.Effect]:
    if f.Way.TRACKER in playbook.connected and not incident.drill:
        yield f.OpenTicket(number)


def _bridge(playbook: Playbook) -> Iterator[f.Effect]:
    if f.Way.BRIDGE in playbook.connected:
        yield f.OpenBridge()


def react(event: Asked, incident: Incident, playbook: Playbook) -> list[f.Effect]:
    """Return what the world must be told about what somebody asked for there."""
    match event:
        case e.FollowUpAdded(number=number, owner=owner):
            told = f.Post("follow_up_added", f.Place.CARD_THREAD, members=(owner,) if owner else ())
            return [told, *_ticket(incident, playbook, number)]
        case e.FollowUpDone():
            return [f.Post("follow_up_done", f.Place.CARD_THREAD)]
        case e.FollowUpReopened():
            return []
        case e.PublishingAsked():
            return [f.PublishDocument()] if f.Way.DOCUMENTS in playbook.connected else []
        case e.BridgeAsked():
            return list(_bridge(playbook))


def learned(event: Learned, incident: Incident) -> list[f.Effect]:
    """Return what the world must be told about what a delivery learned there."""
    match event:
        case e.TicketOpened(number=number):
            return [f.Post("ticket_opened", f.Place.CARD_THREAD), *(EDITS if number == THE_INCIDENT else ())]
        case e.TicketMoved(number=number):
            return [*(EDITS if number == THE_INCIDENT else ())]
        case e.DocumentPublished():
            return [f.Post("document_published")]
        case e.BridgeOpened():
            pages = dict.fromkeys(page.member for page in incident.page_messages)
            bookmark = [f.AddBookmark()] if incident.card and not incident.in_thread else []
            return [f.Post("bridge_opened"), *EDITS, *bookmark, *map(f.EditPage, pages)]

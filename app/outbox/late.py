"""What is said of messages that come late: one in place of many, and that a page has not gone out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from app import failpoints
from app.domain import commands as c
from app.domain import events as e
from app.domain import ways
from app.domain.catching_up import can_be_summed_up, sum_up
from app.domain.effects import Page, Way, route
from app.domain.incident import Incident
from app.domain.playbook import Playbook
from app.domain.still_wanted import still_wanted
from app.handle import Now, handle
from app.outbox.telling import tell
from app.store import Delivery, Record, Transaction

LATE = timedelta(minutes=1)
SUMMED_UP = {"skipped": "it came late: one message to catch up says what of it still matters"}


def may_be_summed_up(delivery: Delivery, now: datetime) -> bool:
    """Say whether `delivery` is a message that comes late, and that one for many may speak for."""
    return can_be_summed_up(delivery.effect) and now - delivery.created_at >= LATE


def catch_up(tx: Transaction, late: Delivery, playbook: Playbook, now: Now) -> bool:
    """Let one message speak for `late`, which is claimed, and all like it that wait; say whether there are such.

    A message that comes late on its own is posted as it is.
    """
    record = tx.incident(late.incident_id) if late.incident_id else None
    if record is None:
        return False
    others = [one for one in tx.waiting(record.id) if can_be_summed_up(one.effect)]
    if not others:
        return False
    if not tx.finish(late, SUMMED_UP, now()):
        return True
    tx.retire(others, SUMMED_UP, now())
    failpoints.reach("outbox.retired")
    messages = [(one.effect, one.event) for one in (late, *others) if one.event]
    if command := sum_up(messages, record.incident):
        handle(tx, record.id, command, playbook, now())
    return True


def tell_unconfirmed(
    tx: Transaction,
    playbook: Playbook,
    now: Now,
    away: Mapping[Way, str],
    since: Mapping[str, datetime],
) -> int:
    """Note in their incidents the pages that have not gone out a minute after they were decided; return how many.

    `away` are the ways by which nothing goes, with the reason. No page waits a minute for a way that is known to be
    away `since` before it was decided.
    """
    pages = tx.late_pages(now() - LATE, since)
    together: dict[tuple[int, Way], list[Delivery]] = defaultdict(list)
    for page in pages:
        if page.incident_id:
            together[page.incident_id, route(page.effect).way].append(page)
    for (incident_id, way), late in together.items():
        record = tx.incident(incident_id)
        wanted = [page for page in late if record and _is_wanted(page, record.incident)]
        command = _unconfirmed(record, wanted, way, away.get(way)) if record and wanted else None
        if record and command and not tell(tx, record, command, playbook, now):
            tx.tell_later(late)
    return len(pages)


def _is_wanted(page: Delivery, incident: Incident) -> bool:
    return page.event is not None and still_wanted(page.effect, page.event, incident)


def _unconfirmed(record: Record, pages: Sequence[Delivery], way: Way, away: str | None) -> c.RecordPageUnconfirmed:
    rung = [one for page in pages for one in ways.late(page.effect, page.event, record.incident)]
    named = [record.rules.responder_name(one) for called in rung for one in called.responders]
    events = [page.event for page in pages if isinstance(page.event, e.Paged)]
    reasons = dict.fromkeys(away or page.reason or "it is still waiting to be sent" for page in pages)
    return c.RecordPageUnconfirmed(
        deliveries=tuple(page.key for page in pages),
        way=way,
        responders=tuple(dict.fromkeys(named or [one for event in events for one in event.responders])),
        members=tuple(dict.fromkeys(page.effect.member for page in pages if isinstance(page.effect, Page))),
        reason="; ".join(reasons),
        pages=tuple(rung),
    )

"""What is said of messages that come late: one in place of many, and that a page has not gone out."""

from datetime import timedelta

from app import failpoints
from app.domain import commands as c
from app.domain import events as e
from app.domain.catching_up import can_be_summed_up, sum_up
from app.domain.effects import Page, route
from app.domain.playbook import Playbook
from app.domain.react import still_wanted
from app.handle import Now, handle
from app.store import Delivery, Transaction

LATE = timedelta(minutes=1)
SUMMED_UP = {"skipped": "told in one message to catch up"}


def catch_up(tx: Transaction, late: Delivery, playbook: Playbook, now: Now) -> bool:
    """Let one message speak for `late`, which is claimed, and all like it that wait; say whether there are such.

    A message that comes late on its own is posted as it is.
    """
    record = tx.incident(late.incident_id) if late.incident_id else None
    if record is None or not can_be_summed_up(late.effect) or now() - late.created_at < LATE:
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


def tell_unconfirmed(tx: Transaction, playbook: Playbook, now: Now) -> int:
    """Note in its incident each page that has not gone out a minute after it was decided; return how many."""
    pages = tx.late_pages(now() - LATE)
    for page in pages:
        record = tx.incident(page.incident_id) if page.incident_id else None
        event = page.event
        if record and isinstance(event, e.Paged) and still_wanted(page.effect, event, record.incident):
            handle(tx, record.id, _unconfirmed(page, event), playbook, now())
    return len(pages)


def _unconfirmed(page: Delivery, event: e.Paged) -> c.RecordPageUnconfirmed:
    member = page.effect.member if isinstance(page.effect, Page) else None
    reason = page.reason or "it is still waiting to be sent"
    return c.RecordPageUnconfirmed(page.key, route(page.effect).way, event.responders, member, reason)

"""Tells an incident what the outbox found, by itself: one that cannot be decided keeps no other from being told."""

import logging

from app.domain import commands as c
from app.domain.playbook import Playbook
from app.handle import Now, change
from app.store import Record, Transaction

log = logging.getLogger(__name__)


def tell(tx: Transaction, record: Record, command: c.Command, playbook: Playbook, now: Now) -> bool:
    """Save what `command` makes of the incident; say whether it could be decided."""
    # Asked outside: what the database refuses is no fault of the incident's.
    roster = tx.roster(record.workspace, playbook.on_call, now())
    try:
        made = change(record, command, playbook, roster, now())
    except Exception:
        # Whatever it is, it is this incident's alone.
        log.exception("incident %s cannot be told: %s", record.incident.name, type(command).__name__)
        return False
    tx.save([made], now())
    return True

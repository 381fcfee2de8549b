"""What is said where nothing goes by a way for a while, and what is given up after a day."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from app.domain import commands as c
from app.domain import ways
from app.domain.effects import PAGING, Way
from app.domain.playbook import Playbook
from app.handle import Now
from app.outbox.outcomes import SAID
from app.outbox.telling import tell
from app.store import Transaction

TELL_AFTER = timedelta(seconds=15)
"""A trouble that is over before is not worth a message."""


def tell_outages(tx: Transaction, playbook: Playbook, now: Now, away: Mapping[Way, str]) -> bool:
    """Tell the incidents that wait for a way by which nothing goes, and those that wait no more; say whether any.

    `away` are the ways by which nothing goes, with the reason.
    """
    waits = tx.waits_untold(away) if away else {}
    for (incident_id, way), waits_there in waits.items():
        if record := tx.incident(incident_id):
            waiting = tuple(dict.fromkeys(SAID.get(kind, kind) for kind, _ in waits_there))
            told = {key for _, key in waits_there}.issubset(record.incident.unconfirmed)
            command = c.RecordAway(way.value, away[way], waiting, instead(way, playbook, away), is_told=told)
            tx.note_outage(record.workspace, incident_id, way)
            tell(tx, record, command, playbook, now)
    over = tx.waits_no_more(away)
    for incident_id, way in over:
        if record := tx.incident(incident_id):
            tell(tx, record, c.RecordBack(way.value), playbook, now)
    return bool(waits or over)


def instead(way: Way, playbook: Playbook, away: Collection[Way]) -> tuple[str, ...]:
    """Return by which other ways pages go on, where `way` is one that pages."""
    if way not in PAGING:
        return ()
    used = {one for order in playbook.pages_by.values() for one in order}
    return tuple(ways.by(one) for one in (Way.SLACK, *PAGING) if one not in {way, *away} and one in {Way.SLACK, *used})

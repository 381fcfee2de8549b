"""Telling people how many alerts an incident, or a suggestion, has by now; at a pace that they can follow."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from app.alerts.notice import Notice
from app.domain import commands as c
from app.domain.alerting import next_telling
from app.domain.alerts import Tally, Verdict
from app.domain.errors import Rejected
from app.domain.playbook import Playbook
from app.handle import handle
from app.store import Record, SuggestionState, Transaction

log = logging.getLogger(__name__)

Paged = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Touched:
    """What new alerts bring to their incident beside their number: a worse severity, tags, pages that were made."""

    source: str = ""
    url: str = ""
    worst: str = ""
    severity: str = ""
    tags: dict[str, None] = field(default_factory=dict)
    paged: dict[tuple[str, str], None] = field(default_factory=dict)

    def add(self, record: Record, notice: Notice, declared: Verdict | None, paged: Paged) -> None:
        """Take in one alert; `declared` is what it would have declared, had there been no incident."""
        self.source, self.url = self.source or notice.source, self.url or notice.url
        self.paged |= dict.fromkeys(paged)
        if declared is None:
            return
        self.tags |= dict.fromkeys(declared.tags)
        known = [severity.id for severity in record.rules.severities]
        ranks = [known.index(one) for one in (self.severity, record.incident.severity) if one in known]
        if declared.severity in known and known.index(declared.severity) < min(ranks, default=len(known)):
            self.severity, self.worst = declared.severity, notice.name

    def changes(self, record: Record) -> bool:
        """Say whether it brings something that does not wait."""
        return bool(self.severity or self.paged or self.tags.keys() - record.incident.tags.keys())


def tell(tx: Transaction, incident_id: int, playbook: Playbook, now: datetime, touched: Touched) -> None:
    """Tell in an incident how many alerts it has, or note that this is due later."""
    record = tx.incident(incident_id)
    if record is None:
        return
    due_at = next_telling(record.incident.alerts)
    if due_at and due_at > now and not touched.changes(record) and _differs(tx, record):
        tx.put_tally(record.workspace, incident_id, due_at)
        return
    before = record.incident.alerts
    seen, firing = tx.counted_alerts(incident_id=incident_id)
    tally = Tally(
        source=(before.source if before else "") or touched.source,
        names=tuple(dict.fromkeys((*(before.names if before else ()), *tx.alert_names(incident_id=incident_id)))),
        seen=max(seen, before.seen if before else 0),
        firing=firing,
        url=(before.url if before else "") or touched.url,
    )
    command = c.CountAlerts(tally, touched.worst, touched.severity, tuple(touched.tags))
    pages = (c.AdoptPage(way, key) for way, key in touched.paged)
    for one in (command, *(pages if record.incident.is_open else ())):
        _do(tx, incident_id, one, playbook, now)


def tell_suggestion(tx: Transaction, suggestion_id: int, now: datetime) -> None:
    """Let the message of a suggestion say how many alerts it has by now."""
    one = tx.suggestion(suggestion_id)
    if one is None:
        return
    seen, firing = tx.counted_alerts(suggestion_id=suggestion_id)
    over = one.state is SuggestionState.OPEN and seen > 0 and firing == 0
    state = SuggestionState.OVER if over else one.state
    if (seen, firing, state) != (one.seen, one.firing, one.state):
        # What somebody ignored is quiet for an hour from then on, and not for as long as it flaps.
        at = one.changed_at if one.state is SuggestionState.IGNORED else now
        tx.change_suggestion(suggestion_id, at, seen=seen, firing=firing, state=state.value)


def _differs(tx: Transaction, record: Record) -> bool:
    before = record.incident.alerts
    return before is None or tx.counted_alerts(incident_id=record.id) != (before.seen, before.firing)


def _do(tx: Transaction, incident_id: int, command: c.Command, playbook: Playbook, now: datetime) -> None:
    try:
        handle(tx, incident_id, command, playbook, now)
    except (LookupError, TypeError, ValueError, Rejected):
        # What became of the alert is true all the same, and must not be taken anew for this.
        log.exception("an incident could not learn what became of its alerts")

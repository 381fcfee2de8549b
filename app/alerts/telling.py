"""Telling people how many alerts an incident, or a suggestion, has by now; at a pace that they can follow."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.alerts.notice import Notice
from app.alerts.proposing import Pages
from app.domain import commands as c
from app.domain.alerting import next_telling
from app.domain.alerts import Tally, Verdict
from app.domain.errors import Rejected
from app.domain.playbook import Playbook
from app.handle import handle
from app.store import Record, SuggestionState, Transaction

log = logging.getLogger(__name__)

MOST_NAMES = 20
MOST_PAGES = 20
"""So many names of alerts, and pages that monitors have made, are those of one incident at the most."""


@dataclass(slots=True)
class Touched:
    """What new alerts bring to their incident beside their number: a worse severity, tags, pages that were made.

    Those of the names in `again` fire again after its end; at `again_at` a new incident is declared. Alerts that
    `moved` count in another incident now.
    """

    source: str = ""
    url: str = ""
    worst: str = ""
    severity: str = ""
    tags: dict[str, None] = field(default_factory=dict)
    paged: dict[tuple[str, str], None] = field(default_factory=dict)
    again: dict[str, None] = field(default_factory=dict)
    again_at: datetime | None = None
    moved: bool = False

    def add(self, record: Record, notice: Notice, declared: Verdict | None, paged: Pages) -> None:
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
        now = self.severity or self.again_at or self.moved
        return bool(now or self.new_pages(record) or self.tags.keys() - record.incident.tags.keys())

    def new_pages(self, record: Record) -> Sequence[tuple[str, str]]:
        """Return the pages that the incident has not taken over yet, as many as it may."""
        rings = record.incident.rings
        known = {ring.key for ring in rings}
        room = max(0, MOST_PAGES - sum(ring.by_monitor for ring in rings))
        return [(way, key) for way, key in self.paged if key not in known][:room]


def tell(tx: Transaction, incident_id: int, playbook: Playbook, now: datetime, touched: Touched) -> None:
    """Tell in an incident how many alerts it has, or note that this is due later."""
    record = tx.readable(incident_id)
    if record is None:
        return
    before = record.incident.alerts
    due_at = next_telling(before)
    if due_at and due_at > now and not touched.changes(record) and _differs(tx, record):
        tx.put_tally(record.workspace, incident_id, due_at)
        return
    for command in _commands(tx, record, touched):
        _do(tx, incident_id, command, playbook, now)


def _commands(tx: Transaction, record: Record, touched: Touched) -> Iterator[c.Command]:
    if touched.again_at:
        yield c.FireAgain(tuple(touched.again)[:MOST_NAMES], touched.again_at)
    tally = _tally(tx, record, touched)
    yield c.CountAlerts(tally, touched.worst, touched.severity, tuple(touched.tags), moved=touched.moved)
    if record.incident.is_open:
        yield from (c.AdoptPage(way, key) for way, key in touched.new_pages(record))


def _tally(tx: Transaction, record: Record, touched: Touched) -> Tally:
    before = record.incident.alerts or Tally("", (), 0, 0)
    seen, firing = tx.counted_alerts(incident_id=record.id)
    names = dict.fromkeys((*before.names, *tx.alert_names(incident_id=record.id)))
    return Tally(
        source=before.source or touched.source or tx.source_of_alerts(record.id),
        names=tuple(names)[:MOST_NAMES],
        seen=max(seen, before.seen),
        firing=firing,
        url=before.url or touched.url,
    )


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

"""What one transaction knows of alerts: each row is read once, and what changed of it is written at the end."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.alerts.notice import Notice
from app.alerts.telling import Touched, tell, tell_suggestion
from app.domain.alerts import Proposal
from app.domain.playbook import Playbook
from app.store import KeptAlert, KeptGroup, Record, Suggestion, Transaction

LONGEST_KEY = 40


def group_key(notice: Notice) -> str:
    """Return what alerts of one group have in common, in few characters."""
    return _digest(notice.source, notice.group)


def alert_key(notice: Notice) -> str:
    """Return what tells an alert from all others."""
    return _digest(notice.source, notice.group, notice.fingerprint)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:LONGEST_KEY]


class Known:
    """The alerts, groups, suggestions and incidents of a workspace, as far as somebody asked for them.

    `touched` are the incidents, and `suggested_for` the suggestions, whose alerts are others by now: `write` tells.
    """

    def __init__(self, tx: Transaction, workspace: str, playbook: Playbook, now: datetime) -> None:
        self.tx, self.workspace, self.playbook, self.now = tx, workspace, playbook, now
        self.alerts: dict[str, KeptAlert] = {}
        self.touched: dict[int, Touched] = {}
        self.suggested_for: set[int] = set()
        self._groups: dict[str, KeptGroup] = {}
        self._changed_alerts: dict[str, KeptAlert] = {}
        self._changed_groups: dict[str, KeptGroup] = {}
        self._moves: list[tuple[str, int, int]] = []
        self._open: list[Record] | None = None
        self._closed: dict[int, Record | None] = {}
        self._waits: dict[int, datetime | None] = {}
        self._rings: dict[str, int] = {}
        self._suggestions: dict[int, Suggestion | None] = {}
        self._suggested: dict[str, list[int]] = {}

    def read(self, notices: Iterable[Notice]) -> None:
        """Read what is known of `notices`."""
        told = list(notices)
        self.alerts |= self.tx.alerts(self.workspace, map(alert_key, told)) | self._changed_alerts
        self._groups |= self.tx.alert_groups(self.workspace, map(group_key, told)) | self._changed_groups
        adopts = any(rule.paged_by for rule in self.playbook.alerts)
        keys = {one.paged or (one.pages_as if adopts else "") for one in told if self._may_begin(one)}
        rung = self.tx.rung_all(keys - self._rings.keys()) if any(keys) else {}
        self._rings |= {key: of for key, (workspace, of) in rung.items() if workspace == self.workspace}

    def put(self, alert: KeptAlert) -> None:
        """Note what is known of an alert by now."""
        self.alerts[alert.key] = self._changed_alerts[alert.key] = alert

    def firing_in(self, group: KeptGroup) -> Sequence[KeptAlert]:
        """Return the alerts of a group that fire."""
        self._write_alerts()
        return self.tx.firing_alerts(self.workspace, group_key=group.key)

    def group(self, notice: Notice) -> KeptGroup:
        """Return what was made of the group of an alert."""
        key = group_key(notice)
        return self._groups.get(key) or KeptGroup(key, notice.source)

    def put_group(self, group: KeptGroup) -> None:
        """Note what was made of a group."""
        self._groups[group.key] = self._changed_groups[group.key] = group
        if group.again_at and group.incident_id is not None:
            self._waits[group.incident_id] = group.again_at

    def waits_until(self, incident_id: int) -> datetime | None:
        """Return until when groups wait for somebody to open an incident again, if there are any."""
        if incident_id not in self._waits:
            waiting = self.tx.waiting_groups(self.workspace, incident_id)
            self._waits[incident_id] = next((one.again_at for one in waiting), None)
        return self._waits[incident_id]

    @property
    def open(self) -> Sequence[Record]:
        """The open incidents, the worst first."""
        if self._open is None:
            self._open = self.tx.readable_open(self.workspace)
        return self._open

    def add_open(self, record: Record) -> None:
        """Know of an incident that was declared just now."""
        self._open = sorted((*self.open, record), key=lambda one: one.rules.rank(one.incident.severity))
        self.ring(record, (ring.key for ring in record.incident.rings))

    def incident(self, incident_id: int | None) -> Record | None:
        """Return an incident, if this version can read it."""
        if incident_id is None:
            return None
        found = next((one for one in self.open if one.id == incident_id), None)
        if found:
            return found
        if incident_id not in self._closed:
            self._closed[incident_id] = self.tx.readable(incident_id)
        return self._closed[incident_id]

    def rung(self, key: str) -> int | None:
        """Return the id of the incident that a page is about, by the page's key."""
        return self._rings.get(key)

    def ring(self, record: Record, keys: Iterable[str]) -> None:
        """Know of pages that are about an incident."""
        self._rings |= dict.fromkeys(keys, record.id)

    def touch(self, incident_id: int) -> Touched:
        """Return what new alerts bring to an incident, whose count is told at the end."""
        return self.touched.setdefault(incident_id, Touched())

    def move(self, group: KeptGroup, record: Record) -> None:
        """Let `record` be the incident of a group from now on, and of what fires of it still."""
        if group.incident_id is not None and group.incident_id != record.id:
            self._moves.append((group.key, group.incident_id, record.id))
            self.touch(group.incident_id).moved = True
        self.put_group(replace(group, incident_id=record.id, again_at=None, proposal=None))

    def suggestion(self, suggestion_id: int | None) -> Suggestion | None:
        """Return a suggestion."""
        if suggestion_id is None:
            return None
        if suggestion_id not in self._suggestions:
            self._suggestions[suggestion_id] = self.tx.suggestion(suggestion_id)
        return self._suggestions[suggestion_id]

    def suggested(self, source: str, since: datetime) -> list[Suggestion]:
        """Return what a monitor has suggested of late, the newest first."""
        if source not in self._suggested:
            found = self.tx.suggested(self.workspace, source, since)
            self._suggestions |= {one.id: one for one in found if one.id not in self._suggestions}
            self._suggested[source] = [one.id for one in found]
        return [one for known in self._suggested[source] if (one := self.suggestion(known))]

    def add_suggestion(self, key: str, proposal: Proposal) -> Suggestion:
        """Make a suggestion."""
        made = self.tx.add_suggestion(self.workspace, key, proposal, self.now)
        self._suggested.setdefault(proposal.source, []).insert(0, made)
        added = self.suggestion(made)
        if added is None:
            raise LookupError(made)
        return added

    def change_suggestion(self, one: Suggestion, **changes: Any) -> Suggestion:
        """Change what a suggestion is, and what is stored of it; return it."""
        self.tx.change_suggestion(one.id, self.now, **changes)
        self._suggestions[one.id] = one
        return one

    def write(self) -> None:
        """Write what changed, and tell people."""
        self._write_alerts()
        self.tx.put_alert_groups(self.workspace, self._changed_groups.values(), self.now)
        for incident_id in sorted(self.touched):
            tell(self.tx, incident_id, self.playbook, self.now, self.touched[incident_id])
        for suggestion_id in sorted(self.suggested_for):
            tell_suggestion(self.tx, suggestion_id, self.now)

    def _write_alerts(self) -> None:
        self.tx.put_alerts(self.workspace, self._changed_alerts.values())
        for group, incident_id, into_id in self._moves:
            self.tx.move_alerts(self.workspace, group, incident_id, into_id)
        self._changed_alerts, self._moves = {}, []

    def _may_begin(self, notice: Notice) -> bool:
        before = self.alerts.get(alert_key(notice))
        return before is None or not before.heard.firing

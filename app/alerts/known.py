"""What one transaction knows of alerts: each row is read once, and what changed of it is written at the end."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from app.alerts.notice import Notice
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
    """The alerts, groups, suggestions and incidents of a workspace, as far as somebody asked for them."""

    def __init__(self, tx: Transaction, workspace: str, now: datetime) -> None:
        self.tx, self.workspace, self.now = tx, workspace, now
        self.alerts: dict[str, KeptAlert] = {}
        self._groups: dict[str, KeptGroup] = {}
        self._changed_alerts: dict[str, KeptAlert] = {}
        self._changed_groups: dict[str, KeptGroup] = {}
        self._open: list[Record] | None = None
        self._closed: dict[int, Record | None] = {}
        self._suggestions: dict[int, Suggestion | None] = {}
        self._suggested: dict[str, list[Suggestion]] = {}

    def read(self, notices: Iterable[Notice]) -> None:
        """Read what is known of `notices`."""
        told = list(notices)
        self.alerts |= self.tx.alerts(self.workspace, map(alert_key, told)) | self._changed_alerts
        self._groups |= self.tx.alert_groups(self.workspace, map(group_key, told)) | self._changed_groups

    def put(self, alert: KeptAlert) -> None:
        """Note what is known of an alert by now."""
        self.alerts[alert.key] = self._changed_alerts[alert.key] = alert

    def group(self, notice: Notice) -> KeptGroup:
        """Return what was made of the group of an alert."""
        key = group_key(notice)
        return self._groups.get(key) or KeptGroup(key, notice.source)

    def put_group(self, group: KeptGroup) -> None:
        """Note what was made of a group."""
        self._groups[group.key] = self._changed_groups[group.key] = group

    @property
    def open(self) -> Sequence[Record]:
        """The open incidents, the worst first."""
        if self._open is None:
            self._open = self.tx.open_records(self.workspace)
        return self._open

    def add_open(self, record: Record) -> None:
        """Know of an incident that was declared just now."""
        self._open = sorted((*self.open, record), key=lambda one: one.rules.rank(one.incident.severity))

    def incident(self, incident_id: int | None) -> Record | None:
        """Return an incident; in place of one that was merged, that in which it goes on."""
        if incident_id is None:
            return None
        found = next((one for one in self.open if one.id == incident_id), None)
        if found:
            return found
        if incident_id not in self._closed:
            self._closed[incident_id] = self.tx.incident(incident_id)
        closed = self._closed[incident_id]
        into = closed.incident.merged_into if closed else None
        return self.tx.by_number(self.workspace, into.number) if into else closed

    def suggestion(self, suggestion_id: int | None) -> Suggestion | None:
        """Return a suggestion."""
        if suggestion_id is None:
            return None
        if suggestion_id not in self._suggestions:
            self._suggestions[suggestion_id] = self.tx.suggestion(suggestion_id)
        return self._suggestions[suggestion_id]

    def change_suggestion(self, one: Suggestion) -> None:
        """Know of what became of a suggestion just now."""
        self._suggestions[one.id] = one
        for known in self._suggested.values():
            known[:] = [one if other.id == one.id else other for other in known]

    def suggested(self, source: str, since: datetime) -> list[Suggestion]:
        """Return what a monitor has suggested of late, the newest first."""
        if source not in self._suggested:
            self._suggested[source] = self.tx.suggested(self.workspace, source, since)
        return self._suggested[source]

    def suggest(self, suggestion_id: int) -> None:
        """Know of a suggestion that was made just now."""
        made = self.suggestion(suggestion_id)
        if made:
            self._suggested.setdefault(made.source, []).insert(0, made)

    def move(self, group: KeptGroup, record: Record) -> KeptGroup:
        """Let `record` be the incident of a group from now on."""
        moved = replace(group, incident_id=record.id, again_at=None, proposal=None)
        self.put_group(moved)
        return moved

    def write(self) -> None:
        """Write what changed."""
        self.tx.put_alerts(self.workspace, self._changed_alerts.values())
        self.tx.put_alert_groups(self.workspace, self._changed_groups.values(), self.now)
        self._changed_alerts, self._changed_groups = {}, {}

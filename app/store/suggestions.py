"""Incidents that alerts suggest, and the messages that say so."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, func, or_, select, update

from app.domain.alerts import Proposal
from app.store import codec
from app.store.alert_records import Suggestion, SuggestionState
from app.store.reading import UNREADABLE
from app.store.tables import alert, alert_group, suggestion

log = logging.getLogger(__name__)

MOST_AT_ONCE = 20
_COLUMNS = tuple(suggestion.c[name] for name in Suggestion.__slots__)


class Suggestions:
    """The part of a transaction that knows suggestions."""

    connection: Connection

    def suggestion(self, suggestion_id: int) -> Suggestion | None:
        """Return one suggestion; nothing, where this version cannot read it."""
        row = self.connection.execute(select(*_COLUMNS).where(suggestion.c.id == suggestion_id)).first()
        return _readable(row) if row else None

    def suggested(self, workspace: str, source: str, since: datetime) -> list[Suggestion]:
        """Return what alerts of a monitor have suggested since then, the newest first."""
        of = and_(suggestion.c.workspace == workspace, suggestion.c.source == source, suggestion.c.created_at >= since)
        rows = self.connection.execute(select(*_COLUMNS).where(of).order_by(suggestion.c.id.desc()))
        return [one for row in rows if (one := _readable(row))]

    def add_suggestion(self, workspace: str, key: str, proposal: Proposal, now: datetime) -> int:
        """Suggest an incident; its message is posted as soon as can be."""
        row: dict[str, Any] = {"workspace": workspace, "key": key, "source": proposal.source}
        row |= {"proposal": codec.encode(proposal), "state": SuggestionState.OPEN.value, "seen": 0, "firing": 0}
        row |= {"created_at": now, "changed_at": now, "not_before": now, "version": 1, "told": 0, "attempts": 0}
        made = self.connection.execute(suggestion.insert(), row)
        return int((made.inserted_primary_key or (0,))[0])

    def change_suggestion(self, suggestion_id: int, now: datetime, **changes: Any) -> None:
        """Change a suggestion, so that its message is edited."""
        changed = {"changed_at": now, "version": suggestion.c.version + 1} | changes
        self.connection.execute(update(suggestion).where(suggestion.c.id == suggestion_id).values(changed))

    def claim_suggestion(self, workspace: str, now: datetime, until: datetime) -> Suggestion | None:
        """Return one whose message is to be posted or edited now; nobody else does that until then.

        One that this version cannot read waits for one that can.
        """
        is_free = or_(suggestion.c.lease_until.is_(None), suggestion.c.lease_until <= now)
        due = and_(suggestion.c.told < suggestion.c.version, suggestion.c.not_before <= now, is_free)
        query = select(*_COLUMNS).where(suggestion.c.workspace == workspace, due).order_by(suggestion.c.id)
        for row in self.connection.execute(query.limit(MOST_AT_ONCE).with_for_update(skip_locked=True)).all():
            leased = {"lease_until": until, "attempts": suggestion.c.attempts + 1}
            self.connection.execute(update(suggestion).where(suggestion.c.id == row.id).values(leased))
            if one := _readable(row):
                return one
        return None

    def note_suggestion(self, one: Suggestion, lease: datetime, channel: str, ts: str, next_at: datetime) -> bool:
        """Note where the message of that version stands; the next one waits until `next_at`.

        Nothing is noted where the lease is another's by now: say whether it was.
        """
        stands = {"channel": channel, "ts": ts, "told": one.version, "attempts": 0}
        return self._end_lease(one.id, lease, stands | {"not_before": next_at})

    def put_off_suggestion(self, suggestion_id: int, lease: datetime, until: datetime, **changes: Any) -> bool:
        """Try the message of a suggestion again then; not where the lease is another's by now."""
        return self._end_lease(suggestion_id, lease, {"not_before": until} | changes)

    def _end_lease(self, suggestion_id: int, lease: datetime, changes: dict[str, Any]) -> bool:
        held = and_(suggestion.c.id == suggestion_id, suggestion.c.lease_until == lease)
        ended = update(suggestion).where(held).values({"lease_until": None} | changes)
        return self.connection.execute(ended).rowcount > 0

    def unsaid_suggestions(self, before: datetime) -> int:
        """Return how many suggestions were made before then whose message stands nowhere yet."""
        of = and_(suggestion.c.ts.is_(None), suggestion.c.created_at < before)
        return int(self.connection.execute(select(func.count()).where(of)).scalar_one())

    def forget_suggestions(self, before: datetime) -> None:
        """Forget those that nothing happened to since then."""
        of = suggestion.c.changed_at < before
        found = self.connection.execute(select(suggestion.c.id, suggestion.c.ts).where(of)).all()
        if unsaid := sum(ts is None for _, ts in found):
            log.warning("%s of what alerts suggested was never said in Slack, and is forgotten", unsaid)
        old = [suggestion_id for suggestion_id, _ in found]
        self._let_go(old)
        self.connection.execute(delete(suggestion).where(suggestion.c.id.in_(old)))

    def _let_go(self, suggestion_ids: Sequence[int]) -> None:
        for table in (alert, alert_group):
            of = table.c.suggestion_id.in_(suggestion_ids)
            self.connection.execute(update(table).where(of).values(suggestion_id=None))


def _readable(row: Any) -> Suggestion | None:
    facts = dict(zip(Suggestion.__slots__, row, strict=True))
    try:
        facts |= {"proposal": codec.decode_proposal(row.proposal), "state": SuggestionState(row.state)}
    except (*UNREADABLE, ValueError) as error:
        log.warning("suggestion %s is left out. It cannot be read: %s", row.id, error)
        return None
    return Suggestion(**facts)

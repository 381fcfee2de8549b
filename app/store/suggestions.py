"""Incidents that alerts suggest, and the messages that say so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, update

from app.domain.alerts import Proposal
from app.store import codec
from app.store.alert_records import Suggestion, SuggestionState
from app.store.tables import alert, alert_group, suggestion

_COLUMNS = tuple(suggestion.c[name] for name in Suggestion.__slots__)


class Suggestions:
    """The part of a transaction that knows suggestions."""

    connection: Connection

    def suggestion(self, suggestion_id: int) -> Suggestion | None:
        """Return one suggestion."""
        row = self.connection.execute(select(*_COLUMNS).where(suggestion.c.id == suggestion_id)).first()
        return _read(row) if row else None

    def suggested(self, workspace: str, source: str, since: datetime) -> list[Suggestion]:
        """Return what alerts of a monitor have suggested since then, the newest first."""
        of = and_(suggestion.c.workspace == workspace, suggestion.c.source == source, suggestion.c.created_at >= since)
        rows = self.connection.execute(select(*_COLUMNS).where(of).order_by(suggestion.c.id.desc()))
        return [_read(row) for row in rows]

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

    def claim_suggestions(self, workspace: str, now: datetime, until: datetime, limit: int) -> list[Suggestion]:
        """Return those whose messages are to be posted or edited now; nobody else does that until then."""
        is_free = or_(suggestion.c.lease_until.is_(None), suggestion.c.lease_until <= now)
        due = and_(suggestion.c.told < suggestion.c.version, suggestion.c.not_before <= now, is_free)
        query = select(*_COLUMNS).where(suggestion.c.workspace == workspace, due).order_by(suggestion.c.id).limit(limit)
        rows = self.connection.execute(query.with_for_update(skip_locked=True)).all()
        claimed = [row.id for row in rows]
        leased = {"lease_until": until, "attempts": suggestion.c.attempts + 1}
        self.connection.execute(update(suggestion).where(suggestion.c.id.in_(claimed)).values(leased))
        return [_read(row) for row in rows]

    def note_suggestion(self, one: Suggestion, channel: str, ts: str, next_at: datetime) -> None:
        """Note where the message of that version stands; the next one waits until `next_at`."""
        stands = {"channel": channel, "ts": ts, "told": one.version, "attempts": 0}
        told = stands | {"lease_until": None, "not_before": next_at}
        self.connection.execute(update(suggestion).where(suggestion.c.id == one.id).values(told))

    def put_off_suggestion(self, suggestion_id: int, until: datetime, **changes: Any) -> None:
        """Try the message of a suggestion again then."""
        later = {"lease_until": None, "not_before": until} | changes
        self.connection.execute(update(suggestion).where(suggestion.c.id == suggestion_id).values(later))

    def forget_suggestions(self, before: datetime) -> None:
        """Forget those that nothing happened to since then."""
        old = list(self.connection.execute(select(suggestion.c.id).where(suggestion.c.changed_at < before)).scalars())
        self._let_go(old)
        self.connection.execute(delete(suggestion).where(suggestion.c.id.in_(old)))

    def _let_go(self, suggestion_ids: Sequence[int]) -> None:
        for table in (alert, alert_group):
            of = table.c.suggestion_id.in_(suggestion_ids)
            self.connection.execute(update(table).where(of).values(suggestion_id=None))


def _read(row: Any) -> Suggestion:
    facts = dict(zip(Suggestion.__slots__, row, strict=True))
    facts |= {"proposal": codec.decode_proposal(row.proposal), "state": SuggestionState(row.state)}
    return Suggestion(**facts)

"""The outbox as it stands, for people and for whoever wonders when to look again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from app.store import turns
from app.store.deliveries import DELIVERIES, EVERY_WAY, read_delivery
from app.store.records import Delivery, DeliveryState, Undelivered
from app.store.tables import delivery, incident

_UNDELIVERED = (
    select(
        *(delivery.c.key, delivery.c.workspace, delivery.c.state, delivery.c.way, delivery.c.kind, incident.c.name),
        *(delivery.c.created_at, delivery.c.not_before, delivery.c.attempts, delivery.c.reason),
    )
    .outerjoin(incident, incident.c.id == delivery.c.incident_id)
    .order_by(delivery.c.urgency, delivery.c.rank, delivery.c.id)
)


class Backlog:
    """The part of a transaction that looks at the outbox."""

    connection: Connection

    def next_delivery_at(self, now: datetime, ways: Sequence[str] = EVERY_WAY) -> datetime | None:
        """Return when `claim` has something to take next, `now` at the earliest; nothing where it never will."""
        earliest = turns.next_at(self.connection, ways)
        return earliest and max(earliest, now)

    def idle(self, now: datetime, ways: Sequence[str] = EVERY_WAY) -> bool:
        """Say whether nothing is being sent, and nothing could be claimed at `now`."""
        sending = select(delivery.c.id).where(delivery.c.state == DeliveryState.SENDING).limit(1)
        return self.connection.execute(sending).first() is None and self.next_delivery_at(now, ways) != now

    def deliveries(
        self, workspace: str, state: DeliveryState | None = None, incident_id: int | None = None
    ) -> list[Delivery]:
        """Return deliveries of a workspace in the order they were decided in, all or of one state or incident."""
        rows = DELIVERIES.where(delivery.c.workspace == workspace).order_by(None).order_by(delivery.c.id)
        if state is not None:
            rows = rows.where(delivery.c.state == state)
        if incident_id is not None:
            rows = rows.where(delivery.c.incident_id == incident_id)
        return [read_delivery(row) for row in self.connection.execute(rows)]

    def undelivered(self, workspaces: Sequence[str], states: Sequence[DeliveryState]) -> list[Undelivered]:
        """Return the deliveries of these workspaces in these states, in the order they go in."""
        wanted = _UNDELIVERED.where(delivery.c.workspace.in_(workspaces), delivery.c.state.in_(states))
        rows = self.connection.execute(wanted)
        return [Undelivered(key, of, DeliveryState(state), *others) for key, of, state, *others in rows]

    def died(self, workspace: str, since: datetime) -> int:
        """Return how many deliveries of a workspace have died at `since` or later."""
        of_late = (delivery.c.state == DeliveryState.DEAD, delivery.c.ended_at >= since)
        found = select(func.count()).where(delivery.c.workspace == workspace, *of_late)
        return self.connection.execute(found).scalar_one()

    def delivery_counts(self, workspace: str) -> dict[DeliveryState, int]:
        """Return how many deliveries of a workspace there are in each state, none left out."""
        counted = self.connection.execute(
            select(delivery.c.state, func.count()).where(delivery.c.workspace == workspace).group_by(delivery.c.state)
        )
        found = {DeliveryState(state): number for state, number in counted}
        return {state: found.get(state, 0) for state in DeliveryState}

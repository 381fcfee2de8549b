"""What waits for a system outside that takes nothing, and which incidents were told so."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, delete, exists, not_, select, update

from app.domain.effects import Way
from app.store.deliveries import DELIVERIES, UNSENT, read_delivery
from app.store.reading import UNREADABLE
from app.store.records import Delivery, DeliveryState
from app.store.tables import delivery, incident, outage
from app.store.upserts import insert_once

LEFT_ALONE = (DeliveryState.WAITING, DeliveryState.UNKNOWN)
_WAITS = and_(delivery.c.state.in_(UNSENT), not_(delivery.c.held))
_IS_TOLD = exists().where(outage.c.incident_id == delivery.c.incident_id, outage.c.way == delivery.c.way)
_STILL_WAITS = exists().where(_WAITS, delivery.c.incident_id == outage.c.incident_id, delivery.c.way == outage.c.way)


class Outages:
    """The part of a transaction that knows who waits for whom."""

    connection: Connection

    def waits_untold(self, ways: Collection[Way]) -> Mapping[tuple[int, Way], list[tuple[str, str]]]:
        """Return what waits for these ways: by open incident and way kinds and keys, of those not told yet."""
        rows = self.connection.execute(
            select(delivery.c.incident_id, delivery.c.way, delivery.c.kind, delivery.c.key)
            .join(incident, incident.c.id == delivery.c.incident_id)
            .where(_WAITS, delivery.c.way.in_(ways), incident.c.is_open, not_(_IS_TOLD))
            .order_by(delivery.c.urgency, delivery.c.id)
        )
        found: dict[tuple[int, Way], list[tuple[str, str]]] = defaultdict(list)
        for incident_id, way, kind, key in rows:
            found[incident_id, Way(way)].append((kind, key))
        return found

    def note_outage(self, workspace: str, incident_id: int, way: Way) -> None:
        """Note that the incident was told."""
        insert_once(self.connection, outage, {"workspace": workspace, "incident_id": incident_id, "way": way.value})

    def waits_no_more(self, away: Collection[Way]) -> list[tuple[int, Way]]:
        """Return which incidents were told of which ways that are not `away` any more, and that they wait for no more.

        Each is returned once.
        """
        over = and_(outage.c.way.not_in(away), not_(_STILL_WAITS))
        rows = self.connection.execute(delete(outage).where(over).returning(outage.c.incident_id, outage.c.way))
        return [(incident_id, Way(way)) for incident_id, way in rows]

    def left_alone(self, ways: Collection[Way], created_before: datetime) -> list[Delivery]:
        """Return what has waited for these ways since before then, for the caller to `give_up`."""
        rows = DELIVERIES.where(
            delivery.c.state.in_(LEFT_ALONE),
            not_(delivery.c.held),
            delivery.c.way.in_(ways),
            delivery.c.created_at <= created_before,
        )
        found = []
        for row in self.connection.execute(rows.with_for_update(of=delivery, skip_locked=True)):
            try:
                found.append(read_delivery(row))
            except UNREADABLE:
                # A claim buries it.
                continue
        return found

    def give_up(self, hopeless: Delivery, reason: str, now: datetime) -> None:
        """Note that one that nobody has claimed is not tried any more."""
        self.connection.execute(
            update(delivery)
            .where(delivery.c.id == hopeless.id, delivery.c.state.in_(LEFT_ALONE))
            .values(state=DeliveryState.DEAD, reason=reason, ended_at=now)
        )

"""How the whole installation stands, over all workspaces: what health, metrics and `tocsin doctor` ask."""

from datetime import datetime

from sqlalchemy import Connection, func, not_, select, union
from sqlalchemy.exc import DatabaseError

from app.domain.effects import Urgency, Way
from app.store.deliveries import UNSENT
from app.store.records import DeliveryState
from app.store.tables import binding, delivery, incident

NOT_SENT = (*UNSENT, DeliveryState.DEAD)


class Vitals:
    """The part of a transaction that tells how it all stands."""

    connection: Connection

    def workspaces(self) -> list[str]:
        """Return the workspaces that have incidents or bound responders."""
        known = union(select(incident.c.workspace), select(binding.c.workspace))
        return sorted(self.connection.execute(known).scalars())

    def oldest_unsent_page(self) -> dict[Way, datetime]:
        """Return when the oldest page was decided that is not known to have gone out, by way; none where there is none.

        A page that turned out not to be wanted any more counts as gone out, and so does one that is dead: it was told.
        """
        pages = (
            select(delivery.c.way, func.min(delivery.c.created_at))
            .where(delivery.c.state.in_(UNSENT), not_(delivery.c.held), delivery.c.urgency == int(Urgency.PAGE))
            .group_by(delivery.c.way)
        )
        return {Way(way): decided_at for way, decided_at in self.connection.execute(pages)}

    def deliveries_by_state(self) -> dict[tuple[DeliveryState, Way], int]:
        """Return how many deliveries there are in each state by each way, none left out but those that are sent.

        Those are nearly all, and to count them takes as long.
        """
        counted = self.connection.execute(
            select(delivery.c.state, delivery.c.way, func.count())
            .where(delivery.c.state.in_(NOT_SENT))
            .group_by(delivery.c.state, delivery.c.way)
        )
        found = {(DeliveryState(state), Way(way)): number for state, way, number in counted}
        return {(state, way): found.get((state, way), 0) for state in NOT_SENT for way in Way}

    def open_by_severity(self) -> dict[str, int]:
        """Return how many incidents of each severity are open; severities without any are left out."""
        counted = select(incident.c.severity, func.count()).where(incident.c.is_open).group_by(incident.c.severity)
        return {row.severity: row[1] for row in self.connection.execute(counted.order_by(incident.c.severity))}

    def integrity(self) -> list[str]:
        """Return what SQLite finds wrong with its file, in its words; nothing where all is well, or on PostgreSQL.

        It reads the whole file, a second for some hundred megabytes.
        """
        if self.connection.dialect.name != "sqlite":
            return []
        try:
            found = list(self.connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars())
        except DatabaseError as error:
            # What is badly damaged cannot even be checked.
            found = [str(error.orig)]
        if found != ["ok"]:
            # Of a damaged file, SQLite does not even commit that nothing was written.
            self.connection.exec_driver_sql("ROLLBACK")
            return found
        strays = self.connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        return [
            f"row {row} of {table} belongs to a row of {parent} that is not there" for table, row, parent, _ in strays
        ]

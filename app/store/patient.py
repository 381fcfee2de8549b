"""A connection to PostgreSQL that notices when nobody is at its other end any more.

The server's own limits say how long it may take; they do not reach here where the network, or a proxy on the way, takes
what is sent and brings nothing back.
"""

from typing import Any

from psycopg import Connection, OperationalError
from psycopg.abc import RV, PQGen


class PatientConnection(Connection[tuple[Any, ...]]):
    """Waits `patience` seconds for each answer, and gives itself up when none has come by then."""

    patience = 2.0

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Return what `gen`, which asks the server for something, returns; raises `OperationalError`."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except OperationalError as error:
            if error.sqlstate is None:
                # Whatever it would answer to the next question may still be the answer to this one.
                self.close()
            raise

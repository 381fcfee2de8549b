"""PostgreSQL by psycopg 3: several writers, in several processes."""

from sqlalchemy import URL, Connection, NullPool, RootTransaction, create_engine, text
from sqlalchemy.exc import DBAPIError

from app.store.errors import CannotOpen, DriverMissing, Unreachable
from app.store.faults import Fault

# libpq: seconds, and milliseconds until a server that does not acknowledge counts as gone.
CONNECT_ARGS = {"connect_timeout": 2, "tcp_user_timeout": 2000, "application_name": "tocsin"}
SCHEMA_LOCK = 0x7463_0001
"""The advisory lock that a migration holds ("tc", and a number of our own)."""

COLLIDED = ("40001", "40P01")
LATE = ("55P03", "57014")
UNWRITABLE = ("25006", "53100", "58030")
SHUTTING_DOWN = ("57P01", "57P02", "57P03", "53300")

_PATIENCE = text("SELECT set_config('lock_timeout', :limit, true), set_config('statement_timeout', :limit, true)")
_LOCK_SCHEMA = text("SELECT pg_advisory_xact_lock(:lock)")


class PostgreSQL:
    """A database on a server."""

    writers = 4
    shared = True

    def __init__(self, url: URL) -> None:
        self.url = url.set(drivername="postgresql+psycopg")
        try:
            self.engine = create_engine(self.url, poolclass=NullPool, connect_args=CONNECT_ARGS)
        except ModuleNotFoundError as error:
            raise DriverMissing from error

    @property
    def name(self) -> str:
        """What people call it; no password in it."""
        return f"{self.url.database} on {self.url.host or 'this machine'}"

    def prepare(self) -> None:
        """Leave it to whoever runs the server to have made the database."""

    def begin(self, connection: Connection, patience: float) -> RootTransaction:
        """Begin a transaction each of whose statements waits up to `patience` seconds.

        Saying so is also how a connection that broke while nobody used it is noticed before the work begins.
        """
        transaction = connection.begin()
        connection.execute(_PATIENCE, {"limit": str(round(patience * 1000))})
        return transaction

    def lock_schema(self, connection: Connection) -> None:
        """Keep other processes from migrating until this transaction ends."""
        connection.execute(_LOCK_SCHEMA, {"lock": SCHEMA_LOCK})

    def fault(self, error: DBAPIError) -> Fault:
        """Say what `error` means."""
        state = getattr(error.orig, "sqlstate", None)
        if state in COLLIDED:
            return Fault.COLLIDED
        if state in LATE:
            return Fault.LATE
        if state in UNWRITABLE:
            return Fault.UNWRITABLE
        unconnected = state is None and type(error.orig).__name__ == "OperationalError"
        gone = error.connection_invalidated or state in SHUTTING_DOWN or unconnected
        return Fault.GONE if gone else Fault.OURS

    def cannot_open(self, error: DBAPIError) -> CannotOpen:
        """Return the sentence for an `error` while opening."""
        reason = str(error.orig).strip().splitlines() or ["no reason given"]
        return Unreachable(database=self.name, reason=reason[0].rstrip("."))

"""PostgreSQL by psycopg 3: several writers, in several processes."""

from datetime import timedelta
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, RootTransaction, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from app.store.driver import Prepared
from app.store.errors import CannotOpen, DriverMissing, Overtaken, Unreachable
from app.store.faults import Fault
from app.store.server_clock import ServerClock, Wall, machine_clock

# libpq: seconds, and milliseconds until a server that does not acknowledge counts as gone.
CONNECT_ARGS = {"connect_timeout": 2, "tcp_user_timeout": 2000, "application_name": "tocsin"}
SCHEMA_LOCK = 0x7463_0001
"""The advisory lock that a migration holds ("tc", and a number of our own)."""

COLLIDED = ("40001", "40P01")
LATE = ("55P03", "57014")
UNWRITABLE = ("25006", "53100", "58030")
SHUTTING_DOWN = ("25P03", "57P01", "57P02", "57P03", "53300")

SILENCE = 0.5
"""How many seconds longer than the server may take its answer may be on the way, before the connection is given up."""

IDLE = 10_000
"""After how many milliseconds the server takes the locks of a process that was stopped in the middle of a work."""

_ASK = (
    "SELECT clock_timestamp(), {schema}, set_config('lock_timeout', :limit, true),"
    " set_config('statement_timeout', :limit, true),"
    f" set_config('idle_in_transaction_session_timeout', '{IDLE}', true)"
)
_BEGIN = Prepared(text(_ASK.format(schema="NULL")))
_BEGIN_ON_TABLES = Prepared(text(_ASK.format(schema="(SELECT version_num FROM alembic_version)")))
_LOCK_SCHEMA = text("SELECT pg_advisory_xact_lock(:lock)")


class PostgreSQL:
    """A database on a server."""

    writers = 4
    shared = True
    schema: str | None = None

    def __init__(self, url: URL, wall: Wall = machine_clock) -> None:
        self.url = url.set(drivername="postgresql+psycopg")
        self._clock = ServerClock(wall)
        try:
            self.engine = _engine(self.url)
        except ModuleNotFoundError as error:
            raise DriverMissing from error

    @property
    def ahead(self) -> timedelta:
        """How far the server's clock is ahead of this machine's."""
        return self._clock.ahead

    @property
    def name(self) -> str:
        """What people call it; no password in it."""
        return f"{self.url.database} on {self.url.host or 'this machine'}"

    def prepare(self) -> None:
        """Leave it to whoever runs the server to have made the database."""

    def look(self) -> None:
        """Leave it to the server to say whether the database is there."""

    def keep_others_out(self) -> None:
        """Let them in: any number of Tocsins share a server."""

    def let_others_in(self) -> None:
        """Leave it as it is: nobody is kept out."""

    def begin(self, connection: Connection, patience: float) -> RootTransaction:
        """Begin a transaction each of whose statements waits up to `patience` seconds.

        Saying so is also how a connection that broke while nobody used it is noticed before the work begins, and how
        the server's clock is read. Raises `Overtaken` where the tables are of another `schema`.
        """
        driver: Any = connection.connection.driver_connection
        driver.patience = patience + SILENCE
        transaction = connection.begin()
        asked_at = self._clock.wall()
        ask = _BEGIN_ON_TABLES if self.schema else _BEGIN
        shown, schema, *_ = ask.first(connection, limit=str(round(patience * 1000))) or (None, None)
        self._clock.hear(shown, asked_at, self._clock.wall())
        if schema != self.schema:
            transaction.rollback()
            raise Overtaken(database=self.name, found=schema, known=self.schema)
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
        kinds = {kind.__name__ for kind in type(error.orig).__mro__}
        unconnected = state is None and "OperationalError" in kinds
        gone = error.connection_invalidated or state in SHUTTING_DOWN or unconnected
        return Fault.GONE if gone else Fault.OURS

    def cannot_open(self, error: DBAPIError) -> CannotOpen:
        """Return the sentence for an `error` while opening."""
        reason = str(error.orig).strip().splitlines() or ["no reason given"]
        return Unreachable(database=self.name, reason=reason[0].rstrip("."))


def _engine(url: URL) -> Engine:
    engine = create_engine(url, poolclass=NullPool, connect_args=CONNECT_ARGS, hide_parameters=True)
    # The driver is an extra, so nothing of it may be imported before somebody names a PostgreSQL.
    from app.store.patient import PatientConnection  # noqa: PLC0415

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> PatientConnection:
        return PatientConnection.connect(*arguments, **options)

    return engine

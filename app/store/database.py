"""Which database an address names, and what a writer asks of either."""

from datetime import timedelta
from typing import Protocol

from sqlalchemy import Connection, Engine, RootTransaction, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from app.store.errors import CannotOpen, UnknownDatabase
from app.store.faults import Fault
from app.store.postgres import PostgreSQL
from app.store.server_clock import Wall, machine_clock
from app.store.sqlite import SQLite


class Database(Protocol):
    """A database: how to begin a transaction in it, and what its errors mean."""

    engine: Engine
    schema: str | None
    """Once it is set, no transaction begins where the tables are of another one: another version has taken over."""

    @property
    def writers(self) -> int:
        """How many threads may write side by side."""

    @property
    def shared(self) -> bool:
        """Say whether other processes may run Tocsin on it."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def ahead(self) -> timedelta:
        """How far the clock that counts, the database's, is ahead of this machine's."""

    def prepare(self) -> None:
        """Make what must be there before the first connection; raises a `CannotOpen`."""

    def look(self) -> None:
        """See that it is there already; raises a `CannotOpen`."""

    def keep_others_out(self) -> None:
        """Let no other Tocsin run on it while this process lives; raises `AnotherRuns`."""

    def let_others_in(self) -> None:
        """Undo that."""

    def begin(self, connection: Connection, patience: float) -> RootTransaction:
        """Begin a transaction that may write, waiting up to `patience` seconds."""

    def lock_schema(self, connection: Connection) -> None:
        """Keep other processes from migrating until this transaction ends."""

    def fault(self, error: DBAPIError) -> Fault:
        """Say what `error` means."""

    def cannot_open(self, error: DBAPIError) -> CannotOpen:
        """Return the sentence for an `error` while opening."""


def database(url: str, *, reading: bool = False, wall: Wall = machine_clock) -> Database:
    """Return the database that `url` names: `sqlite:///file`, `postgresql://…` or `postgres://…`.

    One that is only for `reading` makes nobody wait.
    """
    if url.startswith("postgres://"):
        url = url.replace("postgres", "postgresql", 1)
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        # Not `from error`: that one shows the address, which may hold a password.
        raise UnknownDatabase from None
    match address.get_backend_name():
        case "sqlite":
            return SQLite(address, reading=reading)
        case "postgresql":
            return PostgreSQL(address, wall)
        case _:
            raise UnknownDatabase

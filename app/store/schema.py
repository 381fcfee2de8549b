"""Brings the tables up to date, by Alembic, from the migrations beside this file.

A database that has none gets them as they are declared, all at once: a first start need not live through everything
that they once were. The migrations come to the same, which a test sees to.

After a change of `app.store.tables`, `python -m app.store.migrations "what changed"` writes the next migration.
"""

import time
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Column,
    Connection,
    ExecutableDDLElement,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    create_mock_engine,
    insert,
    select,
)
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.exc import DBAPIError

from app.store.database import Database
from app.store.errors import TooNew, TooOld
from app.store.faults import Fault
from app.store.tables import Row

MIGRATIONS = Path(__file__).parent / "migrations"
DRIVERS = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}
VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Where Alembic notes which schema there is, as it makes it."""
PATIENCE = 10.0
"""How many seconds to wait for another process that is migrating."""


def migrate(target: Database) -> None:
    """Bring the tables of `target` up to date; raises a `CannotOpen`."""
    target.prepare()
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return _migrate(target)
        except DBAPIError as error:
            # Another one that makes the file anew keeps even a connection waiting.
            if target.fault(error) is not Fault.LATE or time.monotonic() > until:
                raise target.cannot_open(error) from error


def _migrate(target: Database) -> None:
    with target.engine.connect() as connection, target.begin(connection, PATIENCE):
        target.lock_schema(connection)
        found, known = _schemas(connection, target.name)
        if found != known[0]:
            # Not from under a Tocsin that runs on them as they are.
            target.keep_others_out()
            if found is None:
                _make(connection)
            else:
                command.upgrade(configuration(connection), "head")


def look(target: Database) -> None:
    """See that the tables of `target` are there and up to date; raises a `CannotOpen`."""
    target.look()
    try:
        with target.engine.connect() as connection, target.begin(connection, PATIENCE):
            found, known = _schemas(connection, target.name)
    except DBAPIError as error:
        raise target.cannot_open(error) from error
    if found != known[0]:
        raise TooOld(database=target.name, found=found or "none", known=known[0])


def configuration(connection: Connection) -> Config:
    """Return what Alembic needs to know to work on `connection`."""
    config = _config()
    config.attributes["connection"] = connection
    return config


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@cache
def known_schemas() -> list[str]:
    """Return the schemas that there ever were, the newest first."""
    return [one.revision for one in _scripts().walk_revisions()]


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _make(connection: Connection) -> None:
    for statement in _words(connection.dialect.name):
        connection.exec_driver_sql(statement)
    connection.execute(insert(VERSION), {"version_num": known_schemas()[0]})


@cache
def _words(database: str) -> tuple[str, ...]:
    """Return what makes the tables, in the words of that database."""
    made: list[str] = []

    def note(sql: ExecutableDDLElement, *_: object) -> None:
        made.append(str(sql.compile(dialect=engine.dialect)))

    engine: MockConnection = create_mock_engine(DRIVERS[database], note)
    for tables in (VERSION.metadata, Row.metadata):
        tables.create_all(engine, checkfirst=False)
    return tuple(made)


def _schemas(connection: Connection, name: str) -> tuple[str | None, list[str]]:
    """Return which schema there is, if any, and those that are known, the newest first; raises `TooNew`."""
    is_there = connection.dialect.has_table(connection, VERSION.name)
    found = connection.execute(select(VERSION.c.version_num)).scalar() if is_there else None
    known = known_schemas()
    if found is not None and found not in known:
        raise TooNew(database=name, found=found, known=known[0])
    return found, known

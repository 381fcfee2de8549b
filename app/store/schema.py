"""Brings the tables up to date, by Alembic, from the migrations beside this file.

A database that has none gets them as they are declared, all at once: a first start need not live through everything
that they once were. The migrations come to the same, which a test sees to.

After a change of `app.store.tables`, `python -m app.store.migrations "what changed"` writes the next migration.
"""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.store.database import Database
from app.store.errors import TooNew, TooOld
from app.store.tables import Row

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE = 10.0
"""How many seconds to wait for another process that is migrating."""


def migrate(target: Database) -> None:
    """Bring the tables of `target` up to date; raises a `CannotOpen`."""
    target.prepare()
    try:
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
    except DBAPIError as error:
        raise target.cannot_open(error) from error


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
    Row.metadata.create_all(connection, checkfirst=False)
    MigrationContext.configure(connection).stamp(_scripts(), "head")


def _schemas(connection: Connection, name: str) -> tuple[str | None, list[str]]:
    """Return which schema there is, if any, and those that are known, the newest first; raises `TooNew`."""
    found = MigrationContext.configure(connection).get_current_revision()
    known = known_schemas()
    if found is not None and found not in known:
        raise TooNew(database=name, found=found, known=known[0])
    return found, known

"""Brings the tables up to date, by Alembic, from the migrations beside this file.

After a change of `app.store.tables`, `python -m app.store.migrations "what changed"` writes the next migration.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.store.database import Database
from app.store.errors import TooNew

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE = 10.0
"""How many seconds to wait for another process that is migrating."""


def migrate(target: Database) -> None:
    """Bring the tables of `target` up to date; raises a `CannotOpen`."""
    target.prepare()
    try:
        with target.engine.connect() as connection, target.begin(connection, PATIENCE):
            target.lock_schema(connection)
            _upgrade(connection, target.name)
    except DBAPIError as error:
        raise target.cannot_open(error) from error


def configuration(connection: Connection) -> Config:
    """Return what Alembic needs to know to work on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, name: str) -> None:
    config = configuration(connection)
    script = ScriptDirectory.from_config(config)
    found, newest = MigrationContext.configure(connection).get_current_revision(), script.get_current_head()
    if found == newest:
        return
    if found is not None and found not in {one.revision for one in script.walk_revisions()}:
        raise TooNew(database=name, found=found, known=newest)
    command.upgrade(config, "head")

"""Writes the next migration, from the newest one to the tables as they are declared."""

import sys
import tempfile

from alembic import command
from alembic.script import ScriptDirectory

from app.store.database import database
from app.store.schema import configuration


def write_migration(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = database(f"sqlite:///{folder}/scratch.db")
        with scratch.engine.begin() as connection:
            command.upgrade(configuration(connection), "head")
        with scratch.engine.begin() as connection:
            config = configuration(connection)
            count = len(list(ScriptDirectory.from_config(config).walk_revisions()))
            command.revision(config, message, autogenerate=True, rev_id=f"{count + 1:04}")


if __name__ == "__main__":
    write_migration(" ".join(sys.argv[1:]))

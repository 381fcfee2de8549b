"""A phone rings: pages go to PagerDuty too, once for each step, and it is told who has them and when they are over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.sandbox import Sandbox
from tests.acceptance.workspace import MANAGER, ON_CALL, SECONDARY, SUPPORT, Town, plain, town

KEY, MANAGERS = SecretStr(Sandbox.pagerduty_key), SecretStr(Sandbox.managers_key)


@pytest.fixture
async def rung(tmp_path: Path) -> AsyncIterator[Town]:
    """A workspace whose Tocsin is connected to PagerDuty."""
    async with town(tmp_path, pager=KEY) as it:
        yield it


async def test_declare_rings(rung: Town) -> None:
    await rung.declares()
    for one in (await rung.look())["pager"]["alerts"]: print(one)
    await rung.passes(minutes=15)
    await rung.passes(minutes=1)
    for one in (await rung.look())["pager"]["alerts"]: print(one)
    record = await rung.incident()
    room = await rung.room(record.incident.name)
    for one in room.messages: print(plain(one.words)); print('--')
    for one in (await rung.room(SECONDARY)).messages: print(plain(one.words)); print('--')
    print(await rung.types(SUPPORT, "test-page"))
    print(await rung.types(MANAGER, "test-page"))
    print(await rung.types(SUPPORT, f"test-page <@{ON_CALL}>"))
    for k,v in (await rung.whispers(SUPPORT)).items(): print(plain(v.words)); print('--')
    for k,v in (await rung.whispers(MANAGER)).items(): print(plain(v.words)); print('--')
    assert 0

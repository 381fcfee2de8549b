from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.slack.people import Group, People
from tests.slack.workplace import CTO, ON_CALL, SECOND, SUPPORT, Workplace, workplace


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path, connected=False) as place:
        yield place


class Seconds:
    """A clock that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_admins_are_those_of_the_workspace_and_of_the_settings(at_work: Workplace) -> None:
    people = People(at_work.edge.client, frozenset({SUPPORT}))
    assert await people.is_admin(CTO)
    assert await people.is_admin(SUPPORT)
    assert not await people.is_admin(ON_CALL)


async def test_slack_is_asked_once_an_hour(at_work: Workplace) -> None:
    seconds = Seconds()
    people = People(at_work.edge.client, frozenset(), seconds)
    assert await people.is_admin(CTO)
    assert await people.name(CTO) == "cto"
    seconds.now = 3599
    await people.is_admin(CTO)
    assert len(await at_work.calls("users.info")) == 1
    seconds.now = 3601
    await people.is_admin(CTO)
    assert len(await at_work.calls("users.info")) == 2


async def test_while_slack_is_away_only_the_settings_make_admins(at_work: Workplace) -> None:
    people = People(at_work.edge.client, frozenset({SUPPORT}))
    await at_work.control("fault", method="users.info", kind="server_error", times=2)
    with capture_logs() as logged:
        assert not await people.is_admin(CTO)
        assert await people.is_admin(SUPPORT)
        assert await people.name(CTO) == CTO
    assert len(logged) == 2
    assert await people.is_admin(CTO)


@pytest.mark.slow
async def test_nobody_waits_long_for_a_slow_slack(at_work: Workplace) -> None:
    await at_work.control("fault", method="users.info", kind="delay", times=1, seconds=3)
    with capture_logs():
        assert not await People(at_work.edge.client, frozenset()).is_admin(CTO)


async def test_somebody_whom_slack_does_not_know_is_called_by_id(at_work: Workplace) -> None:
    with capture_logs():
        assert await People(at_work.edge.client, frozenset()).name("U0NOBODY") == "U0NOBODY"


async def test_groups_have_members(at_work: Workplace) -> None:
    people = People(at_work.edge.client, frozenset())
    groups = await people.groups()
    assert [group.handle for group in groups] == ["engineering-managers", "platform-on-call"]
    assert set(await people.members("S0ONCALL") or ()) == {ON_CALL, SECOND}
    with capture_logs():
        assert await people.members("S0NOWHERE") is None


@pytest.mark.parametrize(("typed", "matches"), [("", True), ("@plat", True), ("PLATFORM on", True), ("cto", False)])
def test_a_group_is_found_by_what_is_typed(typed: str, matches: bool) -> None:  # noqa: FBT001
    assert Group("S1", "platform-on-call", "Platform on-call").matches(typed) is matches

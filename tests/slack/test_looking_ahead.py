"""What Slack is asked ahead of time: who is in the groups that are paged, and who is gone."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.domain.on_call import Fixed, OnCall, Rotation
from app.domain.playbook import Bound, Roster
from app.slack import looking_ahead
from app.slack.listeners import Edge
from app.slack.people import People
from app.store import Absence
from tests.slack.workplace import CTO, ON_CALL, SECOND, Workplace, workplace

GROUP = "S0ONCALL"
PLANS: dict[str, OnCall] = {
    "primary": Rotation((ON_CALL, SECOND), timedelta(days=7), date(2026, 3, 2)),
    "secondary": Fixed((GROUP, CTO)),
}


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path) as place:
        yield place


def planned(place: Workplace) -> Edge:
    """Return the edge with a playbook that says who is on call; what Slack says of people is asked anew."""
    playbook = replace(place.edge.playbook, on_call=PLANS)
    return replace(place.edge, playbook=playbook, people=People(place.edge.client, frozenset()))


async def roster(edge: Edge) -> Roster:
    return await edge.store.run(lambda tx: tx.roster(edge.workspace, edge.playbook.on_call, edge.now()))


async def absent(edge: Edge) -> list[Absence]:
    return await edge.store.run(lambda tx: tx.absences(edge.workspace))


async def test_members_of_a_group_of_the_playbook_are_kept_and_stay_while_slack_fails(at_work: Workplace) -> None:
    edge = planned(at_work)
    inside = tuple(at_work.sandbox.slack.workspace.usergroups[GROUP].users)
    assert (await roster(edge))["secondary"] == Bound((GROUP, CTO), (CTO,))
    await looking_ahead.groups(edge)
    expected = Bound((GROUP, CTO), tuple(dict.fromkeys((*inside, CTO))))
    assert (await roster(edge))["secondary"] == expected
    await at_work.control("fault", method="usergroups.users.list", kind="server_error", times=1)
    await looking_ahead.groups(edge)
    assert (await roster(edge))["secondary"] == expected


async def test_whoever_was_deactivated_is_skipped_until_they_are_back(at_work: Workplace) -> None:
    now_on_call = (await roster(planned(at_work)))["primary"].members[0]
    other = next(one for one in (ON_CALL, SECOND) if one != now_on_call)
    at_work.sandbox.slack.workspace.members[now_on_call].deleted = True
    edge = planned(at_work)
    await looking_ahead.absences(edge)
    assert [(one.member, one.deactivated) for one in await absent(edge)] == [(now_on_call, True)]
    assert (await roster(edge))["primary"] == Bound((other,), (other,), skipped=(now_on_call,))
    at_work.sandbox.slack.workspace.members[now_on_call].deleted = False
    await looking_ahead.absences(planned(at_work))
    assert (await roster(edge))["primary"].members == (now_on_call,)


async def test_whom_slack_refused_is_tried_again_after_a_day(at_work: Workplace) -> None:
    edge = planned(at_work)
    refused_at = edge.now()
    await edge.store.run(lambda tx: tx.keep_absence(edge.workspace, CTO, "Slack refused", refused_at))
    await looking_ahead.absences(edge)
    assert [one.member for one in await absent(edge)] == [CTO]
    at_work.sandbox.clock.move(24 * 3600)
    await looking_ahead.absences(edge)
    assert await absent(edge) == []


async def test_while_slack_does_not_say_who_is_gone_nothing_changes(at_work: Workplace) -> None:
    edge = planned(at_work)
    await at_work.control("fault", method="users.info", kind="server_error", times=9)
    at_work.sandbox.slack.workspace.members[CTO].deleted = True
    await looking_ahead.absences(edge)
    assert await absent(edge) == []


async def test_an_address_is_looked_up_in_slack(at_work: Workplace) -> None:
    people = at_work.edge.people
    assert await people.with_address("on-call@example.com") == ON_CALL
    assert await people.with_address("nobody@example.com") is None


async def test_who_is_on_call_can_be_asked_for(at_work: Workplace) -> None:
    said = await at_work.types("oncall")
    assert said == 'On call now, as the playbook "Tocsin\'s own playbook" and Slack say.'
    assert "No moment could be read" in await at_work.types("oncall soon")
    assert (await at_work.types("on-call tomorrow 09:00")).startswith("On call <!date^")

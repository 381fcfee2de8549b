"""What people make of a suggestion: once, whoever presses first."""

from datetime import timedelta

import pytest

from app.alerts.suggested import (
    DeclaredBefore,
    IgnoredBefore,
    SuggestedBefore,
    SuggestionGone,
    declare_suggested,
    ignore,
)
from app.domain import commands as c
from app.domain.errors import Rejected
from app.handle import Handled
from app.store import SuggestionState, Transaction
from tests.alerts.given import NOW, WORKSPACE, Desk, notice, over

ANN, BOB = c.Actor("U0ANN"), c.Actor("U0BOB")


async def declare(desk: Desk, command: c.Declare, suggestion: int = 1) -> Handled:
    def work(tx: Transaction) -> Handled:
        return declare_suggested(tx, WORKSPACE, suggestion, command, playbook=desk.playbook, now=desk.clock())

    return await desk.store.run(work)


async def test_what_the_form_leaves_open_is_as_it_was_suggested(desk: Desk) -> None:
    await desk.hear(notice("DiskFull", labels={"service": "postgres"}, of="a"), notice("DiskFull", of="b"))
    desk.clock.passes(minutes=7)

    await declare(desk, c.Declare(ANN, "The disk is full", "P3"))

    incident = await desk.only()
    assert (incident.title, incident.services, incident.declared_by) == ("The disk is full", "postgres", ANN.id)
    assert incident.detected_at == NOW - timedelta(minutes=2)
    assert incident.alerts
    assert (incident.alerts.seen, incident.alerts.firing, incident.alerts.source) == (2, 2, "alertmanager")
    [suggestion] = await desk.suggestions()
    assert (suggestion.state, suggestion.by, suggestion.version) == (SuggestionState.DECLARED, ANN.id, 3)


async def test_alerts_of_its_group_count_in_what_was_declared(desk: Desk) -> None:
    await desk.hear(notice("DiskFull", of="a"))
    await declare(desk, c.Declare(ANN, "", "P3"))
    desk.clock.passes(minutes=2)

    await desk.hear(notice("DiskFull", of="b"))

    tally = (await desk.only()).alerts
    assert tally
    assert tally.seen == 2
    assert len(await desk.suggestions()) == 1


async def test_a_suggestion_is_declared_once(desk: Desk) -> None:
    await desk.hear(notice("DiskFull"))
    await declare(desk, c.Declare(ANN, "", "P3"))

    with pytest.raises(SuggestedBefore, match="has declared incident-1 for these alerts already"):
        await declare(desk, c.Declare(BOB, "", "P3"))
    with pytest.raises(SuggestedBefore):
        await desk.store.run(lambda tx: ignore(tx, WORKSPACE, 1, BOB.id, desk.clock()))
    assert len(await desk.incidents()) == 1


async def test_a_private_incident_is_not_named_to_whoever_presses(desk: Desk) -> None:
    await desk.hear(notice("DiskFull"))
    await declare(desk, c.Declare(ANN, "Theft", "P3", private=True))

    with pytest.raises(DeclaredBefore) as refused:
        await declare(desk, c.Declare(BOB, "", "P3"))
    assert "incident-1" not in str(refused.value)


async def test_what_is_ignored_can_still_be_declared(desk: Desk) -> None:
    await desk.hear(notice("DiskFull"))
    await desk.store.run(lambda tx: ignore(tx, WORKSPACE, 1, BOB.id, desk.clock()))
    with pytest.raises(IgnoredBefore, match="@U0BOB has ignored these alerts already"):
        await desk.store.run(lambda tx: ignore(tx, WORKSPACE, 1, ANN.id, desk.clock()))

    await declare(desk, c.Declare(ANN, "", "P3"))

    assert len(await desk.incidents()) == 1


@pytest.mark.parametrize("workspace", [WORKSPACE, "T2"])
async def test_what_is_gone_or_another_workspaces_is_refused(desk: Desk, workspace: str) -> None:
    if workspace != WORKSPACE:
        await desk.hear(notice("DiskFull"))
    with pytest.raises(SuggestionGone) as refused:
        await desk.store.run(lambda tx: ignore(tx, workspace, 1, ANN.id, desk.clock()))
    assert isinstance(refused.value, Rejected)


async def test_what_is_ignored_is_quiet_for_an_hour_however_often_it_flaps(desk: Desk) -> None:
    await desk.hear(notice("DiskFull"))
    await desk.store.run(lambda tx: ignore(tx, WORKSPACE, 1, BOB.id, desk.clock()))
    for _ in range(5):
        desk.clock.passes(minutes=6)
        await desk.hear(over(notice("DiskFull"), desk.clock()))
        desk.clock.passes(minutes=5)
        await desk.hear(notice("DiskFull", starts_at=desk.clock()))
    assert [one.state for one in await desk.suggestions()] == [SuggestionState.IGNORED]

    desk.clock.passes(minutes=6)
    await desk.hear(over(notice("DiskFull"), desk.clock()), notice("DiskFull", of="b", starts_at=desk.clock()))

    assert [one.state for one in await desk.suggestions()] == [SuggestionState.OPEN, SuggestionState.IGNORED]

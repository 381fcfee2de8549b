"""What the simulator tells ahead is what Tocsin then does, on a whole Slack."""

from datetime import datetime, timedelta

import pytest

from app.domain import events as e
from app.simulator import Kind, Script, simulate
from tests import shipped
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import ON_CALL, Town

Happened = tuple[int, str, str]

WATCHED = timedelta(hours=2, minutes=20)
TOLD: dict[type[e.Event], Kind] = {
    e.Paged: Kind.PAGED,
    e.Nudged: Kind.NUDGED,
    e.LimitWarned: Kind.WARNED,
    e.LimitBroken: Kind.BREACHED,
    e.SeverityChanged: Kind.SEVERITY_CHANGED,
    e.MilestoneMissed: Kind.MILESTONE_MISSED,
}


def minutes(span: timedelta) -> int:
    """Return a time to the minute: the clock of the workspace goes on by itself, too."""
    return round(span.total_seconds() / 60)


async def happened(slack: Town, declared_at: datetime) -> list[Happened]:
    record = await slack.incident()
    events = await slack.run(lambda tx: tx.timeline(record.id))
    return sorted(
        (minutes(one.at - declared_at), TOLD[type(one)].value, one.label if isinstance(one, e.Paged) else "")
        for one in events
        if type(one) in TOLD
    )


@pytest.mark.parametrize(
    ("playbook", "severity", "acknowledged"),
    [("default", "SEV1", 0), ("fintech", "SEV-2", 0), ("eazepay", "P0", 7), ("waqiti", "P1", 0)],
)
async def test_an_incident_takes_the_course_that_was_simulated(
    open_town: OpenTown, playbook: str, severity: str, acknowledged: int
) -> None:
    slack = await open_town(playbook=playbook)
    declared_at = (await slack.declares(f"{severity} Nobody can pay")).incident.declared_at
    taken = timedelta(minutes=acknowledged) or None
    if taken:
        await slack.passes(minutes=acknowledged)
        await slack.types(ON_CALL, "ack 1")
    await slack.passes(minutes=minutes(WATCHED) - acknowledged)

    moments = simulate(
        shipped.playbook(playbook).rules, Script(severity, declared_at, acknowledge_after=taken, lasts=WATCHED)
    ).moments
    # What falls due in the same minute comes in the order of the seconds that the workspace's clock has gone on by.
    assert await happened(slack, declared_at) == sorted(
        (minutes(one.after), one.kind.value, (one.step or "") * (one.kind is Kind.PAGED))
        for one in moments
        if not one.kind.is_of_people
    )

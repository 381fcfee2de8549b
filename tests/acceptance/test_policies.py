"""What the richer playbooks ask for, in Slack: names by the minute, raises, watches, and lists that come due."""

from app.domain import events as e
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import ON_CALL


async def test_a_sev_2_of_fintech_is_raised_and_keeps_its_name(open_town: OpenTown) -> None:
    slack = await open_town(playbook="fintech")
    await slack.declares("SEV-2 Payments are slow")
    name = (await slack.incident()).incident.name
    assert name == f"{slack.now:%Y-%m-%d-%H%M}-payments-are-slow"
    await slack.types(ON_CALL, "ack 1")
    await slack.passes(minutes=61)

    room = await slack.room(f"incident-{name}")
    raised = room.find("The policy raised Payments are slow from SEV-2 to SEV-1")
    assert "Why: fintech, step raise, open 1 h" in raised.words
    assert "SEV-1" in room.card.words
    assert (await slack.incident()).incident.name == name


async def test_two_incidents_of_one_minute_have_names_of_their_own(open_town: OpenTown) -> None:
    slack = await open_town(playbook="fintech")
    await slack.declares("SEV-2 Payments fail")
    await slack.declares("SEV-1 Payments fail")
    first = (await slack.incident(1)).incident.name
    assert (await slack.incident(2)).incident.name == f"{first}-2"
    assert {f"incident-{first}", f"sev1-{first}-2"} <= set(await slack.rooms())


async def test_a_fix_in_phase26_is_watched_before_it_is_time_to_resolve(open_town: OpenTown) -> None:
    slack = await open_town(playbook="phase26")
    await slack.declares("P0 Login is down")
    await slack.types(ON_CALL, "ack 1")
    await slack.types(ON_CALL, "status 1 monitoring")
    await slack.passes(minutes=31)

    offer = (await slack.room("incident-1")).find("has been watched for 30 min")
    assert "incident.resolve" in offer.actions
    await slack.presses(ON_CALL, offer, "incident.resolve")
    await slack.fills(ON_CALL)
    assert (await slack.timeline(e.Resolved))[0].monitor_for is None


async def test_resolving_before_that_says_so_and_lists_come_due_later(open_town: OpenTown) -> None:
    slack = await open_town(playbook="phase26")
    await slack.declares("P0 Login is down")
    await slack.types(ON_CALL, "ack 1")
    await slack.types(ON_CALL, "resolve 1")
    await slack.fills(ON_CALL)
    assert (await slack.room("incident-1")).all("was not watched", "P0 asks for 30 min")
    await slack.passes(days=1, minutes=1)
    assert (await slack.room("incident-1")).all("Day 1", "was to be done by")

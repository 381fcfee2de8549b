"""What the playbook knows, met in Slack: checklists that are ticked, runbooks that are offered, lists that come due."""

import pytest

from app.domain import events as e
from app.slack.blocks import checklist
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import MANAGER, ON_CALL, SECONDARY, SUPPORT, Said, Town

FIRST = "Which services and which people are affected?"


async def triage(slack: Town) -> Said:
    """Return the checklist in the thread of the card, as it is now."""
    room = await slack.room("incident-1")
    return next(one for one in room.thread(room.card) if "Triage" in one.text)


async def test_a_tick_shows_in_the_list_for_everybody_and_on_every_record(slack: Town) -> None:
    await slack.declares()
    listed = await triage(slack)
    value = f"{(await slack.incident()).id}:triage:{checklist.key(FIRST)}"
    assert await slack.presses(ON_CALL, listed, "checklist.tick", value) == ""
    after = await triage(slack)
    assert after.ts == listed.ts
    assert after.text == 'Checklist "Triage" for SEV1 Payment API down: 1 of 6 done.'
    assert f"☑ {FIRST}\n<@{ON_CALL}>, " in after.words
    assert after.actions.count("checklist.tick") == 5
    told = await slack.presses(SECONDARY, listed, "checklist.untick", value)
    assert told == ""
    assert "☑" not in (await triage(slack)).words
    await slack.types(SUPPORT, "postmortem 1")
    draft = (await slack.room("incident-1")).find("Timeline")
    assert f'ticked "{FIRST}" \\(Triage\\)' in draft.words.replace("(Triage)", "\\(Triage\\)")


async def test_two_who_tick_at_once_are_told_who_was_first(slack: Town) -> None:
    await slack.declares()
    listed = await triage(slack)
    room = await slack.room("incident-1")
    incident = await slack.incident()
    value = f"{incident.id}:triage:{checklist.key(FIRST)}"
    await slack.types(SUPPORT, "checklist triage", channel=room.id)
    [shown] = [one for one in (await slack.whispers(SUPPORT)).values() if "Triage" in one.text]
    await slack.presses(ON_CALL, listed, "checklist.tick", value)
    assert f"<@{ON_CALL}> ticked this at" in await slack.presses(SUPPORT, shown, "checklist.tick", value)
    assert len(await slack.timeline(e.ItemTicked)) == 1


async def test_a_runbook_offers_itself_where_the_title_says_what_it_is_about(open_town: OpenTown) -> None:
    slack = await open_town(playbook="waqiti")
    await slack.declares("P1 Security breach suspected")
    room = await slack.room("incident-1")
    [offered] = [one for one in room.thread(room.card) if "runbook" in one.text]
    assert offered.text == 'There is a runbook for this: "Security breach detected".'
    assert "Do not restart services" in offered.words
    told = await slack.presses(ON_CALL, offered, "runbook.open:security-breach")
    assert told.startswith('Runbook "Security breach detected": Do not restart services')
    assert "kubectl logs -n waqiti deployment/api-gateway" in told


async def test_what_no_runbook_is_plainly_about_offers_none(open_town: OpenTown) -> None:
    slack = await open_town(playbook="waqiti")
    await slack.declares("P1 Something odd on the website")
    room = await slack.room("incident-1")
    assert not [one for one in room.thread(room.card) if "runbook" in one.text]


@pytest.mark.parametrize("ticked", [False, True])
async def test_a_follow_up_list_comes_due_unless_all_of_it_is_ticked(open_town: OpenTown, ticked: object) -> None:
    slack = await open_town(playbook="phase26")
    await slack.declares("P0 Payment API down")
    await slack.types(ON_CALL, "resolve 1")
    await slack.fills(ON_CALL)
    record = await slack.incident()
    first = next(one for one in slack.bot.playbook.checklists if one.due)
    room = await slack.room("incident-1")
    await slack.types(MANAGER, f"checklist {first.title}", channel=room.id)
    [shown] = [one for one in (await slack.whispers(MANAGER)).values() if first.title in one.text]
    for item in first.items if ticked else first.items[1:]:
        await slack.presses(MANAGER, shown, "checklist.tick", f"{record.id}:{first.id}:{checklist.key(item)}")
    assert first.due
    await slack.passes(seconds=first.due.total_seconds() + 60)
    due = [one for one in await slack.timeline(e.FollowUpDue) if one.title == first.title]
    assert bool(due) is not bool(ticked)

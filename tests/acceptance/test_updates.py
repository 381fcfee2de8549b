"""Updates: asked for in time, given in a form, put off once, and asked for again."""

from datetime import timedelta

import pytest

from app.domain import events as e
from tests.acceptance.workspace import INCIDENTS, MANAGER, ON_CALL, SECONDARY, SUPPORT, Said, Town, plain


async def taken(slack: Town) -> None:
    """Have a SEV1 that somebody acknowledged."""
    await slack.declares()
    await slack.types(ON_CALL, "ack 1")


async def nudges(slack: Town) -> list[Said]:
    """Return the nudges in the incident's channel."""
    return (await slack.room("incident-1")).all("an update is due now")


async def test_an_update_is_asked_for_when_it_is_due_and_why(slack: Town) -> None:
    await taken(slack)
    await slack.passes(minutes=14, seconds=50)
    assert await nudges(slack) == []
    await slack.passes(seconds=11)
    [nudge] = await nudges(slack)
    assert nudge.text.startswith(f"<@{ON_CALL}> an update is due now. SEV1 asks for one every 15 min;")
    assert "there was none yet since 10:00 UTC" in plain(nudge.text)
    assert nudge.actions == ["incident.update", "nudge.no_change", "nudge.snooze"]


async def test_a_nudge_without_an_answer_returns_and_calls_whom_the_escalation_reached(slack: Town) -> None:
    await slack.declares()
    await slack.passes(minutes=6)
    await slack.types(ON_CALL, "ack 1")
    await slack.passes(minutes=25)
    first, second = await nudges(slack)
    assert SECONDARY not in first.text
    assert f"<@{ON_CALL}> <@{SECONDARY}> an update is due now" in second.text
    assert second.at - first.at == pytest.approx(timedelta(minutes=15), abs=timedelta(seconds=2))
    assert [nudged.count for nudged in await slack.timeline(e.Nudged)] == [1, 2]


async def test_the_update_form_posts_the_template_and_resets_the_rhythm(slack: Town) -> None:
    await taken(slack)
    await slack.passes(minutes=16)
    await slack.presses(ON_CALL, (await nudges(slack))[-1], "incident.update")
    filled = {"status": "identified", "happening": "A disk is full", "actions": "Rows deleted", "next_steps": "Grow it"}
    assert await slack.fills(ON_CALL, **filled) == {}

    room = await slack.room("incident-1")
    update = room.find("A disk is full")
    assert update.text.startswith(":red_circle: SEV1 Payment API down, identified: A disk is full")
    assert "*Done:* Rows deleted" in update.words
    assert "*Next:* Grow it" in update.words
    assert "*Next update:* 10:31 UTC" in plain(update.words)
    assert "Identified" in room.card.text
    assert "Identified" in (await slack.room(INCIDENTS)).posts[0].text
    await slack.passes(minutes=14)
    assert len(await nudges(slack)) == 1
    await slack.passes(minutes=2)
    assert "the last was at 10:16 UTC" in plain((await nudges(slack))[-1].text)


async def test_after_an_update_its_text_for_customers_is_offered(slack: Town) -> None:
    await slack.types(SUPPORT, "declare")
    await slack.fills(SUPPORT, title="Payments fail", severity="SEV1", services="Payments", impact="Cards are refused")
    await slack.types(ON_CALL, "update", channel="incident-1")
    assert await slack.fills(ON_CALL, status="identified", happening="A disk is full") == {}
    dialog = await slack.modal(ON_CALL)
    assert dialog["callback_id"] == "customers"
    text = str(dialog["blocks"])
    assert "We know what causes the problem with Payments" in text
    assert "What you may notice: Cards are refused" in text


async def test_the_time_of_the_next_update_can_be_promised_within_bounds(slack: Town) -> None:
    await taken(slack)
    await slack.types(ON_CALL, "update", channel="incident-1")
    now = int(slack.now.timestamp())
    late = await slack.fills(ON_CALL, happening="A disk is full", next_due_at=now + 3600)
    assert "can be promised for" in late["next_due_at"]
    assert await slack.fills(ON_CALL, happening="A disk is full", next_due_at=now + 25 * 60) == {}
    await slack.passes(minutes=24)
    assert await nudges(slack) == []
    await slack.passes(minutes=2)
    assert len(await nudges(slack)) == 1


async def test_no_change_is_told_to_everybody_and_counts_as_an_update(slack: Town) -> None:
    await taken(slack)
    await slack.passes(minutes=15, seconds=5)
    assert await slack.presses(ON_CALL, (await nudges(slack))[0], "nudge.no_change") == ""
    said = (await slack.room("incident-1")).find("No change on SEV1 Payment API down")
    assert f"says <@{ON_CALL}>" in said.text
    await slack.passes(minutes=14)
    assert len(await nudges(slack)) == 1
    await slack.passes(minutes=2)
    assert len(await nudges(slack)) == 2


async def test_a_nudge_is_snoozed_once(slack: Town) -> None:
    await taken(slack)
    await slack.types(ON_CALL, "severity SEV2", channel="incident-1")
    await slack.passes(minutes=31)
    [nudge] = await nudges(slack)
    await slack.presses(ON_CALL, nudge, "nudge.snooze")
    assert "snoozed until 10:46 UTC" in plain((await slack.room("incident-1")).card.words)
    told = await slack.presses(MANAGER, nudge, "nudge.snooze")
    assert "This update was snoozed already, until" in told
    await slack.passes(minutes=14)
    assert len(await nudges(slack)) == 1
    await slack.passes(minutes=2)
    assert len(await nudges(slack)) == 2


async def test_an_update_can_be_typed(slack: Town) -> None:
    await taken(slack)
    said = await slack.types(SECONDARY, "update The disk is being grown", channel="incident-1")
    assert "Your update is in" in said
    assert (await slack.room("incident-1")).all("The disk is being grown")


async def test_a_severity_without_updates_is_not_nudged(slack: Town) -> None:
    await slack.declares("SEV4 A wrong label")
    await slack.passes(hours=5)
    assert await nudges(slack) == []

"""A phone rings: pages go to PagerDuty too, once for each step, and it is told who has them and when they are over."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.bot import DRAIN
from app.domain import events as e
from app.integrations.pagers.trial import RINGS_FOR
from app.sandbox import Sandbox
from app.sandbox.vendors.pagerduty import METHOD
from app.sandbox.workspace import Alert
from app.store import DeliveryState
from tests.acceptance.workspace import MANAGER, ON_CALL, SECONDARY, SUPPORT, Process, Town, town
from tests.waiting import until

KEY, MANAGERS = SecretStr(Sandbox.pagerduty_key), SecretStr(Sandbox.managers_key)


@pytest.fixture
async def ringing(tmp_path: Path) -> AsyncIterator[Town]:
    """A workspace whose Tocsin is connected to PagerDuty."""
    async with town(tmp_path, pager=KEY) as it:
        yield it


def alerts(it: Town) -> list[Alert]:
    return it.sandbox.slack.workspace.alerts


def rung(it: Town) -> list[str]:
    return [one.summary for one in alerts(it)]


def statuses(it: Town) -> set[str]:
    return {one.status for one in alerts(it)}


def held_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def goes_down(it: Town, *, down: bool = True) -> None:
    assert (await it.act("pager", down=down))["ok"]


async def test_each_step_rings_once(ringing: Town) -> None:
    await ringing.declares()
    assert rung(ringing) == [
        "SEV1 Payment API down. Page to Primary on-call (default, step 1, SEV1 declared)",
        "SEV1 Payment API down. Page to Incident manager (default, step 3, SEV1 declared)",
    ]
    await ringing.passes(minutes=5)
    assert rung(ringing)[2:] == [
        "SEV1 Payment API down. Page to Secondary on-call (default, step 2, unacknowledged 5 min)"
    ]
    assert statuses(ringing) == {"triggered"}
    assert len({one.dedup_key for one in alerts(ringing)}) == 3


async def test_a_step_that_is_paged_again_leaves_one_alert_ringing(ringing: Town) -> None:
    await ringing.declares()
    await ringing.passes(minutes=20)
    still = [
        one.summary.partition("Page to ")[2].partition(" (")[0] for one in alerts(ringing) if one.status == "triggered"
    ]
    assert sorted(still) == ["Incident manager", "Primary on-call", "Secondary on-call"]
    again = [one for one in alerts(ringing) if "Secondary on-call" in one.summary]
    assert [one.status for one in again] == ["resolved", "resolved", "resolved", "triggered"]


async def test_acknowledged_in_slack_is_acknowledged_there_and_resolved_is_over(ringing: Town) -> None:
    await ringing.declares()
    await ringing.types(ON_CALL, "ack 1")
    assert statuses(ringing) == {"acknowledged"}
    await ringing.types(ON_CALL, "status 1")
    await ringing.passes(minutes=30)
    assert len(alerts(ringing)) == 2
    await ringing.types(ON_CALL, "cancel 1 false alarm")
    assert statuses(ringing) == {"resolved"}
    assert all(
        [entry["action"] for entry in one.log] == ["trigger", "acknowledge", "resolve"] for one in alerts(ringing)
    )


async def test_resolving_ends_what_nobody_acknowledged(ringing: Town) -> None:
    await ringing.declares()
    card = (await ringing.room((await ringing.incident()).incident.name)).card
    await ringing.presses(ON_CALL, card, "incident.resolve")
    answers = {"root_cause": "A full disk", "fix": "A bigger disk", "customer_impact": "None"}
    assert await ringing.fills(ON_CALL, **answers) == {}
    assert statuses(ringing) == {"resolved"}


async def test_escalating_rings_the_next_step(ringing: Town) -> None:
    await ringing.declares()
    await ringing.types(SUPPORT, "escalate 1")
    assert "Secondary on-call" in rung(ringing)[-1]


async def test_a_step_that_pages_in_spite_of_an_acknowledgement_rings_on(tmp_path: Path) -> None:
    async with town(tmp_path, pager=KEY, playbook="multi-service") as it:
        await it.declares()
        await it.types(ON_CALL, "ack 1")
        acknowledged = len(alerts(it))
        await it.passes(hours=2)
        later = alerts(it)[acknowledged:]
        assert [one.status for one in later] == ["triggered"] * len(later)
        assert any("open 2 h" in one.summary for one in later)
        await it.types(ON_CALL, "cancel 1 false alarm")
        assert statuses(it) == {"resolved"}


async def test_responders_of_their_own_key_are_rung_by_it(tmp_path: Path) -> None:
    async with town(tmp_path, pager=KEY, pagerduty_keys={"incident-manager": MANAGERS}) as it:
        await it.declares()
        assert [one.service for one in alerts(it)] == ["On-call", "Management"]


async def test_a_responder_bound_to_nobody_is_rung_all_the_same(tmp_path: Path) -> None:
    async with town(tmp_path, bound=(), pager=KEY) as it:
        record = await it.declares()
        assert "Primary on-call" in rung(it)[0]
        told = (await it.room(record.incident.name)).find("Primary on-call").words
        assert "reaches nobody in Slack; PagerDuty rings for it" in told
        assert "call them yourselves" not in told
        assert "step 1 paged" in (await it.room(record.incident.name)).card.words


async def test_pages_say_by_which_way_they_went(ringing: Town, tmp_path: Path) -> None:
    record = await ringing.declares()
    room = await ringing.room(record.incident.name)
    assert "By Slack direct message and PagerDuty." in room.find("step 1").words
    page = (await ringing.room(ON_CALL)).posts[-1]
    assert "Sent by Slack direct message and PagerDuty." in page.words
    await ringing.act("home", user=ON_CALL)
    assert "Every page goes by PagerDuty" in str((await ringing.look())["homes"][ON_CALL])
    assert "paged Primary on-call by PagerDuty" in await ringing.types(SUPPORT, "timeline 1")


async def test_without_a_pager_pages_say_so_and_nothing_waits(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.declares()
        page = (await it.room(ON_CALL)).posts[-1]
        assert "Sent by Slack direct message alone: no pager is connected for this step." in page.words
        assert await it.deliveries(DeliveryState.WAITING) == []
        await it.passes(minutes=3)
        assert await it.timeline(e.PageUnconfirmed) == []
        assert await it.timeline(e.PagerRung) == []


async def test_it_rings_while_slack_is_away(tmp_path: Path) -> None:
    async with town(tmp_path, pager=KEY) as it:
        await it.fault("*", "server_error", times=100000)
        await it.act("command", user=SUPPORT, channel="general", command="/incident", text="declare SEV1 Slack is down")
        await it.settles()
        assert "Primary on-call" in rung(it)[0]


async def test_a_pager_that_is_down_is_told_once_and_rings_when_it_is_back(ringing: Town) -> None:
    await goes_down(ringing)
    record = await ringing.declares()
    await ringing.passes(seconds=55)
    assert await ringing.timeline(e.PageUnconfirmed) == []
    await ringing.passes(seconds=10)
    await ringing.bot.outbox.tell_unconfirmed()
    await ringing.passes(seconds=2)
    room = await ringing.room(record.incident.name)
    told = room.find("no page had gone out by PagerDuty to Primary on-call, Incident manager")
    assert "PagerDuty failed: 503" in told.words
    assert "Tried: PagerDuty. No other way is left." in told.words
    assert f"Slack direct messages went to <@{ON_CALL}>, <@{MANAGER}>" in told.words
    assert "I keep trying. Until somebody acknowledges, call them yourselves" in told.words
    for _ in range(3):
        await ringing.passes(seconds=20)
        await ringing.bot.outbox.tell_unconfirmed()
    assert len((await ringing.room(record.incident.name)).all("no page had gone out by PagerDuty")) == 1
    assert rung(ringing) == []
    await goes_down(ringing, down=False)
    assert await ringing.bot.outbox.circuits.try_again(ringing.bot.now())
    await ringing.passes(seconds=90)
    assert ["step 1" in rung(ringing)[0], "step 3" in rung(ringing)[1]] == [True, True]
    assert len(alerts(ringing)) == 2
    assert (await ringing.incident()).incident.unconfirmed == ()
    assert len((await ringing.room(record.incident.name)).all("had gone out by PagerDuty")) == 1


async def test_direct_messages_that_hang_are_told_once(ringing: Town) -> None:
    # The first two messages are the pages: nothing else can be posted before there is a channel.
    await ringing.fault("chat.postMessage", "ratelimited", times=2, seconds=240)
    record = await ringing.declares()
    for _ in range(3):
        await ringing.passes(seconds=35)
        await ringing.bot.outbox.tell_unconfirmed()
    await ringing.passes(seconds=5)
    room = await ringing.room(record.incident.name)
    [told] = room.all("no page had gone out by Slack direct message")
    assert f"to <@{ON_CALL}>, <@{MANAGER}> (Primary on-call, Incident manager). Slack asked for a pause." in told.words
    assert "I keep trying. Until somebody acknowledges, call them yourselves" in told.words
    await ringing.passes(seconds=150)
    assert len((await ringing.room(ON_CALL)).posts) == 1
    assert (await ringing.incident()).incident.unconfirmed == ()
    assert len((await ringing.room(record.incident.name)).all("had gone out by Slack direct message")) == 1


async def test_both_ways_down_at_once_leave_nothing_out_and_do_not_chatter(ringing: Town) -> None:
    record = await ringing.declares()
    await ringing.passes(seconds=10)
    said = len((await ringing.room(record.incident.name)).posts)
    await ringing.act("outage", how="refused")
    await goes_down(ringing)
    await ringing.passes(minutes=5)
    for _ in range(3):
        await ringing.passes(seconds=35)
        await ringing.bot.outbox.tell_unconfirmed()
    ways = {one.way: one for one in await ringing.timeline(e.PageUnconfirmed)}
    assert sorted(ways) == ["pagerduty", "slack"]
    assert (ways["slack"].members, ways["slack"].reason) == ((SECONDARY,), "Slack cannot be reached")
    assert len(await ringing.timeline(e.PageUnconfirmed)) == 2
    await ringing.act("outage", how="over")
    await goes_down(ringing, down=False)
    assert await ringing.bot.outbox.circuits.try_again(ringing.bot.now())
    await ringing.passes(seconds=30)
    assert any("step 2" in one for one in rung(ringing))
    assert len((await ringing.room(SECONDARY)).posts) == 1
    news = (await ringing.room(record.incident.name)).posts[said:]
    assert [one.text for one in news if "had gone out" in one.text] == []
    assert len([one for one in news if "I was away" in one.text or "could not be posted" in one.text]) <= 1


async def test_a_wrong_key_is_told_at_once_with_a_way_to_try_again(tmp_path: Path) -> None:
    async with town(tmp_path, pager=SecretStr("w" * 32)) as it:
        record = await it.declares()
        await it.passes(seconds=5)
        told = (await it.room(record.incident.name)).find("I could not page by PagerDuty")
        assert "PAGERDUTY_ROUTING_KEY sends: Event object is invalid: Invalid routing key (400)" in told.words
        assert "delivery.retry" in told.actions
        assert "w" * 32 not in str(await it.look())
        await it.passes(minutes=2)
        await it.bot.outbox.tell_unconfirmed()
        assert await it.timeline(e.PageUnconfirmed) == []


async def test_an_outage_over_the_end_leaves_nothing_ringing(ringing: Town) -> None:
    await ringing.declares()
    await goes_down(ringing)
    await ringing.types(ON_CALL, "cancel 1 false alarm")
    await ringing.types(ON_CALL, "reopen 1")
    await ringing.passes(seconds=5)
    await goes_down(ringing, down=False)
    await ringing.bot.outbox.circuits.try_again(ringing.bot.now())
    await ringing.passes(minutes=2)
    await ringing.types(ON_CALL, "cancel 1 false alarm after all")
    await ringing.passes(minutes=2)
    assert statuses(ringing) == {"resolved"}


async def test_the_pager_s_pages_outrun_its_pauses(ringing: Town) -> None:
    await ringing.act("fault", method=METHOD, kind="ratelimited", times=3)
    await ringing.declares()
    await ringing.passes(seconds=20)
    assert len(alerts(ringing)) == 2
    assert await ringing.timeline(e.PageUnconfirmed) == []


async def test_no_key_is_in_the_log_or_the_database(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with town(tmp_path, pager=KEY) as it:
            await it.act("fault", method=METHOD, kind="error", error=f"nothing known of {KEY.get_secret_value()}")
            await it.declares()
            await it.types(MANAGER, "timeline 1")
    assert KEY.get_secret_value() not in caplog.text
    assert KEY.get_secret_value().encode() not in held_in(tmp_path)


# Trying it out


async def test_whoever_asks_for_a_test_page_reads_what_became_of_it(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        assert f"A test page to <@{SUPPORT}> goes out now, by Slack direct message." in await it.types(
            SUPPORT, "test-page"
        )
        assert f"This is a test page, asked for by <@{SUPPORT}>" in (await it.room(SUPPORT)).posts[-1].text
        told = "\n".join(one.words for one in (await it.whispers(SUPPORT)).values())
        assert "*Slack direct message:* sent in " in told
        assert "*No phone rang:* no pager is connected." in told
        assert "set PAGERDUTY_ROUTING_KEY" in told
        assert await it.run(lambda tx: tx.latest("T0SANDBOX", 1)) == []


@pytest.mark.slow
async def test_an_admin_makes_a_phone_ring_and_it_ends_by_itself(ringing: Town) -> None:
    said = await ringing.types(MANAGER, f"test-page <@{SECONDARY}>")
    assert "by Slack direct message and by PagerDuty, which rings for a moment" in said
    told = "\n".join(one.words for one in (await ringing.whispers(MANAGER)).values())
    assert f"The test page to <@{SECONDARY}> went out." in told
    assert "*PagerDuty:* taken in " in told
    [alert] = alerts(ringing)
    assert [entry["action"] for entry in alert.log] == ["trigger", "resolve"]
    assert (await ringing.room(SECONDARY)).posts[-1].text.startswith("This is a test page")


async def test_others_than_admins_page_themselves_alone_and_ring_nobody(ringing: Town) -> None:
    assert "Test pages to others are for admins" in await ringing.types(SUPPORT, f"test-page <@{ON_CALL}>")
    assert "Name the member with @" in await ringing.types(SUPPORT, "test-page everybody")
    await ringing.types(SUPPORT, "test-page")
    told = "\n".join(one.words for one in (await ringing.whispers(SUPPORT)).values())
    assert "*No phone rang:* a pager calls whoever is on call, so that only admins ring it for a test." in told
    assert alerts(ringing) == []


async def test_a_test_page_says_which_way_failed_and_why(ringing: Town) -> None:
    await ringing.fault("chat.postMessage", "error", error="channel_not_found")
    await goes_down(ringing)
    await ringing.types(MANAGER, "test-page")
    told = "\n".join(one.words for one in (await ringing.whispers(MANAGER)).values())
    assert f"The test page to <@{MANAGER}> did not get through by any way." in told
    assert "*Slack direct message:* failed after " in told
    assert "*PagerDuty:* failed after " in told
    assert "PagerDuty failed: 503" in told


async def test_a_responder_without_a_key_is_not_rung_for_a_test(tmp_path: Path) -> None:
    async with town(tmp_path, pagerduty_keys={"head-of-engineering": MANAGERS}) as it:
        await it.types(MANAGER, f"test-page <@{ON_CALL}>")
        told = "\n".join(one.words for one in (await it.whispers(MANAGER)).values())
        assert "*No phone rang:* no pager that is connected has a key or an address for this member." in told


@pytest.mark.kill
async def test_killed_before_it_noted_the_ring_it_is_one_alert(process: Process) -> None:
    await process.cast("primary", "secondary", "incident-manager")
    await process.start()
    await process.act("fault", method=METHOD, kind="delay", times=2, seconds=30)
    await process.act("command", user=SUPPORT, channel="general", command="/incident", text="declare SEV1 It fails")
    held = process.sandbox.slack.workspace.alerts
    await until(lambda: len(held) == 2)
    assert await process.timeline(e.PagerRung) == []
    await process.kill()
    await process.start()
    await process.finishes()
    assert [[entry["action"] for entry in one.log] for one in held] == [["trigger", "trigger"]] * 2
    assert len(await process.timeline(e.PagerRung)) == 2
    await process.act("command", user=ON_CALL, channel="general", command="/incident", text="ack 1")
    await until(lambda: {one.status for one in held} == {"acknowledged"})


def test_the_ring_of_a_test_is_shorter_than_the_end_of_tocsin() -> None:
    assert RINGS_FOR + timedelta(seconds=1) < DRAIN
